"""nano's tokenizer: byte-pair encoding over the whole normalised text with byte fallback, as the Gemma 4 family has it."""
import json
import re
from collections import Counter
from pathlib import Path

import numpy as np
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

from . import functions, language
from .world import COLOURS, KINDS

SPECIAL = ["<pad>", "<eos>", "<bos>", "<unk>", "<mask>", "<|turn>", "<turn|>", "<|image>", "<|image|>", "<image|>", "<|audio>", "<|audio|>",
           "<audio|>", "<|video|>", "<|channel>", "<channel|>", "<|think|>", "<|tool>", "<tool|>", "<|tool_call>", "<tool_call|>",
           "<|tool_response>", "<tool_response|>", '<|"|>']


def corpus(seed, sentences=6000):
    """Texts the model meets, for learning the merges."""
    rng = np.random.default_rng([seed, 61])
    lines = [f"system\n{language.SYSTEM}", "user\n", "model\n", "\nuser\n", "nothing.", "yes.", "no.", language.TRANSCRIBE, language.NOTICE, language.CANNOT_SEE, language.DARK, language.SPEECH,
             *language.SOUNDS.values(), "(camera off)", "(camera on)", "(microphone off)", "(microphone on)"] * 40
    for kind in range(len(KINDS)):
        lines += [f"{KINDS[kind].phrase}, {KINDS[kind].phrase} and {language.some(kind, 2)}.", f"{KINDS[kind].plural} and {KINDS[kind].name}"] * 25
        for index, colour in enumerate(COLOURS):
            lines += [f"{language.named(kind, index)} was put down.", f"the {colour} {language.bare(kind)}", f"{colour}."]
        for across in (language.LEFT, language.MIDDLE, language.RIGHT):
            for along in (language.FRONT, language.BACK, language.TOP, language.BOTTOM):
                lines.append(f"{across} {along}, next to the {language.bare(kind)}.")
    lines += [f"{n}." for n in language.NUMBERS] * 20
    lines += [language.utterance(rng) for _ in range(sentences)]
    for _ in range(sentences // 6):
        lines += [text for pair in _conversation(rng) for text in pair]
    return lines


def _conversation(rng):
    """Questions and answers of every kind, about a made-up scene and past."""
    things = [language.Thing(int(rng.integers(len(KINDS) + 1)), int(rng.integers(len(COLOURS))), rng.random(), rng.random(), i) for i in range(int(rng.integers(0, 6)))]
    after, place = things[1:], "desk" if rng.random() < 0.7 else "shelf"
    sounds = [(language.pick(rng, [*language.SOUNDS.values(), language.SPEECH, language.utterance(rng)]), float(rng.uniform(1, 300)))]
    past = [language.Happening(float(rng.uniform(1, 300)), things[:1], things[1:2], things[2:3])]
    declared = functions.draw(rng)
    pairs = [language.ask_objects(rng, things, place), language.ask_presence(rng, things, place), language.ask_colour(rng, things, place), language.ask_count(rng, things, place),
             language.ask_spatial(rng, things, place), language.ask_absent(rng, things, place), language.ask_change(rng, things, after, place), language.standing(rng, things, after, place=place),
             language.standing(rng, things, after, sounds[0][0]), *[language.ask_unknowable(rng, place) for _ in range(2)]]
    pairs += [pair and (pair[0], pair[1][0]) for pair in (language.ask_heard(rng, sounds), language.ask_last(rng, past, sounds), language.ask_ago(rng, past, sounds))]
    pairs = [(language.typed(pair[0], rng), pair[1]) for pair in pairs if pair]
    return pairs + functions.ask(rng, declared, things, place) + [(functions.declarations(declared), "")] + (language.follow_up(rng, things, place) or [])


def _between(line):
    """The texts between the special entries."""
    return [text for text in re.split("|".join(map(re.escape, SPECIAL)), line) if text]


def build(path, seed, size):
    """`size`: entries at most. Merges are learned inside words: a word always has the same tokens."""
    learner = Tokenizer(models.BPE(unk_token="<unk>"))
    learner.normalizer = normalizers.Replace(" ", "▁")
    learner.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Split("▁", "merged_with_next"),
                                                     *(pre_tokenizers.Split(mark, "isolated") for mark in "\n,.?()'")])
    alphabet = [chr(c) for c in range(33, 127)] + ["\n", "▁"]
    texts = (text for line in corpus(seed) for text in _between(line))
    learner.train_from_iterator(texts, trainers.BpeTrainer(vocab_size=size - len(SPECIAL) - 256, initial_alphabet=alphabet, special_tokens=[], show_progress=False))
    learned = json.loads(learner.to_str())["model"]
    entries = SPECIAL + [f"<0x{i:02X}>" for i in range(256)] + sorted(learned["vocab"], key=learned["vocab"].get)
    tokenizer = Tokenizer(models.BPE(vocab={e: i for i, e in enumerate(entries)}, merges=[tuple(m) for m in learned["merges"]],
                                     unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    tokenizer.normalizer = normalizers.Replace(" ", "▁")
    tokenizer.pre_tokenizer = pre_tokenizers.Split(" ", "merged_with_previous")
    tokenizer.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()])
    tokenizer.add_special_tokens([AddedToken(s, special=True, normalized=False) for s in SPECIAL])
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(path))
    return tokenizer


# fixed parts of the functions' syntax, each of which may become one entry; then a word with the space before it, a mark, a digit
PARTS = re.compile(r",parameters:\{properties:\{|,parameters:\{type:|\{description:|:\{description:|:\{enum:\[|:\{type:|,enum:\[|\],type:|,type:|\}\},required:\[|\}\}|\},|declaration:|call:|response:"
                   r"|▁?[^\W\d_▁]+|▁|[^▁]")


def extend(path_in, path_out, lines, size):
    """The tokenizer of `path_in` with all its entries and merges, their ids kept, and with further merges learned from `lines`, up to `size` entries, written to `path_out`.
    The new merges come after the old ones: no text gets longer."""
    old = Tokenizer.from_file(str(path_in))
    file = json.loads(Path(path_in).read_text())
    vocab, merges = file["model"]["vocab"], file["model"]["merges"]
    counted = Counter(part for line in lines for text in _between(line) for part in PARTS.findall(text.replace(" ", "▁")))
    words = [(old.encode(part.replace("▁", " "), add_special_tokens=False).tokens, n) for part, n in counted.items()]
    words = [(tokens, n) for tokens, n in words if len(tokens) > 1 and not any(t.startswith("<0x") for t in tokens)]
    while len(vocab) < size:
        pairs = Counter()
        for tokens, n in words:
            for pair in zip(tokens, tokens[1:]):
                pairs[pair] += n
        best, n = max(pairs.items(), key=lambda p: (p[1], p[0]), default=(None, 0))
        if n < 3:
            break
        merges.append(list(best))
        vocab.setdefault("".join(best), len(vocab))
        words = [(_merged(tokens, best), n) for tokens, n in words]
        words = [(tokens, n) for tokens, n in words if len(tokens) > 1]
    new = Tokenizer.from_str(json.dumps(file))
    Path(path_out).parent.mkdir(parents=True, exist_ok=True)
    new.save(str(path_out))
    return new


def _merged(tokens, pair):
    out = []
    for token in tokens:
        if out and (out[-1], token) == pair:
            out[-1] += token
        else:
            out.append(token)
    return out
