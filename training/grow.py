"""Makes a trained decoder deeper and gives its heads keys and values of their own, without losing what it knows: `--start DIR` of a model with fewer layers
than the configuration has goes through it.

New layers begin as almost nothing (their norms scale what they add by `GAIN`); keys and values are copied to every head that shared them. So the grown
decoder computes at first what the old one did (Net2Net, arXiv 1511.05641).
"""
import torch

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
