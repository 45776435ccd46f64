"""The Gemma 4 vision tower as plain PyTorch, and its training on dense labels.

`Tower` computes what transformers' Gemma4VisionModel computes for unpadded pictures, with the parameter names
that a checkpoint carries below `model.vision_tower.`; tests/test_vision.py proves the equality. It is several
times faster on a CPU in bfloat16, and one `torch.compile` fuses the norms.
"""
import math

import torch
import torch.nn.functional as F
from torch import nn

EPSILON = 1e-6


def rms(x, weight=None):
    """RMS norm over the last dimension, statistics in float32."""
    y = x.float()
    y = y * torch.rsqrt(y.pow(2).mean(-1, keepdim=True) + EPSILON)
    if weight is not None:
        y = y * weight
    return y.to(x.dtype)


class Norm(nn.Module):
    def __init__(self, width, value=1.0):
        super().__init__()
        self.weight = nn.Parameter(torch.full((width,), value))

    def forward(self, x):
        return rms(x, self.weight)


class Clippable(nn.Module):
    """A linear layer below the name `linear`, as the checkpoint spells it (clipping is off in nano)."""

    def __init__(self, inputs, outputs):
        super().__init__()
        self.linear = nn.Linear(inputs, outputs, bias=False)
        nn.init.normal_(self.linear.weight, std=inputs ** -0.5)

    def forward(self, x):
        return self.linear(x)


def rotary(positions, head_dim, base=100.0):
    """positions [B, N, 2] -> cos, sin [B, N, 1, head_dim]: the first half of a head rotates with x, the second with y."""
    quarter = head_dim // 4
    frequency = base ** (-2.0 * torch.arange(quarter, device=positions.device) / (head_dim // 2))
    x, y = (positions[..., axis, None].float() * frequency for axis in (0, 1))
    angle = torch.cat([x, x, y, y], -1)[:, :, None]
    return angle.cos(), angle.sin()


def rotate(x, cos, sin):
    a, b, c, d = x.chunk(4, -1)
    return x * cos + torch.cat([-b, a, -d, c], -1) * sin


class Attention(nn.Module):
    def __init__(self, width, heads, head_dim):
        super().__init__()
        self.heads, self.head_dim = heads, head_dim
        self.q_proj, self.k_proj, self.v_proj = (Clippable(width, heads * head_dim) for _ in range(3))
        self.o_proj = Clippable(heads * head_dim, width)
        # attention has no 1/sqrt(d): norm weights of d^-1/4 start the logits at standard deviation 1
        self.q_norm, self.k_norm = Norm(head_dim, head_dim ** -0.25), Norm(head_dim, head_dim ** -0.25)

    def forward(self, x, cos, sin):
        b, n, _ = x.shape
        q, k, v = (p(x).view(b, n, self.heads, self.head_dim) for p in (self.q_proj, self.k_proj, self.v_proj))
        q, k, v = rotate(self.q_norm(q), cos, sin), rotate(self.k_norm(k), cos, sin), rms(v)
        q, k, v = (t.to(x.dtype).transpose(1, 2) for t in (q, k, v))
        # explicit products: on a CPU in bfloat16 twice as fast, backward included, as the fused attention kernel
        out = torch.softmax(q @ k.transpose(-1, -2), -1) @ v
        return self.o_proj(out.transpose(1, 2).reshape(b, n, -1))


class Mlp(nn.Module):
    def __init__(self, width, inner):
        super().__init__()
        self.gate_proj, self.up_proj, self.down_proj = Clippable(width, inner), Clippable(width, inner), Clippable(inner, width)

    def forward(self, x):
        return self.down_proj(F.gelu(self.gate_proj(x), approximate="tanh") * self.up_proj(x))


class Layer(nn.Module):
    def __init__(self, width, heads, head_dim, inner):
        super().__init__()
        self.self_attn, self.mlp = Attention(width, heads, head_dim), Mlp(width, inner)
        self.input_layernorm, self.pre_feedforward_layernorm = Norm(width), Norm(width)
        self.post_attention_layernorm, self.post_feedforward_layernorm = Norm(width, 0.5), Norm(width, 0.5)

    def forward(self, x, cos, sin):
        x = x + self.post_attention_layernorm(self.self_attn(self.input_layernorm(x), cos, sin))
        return x + self.post_feedforward_layernorm(self.mlp(self.pre_feedforward_layernorm(x)))


class PatchEmbedder(nn.Module):
    def __init__(self, width, positions):
        super().__init__()
        self.input_proj = nn.Linear(768, width, bias=False)
        self.position_embedding_table = nn.Parameter(0.1 * torch.randn(2, positions, width))

    def forward(self, patches, positions):
        out = self.input_proj(patches)
        return out + (self.position_embedding_table[0, positions[..., 0]] + self.position_embedding_table[1, positions[..., 1]]).to(out.dtype)


class Encoder(nn.Module):
    def __init__(self, config):
        super().__init__()
        size = config["width"], config["heads"], config["head_dim"], config["inner"]
        self.layers = nn.ModuleList(Layer(*size) for _ in range(config["layers"]))


def grid(columns, rows):
    """Positions (x, y) of the patches of a picture, row by row: [rows * columns, 2]."""
    y, x = torch.meshgrid(torch.arange(rows), torch.arange(columns), indexing="ij")
    return torch.stack([x, y], -1).reshape(-1, 2)


class Tower(nn.Module):
    """patches [B, rows * columns, 768] of values in 0..1 -> soft tokens [B, rows/3 * columns/3, width] before the embedder.

    Whole pictures of the configured size by default; a window of one when `positions` [B, N, 2] and its size in
    patches are given."""

    def __init__(self, config):
        super().__init__()
        self.config = config
        self.patch_embedder = PatchEmbedder(config["width"], config["positions"])
        self.encoder = Encoder(config)
        self.columns, self.rows = config["picture"][0] // 16, config["picture"][1] // 16
        self.register_buffer("positions", grid(self.columns, self.rows)[None], persistent=False)

    def forward(self, patches, positions=None, columns=None, rows=None):
        if positions is None:
            positions, columns, rows = self.positions, self.columns, self.rows
        x = self.patch_embedder(2 * (patches - 0.5), positions)
        cos, sin = rotary(positions, self.config["head_dim"])
        for layer in self.encoder.layers:
            x = layer(x, cos, sin)
        b, _, width = x.shape
        x = x.view(b, rows // 3, 3, columns // 3, 3, width).float().mean((2, 4)).view(b, -1, width)
        return x * math.sqrt(width)


def patchify(pictures):
    """pictures [B, H, W, 3] (any dtype) -> patches [B, H/16 * W/16, 768], value order (py, px, channel)."""
    b, h, w, _ = pictures.shape
    return pictures.view(b, h // 16, 16, w // 16, 16, 3).permute(0, 1, 3, 2, 4, 5).reshape(b, -1, 768)


class DenseHead(nn.Module):
    """Reads kinds, centres, colours and places from normalised soft tokens, as the decoder's embedder will:
    [B, cells, width] -> logits of kinds (and, last, unknown things) that cover the cell and of kinds whose centre lies in it [B, cells, kinds], of the colour [B, cells, colours], of which
    cell of the picture it is [B, cells, picture cells], and where in the picture its object has its centre [B, cells, 2], in cells.

    Places are in the picture's own coordinates: without that part of the loss a token hardly tells which cell it is, and the decoder, which sees
    nothing but its row number, is slow to learn left and right and what lies where it lay before."""

    def __init__(self, width, kinds, colours, cells):
        super().__init__()
        self.split = kinds, kinds, colours, cells, 2
        self.linear = nn.Linear(width, sum(self.split))
        nn.init.zeros_(self.linear.weight)
        nn.init.constant_(self.linear.bias, -2.5)

    def forward(self, soft):
        return self.linear(rms(soft)).float().split(self.split, -1)


def targets(cover):
    """cover [B, cells, kinds] uint8 -> (label, weight) float: a cell shows a kind when the kind covers 15 % of it
    or a third of what is visible of the kind lies in it; cells with less than that but more than 3 % do not count."""
    share = cover.float() / 255
    total = share.sum(1, keepdim=True)
    label = ((share >= 0.15) | ((share >= total / 3) & (share > 0.02))).float()
    weight = torch.where((label == 0) & (share > 0.03), 0.0, 1.0)
    return label, weight


def dense_loss(logits, label, weight, centre, colour, cell, middle):
    """Binary cross-entropy of the cells, of presence (from the soft maximum over the cells) and of the centres, cross-entropy of the colours and of the
    cell numbers, Huber loss of the objects' middles.
    label, weight, centre [B, cells, kinds]; colour [B, cells] with 255 where there is none; cell [B, cells]; middle [B, cells, 2]."""
    cover, centred, shade, number, point = logits
    cells = F.binary_cross_entropy_with_logits(cover, label, weight, reduction="sum") / weight.sum() * cover.shape[-1]
    pooled = torch.logsumexp(cover * 2, 1) / 2
    decided = (label.amax(1) > 0) | (weight.amin(1) > 0)           # a sliver of a kind in the window counts neither way
    whole = F.binary_cross_entropy_with_logits(pooled, label.amax(1), decided.float())
    inside = F.binary_cross_entropy_with_logits(centred, (centre > 0).float()) * cover.shape[-1]
    has = colour != 255
    tint = F.cross_entropy(shade[has], colour[has].long()) if has.any() else 0.0
    place = 0.2 * F.cross_entropy(number.flatten(0, 1), cell.flatten().long()) + F.huber_loss(point, middle, delta=0.5)
    return cells + whole + inside + 0.5 * tint + place
