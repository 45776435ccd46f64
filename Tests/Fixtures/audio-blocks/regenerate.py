#!/usr/bin/env python3
"""Regenerate expected.safetensors: the soft tokens of golden/e2b for other sizes of the audio tower's attention blocks.

The published models compute attention in blocks of 12 with 12 keys of context, where the relative position of a key is its
distance. For other sizes the reference counts positions from the middle of a block and its context. Each tensor
`<attention_chunk_size>-<attention_context_left>` is what transformers (see ../requirements.txt) gives for golden/e2b's
weights and waveform with these two numbers in config.json.
"""

import os

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoConfig, Gemma4AudioFeatureExtractor, Gemma4ForConditionalGeneration

HERE = os.path.dirname(os.path.abspath(__file__))
GOLDEN = os.path.join(HERE, "..", "golden", "e2b")
SIZES = [(12, 13), (10, 13), (6, 13), (16, 9)]


def main():
    torch.set_num_threads(1)
    torch.set_grad_enabled(False)
    waveform = load_file(os.path.join(GOLDEN, "golden.safetensors"))["audio.waveform"].numpy().astype(np.float32)
    features = Gemma4AudioFeatureExtractor()([waveform], return_tensors="pt")
    mel, mask = features["input_features"].float(), features["input_features_mask"]
    expected = {}
    for chunk, left in SIZES:
        config = AutoConfig.from_pretrained(GOLDEN)
        config.audio_config.attention_chunk_size = chunk
        config.audio_config.attention_context_left = left
        config._attn_implementation = "eager"
        model = Gemma4ForConditionalGeneration.from_pretrained(GOLDEN, config=config, dtype=torch.float32).eval().model
        keep = model.audio_tower(mel, mask).attention_mask[0]
        expected[f"{chunk}-{left}"] = model.get_audio_features(mel, mask).pooler_output[0][keep].contiguous().clone()
    save_file(expected, os.path.join(HERE, "expected.safetensors"))


if __name__ == "__main__":
    main()
