"""Starting from an exported model instead of from nothing: `--start DIR` copies its weights into the parts before they train."""
from pathlib import Path

import torch
from safetensors import safe_open
from tokenizers import Tokenizer

PREFIX = {"vision": {"model.vision_tower.": ""}, "audio": {"model.audio_tower.": ""},
          "decoder": {"model.language_model.": "language.", "model.embed_vision.embedding_projection.": "seeing.", "model.embed_audio.embedding_projection.": "hearing."}}


TABLES = ("language.embed_tokens.weight", "language.embed_tokens_per_layer.weight")       # a row an entry of the tokenizer


def load(directory, part, module, tokenizer=None):
    """Copies the part's weights from `directory` into `module`; nothing without a directory. Every weight of the module must be there in its shape. Only with `tokenizer`, one
    that `tokenizer.extend` made from the directory's, may the tables of its entries be longer: a new row starts as the mean of the rows of the old entries that it is made of."""
    if not directory:
        return
    state = {}
    with safe_open(Path(directory) / "model.safetensors", "pt") as file:
        for name in file.keys():
            for prefix, own in PREFIX[part].items():
                if name.startswith(prefix):
                    state[own + name.removeprefix(prefix)] = file.get_tensor(name).float()
    wanted = module.state_dict()
    if tokenizer and part == "decoder":
        old = Tokenizer.from_file(str(Path(directory) / "tokenizer.json"))
        state |= {name: lengthened(state[name], old, tokenizer) for name in TABLES if name in state and len(state[name]) < len(wanted[name])}
    unfit = [k for k, v in wanted.items() if k not in state or state[k].shape != v.shape]
    if unfit:
        raise SystemExit(f"{directory}: {unfit[0]} is {list(state[unfit[0]].shape) if unfit[0] in state else 'missing'}, the configuration wants "
                         f"{list(wanted[unfit[0]].shape)}: start from a model of the same dimensions and tokenizer, or without --start")
    module.load_state_dict({k: state[k] for k in wanted})


def lengthened(table, old, new):
    """table [entries of `old`, width] -> [entries of `new`, width]"""
    changed = [entry for entry, i in old.get_vocab().items() if new.token_to_id(entry) != i]
    if changed:
        raise SystemExit(f"the tokenizer has \"{changed[0]}\" as {new.token_to_id(changed[0])}, the model to start from as {old.token_to_id(changed[0])}: "
                         "extend that model's tokenizer (training/tokenizer.py), or start from nothing")
    entries = [new.id_to_token(i).replace("▁", " ") for i in range(len(table), new.get_vocab_size())]
    rows = [table[old.encode(entry, add_special_tokens=False).ids].mean(0) for entry in entries]
    return torch.cat([table, torch.stack(rows)]) if rows else table
