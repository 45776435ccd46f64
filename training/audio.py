"""The Gemma 4 audio tower as plain PyTorch, from the waveform to soft tokens.

`log_mel` computes what transformers' Gemma4AudioFeatureExtractor computes, `AudioTower` what its Gemma4AudioModel computes, with the
parameter names that a checkpoint carries below `model.audio_tower.`; tests/test_audio.py proves both. Everything looks back only: token t
reads the samples before 640 (t + 1), of 16 kHz.
"""
import math

import torch
import torch.nn.functional as F
from torch import nn

from .vision import EPSILON, Clippable, Norm, rms

RATE = 16000                      # samples a second
HOP, FRAME, FFT = 160, 320, 512   # samples between mel frames, in a frame, in the zero-extended frame
BINS = 128                        # mel bins
TOKEN = 640                       # samples a soft token covers (40 ms)
FLOOR = 1e-3                      # added before the logarithm: silence is ln 0.001
WINDOW = 12                       # keys that a query sees, itself included
CAP = 50.0                        # of the attention logits
KERNEL = 5                        # taps of the depthwise convolution


def mel_filters():
    """[FFT/2 + 1, BINS] triangles of peak 1 between points equally spaced on the HTK mel scale, linear in Hz."""
    top = 2595 * math.log10(1 + RATE / 2 / 700)
    points = 700 * (10 ** (torch.linspace(0, top, BINS + 2, dtype=torch.float64) / 2595) - 1)
    frequency = torch.arange(FFT // 2 + 1, dtype=torch.float64)[:, None] * RATE / FFT
    low, middle, high = points[:-2], points[1:-1], points[2:]
    return torch.minimum((frequency - low) / (middle - low), (high - frequency) / (high - middle)).clamp(min=0).float()


FILTERS = mel_filters()
HANN = torch.hann_window(FRAME, periodic=True, dtype=torch.float64).float()


def frame_count(samples):
    """Whole frames of a clip; a frame starts 160 samples before its hop and needs one sample more than it reads."""
    return max(0, (samples + FRAME // 2 - FRAME - 1) // HOP + 1)


def log_mel(waveforms, lengths=None):
    """waveforms [B, samples] float32 in [-1, 1], the valid lengths [B] in samples (None: all)
    -> log-mel [B, frames, 128] float32, zero where a frame is not whole, and the mask of whole frames [B, frames]."""
    frames = F.pad(waveforms, (FRAME // 2, 0)).unfold(1, FRAME + 1, HOP)[..., :-1]
    mel = torch.log(torch.fft.rfft(frames * HANN.to(frames.device), n=FFT).abs() @ FILTERS.to(frames.device) + FLOOR)
    if lengths is None:
        return mel, torch.ones(mel.shape[:2], dtype=torch.bool, device=mel.device)
    last = torch.arange(mel.shape[1], device=mel.device) * HOP + FRAME // 2
    mask = last < torch.as_tensor(lengths, device=mel.device)[:, None]
    return mel * mask[..., None], mask


class Strided(nn.Module):
    """The weights of a 3x3 convolution of stride 2 (zero padding 1, no bias) and the layer norm over its channels."""

    def __init__(self, inputs, outputs):
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, 3, stride=2, padding=1, bias=False)
        self.norm = nn.LayerNorm(outputs, eps=EPSILON, bias=False)
        nn.init.normal_(self.conv.weight, std=(9 * inputs) ** -0.5)


# Output row t of a 3-tap convolution of stride 2 reads rows 2t - 1, 2t, 2t + 1: an even row 2r feeds output r by tap 1, an odd row
# 2r + 1 output r by tap 2 and output r + 1 by tap 0. Parity -> its (tap, outputs later).
TAPS = {0: [(1, 0)], 1: [(2, 0), (0, 1)]}


class Subsampling(nn.Module):
    """mel [B, frames, 128] -> [B, ceil(frames / 4), width]: convolution, layer norm, ReLU, twice, then linear.

    The 128 channels between the two convolutions are 410 000 values a second of sound and would cost four times what six layers of width
    144 do. Since the first convolution reads 9 values, its layer norm is a product of those: with W the kernels less their mean over the
    channels and C = W'W / 128, the variance of Wp is p'Cp, and norm(Wp) = W (p / sqrt(p'Cp + epsilon)). What is left between the
    convolutions is one ReLU, and matrix products on each side (8 times faster, backward included)."""

    def __init__(self, channels, width):
        super().__init__()
        self.layer0, self.layer1 = Strided(1, channels[0]), Strided(channels[0], channels[1])
        inputs = BINS // 4 * channels[1]
        self.input_proj_linear = nn.Linear(inputs, width, bias=False)
        nn.init.normal_(self.input_proj_linear.weight, std=inputs ** -0.5)

    def patches(self, mel, mask):
        """-> the normalised 3x3 patches under the first convolution [B, 2 tokens, 64, 9], zero in masked rows; its kernels [9, channels]"""
        frames, columns = mel.shape[1:]
        rows = 4 * -(-frames // 4)
        mel = F.pad(mel * mask[..., None], (1, 1, 1, 1 + rows - frames))
        p = torch.stack([mel[:, i:i + rows:2, j:j + columns:2] for i in range(3) for j in range(3)], -1)
        kernels = self.layer0.conv.weight.flatten(1)
        kernels = kernels - kernels.mean(0)
        covariance = (kernels[:, :, None] * kernels[:, None]).mean(0)
        with torch.autocast(mel.device.type, enabled=False):
            variance = ((p @ covariance) * p).sum(-1, keepdim=True)
        mask = F.pad(mask, (0, rows - frames))[:, ::2, None, None]
        return p * (torch.rsqrt(variance + EPSILON) * mask), (kernels * self.layer0.norm.weight[:, None]).t()

    def forward(self, mel, mask=None):
        if mask is None:
            mask = torch.ones(mel.shape[:2], dtype=torch.bool, device=mel.device)
        p, kernels = self.patches(mel, mask)
        second, total = self.layer1.conv.weight, 0
        b, rows, columns, _ = p.shape
        rows, columns = rows // 2, columns // 2
        for i in (0, 1):
            for j in (0, 1):
                taps = [(second[..., s, t], later, higher) for s, later in TAPS[i] for t, higher in TAPS[j]]
                hidden = F.relu(p[:, i::2, j::2].reshape(-1, 9) @ kernels)
                parts = hidden @ torch.cat([weight for weight, _, _ in taps]).t()
                for part, (_, later, higher) in zip(parts.view(b, rows, columns, len(taps), -1).unbind(3), taps):
                    total = total + F.pad(part[:, :rows - later, :columns - higher].float(), (0, 0, higher, 0, later, 0))
        return self.input_proj_linear(F.relu(self.layer1.norm(total)).flatten(2))


class FeedForward(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.ffw_layer_1, self.ffw_layer_2 = Clippable(width, 4 * width), Clippable(4 * width, width)
        self.pre_layer_norm, self.post_layer_norm = Norm(width), Norm(width)

    def forward(self, x):
        return x + 0.5 * self.post_layer_norm(self.ffw_layer_2(F.silu(self.ffw_layer_1(self.pre_layer_norm(x)))))


def sinusoids(width):
    """Of the distances 0..11: [12, width], sines then cosines."""
    half = width // 2
    scale = torch.exp(-torch.arange(half) * (math.log(10000.0) / max(half - 1, 1)))
    angle = torch.arange(WINDOW)[:, None] * scale
    return torch.cat([angle.sin(), angle.cos()], -1)


def delayed(x, steps):
    """x [B, T, ...] moved `steps` tokens later, zeros before."""
    return F.pad(x, (0, 0) * (x.ndim - 2) + (steps, 0))[:, :x.shape[1]]


class Attention(nn.Module):
    """A query sees the keys at the distances 0..11, computed in blocks of 12 queries on 24 keys as in the reference: with blocks of 12 a
    position in its relative table is the distance (with other sizes it would not be)."""

    def __init__(self, width, heads):
        super().__init__()
        self.heads, self.head_dim = heads, width // heads
        self.q_proj, self.k_proj, self.v_proj, self.post = (Clippable(width, width) for _ in range(4))
        self.relative_k_proj = nn.Linear(width, width, bias=False)
        nn.init.normal_(self.relative_k_proj.weight, std=width ** -0.5)
        self.per_dim_scale = nn.Parameter(torch.zeros(self.head_dim))
        self.register_buffer("sinusoids", sinusoids(width), persistent=False)

    def blocks(self, x):
        """[B, T, width] -> [B, blocks, 12, heads, head_dim]"""
        b, n, _ = x.shape
        return F.pad(x, (0, 0, 0, -n % WINDOW)).view(b, -(-n // WINDOW), WINDOW, self.heads, self.head_dim)

    def context(self, x):
        """[B, T, width] -> [B, blocks, heads, 24, head_dim]: each block after the one before it."""
        x = self.blocks(x)
        return torch.cat([F.pad(x[:, :-1], (0, 0) * 3 + (1, 0)), x], 2).transpose(2, 3)

    def forward(self, x):
        b, n, width = x.shape
        key_scale = math.log(1 + math.e) / math.log(2)          # on the query here, and taken off the relative keys again
        scale = F.softplus(self.per_dim_scale) * (key_scale * self.head_dim ** -0.5 / math.log(2))
        q = self.blocks(self.q_proj(x)).transpose(2, 3)
        q = q * scale.to(q.dtype)
        relative = self.relative_k_proj(self.sinusoids / key_scale).view(WINDOW, self.heads, self.head_dim).flip(0)
        by_distance = q @ relative.permute(1, 2, 0)             # [..., 12 queries, distance 11..0]
        # key c of query i lies at distance i + 12 - c: rows of 25 read as rows of 24 move each query's distances one key further
        by_distance = F.pad(by_distance, (1, WINDOW)).flatten(-2)[..., :2 * WINDOW ** 2].unflatten(-1, (WINDOW, 2 * WINDOW))
        logits = (q @ self.context(self.k_proj(x)).transpose(-1, -2) + by_distance).float()
        query, key, block = (torch.arange(count, device=x.device) for count in (WINDOW, 2 * WINDOW, q.shape[1]))
        distance = query[:, None] + WINDOW - key
        seen = (distance >= 0) & (distance < WINDOW) & ((block > 0)[:, None, None, None] | (key >= WINDOW))
        weights = torch.softmax(torch.where(seen, CAP * torch.tanh(logits / CAP), -1e9), -1).to(x.dtype)
        mixed = (weights @ self.context(self.v_proj(x))).transpose(2, 3).reshape(b, -1, width)[:, :n]
        return self.post(mixed)


class LightConvolution(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.linear_start, self.linear_end = Clippable(width, 2 * width), Clippable(width, width)
        self.depthwise_conv1d = nn.Conv1d(width, width, KERNEL, groups=width, bias=False)
        self.pre_layer_norm, self.conv_norm = Norm(width), Norm(width)
        nn.init.normal_(self.depthwise_conv1d.weight, std=KERNEL ** -0.5)

    def forward(self, x):
        y = F.glu(self.linear_start(self.pre_layer_norm(x)), -1)
        taps = self.depthwise_conv1d.weight[:, 0].unbind(-1)
        y = sum(tap * delayed(y, KERNEL - 1 - i) for i, tap in enumerate(taps))
        return x + self.linear_end(F.silu(self.conv_norm(y.to(x.dtype))))


class Layer(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.feed_forward1, self.feed_forward2 = FeedForward(width), FeedForward(width)
        self.self_attn, self.lconv1d = Attention(width, heads), LightConvolution(width)
        self.norm_pre_attn, self.norm_post_attn, self.norm_out = Norm(width), Norm(width, 0.5), Norm(width)

    def forward(self, x):
        x = self.feed_forward1(x)
        x = x + self.norm_post_attn(self.self_attn(self.norm_pre_attn(x)))
        return self.norm_out(self.feed_forward2(self.lconv1d(x)))


class AudioTower(nn.Module):
    """log-mel [B, frames, 128] and the mask of valid frames [B, frames] (None: all) -> soft tokens [B, ceil(frames / 4), output]
    before the embedder. Tokens of masked frames hold nothing of use; those before them are not influenced."""

    def __init__(self, config):
        super().__init__()
        width = config["width"]
        self.subsample_conv_projection = Subsampling(config["channels"], width)
        self.layers = nn.ModuleList(Layer(width, config["heads"]) for _ in range(config["layers"]))
        self.output_proj = nn.Linear(width, config["output"])
        nn.init.normal_(self.output_proj.weight, std=width ** -0.5)
        nn.init.zeros_(self.output_proj.bias)

    def forward(self, mel, mask=None):
        x = self.subsample_conv_projection(mel, mask)
        for layer in self.layers:
            x = layer(x)
        return self.output_proj(x)


@torch.no_grad()
def soft_tokens(tower, waveforms):
    """List of waveforms (float32 at RATE, any lengths) -> list of soft tokens [tokens, output] of RMS 1, as the embedder sees them."""
    lengths = [len(w) for w in waveforms]
    padded = torch.zeros(len(lengths), max(max(lengths), HOP + 1))
    for row, w in zip(padded, waveforms):
        row[:len(w)] = torch.as_tensor(w)
    where = next(tower.parameters()).device
    mel, mask = log_mel(padded.to(where), lengths)
    with torch.autocast(where.type, dtype=torch.bfloat16):
        soft = tower(mel, mask)
    return [s[:-(-frame_count(n) // 4)] for s, n in zip(rms(soft.float()), lengths)]
