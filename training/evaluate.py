"""Evaluation of an exported checkpoint through transformers, and evaluation sets for other engines."""
import json
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from tqdm import tqdm

from . import scenes, stream, text, vision

LIST = "what is on the desk?"
PRESENCE = "is there {a}?"


def write_set(work, config, out, count, seed, objects="train", surfaces="train", only_redistributable=False, jpeg=0):
    """Writes `count` unseen 640x480 pictures and scenes.jsonl: one listing and two presence asks per scene."""
    from .record import redistributable
    out = Path(out)
    out.mkdir(parents=True, exist_ok=True)
    renderer = scenes.Renderer(Path(work) / "bank", config["scene"])
    kinds = renderer.bank.kinds
    rows, index = [], 0
    for number in tqdm(range(1, count + 1), desc="evaluation set", unit="scene"):
        while True:
            layout = renderer.layout(seed, 2, index, objects, surfaces)
            index += 1
            if not only_redistributable or redistributable(renderer, layout):
                break
        frame, _ = renderer.draw(layout, [seed, 2, index])
        name = f"scene-{number:04d}.{'jpg' if jpeg else 'png'}"
        if jpeg:
            scenes.save_jpeg(frame, out / name, jpeg)
        else:
            Image.fromarray(frame).save(out / name)
        present = sorted(o.kind for o in layout.objects)
        absent = [k for k in range(len(kinds)) if k not in present]
        rng = np.random.default_rng([seed, 2, index, 2])
        asks = [dict(question=LIST, kind="list", objects=[kinds[k]["name"] for k in present])]
        if present:
            asks.append(dict(question=PRESENCE.format(a=kinds[rng.choice(present)]["phrase"]), kind="presence", answer="yes"))
        asks.append(dict(question=PRESENCE.format(a=kinds[rng.choice(absent)]["phrase"]), kind="presence", answer="no"))
        rows.append(dict(image=name, objects=[kinds[k]["name"] for k in present], asks=asks))
    scenes.write_json_lines(out / "scenes.jsonl", rows)


def patch_positions(width, height):
    y, x = torch.meshgrid(torch.arange(height // 16), torch.arange(width // 16), indexing="ij")
    return torch.stack([x, y], -1).reshape(1, -1, 2)


class Checkpoint:
    """An exported directory behind transformers, in float32, greedy."""

    def __init__(self, directory):
        from transformers import AutoTokenizer, Gemma4ForConditionalGeneration
        self.model = Gemma4ForConditionalGeneration.from_pretrained(directory, dtype=torch.float32).eval()
        self.tokenizer = AutoTokenizer.from_pretrained(directory)
        self.extras = json.loads((Path(directory) / "mmagent.json").read_text())
        self.config = self.model.config

    def _ids(self, string):
        return self.tokenizer(string, add_special_tokens=False)["input_ids"]

    @torch.no_grad()
    def ask(self, pictures, question, batch=25):
        """One question about each picture (uint8 [N, H, W, 3], already at the model's size) -> list of answers."""
        c = self.config
        height, width = pictures.shape[1:3]
        soft = (width // 48) * (height // 48)
        ids = (self._ids(f"<bos><|turn>system\n{self.extras['system']}<turn|>\n<|turn>user\n") + self._ids("00:00 ")
               + [c.boi_token_id] + [c.video_token_id] * soft + [c.eoi_token_id] + self._ids(f"{question}<turn|>\n<|turn>model\n"))
        answers = []
        for first in range(0, len(pictures), batch):
            part = torch.from_numpy(pictures[first:first + batch])
            n = len(part)
            rows = torch.tensor([ids] * n)
            types = torch.where(rows == c.video_token_id, 2, 0)
            out = self.model.generate(input_ids=rows, attention_mask=torch.ones_like(rows), mm_token_type_ids=types,
                                      pixel_values_videos=vision.patchify(part).float() / 255, video_position_ids=patch_positions(width, height).repeat(n, 1, 1),
                                      num_frames_per_video=torch.ones(n, dtype=torch.long), do_sample=False, max_new_tokens=48)
            answers += [self.tokenizer.decode(row, skip_special_tokens=True).strip() for row in out[:, len(ids):]]
        return answers


def score(directory, folder):
    """Mean F1 per scene and balanced presence accuracy of a checkpoint on an evaluation set -> dict."""
    checkpoint, folder = Checkpoint(directory), Path(folder)
    kinds = checkpoint.extras["kinds"]
    names = {k["name"]: i for i, k in enumerate(kinds)}
    rows = [json.loads(line) for line in (folder / "scenes.jsonl").read_text().splitlines()]
    pictures = np.stack([scenes.camera_pixels(np.asarray(Image.open(folder / r["image"]).convert("RGB")), 288, 192) for r in rows])
    answers = checkpoint.ask(pictures, LIST)
    f1, exact, per_kind = [], 0, {k["name"]: [0, 0, 0] for k in kinds}
    for row, said in zip(rows, answers):
        truth, named = {names[o] for o in row["objects"]}, text.parse_listing(said, kinds)
        f1.append(1.0 if not truth and said == text.NOTHING else 2 * len(truth & named) / max(len(truth) + len(named), 1))
        exact += said == text.listing(truth, kinds)
        for i in truth | named:
            counts = per_kind[kinds[i]["name"]]
            counts[0] += i in truth and i in named
            counts[1] += i in truth
            counts[2] += i in named
    groups, outcomes = {}, {"yes": [], "no": []}
    for i, row in enumerate(rows):
        for ask in row["asks"]:
            if ask["kind"] == "presence":
                groups.setdefault(ask["question"], []).append((i, ask["answer"]))
    for question, members in groups.items():
        for said, (_, answer) in zip(checkpoint.ask(pictures[[i for i, _ in members]], question), members):
            outcomes[answer].append(said == f"{answer}.")
    yes, no = np.mean(outcomes["yes"]), np.mean(outcomes["no"])
    return dict(scenes=len(rows), f1=round(float(np.mean(f1)), 4), exact=round(exact / len(rows), 4), presence=round(float(yes + no) / 2, 4),
                presence_yes=round(float(yes), 4), presence_no=round(float(no), 4),
                kinds={name: dict(recall=round(hit / max(true, 1), 3), precision=round(hit / max(said, 1), 3)) for name, (hit, true, said) in per_kind.items()})
