"""One command for nano: `python -m training.run all`, or one step of it. See README.md."""
import argparse
import json
import os
import tomllib
from pathlib import Path

HERE = Path(__file__).parent
STEPS = ("assets", "sprites", "render", "vision", "features", "decoder", "long", "joint", "export", "evaluate")


def arguments():
    parser = argparse.ArgumentParser(prog="python -m training.run", description=__doc__,
                                     epilog="Every step resumes where it stopped and does nothing when its result exists.")
    parser.add_argument("step", choices=("all", *STEPS, "evaluate-set", "recording", "licences"))
    parser.add_argument("--work", type=Path, default=Path(os.environ.get("NANO_WORK", "nano-work")), help="folder for everything that is not committed (default: $NANO_WORK, then ./nano-work)")
    parser.add_argument("--config", type=Path, default=HERE / "config.toml")
    parser.add_argument("--model", type=Path, default=HERE.parent / "models" / "nano", help="the exported checkpoint")
    parser.add_argument("--workers", type=int, default=os.cpu_count(), help="processes (default: one per core)")
    parser.add_argument("--out", type=Path, help="evaluate-set, recording: where to write")
    parser.add_argument("--set", type=Path, help="evaluate: an existing evaluation set instead of the three standard ones")
    parser.add_argument("--scenes", type=int, default=300, help="evaluate-set, evaluate: scenes per set")
    parser.add_argument("--seed", type=int, default=7, help="evaluate-set, evaluate: seed of the scenes")
    parser.add_argument("--objects", choices=("train", "held_out"), default="train", help="evaluate-set: which object instances")
    parser.add_argument("--surfaces", choices=("train", "held_out"), default="train", help="evaluate-set: which desk surfaces")
    parser.add_argument("--jpeg", type=int, default=0, help="evaluate-set: JPEG quality instead of PNG")
    parser.add_argument("--redistributable", action="store_true", help="evaluate-set: only sprites whose licence lets the pictures be shipped")
    return parser.parse_args()


def step_sprites(options, config, kinds):
    import numpy as np

    from . import sprites, surfaces
    bank = options.work / "bank"
    if not (bank / "bank.json").exists():
        sprites.build(options.work / "assets", bank, config["sprites"]["size"], config["sprites"]["views"], config["seed"], options.workers)
    if not (bank / "surfaces.npz").exists():
        images, held_out = surfaces.build(options.work / "assets/textures", config["seed"])
        np.savez_compressed(bank / "surfaces.npz", images=images, held_out=held_out)


def step_export(options, config, kinds):
    import torch
    from tokenizers import Tokenizer

    from . import model
    path = next(p for p in (options.work / f"{stage}.pt" for stage in ("joint", "long", "decoder")) if p.exists())
    state = torch.load(path, map_location="cpu", weights_only=True)
    language = {k.removeprefix("language."): v for k, v in state["nano"].items() if k.startswith("language.")}
    tokenizer = options.work / "tokenizer.json"
    nano = model.assemble(config, Tokenizer.from_file(str(tokenizer)).get_vocab_size(), state["tower"], language, state["nano"]["projection.weight"])
    model.export(nano, tokenizer, kinds, config, options.model)
    (options.model / "model.safetensors").chmod(0o644)
    print(f"{options.model}: {(options.model / 'model.safetensors').stat().st_size / 1e6:.1f} MB from {path.name} at step {state['step']}")


def step_evaluate(options, config, kinds):
    from . import evaluate
    if options.set:
        sets = {options.set.name: options.set}
    else:
        sets = {}
        for name, objects, surfaces in (("scenes", "train", "train"), ("objects", "held_out", "train"), ("surfaces", "train", "held_out")):
            sets[name] = options.work / f"evaluation-{name}-{options.scenes}-{options.seed}"
            if not (sets[name] / "scenes.jsonl").exists():
                evaluate.write_set(options.work, config, sets[name], options.scenes, options.seed, objects, surfaces)
    for name, folder in sets.items():
        result = evaluate.score(options.model, folder)
        per_kind = result.pop("kinds")
        print(f"held-out {name}: {json.dumps(result)}")
        print("  " + ", ".join(f"{k} {v['recall']:.2f}/{v['precision']:.2f}" for k, v in per_kind.items()))


def run_step(step, options, config, kinds):
    if step == "assets":
        from . import install
        install.run(options.work)
    elif step == "sprites":
        step_sprites(options, config, kinds)
    elif step == "render":
        from . import render
        render.run(options.work, config, options.workers)
    elif step == "vision":
        from . import train_vision
        train_vision.run(options.work, config, options.workers)
    elif step == "features":
        from . import features
        if not (options.work / features.CACHE).exists():
            features.run(options.work, config, options.workers)
    elif step in ("decoder", "long", "joint"):
        from . import train_decoder
        if config[f"{step}_training"]["steps"]:
            train_decoder.run(options.work, config, kinds, options.workers, step)
    elif step == "export":
        step_export(options, config, kinds)
    elif step == "evaluate":
        step_evaluate(options, config, kinds)
    elif step == "evaluate-set":
        from . import evaluate
        if not options.out:
            raise SystemExit("evaluate-set needs --out DIR: the folder to write pictures and scenes.jsonl to")
        evaluate.write_set(options.work, config, options.out, options.scenes, options.seed, options.objects, options.surfaces, options.redistributable, options.jpeg)
    elif step == "licences":
        from . import licences
        licences.run(options.work, HERE / "assets" / "LICENSES.md")
    elif step == "recording":
        from . import record
        print(json.dumps(record.write(options.work, config, options.out or HERE.parent / "recordings" / "desk")["timeline"]))


def main():
    os.environ.setdefault("OMP_NUM_THREADS", "1")               # one process per core: see parallel.py
    options = arguments()
    options.work = options.work.resolve()
    options.work.mkdir(parents=True, exist_ok=True)
    config = tomllib.loads(options.config.read_text())
    from .sprites import manifest
    kinds = manifest()["kind"]
    for step in STEPS if options.step == "all" else (options.step,):
        run_step(step, options, config, kinds)


if __name__ == "__main__":
    main()
