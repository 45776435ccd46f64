#!/usr/bin/env python3
"""Write a checkpoint of a published Gemma 4 shape with random weights, for benchmarks and memory measurements.

    random_checkpoint.py --shape e2b --out DIR [--seed 1]

Only numpy is needed. Tensors are streamed to disk one after another, so memory stays below 1 GB while the e2b shape takes
about 10 GB of disk (bf16, several shards and an index). Weights are scale preserving (a linear layer with n inputs has
entries of deviation n^-1/2, norms are near 1), so that activations and logits stay of ordinary size through all layers.

The values come from one block of normal deviates, entered at a different place for every tensor: as good as fresh numbers
for timing arithmetic and caches, and the disk is the only limit on speed.
"""

import argparse
import functools
import itertools
import json
import math
import os
import sys
import time

import numpy as np

BLOCK = (1 << 23) + 13  # deviates; odd, so that rows of different tensors never line up
SHARD_BYTES = 4_000_000_000

SHAPES = {
    # The published sizes.
    "e2b": dict(
        vocab=262_144, hidden=1536, ffn=6144, layers=35, pattern=5, heads=8, kv_heads=1, head_dim=256, global_head_dim=512,
        shared=20, double_wide=True, ple=256, window=512, positions=131_072,
        vision=dict(hidden=768, ffn=3072, layers=16, heads=12, head_dim=64, positions=10_240),
        audio=dict(hidden=1024, layers=12, heads=8, channels=[128, 32], out=1536)),
    "e4b": dict(
        vocab=262_144, hidden=2560, ffn=10_240, layers=42, pattern=6, heads=8, kv_heads=2, head_dim=256, global_head_dim=512,
        shared=18, double_wide=False, ple=256, window=512, positions=131_072,
        vision=dict(hidden=768, ffn=3072, layers=16, heads=12, head_dim=64, positions=10_240),
        audio=dict(hidden=1024, layers=12, heads=8, channels=[128, 32], out=1536)),
    # The same code paths in a second.
    "tiny": dict(
        vocab=2048, hidden=64, ffn=96, layers=10, pattern=5, heads=4, kv_heads=1, head_dim=16, global_head_dim=32,
        shared=4, double_wide=True, ple=16, window=32, positions=4096,
        vision=dict(hidden=48, ffn=80, layers=2, heads=3, head_dim=16, positions=64),
        audio=dict(hidden=64, layers=2, heads=4, channels=[128, 8], out=40)),
}

# Ids of the published vocabulary; a vocabulary that is too small for them gets consecutive ids from 5.
SPECIAL = {
    "<pad>": 0, "<eos>": 1, "<bos>": 2, "<unk>": 3, "<mask>": 4, "<|tool>": 46, "<tool|>": 47, "<|tool_call>": 48, "<tool_call|>": 49,
    "<|tool_response>": 50, "<tool_response|>": 51, '<|"|>': 52, "<|think|>": 98, "<|channel>": 100, "<channel|>": 101,
    "<|turn>": 105, "<turn|>": 106, "<|image>": 255_999, "<|audio>": 256_000, "<|image|>": 258_880, "<|audio|>": 258_881,
    "<image|>": 258_882, "<audio|>": 258_883, "<|video|>": 258_884,
}


def special_ids(vocab):
    if vocab > max(SPECIAL.values()):
        return SPECIAL
    return {token: index for index, token in enumerate(SPECIAL)}


# ---- configuration files


def layer_types(shape):
    return ["full_attention" if (i + 1) % shape["pattern"] == 0 else "sliding_attention" for i in range(shape["layers"])]


def config(shape, ids):
    vision, audio = shape["vision"], shape["audio"]
    return {
        "architectures": ["Gemma4ForConditionalGeneration"],
        "model_type": "gemma4",
        "dtype": "bfloat16",
        "tie_word_embeddings": True,
        "boi_token_id": ids["<|image>"], "eoi_token_id": ids["<image|>"], "image_token_id": ids["<|image|>"],
        "video_token_id": ids["<|video|>"], "boa_token_id": ids["<|audio>"], "eoa_token_index": ids["<audio|>"],
        "audio_token_id": ids["<|audio|>"],
        "text_config": {
            "model_type": "gemma4_text", "vocab_size": shape["vocab"], "vocab_size_per_layer_input": shape["vocab"],
            "hidden_size": shape["hidden"], "hidden_size_per_layer_input": shape["ple"], "intermediate_size": shape["ffn"],
            "num_hidden_layers": shape["layers"], "num_attention_heads": shape["heads"], "num_key_value_heads": shape["kv_heads"],
            "num_global_key_value_heads": None, "head_dim": shape["head_dim"], "global_head_dim": shape["global_head_dim"],
            "num_kv_shared_layers": shape["shared"], "use_double_wide_mlp": shape["double_wide"], "sliding_window": shape["window"],
            "layer_types": layer_types(shape), "final_logit_softcapping": 30.0, "max_position_embeddings": shape["positions"],
            "hidden_activation": "gelu_pytorch_tanh", "rms_norm_eps": 1e-6, "attention_bias": False, "attention_k_eq_v": False,
            "enable_moe_block": False, "use_bidirectional_attention": None, "tie_word_embeddings": True,
            "pad_token_id": 0, "eos_token_id": 1, "bos_token_id": 2,
            "rope_parameters": {
                "full_attention": {"rope_type": "proportional", "rope_theta": 1_000_000.0, "partial_rotary_factor": 0.25},
                "sliding_attention": {"rope_type": "default", "rope_theta": 10_000.0},
            },
        },
        "vision_config": {
            "model_type": "gemma4_vision", "hidden_size": vision["hidden"], "intermediate_size": vision["ffn"],
            "num_hidden_layers": vision["layers"], "num_attention_heads": vision["heads"], "num_key_value_heads": vision["heads"],
            "head_dim": vision["head_dim"], "patch_size": 16, "pooling_kernel_size": 3, "position_embedding_size": vision["positions"],
            "use_clipped_linears": True, "standardize": False, "hidden_activation": "gelu_pytorch_tanh", "rms_norm_eps": 1e-6,
            "rope_parameters": {"rope_type": "axial", "rope_theta": 100.0},
        },
        "audio_config": {
            "model_type": "gemma4_audio", "hidden_size": audio["hidden"], "num_hidden_layers": audio["layers"],
            "num_attention_heads": audio["heads"], "subsampling_conv_channels": audio["channels"], "conv_kernel_size": 5,
            "residual_weight": 0.5, "attention_chunk_size": 12, "attention_context_left": 13, "attention_context_right": 0,
            "attention_logit_cap": 50.0, "attention_invalid_logits_value": -1e9, "use_clipped_linears": True,
            "gradient_clipping": 1e10, "output_proj_dims": audio["out"], "hidden_act": "silu", "rms_norm_eps": 1e-6,
        },
    }


PREPROCESSOR = {
    "feature_extractor_type": "Gemma4AudioFeatureExtractor", "feature_size": 128, "sampling_rate": 16_000, "frame_length": 320,
    "hop_length": 160, "fft_length": 512, "fft_overdrive": False, "min_frequency": 0.0, "max_frequency": 8000.0, "mel_floor": 0.001,
    "preemphasis": 0.0, "preemphasis_htk_flavor": True, "dither": 0.0, "input_scale_factor": 1.0, "per_bin_mean": None,
    "per_bin_stddev": None, "padding_side": "right", "padding_value": 0.0, "return_attention_mask": True,
}


def tokenizer(vocab, ids, seed):
    """A synthetic vocabulary of the right size: specials at their ids, bytes, single characters, and letter groups with every
    way to merge them from shorter ones."""
    single = ["\u2581", "\n"] + [chr(c) for c in range(0x21, 0x7F)]
    letters = "etaoinshrdlucmfwypvbgkjqxz"
    if vocab > 100_000:
        single += [chr(c) for c in range(0xA1, 0x530) if chr(c).isprintable()] + [chr(c) for c in range(0x4E00, 0x9000)]
    free = vocab - len(ids) - 256 - len(single)
    known, groups = set(single), []

    def add(words):
        for word in words:
            if len(groups) == free:
                return
            if word not in known:
                known.add(word)
                groups.append(word)

    add("\u2581" + c for c in letters)
    add(a + b for a, b in itertools.product(letters, repeat=2))
    add("".join(t) for t in itertools.product(letters, repeat=3))
    four = np.random.default_rng(seed).permutation(len(letters) ** 4)
    size = len(letters)
    add("".join(letters[n // size ** k % size] for k in range(4)) for n in map(int, four))

    # Ids are given out in order, around the ones that special tokens hold.
    taken = set(ids.values())
    order = (i for i in range(vocab) if i not in taken)
    table = dict(ids)
    for token in [f"<0x{b:02X}>" for b in range(256)] + single + groups:
        table[token] = next(order)
    merges = [[w[:k], w[k:]] for w in groups for k in range(1, len(w)) if w[:k] in known and w[k:] in known]
    return {
        "version": "1.0", "truncation": None, "padding": None,
        "added_tokens": [
            {"id": i, "content": t, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
            for t, i in sorted(ids.items(), key=lambda item: item[1])
        ],
        "normalizer": {"type": "Replace", "pattern": {"String": " "}, "content": "\u2581"},
        "pre_tokenizer": {"type": "Split", "pattern": {"String": " "}, "behavior": "MergedWithPrevious", "invert": False},
        "post_processor": None,
        "decoder": {"type": "Sequence", "decoders": [
            {"type": "Replace", "pattern": {"String": "\u2581"}, "content": " "}, {"type": "ByteFallback"}, {"type": "Fuse"}]},
        "model": {
            "type": "BPE", "dropout": None, "unk_token": "<unk>", "continuing_subword_prefix": None, "end_of_word_suffix": None,
            "fuse_unk": True, "byte_fallback": True, "ignore_merges": False, "vocab": table, "merges": merges},
    }


# ---- weights: (name, shape, deviation, mean); deviation None means a clip limit, drawn per tensor


def tensors(shape):
    yield from language_tensors(shape)
    yield from vision_tensors(shape["vision"])
    yield from audio_tensors(shape["audio"])
    yield linear("model.embed_vision.embedding_projection", shape["hidden"], shape["vision"]["hidden"])
    yield linear("model.embed_audio.embedding_projection", shape["hidden"], shape["audio"]["out"])


def linear(name, outputs, inputs):
    return f"{name}.weight", [outputs, inputs], inputs ** -0.5, 0.0


def norm(name, width, mean=1.0):
    return f"{name}.weight", [width], 0.1 * mean, mean


def clipped(name, outputs, inputs):
    yield linear(f"{name}.linear", outputs, inputs)
    for limit in ("input_min", "input_max", "output_min", "output_max"):
        # Six deviations: present and applied, and almost never reached.
        yield f"{name}.{limit}", [], 0.0, -6.0 if limit.endswith("min") else 6.0


def language_tensors(s):
    p, e = "model.language_model", s["hidden"]
    yield f"{p}.embed_tokens.weight", [s["vocab"], e], e ** -0.5, 0.0
    yield f"{p}.embed_tokens_per_layer.weight", [s["vocab"], s["layers"] * s["ple"]], s["ple"] ** -0.5, 0.0
    yield linear(f"{p}.per_layer_model_projection", s["layers"] * s["ple"], e)
    yield norm(f"{p}.per_layer_projection_norm", s["ple"])
    yield norm(f"{p}.norm", e)
    for i, kind in enumerate(layer_types(s)):
        layer, shared = f"{p}.layers.{i}", i >= s["layers"] - s["shared"]
        head = s["global_head_dim"] if kind == "full_attention" else s["head_dim"]
        ffn = 2 * s["ffn"] if shared and s["double_wide"] else s["ffn"]
        yield f"{layer}.layer_scalar", [1], 0.0, 0.9
        for name in ("input_layernorm", "post_attention_layernorm", "pre_feedforward_layernorm", "post_feedforward_layernorm",
                     "post_per_layer_input_norm"):
            yield norm(f"{layer}.{name}", e)
        yield linear(f"{layer}.per_layer_input_gate", s["ple"], e)
        yield linear(f"{layer}.per_layer_projection", e, s["ple"])
        yield linear(f"{layer}.self_attn.q_proj", s["heads"] * head, e)
        yield linear(f"{layer}.self_attn.o_proj", e, s["heads"] * head)
        # Normalised queries and keys of length head^1/2 times this: attention logits of deviation about 1.4.
        yield norm(f"{layer}.self_attn.q_norm", head, 1.2 * head ** -0.25)
        # Published checkpoints carry these for the layers that share keys and values, too; nothing reads them.
        yield linear(f"{layer}.self_attn.k_proj", s["kv_heads"] * head, e)
        yield linear(f"{layer}.self_attn.v_proj", s["kv_heads"] * head, e)
        yield norm(f"{layer}.self_attn.k_norm", head, 1.2 * head ** -0.25)
        yield linear(f"{layer}.mlp.gate_proj", ffn, e)
        yield linear(f"{layer}.mlp.up_proj", ffn, e)
        yield linear(f"{layer}.mlp.down_proj", e, ffn)


def vision_tensors(s):
    p, e, attention = "model.vision_tower", s["hidden"], s["heads"] * s["head_dim"]
    yield linear(f"{p}.patch_embedder.input_proj", e, 768)
    yield f"{p}.patch_embedder.position_embedding_table", [2, s["positions"], e], 0.3, 0.0
    for i in range(s["layers"]):
        layer = f"{p}.encoder.layers.{i}"
        for name in ("q_proj", "k_proj", "v_proj"):
            yield from clipped(f"{layer}.self_attn.{name}", attention, e)
        yield from clipped(f"{layer}.self_attn.o_proj", e, attention)
        for name in ("q_norm", "k_norm"):
            yield norm(f"{layer}.self_attn.{name}", s["head_dim"], 1.2 * s["head_dim"] ** -0.25)
        yield from clipped(f"{layer}.mlp.gate_proj", s["ffn"], e)
        yield from clipped(f"{layer}.mlp.up_proj", s["ffn"], e)
        yield from clipped(f"{layer}.mlp.down_proj", e, s["ffn"])
        for name in ("input_layernorm", "post_attention_layernorm", "pre_feedforward_layernorm", "post_feedforward_layernorm"):
            yield norm(f"{layer}.{name}", e)


def audio_tensors(s):
    p, e, (first, second) = "model.audio_tower", s["hidden"], s["channels"]
    stem = f"{p}.subsample_conv_projection"
    yield f"{stem}.layer0.conv.weight", [first, 1, 3, 3], 9 ** -0.5, 0.0
    yield norm(f"{stem}.layer0.norm", first)
    yield f"{stem}.layer1.conv.weight", [second, first, 3, 3], (9 * first) ** -0.5, 0.0
    yield norm(f"{stem}.layer1.norm", second)
    yield linear(f"{stem}.input_proj_linear", e, 32 * second)  # 128 mel bins, halved twice
    for i in range(s["layers"]):
        layer = f"{p}.layers.{i}"
        for block in ("feed_forward1", "feed_forward2"):
            yield from clipped(f"{layer}.{block}.ffw_layer_1", 4 * e, e)
            yield from clipped(f"{layer}.{block}.ffw_layer_2", e, 4 * e)
            yield norm(f"{layer}.{block}.pre_layer_norm", e)
            yield norm(f"{layer}.{block}.post_layer_norm", e)
        for name in ("q_proj", "k_proj", "v_proj", "post"):
            yield from clipped(f"{layer}.self_attn.{name}", e, e)
        yield linear(f"{layer}.self_attn.relative_k_proj", e, e)
        yield f"{layer}.self_attn.per_dim_scale", [e // s["heads"]], 0.3, 0.0
        yield from clipped(f"{layer}.lconv1d.linear_start", 2 * e, e)
        yield from clipped(f"{layer}.lconv1d.linear_end", e, e)
        yield f"{layer}.lconv1d.depthwise_conv1d.weight", [e, 1, 5], 5 ** -0.5, 0.0
        yield norm(f"{layer}.lconv1d.pre_layer_norm", e)
        yield norm(f"{layer}.lconv1d.conv_norm", e)
        for name in ("norm_pre_attn", "norm_post_attn", "norm_out"):
            yield norm(f"{layer}.{name}", e)
    yield linear(f"{p}.output_proj", s["out"], e)
    yield f"{p}.output_proj.bias", [s["out"]], 0.1, 0.0


# ---- writing


def bfloat16(values):
    """f32 to bf16 bits, rounded to nearest even."""
    bits = values.astype(np.float32, copy=False).view(np.uint32)
    return ((bits + 0x7FFF + (bits >> 16 & 1)) >> 16).astype(np.uint16)


class Source:
    def __init__(self, seed):
        self.rng = np.random.default_rng(seed)
        self.normal = self.rng.standard_normal(BLOCK, dtype=np.float32)
        self.scaled = functools.lru_cache(maxsize=8)(self.scale)

    def scale(self, deviation, mean):
        return bfloat16(self.normal * np.float32(deviation) + np.float32(mean))

    def write(self, file, count, deviation, mean):
        if count < 4096:
            file.write(bfloat16(self.rng.standard_normal(count) * deviation + mean).tobytes())
            return
        block = self.scaled(deviation, mean)
        start = int(self.rng.integers(BLOCK))
        while count:
            part = block[start:start + count]
            file.write(memoryview(part).cast("B"))
            count, start = count - part.size, 0


def plan_shards(entries, limit):
    """Consecutive tensors in shards of at most `limit` bytes (a larger tensor has a shard of its own)."""
    shards, size = [[]], 0
    for entry in entries:
        count = 2 * math.prod(entry[1])
        if shards[-1] and size + count > limit:
            shards.append([])
            size = 0
        shards[-1].append(entry)
        size += count
    return shards


def write_shard(path, entries, source, progress):
    header, offset = {"__metadata__": {"format": "pt"}}, 0
    for name, shape, _, _ in entries:
        size = 2 * math.prod(shape)
        header[name] = {"dtype": "BF16", "shape": shape, "data_offsets": [offset, offset + size]}
        offset += size
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)  # the data begins on a multiple of 8
    with open(path, "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for name, shape, deviation, mean in entries:
            source.write(file, math.prod(shape), deviation, mean)
            progress(2 * math.prod(shape))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--shape", choices=SHAPES, required=True)
    parser.add_argument("--out", required=True, help="directory to create")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--shard-bytes", type=int, default=SHARD_BYTES)
    arguments = parser.parse_args()

    shape = SHAPES[arguments.shape]
    ids = special_ids(shape["vocab"])
    os.makedirs(arguments.out, exist_ok=True)

    def save(name, value, **options):
        with open(os.path.join(arguments.out, name), "w", encoding="utf-8") as file:
            json.dump(value, file, ensure_ascii=False, **options)

    save("config.json", config(shape, ids), indent=2)
    save("preprocessor_config.json", PREPROCESSOR, indent=2)
    save("generation_config.json", {
        "bos_token_id": 2, "pad_token_id": 0, "eos_token_id": [1, ids["<turn|>"], ids["<|tool_response>"]]}, indent=2)
    save("tokenizer.json", tokenizer(shape["vocab"], ids, arguments.seed))
    save("tokenizer_config.json", {
        "tokenizer_class": "GemmaTokenizer", "bos_token": "<bos>", "eos_token": "<eos>", "pad_token": "<pad>", "unk_token": "<unk>"})

    entries = list(tensors(shape))
    total = sum(2 * math.prod(entry[1]) for entry in entries)
    shards = plan_shards(entries, arguments.shard_bytes)
    source, begun, done, shown = Source(arguments.seed), time.monotonic(), 0, 0.0

    def progress(count):
        nonlocal done, shown
        done += count
        if time.monotonic() - shown > 2 or done == total:
            shown = time.monotonic()
            print(f"{done / 1e9:7.2f} of {total / 1e9:.2f} GB, {shown - begun:4.0f} s", file=sys.stderr, flush=True)

    index = {}
    for number, shard in enumerate(shards, 1):
        name = "model.safetensors" if len(shards) == 1 else f"model-{number:05}-of-{len(shards):05}.safetensors"
        write_shard(os.path.join(arguments.out, name), shard, source, progress)
        index.update({entry[0]: name for entry in shard})
    if len(shards) > 1:
        save("model.safetensors.index.json", {"metadata": {"total_size": total}, "weight_map": index}, indent=2)
    print(f"{arguments.out}: {arguments.shape}, {len(entries)} tensors, {total // 2:,} parameters, {len(shards)} files")


if __name__ == "__main__":
    main()
