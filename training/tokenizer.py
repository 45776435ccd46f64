"""nano's tokenizer: byte-pair encoding over the whole normalised text with byte fallback, as the Gemma 4 family has it."""
import json
from pathlib import Path

import numpy as np
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

from . import language
from .world import COLOURS, KINDS

SPECIAL = ["<pad>", "<eos>", "<bos>", "<unk>", "<mask>", "<|turn>", "<turn|>", "<|image>", "<|image|>", "<image|>", "<|audio>", "<|audio|>",
           "<audio|>", "<|video|>", "<|channel>", "<channel|>", "<|think|>", "<|tool>", "<tool|>", "<|tool_call>", "<tool_call|>",
           "<|tool_response>", "<tool_response|>", '<|"|>']


def corpus(seed, sentences=6000):
    """Texts the model meets, for learning the merges."""
    rng = np.random.default_rng([seed, 61])
    lines = [f"system\n{language.SYSTEM}", "user\n", "model\n", "\nuser\n", "nothing.", "yes.", "no.", language.TRANSCRIBE, language.NOTICE,
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
    for group in (language.LIST, language.PRESENCE, language.COLOUR, language.COUNT_KIND, language.COUNT_ALL, language.WHERE, language.LEFT_OF, language.RIGHT_OF,
                  language.NEXT_TO, language.CHANGED, language.PUT, language.TAKEN, language.WATCH_KIND, language.WATCH_GONE, language.WATCH_ANY):
        for template in group:
            lines += [language.typed(language.fill(template, rng), rng) for _ in range(20)]
    return lines


def build(path, seed, size):
    """`size`: entries at most. Merges are learned inside words: a word always has the same tokens."""
    learner = Tokenizer(models.BPE(unk_token="<unk>"))
    learner.normalizer = normalizers.Replace(" ", "▁")
    learner.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Split("▁", "merged_with_next"),
                                                     *(pre_tokenizers.Split(mark, "isolated") for mark in "\n,.?()'")])
    alphabet = [chr(c) for c in range(33, 127)] + ["\n", "▁"]
    learner.train_from_iterator(corpus(seed), trainers.BpeTrainer(vocab_size=size - len(SPECIAL) - 256, initial_alphabet=alphabet, special_tokens=[], show_progress=False))
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
