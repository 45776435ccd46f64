"""What `ask` runs. usage: ask.py SCHEMAS COUNT     SCHEMAS: lines of [schema, …], as the tests of constrained decoding write them"""
import concurrent.futures
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import jsonschema
import numpy as np

from check import plain, problem

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = Path(os.environ.get("MMAGENT_PROGRAMS") or ROOT / ".build/release")
CHECKER = jsonschema.Draft202012Validator.FORMAT_CHECKER
# Of an answer: few. With random weights most come to their end only because the daemon leads them there.
TOKENS = 96


def randomise(source, target):
    """A copy of a model with random weights: matrices that keep the scale of what they multiply, norms and biases as they are."""
    shutil.copytree(source, target)
    path = target / "model.safetensors"
    data = bytearray(path.read_bytes())
    begin = 8 + int.from_bytes(data[:8], "little")
    random = np.random.default_rng(1)
    for name, tensor in json.loads(data[8:begin]).items():
        if name == "__metadata__" or len(tensor["shape"]) < 2:
            continue
        first, end = (begin + offset for offset in tensor["data_offsets"])
        weights = (random.standard_normal((end - first) // 2) * tensor["shape"][-1] ** -0.5).astype(np.float32)
        data[first:end] = (weights.view(np.uint32) >> 16).astype(np.uint16).tobytes()        # bf16
    path.write_bytes(data)


def ask(folder, number, schema):
    """-> what is wrong with an answer, or None"""
    path = folder / f"schema-{number}.json"
    path.write_text(json.dumps(schema))
    done = subprocess.run(
        [PROGRAMS / "mmagentctl", "ask", "--socket", folder / "s", "--schema", path, f"what is on the desk, number {number}?"],
        capture_output=True, text=True, timeout=300)
    path.unlink()
    if done.returncode != 0:
        return f"exit {done.returncode}: {done.stderr.strip()}"
    return problem(jsonschema.Draft202012Validator(plain(schema), format_checker=CHECKER), done.stdout)


def main(schemas, count):
    lines = Path(schemas).read_text(encoding="utf-8").split("\n")
    # Five outputs of each schema in a row: one of them here.
    schemas = [json.loads(line)[0] for line in lines[::5] if line]
    wrong, shortest = [], 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        randomise(ROOT / "models/nano", folder / "model")
        (folder / "c.toml").write_text(
            f'[model]\npath = "{folder}/model"\n[audio]\nsource = "none"\n[video]\nsource = "file:{ROOT}/recordings/desk/frames"\n'
            f'[stream]\nmax_answer_tokens = {TOKENS}\n[socket]\npath = "{folder}/s"\n[state]\npath = "{folder}"\n[log]\nlevel = "error"\n')
        daemon = subprocess.Popen([PROGRAMS / "mmagentd", "--config", folder / "c.toml"])
        try:
            while not (folder / "s").exists():
                if daemon.poll() is not None:
                    raise SystemExit("the daemon has ended")
                time.sleep(0.1)
            with concurrent.futures.ThreadPoolExecutor(4) as pool:
                asked = [schemas[i % len(schemas)] for i in range(count)]
                for number, (schema, found) in enumerate(zip(asked, pool.map(lambda i: ask(folder, i, asked[i]), range(count))), 1):
                    if found and "the shortest value of the schema is longer" in found:
                        shortest += 1
                    elif found:
                        wrong.append(found)
                        print(f"{json.dumps(schema)}: {found}")
                    if number % 500 == 0:
                        print(f"{number} of {count}", flush=True)
        finally:
            daemon.terminate()
            daemon.wait()
    valid = count - len(wrong) - shortest
    print(f"{valid} of {count} answers of mmagentctl ask --schema are valid; {shortest} were refused, as their shortest value has more than {TOKENS} tokens")
    return 0 if not wrong and valid > 0.9 * count else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2])))
