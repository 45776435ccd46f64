"""One command for nano: `python -m training.run all`, or one step of it. See README.md."""
import argparse
import os
import tomllib
from pathlib import Path

HERE = Path(__file__).parent
STEPS = ("render", "speech", "vision", "audio", "features", "clips", "decoder", "match", "export", "curves")


def arguments():
    parser = argparse.ArgumentParser(prog="python -m training.run", description=__doc__,
                                     epilog="Every step resumes where it stopped and does nothing when its result exists.")
    parser.add_argument("step", choices=("all", *STEPS, "evaluation", "stream", "outside", "recording", "looped", "curve", "card"))
    parser.add_argument("--work", type=Path, default=Path(os.environ.get("NANO_WORK", "nano-work")), help="folder for everything that is not committed (default: $NANO_WORK, then ./nano-work)")
    parser.add_argument("--config", type=Path, default=HERE / "config.toml")
    parser.add_argument("--override", type=Path, help="a file with values that replace those of --config, as teach.toml")
    parser.add_argument("--model", type=Path, default=HERE.parent / "models" / "nano", help="the exported checkpoint")
    parser.add_argument("--start", type=Path, help="an exported model whose weights and tokenizer the training starts from (default: from nothing)")
    parser.add_argument("--workers", type=int, default=os.cpu_count(), help="processes (default: one per core)")
    parser.add_argument("--stage", default="decoder", help="export, match: the decoder's checkpoint; also the configuration's section of `decoder` (default: decoder)")
    parser.add_argument("--out", type=Path, help="evaluation, stream, outside, recording, looped, curve: where to write")
    parser.add_argument("--results", nargs="+", default=[], metavar="NAME=FILE", help="card: what `mmagent-model evaluate --protocol stream --json` printed, a column each")
    parser.add_argument("--table", type=Path, help="curve: the file that `mmagent-model evaluate --protocol stream --curve` wrote")
    parser.add_argument("--size", type=int, default=300, help="evaluation: scenes; the other parts in proportion (default: 300)")
    parser.add_argument("--seed", type=int, default=7, help="evaluation, stream, outside: seed of scenes, voices and sounds (default: 7)")
    parser.add_argument("--jpeg", type=int, default=0, help="evaluation: JPEG quality instead of PNG; stream, outside: JPEG quality (default: 85 and 92)")
    parser.add_argument("--minutes", type=float, default=10, help="stream, looped: length of each recording (default: 10)")
    parser.add_argument("--recording", type=Path, default=HERE.parent / "recordings" / "desk", help="looped: the recording that is played over and over")
    parser.add_argument("--streams", type=int, default=1, help="stream: recordings (default: 1); every fourth is of the wide world")
    parser.add_argument("--compact", action="store_true", help="stream: small frames, few of them drawn anew, and FLAC: about 1 MB a minute instead of 4")
    parser.add_argument("--conditions", action="store_true", help="outside: only our own renders, small, large, turned, occluded, on pictures like photographs; needs no network")
    return parser.parse_args()


def step_export(options, config):
    import torch

    from . import features, model, train_audio, train_decoder
    nano, tokenizer = train_decoder.load(options.work, config, options.stage)
    match = options.work if (options.work / "match.safetensors").exists() else None
    hearing = train_audio.load_tower(options.work, config).state_dict()
    whole = model.assemble(config, tokenizer.get_vocab_size(), features.load_tower(options.work, config).cpu().state_dict(), hearing, nano.state_dict())
    model.export(whole, options.work / "tokenizer.json", config, options.model, match)
    (options.model / "model.safetensors").chmod(0o644)
    size = sum(f.stat().st_size for f in options.model.glob("*.safetensors"))
    parameters = sum(p.numel() for p in torch.nn.ModuleList([whole]).parameters())
    print(f"{options.model}: {size / 1e6:.1f} MB, {parameters / 1e6:.1f} M parameters")


def run_step(step, options, config):
    work, workers = options.work, options.workers
    if step == "render":
        from .world import dataset
        dataset.run(work, config, workers)
    elif step == "speech":
        from .sound import synthesize
        synthesize.run(work, config["speech"]["utterances"], workers, config["seed"])
    elif step == "vision":
        from . import train_vision
        train_vision.run(work, config, workers)
    elif step == "audio":
        from . import train_audio
        train_audio.run(work, config, workers)
    elif step == "features":
        from . import features
        features.run(work, config, workers)
    elif step == "clips":
        from . import clips
        for split in ("train", "validation"):
            clips.run(work, config, workers, split, config["clips"][split])
    elif step == "decoder":
        from . import tokenizer, train_decoder
        if not (work / "tokenizer.json").exists():
            size, seed = config["decoder"]["vocabulary"], config["seed"]
            if options.start:                            # its entries keep their numbers, new ones follow
                tokenizer.extend(options.start / "tokenizer.json", work / "tokenizer.json", tokenizer.corpus(seed), size)
            else:
                tokenizer.build(work / "tokenizer.json", seed, size)
        train_decoder.run(work, config, workers, options.stage)
    elif step == "match":
        from . import train_match
        train_match.run(work, config, workers, options.stage)
    elif step == "export":
        step_export(options, config)
    elif step == "curves":
        from . import curves
        curves.plot(work, options.model / "curves.png")
    elif step == "curve":
        from . import curves
        if not options.table:
            raise SystemExit("curve needs --table FILE: what `mmagent-model evaluate --protocol stream --curve FILE` wrote")
        curves.plot_stream(options.table, options.out or options.model / "hour.png")
    elif step == "card":
        from . import card
        if not options.results:
            raise SystemExit("card needs --results NAME=FILE ...: what `mmagent-model evaluate --protocol stream --json` printed")
        card.write(options.results)
    elif step == "evaluation":
        from . import evaluation
        if not options.out:
            raise SystemExit("evaluation needs --out DIR: the folder to write evaluation.jsonl, pictures and sounds to")
        evaluation.write(work, config, options.out, options.size, options.seed, options.jpeg)
    elif step == "stream":
        from .streams import write
        if not options.out:
            raise SystemExit("stream needs --out DIR: the folder to write set.json and the recordings to")
        write.write(options.out, options.seed, options.minutes, options.streams, options.jpeg or write.JPEG, options.compact)
    elif step == "looped":
        from .streams import looped
        if not options.out:
            raise SystemExit("looped needs --out DIR: the folder to write set.json and the recording to")
        looped.write(options.recording, options.out, options.minutes)
    elif step == "outside":
        from .outside import write
        if not options.out:
            raise SystemExit("outside needs --out DIR: the folder to write evaluation.jsonl, pictures and sounds to")
        write.write(options.out, work, options.seed, options.jpeg or write.JPEG, options.conditions)
    elif step == "recording":
        from . import record
        record.write(work, config, options.out or HERE.parent / "recordings" / "desk")


def configuration(path, override=None):
    """The configuration, with the values of the file `override` in place of its own."""
    config = tomllib.loads(path.read_text())
    for section, values in (tomllib.loads(override.read_text()) if override else {}).items():
        unknown = {section} - set(config) or (set(values) - set(config[section]) if isinstance(values, dict) else set())
        if unknown:
            raise SystemExit(f"{override}: {path} knows no {', '.join(sorted(unknown))} in {section}: replace values that are there")
        config[section] = config[section] | values if isinstance(values, dict) else values
    return config


def main():
    os.environ.setdefault("OMP_NUM_THREADS", "1")               # one process per core: see parallel.py
    options = arguments()
    options.work = options.work.resolve()
    options.work.mkdir(parents=True, exist_ok=True)
    config = configuration(options.config, options.override) | dict(start=options.start)
    for step in STEPS if options.step == "all" else (options.step,):
        run_step(step, options, config)


if __name__ == "__main__":
    main()
