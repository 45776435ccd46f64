"""Starting from an exported model instead of from nothing: `--start DIR` copies its weights into the parts before they train."""
from pathlib import Path

from safetensors import safe_open

PREFIX = {"vision": {"model.vision_tower.": ""}, "audio": {"model.audio_tower.": ""},
          "decoder": {"model.language_model.": "language.", "model.embed_vision.embedding_projection.": "seeing.", "model.embed_audio.embedding_projection.": "hearing."}}


def load(directory, part, module):
    """Copies the part's weights from `directory` into `module`; nothing without a directory. Every weight of the module must be there in its shape."""
    if not directory:
        return
    state = {}
    with safe_open(Path(directory) / "model.safetensors", "pt") as file:
        for name in file.keys():
            for prefix, own in PREFIX[part].items():
                if name.startswith(prefix):
                    state[own + name.removeprefix(prefix)] = file.get_tensor(name).float()
    wanted = module.state_dict()
    unfit = [k for k, v in wanted.items() if k not in state or state[k].shape != v.shape]
    if unfit:
        raise SystemExit(f"{directory}: {unfit[0]} is {list(state[unfit[0]].shape) if unfit[0] in state else 'missing'}, the configuration wants "
                         f"{list(wanted[unfit[0]].shape)}: start from a model of the same dimensions and tokenizer, or without --start")
    module.load_state_dict({k: state[k] for k in wanted})
