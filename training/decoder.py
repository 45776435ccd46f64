"""The Gemma 4 text decoder as plain PyTorch for training: any mask, any positions, no cache.

Parameter names are those below `model.language_model.` in a checkpoint; tests/test_decoder.py proves that it
computes what transformers computes.
"""
import math

import torch
import torch.nn.functional as F
from torch import nn

from .vision import Norm, rms


def angles(positions, head_dim, base, share):
    """Rotary angles of positions [B, T] -> cos, sin [B, T, 1, head_dim]; `share` of the pairs turn (proportional RoPE)."""
    turned = int(share * head_dim // 2)
    frequency = torch.zeros(head_dim // 2, dtype=torch.float64, device=positions.device)
    frequency[:turned] = base ** (-2.0 * torch.arange(turned, dtype=torch.float64, device=positions.device) / head_dim)
    angle = (positions.double()[..., None] * frequency).repeat(1, 1, 2)[:, :, None]
    return angle.cos().float(), angle.sin().float()


def rotate(x, cos, sin):
    a, b = x.chunk(2, -1)
    return x * cos + torch.cat([-b, a], -1) * sin


def linear(inputs, outputs):
    layer = nn.Linear(inputs, outputs, bias=False)
    nn.init.normal_(layer.weight, std=inputs ** -0.5)
    return layer


class Attention(nn.Module):
    def __init__(self, c, index):
        super().__init__()
        self.full = c["layer_types"][index] == "full_attention"
        self.heads, self.kv_heads = c["heads"], c["kv_heads"]
        self.lookback = None if self.full else c.get("lookback")
        self.head_dim = d = c["global_head_dim"] if self.full else c["head_dim"]
        self.q_proj, self.o_proj = linear(c["width"], self.heads * d), linear(self.heads * d, c["width"])
        self.q_norm = Norm(d, d ** -0.25)
        self.producer = index < c["layers"] - c["shared_layers"]
        if self.producer:
            self.k_proj, self.v_proj = linear(c["width"], self.kv_heads * d), linear(c["width"], self.kv_heads * d)
            self.k_norm = Norm(d, d ** -0.25)

    def forward(self, x, rope, mask, shared):
        b, t, _ = x.shape
        cos, sin = rope[self.full]
        q = rotate(self.q_norm(self.q_proj(x).view(b, t, self.heads, self.head_dim)), cos, sin).to(x.dtype).transpose(1, 2)
        if self.producer:
            k = rotate(self.k_norm(self.k_proj(x).view(b, t, self.kv_heads, self.head_dim)), cos, sin)
            v = rms(self.v_proj(x).view(b, t, self.kv_heads, self.head_dim))
            group = self.heads // self.kv_heads
            shared[self.full] = tuple(s.to(x.dtype).transpose(1, 2).repeat_interleave(group, 1) for s in (k, v))
        k, v = shared[self.full]
        out = torch.cat([attend(q[:, :, a:b], k[:, :, first:b], v[:, :, first:b], mask[self.full][:, :, a:b, first:b]) for a, b, first in pieces(t, self.lookback)], 2)
        return self.o_proj(out.transpose(1, 2).reshape(b, t, -1))


CHUNK = 416                                          # rows of a long sequence whose attention is computed together


def pieces(rows, lookback=None):
    """Stretches of queries and the first key they may see: [(first row, end row, first key)]. All masks are causal, so that later keys need no product at all:
    at 1664 rows 0.63 of the work. `lookback`: what is more rows away is masked anyhow."""
    chunk = rows if rows <= CHUNK else -(-rows // -(-rows // CHUNK))
    return [(a, min(a + chunk, rows), 0 if lookback is None else max(0, a - lookback)) for a in range(0, rows, chunk)]


def attend(q, k, v, mask):
    """Explicit products: on a CPU in bfloat16 twice as fast, backward included, as the fused attention kernel."""
    return torch.softmax(q @ k.transpose(-1, -2) + mask.to(q.dtype), -1).to(q.dtype) @ v


class Mlp(nn.Module):
    def __init__(self, width, inner):
        super().__init__()
        self.gate_proj, self.up_proj, self.down_proj = linear(width, inner), linear(width, inner), linear(inner, width)

    def forward(self, x):
        return self.down_proj(F.gelu(self.gate_proj(x), approximate="tanh") * self.up_proj(x))


class Layer(nn.Module):
    def __init__(self, c, index):
        super().__init__()
        shared = index >= c["layers"] - c["shared_layers"]
        self.self_attn, self.mlp = Attention(c, index), Mlp(c["width"], c["inner"] * (2 if shared and c["double_wide"] else 1))
        self.input_layernorm, self.pre_feedforward_layernorm = Norm(c["width"]), Norm(c["width"])
        self.post_attention_layernorm, self.post_feedforward_layernorm = Norm(c["width"], 0.5), Norm(c["width"], 0.5)
        self.post_per_layer_input_norm = Norm(c["width"], 0.1)
        self.per_layer_input_gate, self.per_layer_projection = linear(c["width"], c["per_layer"]), linear(c["per_layer"], c["width"])
        self.register_buffer("layer_scalar", torch.ones(1))

    def forward(self, x, per_layer, rope, mask, shared):
        x = x + self.post_attention_layernorm(self.self_attn(self.input_layernorm(x), rope, mask, shared))
        x = x + self.post_feedforward_layernorm(self.mlp(self.pre_feedforward_layernorm(x)))
        gate = F.gelu(self.per_layer_input_gate(x), approximate="tanh") * per_layer
        x = x + self.post_per_layer_input_norm(self.per_layer_projection(gate))
        return x * self.layer_scalar


class Decoder(nn.Module):
    """Embeddings [B, T, width] and token ids (pad where media) -> hidden states; `logits` of chosen rows."""

    def __init__(self, c, vocabulary):
        super().__init__()
        self.c = c
        self.embed_tokens = nn.Embedding(vocabulary, c["width"])
        self.embed_tokens_per_layer = nn.Embedding(vocabulary, c["layers"] * c["per_layer"])
        nn.init.normal_(self.embed_tokens.weight, std=c["width"] ** -0.5)
        nn.init.normal_(self.embed_tokens_per_layer.weight, std=c["per_layer"] ** -0.5)
        self.per_layer_model_projection = linear(c["width"], c["layers"] * c["per_layer"])
        nn.init.normal_(self.per_layer_model_projection.weight, std=1.0)
        self.per_layer_projection_norm = Norm(c["per_layer"])
        self.layers = nn.ModuleList(Layer(c, i) for i in range(c["layers"]))
        self.norm = Norm(c["width"])

    def embed(self, ids):
        return self.embed_tokens(ids) * math.sqrt(self.c["width"])

    @property
    def tap(self):
        """The last layer that makes keys and values: what it is given is all that later rows can know of a row."""
        return self.c["layers"] - self.c["shared_layers"] - 1

    def forward(self, x, ids, positions, allowed, tapped=False):
        """x [B, T, width] input embeddings; ids [B, T] with pad (0) at media rows; positions [B, T];
        allowed [B, T, T] bool: causality and branches, before the sliding window.
        -> hidden states [B, T, width]; with `tapped` also those that layer `tap` was given."""
        c = self.c
        b, t, _ = x.shape
        plane = self.per_layer_model_projection(x).view(b, t, c["layers"], -1) * c["width"] ** -0.5
        table = self.embed_tokens_per_layer(ids).view(b, t, c["layers"], -1) * math.sqrt(c["per_layer"])
        per_layer = (self.per_layer_projection_norm(plane) + table) * 2 ** -0.5
        near = allowed & (positions[:, :, None] - positions[:, None] < c["sliding_window"])
        masks = {full: torch.zeros(b, 1, t, t, device=x.device).masked_fill(~m[:, None], -1e4) for full, m in ((False, near), (True, allowed))}
        rope = {False: angles(positions, c["head_dim"], 1e4, 1.0), True: angles(positions, c["global_head_dim"], 1e6, 0.25)}
        shared = {}
        middle = None
        for i, layer in enumerate(self.layers):
            middle = x if i == self.tap else middle
            x = layer(x, per_layer[:, :, i], rope, masks, shared)
        return (self.norm(x), middle) if tapped else self.norm(x)

    def logits(self, hidden):
        cap = self.c["softcap"]
        return cap * torch.tanh(F.linear(hidden, self.embed_tokens.weight).float() / cap)
