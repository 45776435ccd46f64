"""Makes a trained decoder deeper and gives its heads keys and values of their own, without losing what it knows; then it trains on.

    python -m training.grow --work DIR --from OLD.toml        # OLD.toml: the [decoder] section that decoder.pt was trained with

New layers begin as almost nothing (their norms scale what they add by `GAIN`); keys and values are copied to every head that shared them. So the grown
decoder computes at first what the old one did (Net2Net, arXiv 1511.05641).
"""
import argparse
import os
import tomllib
from pathlib import Path

import torch

from . import train_decoder

GAIN = 0.05
ADDED = ("post_attention_layernorm", "post_feedforward_layernorm", "post_per_layer_input_norm")      # what scales a layer's three additions


def places(old, new):
    """The new index of every old layer: the layers that share keys and values stay last, and right before them the last makers of keys and values of both
    types; what comes before keeps its order, and new layers stand between. Raises SystemExit when the types don't fit."""
    more = new["layers"] - old["layers"]
    last = old["layers"] - old["shared_layers"] - 2                      # from here on nothing may come between
    index = [i if i < last else i + more for i in range(old["layers"])]
    if more < 0 or new["shared_layers"] != old["shared_layers"] or any(old["layer_types"][i] != new["layer_types"][j] for i, j in enumerate(index)):
        raise SystemExit(f"layers {old['layer_types']} cannot grow into {new['layer_types']}: insert the new ones before number {last}")
    return index


def grown(state, old, fresh, gain=GAIN):
    """state: of a train_decoder.Nano with the [decoder] section `old`; fresh: a new Nano of the larger section -> the larger one's state."""
    new, out = fresh.language.c, {k: v.clone() for k, v in fresh.state_dict().items()}
    index = places(old, new)
    for name in out:
        if name.startswith("language.layers."):
            continue
        if name.endswith(("embed_tokens_per_layer.weight", "per_layer_model_projection.weight")):        # a block of every layer
            dim = 1 if "embed" in name else 0
            blocks, of = (list(s.split(new["per_layer"], dim)) for s in (out[name], state[name]))
            for i, j in enumerate(index):
                blocks[j] = of[i]
            out[name] = torch.cat(blocks, dim)
        else:
            out[name] = state[name]
    for j in range(new["layers"]):
        for name in [n for n in out if n.startswith(f"language.layers.{j}.")]:
            part = name.split(".", 3)[3]
            if j in index:
                value = state[f"language.layers.{index.index(j)}.{part}"]
                times = out[name].shape[0] // value.shape[0] if part in ("self_attn.k_proj.weight", "self_attn.v_proj.weight") else 1
                out[name] = value.repeat(times, *[1] * (value.ndim - 1)) if times > 1 else value
            elif part.split(".")[0] in ADDED:
                out[name] = torch.full_like(out[name], gain)
    return out


def main():
    parser = argparse.ArgumentParser(prog="python -m training.grow", description=__doc__.splitlines()[0])
    parser.add_argument("--work", type=Path, default=Path("nano-work"))
    parser.add_argument("--from", dest="old", type=Path, required=True, help="a configuration with the [decoder] section that decoder.pt was trained with")
    parser.add_argument("--config", type=Path, default=Path(__file__).with_name("config.toml"), help="the configuration to grow into")
    options = parser.parse_args()
    old, config = (tomllib.loads(p.read_text()) for p in (options.old, options.config))
    checkpoint = options.work / "decoder.pt"
    state = torch.load(checkpoint, map_location="cpu", weights_only=True)
    torch.manual_seed(config["seed"])
    fresh = train_decoder.Nano(config, len(state["nano"]["language.embed_tokens.weight"]))
    stage = dict(nano=grown(state["nano"], old["decoder"], fresh), head=state["head"])
    torch.save(stage, temporary := checkpoint.with_suffix(".part"))
    os.replace(temporary, checkpoint)
    print(f"{checkpoint}: {old['decoder']['layers']} layers became {config['decoder']['layers']}; the step `decoder` now trains it from the beginning of its schedule")


if __name__ == "__main__":
    main()
