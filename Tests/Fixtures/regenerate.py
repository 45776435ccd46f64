#!/usr/bin/env python3
"""Regenerate the golden data that the tests compare the engine with. The oracle is transformers (see requirements.txt).

    regenerate.py [--out DIR] [--only e2b,e4b,tokenizer]

Writes, below DIR (default: golden/ beside this file):

    e2b/, e4b/         tiny random checkpoints in the Hugging Face layout with golden.safetensors and golden.json
    tokenizer.json     tokenizer variants with texts, their ids, and decodings

A golden directory holds what every stage gave for one prompt that mixes text, one image and one audio clip:

    audio.waveform [samples], audio.mel [frames, 128], audio.mel_mask [frames], audio.subsampled, audio.layer.<i>,
    audio.tower_out, audio.soft_tokens [tokens, …]
    vision.image_u8 [height, width, 3], vision.patches [630, 768] and vision.positions [630, 2] (padded with 0 and -1),
    vision.patch_embed [630, …], vision.layer.<i> [patches, …], vision.tower_out, vision.soft_tokens [tokens, …]
    text.input_ids, text.inputs_embeds, text.ple_inputs, text.layer.<i>, text.logits [tokens, …],
    text.greedy_ids [16], text.greedy_logits [16, vocabulary]

Everything follows from the seeds: the same versions give the same bytes.
"""

import argparse
import contextlib
import copy
import json
import math
import os
import random

import numpy as np
import torch
from PIL import Image
from safetensors.torch import save_file
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from transformers import Gemma4AudioFeatureExtractor, Gemma4Config, Gemma4ForConditionalGeneration
from transformers.models.gemma4.image_processing_pil_gemma4 import Gemma4ImageProcessorPil

HERE = os.path.dirname(os.path.abspath(__file__))
VOCABULARY = 512
GREEDY_TOKENS = 16
SLIDING, FULL = "sliding_attention", "full_attention"

SPECIAL = [
    "<pad>", "<eos>", "<bos>", "<unk>", "<mask>", "<|turn>", "<turn|>", "<|image>", "<|image|>", "<image|>", "<|audio>", "<|audio|>",
    "<audio|>", "<|video|>", "<|think|>", "<|channel>", "<channel|>", "<|tool>", "<tool|>", "<|tool_call>", "<tool_call|>",
    "<|tool_response>", "<tool_response|>", '<|"|>',
]
ID = {token: index for index, token in enumerate(SPECIAL)}
WORD = "\u2581"  # stands for a space


# ---- tokenizer


def train_tokenizer():
    """A BPE with byte fallback in the form of the family: merges over the whole text, spaces written as U+2581."""
    corpus = open(os.path.join(HERE, "corpus.txt"), encoding="utf-8").read()
    learner = Tokenizer(models.BPE(unk_token="<unk>"))
    learner.normalizer = normalizers.Replace(" ", WORD)
    # Only while learning, so that merges do not grow across words.
    learner.pre_tokenizer = pre_tokenizers.Split(WORD, "merged_with_next")
    learner.train_from_iterator(
        [corpus], trainers.BpeTrainer(vocab_size=VOCABULARY - len(SPECIAL) - 256, special_tokens=[], show_progress=False))
    learnt = json.loads(learner.to_str())["model"]
    entries = SPECIAL + [f"<0x{byte:02X}>" for byte in range(256)] + sorted(learnt["vocab"], key=learnt["vocab"].get)
    return assemble_tokenizer({token: index for index, token in enumerate(entries)}, [tuple(pair) for pair in learnt["merges"]])


def assemble_tokenizer(vocabulary, merges, **model_options):
    options = dict(unk_token="<unk>", fuse_unk=True, byte_fallback=True) | model_options
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=merges, **options))
    tokenizer.normalizer = normalizers.Replace(" ", WORD)
    tokenizer.pre_tokenizer = pre_tokenizers.Split(" ", "merged_with_previous")
    tokenizer.decoder = decoders.Sequence([decoders.Replace(WORD, " "), decoders.ByteFallback(), decoders.Fuse()])
    tokenizer.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in SPECIAL])
    return tokenizer


def encode(tokenizer, text, plain=False):
    tokenizer.encode_special_tokens = plain  # True: special tokens in the text are ordinary characters
    ids = tokenizer.encode(text, add_special_tokens=False).ids
    tokenizer.encode_special_tokens = False
    return ids


# ---- checkpoint


def model_config(kind):
    e2b = kind == "e2b"
    text = dict(
        vocab_size=VOCABULARY, vocab_size_per_layer_input=VOCABULARY, hidden_size=48, intermediate_size=64, num_attention_heads=4,
        num_key_value_heads=1 if e2b else 2, head_dim=16, global_head_dim=32, sliding_window=24, final_logit_softcapping=30.0,
        layer_types=[SLIDING, SLIDING, FULL] * 2 if e2b else [SLIDING, FULL, SLIDING, SLIDING, SLIDING, SLIDING, FULL],
        num_kv_shared_layers=3, use_double_wide_mlp=e2b, hidden_size_per_layer_input=8, max_position_embeddings=4096)
    text["num_hidden_layers"] = len(text["layer_types"])
    vision = dict(
        hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=2, num_key_value_heads=2, head_dim=16,
        position_embedding_size=80, use_clipped_linears=e2b, standardize=not e2b)
    audio = dict(
        hidden_size=32, num_hidden_layers=2, num_attention_heads=2 if e2b else 4, output_proj_dims=40,
        subsampling_conv_channels=[128, 4] if e2b else [128, 8], use_clipped_linears=True)
    return Gemma4Config(
        text_config=text, vision_config=vision, audio_config=audio, boi_token_id=ID["<|image>"], eoi_token_id=ID["<image|>"],
        image_token_id=ID["<|image|>"], video_token_id=ID["<|video|>"], boa_token_id=ID["<|audio>"],
        eoa_token_index=ID["<audio|>"], audio_token_id=ID["<|audio|>"])


def fill_with_random_weights(model, seed):
    """Weights that keep the scale of activations, and no buffer left at its neutral value: a tower that forgot its clipping,
    its norms or its layer scalar must not pass."""
    generator = torch.Generator().manual_seed(seed)

    def normal(tensor, deviation, mean=0.0):
        tensor.copy_(mean + deviation * torch.randn(tensor.shape, generator=generator))

    def uniform(tensor, low, high):
        tensor.copy_(low + (high - low) * torch.rand(tensor.shape, generator=generator))

    for name, weight in model.named_parameters():
        if name == "lm_head.weight":
            continue  # the embedding itself
        if "position_embedding_table" in name:
            normal(weight, 0.3)
        elif "embed_tokens_per_layer" in name:
            normal(weight, model.config.text_config.hidden_size_per_layer_input ** -0.5)
        elif "embed_tokens" in name:
            normal(weight, weight.shape[1] ** -0.5)
        elif "per_dim_scale" in name:
            normal(weight, 0.3)
        elif weight.ndim >= 2:
            normal(weight, weight[0].numel() ** -0.5)
        elif "q_norm" in name or "k_norm" in name:
            # Attention logits of deviation about 1.4, neither flat nor one-hot.
            normal(weight, 0.1, 1.0)
            weight.mul_(1.2 * weight.shape[0] ** -0.25)
        elif name.endswith(".bias"):
            normal(weight, 0.1)
        else:
            normal(weight, 0.15, 1.0)
    for name, buffer in model.named_buffers():
        match name.rsplit(".", 1)[-1]:
            case "input_min" | "output_min":
                uniform(buffer, -2.5, -1.5)  # narrow enough to clip
            case "input_max" | "output_max":
                uniform(buffer, 1.5, 2.5)
            case "layer_scalar":
                uniform(buffer, 0.6, 1.1)
            case "std_bias":
                normal(buffer, 0.2)
            case "std_scale":
                uniform(buffer, 0.1, 0.3)


def original_spelling(config):
    """The configuration as first published: head dimensions in global_head_dim instead of per_layer_config."""
    config = copy.deepcopy(config)
    text = config["text_config"]
    layers = text.pop("per_layer_config")
    # Layers that are like the others are not listed.
    text["global_head_dim"] = next(iter(layers.values()), text)["head_dim"]
    text["num_global_key_value_heads"] = None
    config["eoa_token_id"] = config["eoa_token_index"]
    return config


# ---- goldens


@contextlib.contextmanager
def recording(modules):
    """Collects what the given modules put out, by name."""
    outputs = {}

    def hook(name):
        def keep(module, arguments, output):
            outputs.setdefault(name, output[0] if isinstance(output, tuple) else output)

        return keep

    handles = [module.register_forward_hook(hook(name)) for name, module in modules.items()]
    try:
        yield outputs
    finally:
        for handle in handles:
            handle.remove()


def audio_goldens(model, rng):
    tower = model.model.audio_tower
    count = 16_000 + int(rng.integers(0, 6_000))
    time = np.arange(count) / 16_000
    chirp = 0.3 * np.sin(2 * np.pi * (250 + 350 * time) * time) * (0.6 + 0.4 * np.sin(9 * time))
    waveform = (chirp + 0.05 * rng.standard_normal(count)).astype(np.float32)
    features = Gemma4AudioFeatureExtractor()([waveform], return_tensors="pt")
    mel, mask = features["input_features"].float(), features["input_features_mask"]
    layers = {f"audio.layer.{i}": layer for i, layer in enumerate(tower.layers)}
    with recording({"audio.subsampled": tower.subsample_conv_projection, "audio.tower": tower} | layers) as seen:
        soft = model.model.get_audio_features(mel, mask).pooler_output[0]
    tower_output = seen.pop("audio.tower")
    valid = tower_output.attention_mask[0]
    goldens = {"audio.waveform": torch.tensor(waveform), "audio.mel": mel[0], "audio.mel_mask": mask[0].to(torch.uint8)}
    goldens |= {name: output[0][valid] for name, output in seen.items()}
    goldens |= {"audio.tower_out": tower_output.last_hidden_state[0][valid], "audio.soft_tokens": soft[valid]}
    return goldens, dict(input_features=mel, input_features_mask=mask), int(valid.sum())


def vision_goldens(model, rng):
    tower = model.model.vision_tower
    height, width = (int(side) for side in rng.integers(90, 180, 2))
    coarse = Image.fromarray(rng.integers(0, 256, (8, 12, 3), dtype=np.uint8))
    image = coarse.resize((width, height), Image.BICUBIC)
    processed = Gemma4ImageProcessorPil(max_soft_tokens=70)(image, return_tensors="pt")
    patches, positions = processed["pixel_values"].float(), processed["image_position_ids"]
    layers = {f"vision.layer.{i}": layer for i, layer in enumerate(tower.encoder.layers)}
    with recording({"vision.patch_embed": tower.patch_embedder, "vision.tower": tower} | layers) as seen:
        soft = model.model.get_image_features(patches, positions).pooler_output[0]
    valid = (positions[0] != -1).all(-1)
    goldens = {"vision.image_u8": torch.tensor(np.asarray(image)), "vision.patches": patches[0], "vision.positions": positions[0]}
    goldens |= {name: output[0][valid] for name, output in seen.items() if name in layers}
    goldens |= {
        "vision.patch_embed": seen["vision.patch_embed"][0], "vision.tower_out": seen["vision.tower"].last_hidden_state,
        "vision.soft_tokens": soft}
    return goldens, dict(pixel_values=patches, image_position_ids=positions), int(processed["num_soft_tokens_per_image"][0])


def text_goldens(model, ids, types, media):
    """All logits and hidden states of the prompt, then greedy tokens through the cache."""
    language = model.model.language_model
    embeddings = []
    handle = language.register_forward_pre_hook(
        lambda module, arguments, keywords: embeddings.append(keywords["inputs_embeds"]), with_kwargs=True)
    with recording({f"text.layer.{i}": layer for i, layer in enumerate(language.layers)}) as seen:
        output = model(input_ids=ids, mm_token_type_ids=types, use_cache=True, **media)
    handle.remove()
    goldens = {"text.input_ids": ids[0], "text.inputs_embeds": embeddings[0][0]}
    if model.config.text_config.hidden_size_per_layer_input:
        text_ids = ids.masked_fill(types > 0, model.config.text_config.pad_token_id)  # media rows use the row of the pad token
        per_layer = language.project_per_layer_inputs(embeddings[0], language.get_per_layer_inputs(text_ids))
        goldens["text.ple_inputs"] = per_layer[0]
    goldens |= {name: hidden[0] for name, hidden in seen.items()}
    goldens["text.logits"] = output.logits[0]

    cache, logits, greedy, rows = output.past_key_values, output.logits[:, -1], [], []
    for _ in range(GREEDY_TOKENS):
        token = logits.argmax(-1, keepdim=True)
        greedy.append(int(token))
        rows.append(logits[0])
        logits = model(input_ids=token, past_key_values=cache, use_cache=True).logits[:, -1]
    goldens |= {"text.greedy_ids": torch.tensor(greedy), "text.greedy_logits": torch.stack(rows)}
    return goldens


def uncached_greedy_logits(model, ids, types, media, greedy):
    """The same rows from one pass over prompt and answer: how far the reference agrees with itself."""
    whole = torch.cat([ids, torch.tensor([greedy])], 1)
    whole_types = torch.cat([types, torch.zeros(1, len(greedy), dtype=types.dtype)], 1)
    return model(input_ids=whole, mm_token_type_ids=whole_types, **media).logits[0, ids.shape[1] - 1:-1]


def write_goldens(kind, seed, directory):
    os.makedirs(directory, exist_ok=True)
    tokenizer = train_tokenizer()
    tokenizer.save(os.path.join(directory, "tokenizer.json"), pretty=False)
    config = model_config(kind)
    config._attn_implementation = "eager"
    torch.manual_seed(seed)
    model = Gemma4ForConditionalGeneration(config).eval()
    fill_with_random_weights(model, seed)
    model.generation_config.eos_token_id = None
    model.save_pretrained(directory)
    Gemma4AudioFeatureExtractor().save_pretrained(directory)
    save_json(directory, "tokenizer_config.json", dict(
        tokenizer_class="GemmaTokenizer", bos_token="<bos>", eos_token="<eos>", pad_token="<pad>", unk_token="<unk>"))
    with open(os.path.join(directory, "config.json"), encoding="utf-8") as file:
        save_json(directory, "config.original-spelling.json", original_spelling(json.load(file)))

    rng = np.random.default_rng(seed)
    audio, audio_inputs, audio_tokens = audio_goldens(model, rng)
    vision, vision_inputs, image_tokens = vision_goldens(model, rng)
    prompt = (
        "<bos><|turn>user\nSee <|image>" + "<|image|>" * image_tokens + "<image|> and hear <|audio>" + "<|audio|>" * audio_tokens
        + "<audio|>: façade, 机, \U0001F50A?<turn|>\n<|turn>model\n")
    ids = torch.tensor([encode(tokenizer, prompt)])
    types = torch.zeros_like(ids)  # 0 text, 1 image, 3 audio
    types[ids == ID["<|image|>"]], types[ids == ID["<|audio|>"]] = 1, 3
    media = vision_inputs | audio_inputs
    text = text_goldens(model, ids, types, media)

    greedy = text["text.greedy_ids"].tolist()
    noise = (uncached_greedy_logits(model, ids, types, media, greedy) - text["text.greedy_logits"]).abs().max().item()
    best = text["text.greedy_logits"].topk(2).values
    margin = (best[:, 0] - best[:, 1]).min().item()
    # A golden whose answer hangs on rounding would fail for no reason.
    assert margin > 50 * noise, f"{kind}: the smallest margin {margin} is not far above the noise {noise}: choose another seed"

    goldens = {
        name: (value.to(torch.int32) if value.dtype == torch.int64 else value).contiguous().clone()
        for name, value in (audio | vision | text).items()}
    save_file(goldens, os.path.join(directory, "golden.safetensors"))
    cases = ["A cup.", "  two  spaces\n\tand a tab", "façade 机 \U0001F50A", "<|turn>user\nhello<turn|>", "if x != 3: return [x, -1]", ""]
    save_json(directory, "golden.json", dict(
        seed=seed, kind=kind, prompt=prompt, image_tokens=image_tokens, audio_tokens=audio_tokens, prompt_tokens=ids.shape[1],
        greedy=greedy, greedy_text=tokenizer.decode(greedy), min_top2_margin=margin,
        tokenizer_cases=[[case, encode(tokenizer, case)] for case in cases]))
    make_readable(directory)
    size = sum(entry.stat().st_size for entry in os.scandir(directory))
    print(f"{kind}: {sum(p.numel() for p in model.parameters()):,} parameters, {ids.shape[1]} prompt tokens ({image_tokens} image, "
          f"{audio_tokens} audio), margin {margin:.3f}, noise {noise:.1e}, {size / 1e6:.1f} MB")


# ---- tokenizer cases


def tokenizer_variants():
    """The family's form, and what else tokenizer.json may say."""
    base = json.loads(train_tokenizer().to_str())
    model = base["model"]
    vocabulary, merges = model["vocab"], [tuple(pair) for pair in model["merges"]]
    without_bytes = [token for token in vocabulary if not token.startswith("<0x")]
    small = {token: index for index, token in enumerate(without_bytes)}

    strings = copy.deepcopy(base)
    strings["model"]["merges"] = [" ".join(pair) for pair in merges]

    extra = assemble_tokenizer(vocabulary, merges)
    extra.add_tokens([AddedToken("the cup", normalized=True), AddedToken("\n\n", normalized=False), AddedToken("cup on", normalized=False)])
    return {
        "family": base,
        "merges_as_strings": strings,
        "ignore_merges": json.loads(assemble_tokenizer(vocabulary, merges, ignore_merges=True).to_str()),
        "unknown_fused": json.loads(assemble_tokenizer(small, merges, byte_fallback=False).to_str()),
        "unknown_single": json.loads(assemble_tokenizer(small, merges, byte_fallback=False, fuse_unk=False).to_str()),
        "added_tokens": json.loads(extra.to_str()),
    }


def random_text(rng):
    """Words, marks, scripts, composed and decomposed accents, joined emoji, control characters, and tokens broken in half."""
    pieces = [
        "the", "cup", "on", " ", "  ", "a", "desk", "\n", "\n\n", "\t", ".", ",", "0", "17", "é", "e\u0301", "ñ", "n\u0303", "ß", "İ",
        "漢字", "机", "ひらがな", "한국어", "한", "العربية", "עברית", "ไทย", "\U0001F50A", "\U0001F469\u200D\U0001F52C", "\U0001F1EF\U0001F1F5",
        "\u200B", "\uFEFF", "\u0000", "\u0007", "\u007F", "\u00A0", "\u3000", WORD, "<", "|", ">", "<|", "|>", "turn", "<|tur", "<0x41>",
        "<0x", "the cup", "cup on", "ﬁ", "Å", "\u212B", "\U0010FFFF", "\uFFFD", *rng.sample(SPECIAL, 3)]
    return "".join(
        rng.choice(pieces) if rng.random() < 0.8 else chr(rng.choice([*range(32, 0x2000), *range(0x1F300, 0x1F600)]))
        for _ in range(rng.randrange(0, 24)))


def random_ids(rng, count):
    """Ids with long runs of byte tokens, mostly not UTF-8."""
    first_byte = len(SPECIAL)
    characters = [byte for text in ("é", "漢", "\U0001F50A") for byte in text.encode()]
    ids = []
    for _ in range(rng.randrange(1, 16)):
        kind = rng.random()
        if kind < 0.4:
            ids += [first_byte + byte for byte in rng.sample(characters, rng.randrange(1, 4))]
        elif kind < 0.6:
            ids += [first_byte + byte for byte in rng.choice(["é", "漢", "\U0001F50A"]).encode()]
        else:
            ids.append(rng.randrange(count))
    return ids


def write_tokenizer_cases(path):
    rng = random.Random(7)
    variants = tokenizer_variants()
    cases, decodings = [], []
    for name, document in variants.items():
        tokenizer = Tokenizer.from_str(json.dumps(document))
        for _ in range(200 if name == "family" else 60):
            text = random_text(rng)
            ids = encode(tokenizer, text)
            cases.append(dict(
                tokenizer=name, text=text, ids=ids, plain=encode(tokenizer, text, plain=True),
                decoded=tokenizer.decode(ids, skip_special_tokens=False), decoded_without_special=tokenizer.decode(ids)))
    family = Tokenizer.from_str(json.dumps(variants["family"]))
    for _ in range(200):
        ids = random_ids(rng, VOCABULARY)
        decodings.append(dict(ids=ids, text=family.decode(ids, skip_special_tokens=False), without_special=family.decode(ids)))
    save_json(os.path.dirname(path), os.path.basename(path), dict(tokenizers=variants, cases=cases, decodings=decodings), indent=None)
    print(f"tokenizer: {len(variants)} variants, {len(cases)} texts, {len(decodings)} decodings, {os.path.getsize(path) / 1e6:.1f} MB")


# ---- files


def save_json(directory, name, value, indent=1):
    with open(os.path.join(directory, name), "w", encoding="utf-8") as file:
        json.dump(value, file, indent=indent, ensure_ascii=False)
        file.write("\n")


def make_readable(directory):
    """safetensors writes files that only the owner may read."""
    for entry in os.scandir(directory):
        os.chmod(entry.path, 0o644)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--out", default=os.path.join(HERE, "golden"))
    parser.add_argument("--only", default="e2b,e4b,tokenizer")
    arguments = parser.parse_args()
    os.makedirs(arguments.out, exist_ok=True)
    # One thread: sums in the same order on every machine with the same instruction set.
    torch.set_num_threads(1)
    torch.set_grad_enabled(False)
    seeds = {"e2b": 11, "e4b": 12}
    for part in arguments.only.split(","):
        if part == "tokenizer":
            write_tokenizer_cases(os.path.join(arguments.out, "tokenizer.json"))
        elif part in seeds:
            write_goldens(part, seeds[part], os.path.join(arguments.out, part))
        else:
            parser.error(f"unknown part {part}; there are e2b, e4b and tokenizer")


if __name__ == "__main__":
    main()
