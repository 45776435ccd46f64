"""Questions, answers and the tokenizer."""
import json
from pathlib import Path

from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

SPECIAL = ["<pad>", "<eos>", "<bos>", "<unk>", "<mask>", "<|turn>", "<turn|>", "<|image>", "<|image|>", "<image|>", "<|audio>", "<|audio|>",
           "<audio|>", "<|video|>", "<|channel>", "<channel|>", "<|think|>", "<|tool>", "<tool|>", "<|tool_call>", "<tool_call|>",
           "<|tool_response>", "<tool_response|>", '<|"|>']
SYSTEM = "You watch a desk through a camera. Say in a few words what lies on it now."
NOTHING = "nothing."
LIST_QUESTIONS = ["what is on the desk?", "what's on the desk?", "what do you see?", "what can you see?", "list the objects on the desk.",
                  "what lies on the desk?", "which objects are on the desk?", "what objects do you see?", "name the things on the desk.",
                  "what is there?", "what is on the desk now?", "what things are on the desk?", "tell me what is on the desk.",
                  "what do you see on the desk?", "what is on the table?", "what is lying on the desk?"]
PRESENCE_QUESTIONS = ["is there {a}?", "do you see {a}?", "is {a} on the desk?", "is there {a} on the desk?", "can you see {a}?",
                      "do you see {a} on the desk?", "is {a} there?", "is there {a} on the table?"]
# things nano was never shown: the honest answer is no
LURES = ["a dog", "a cat", "a pen", "a spoon", "a fork", "a knife", "a hat", "a key", "a chair", "a car", "an orange", "a cup", "an umbrella", "a candle",
         "a hammer", "a teapot", "a guitar", "a bird", "a box", "a bag", "a glass", "a plate", "a stapler", "a ruler", "a watch", "a television"]


def listing(present, kinds):
    """Kinds present (any order) -> "a mug, a book and a pair of scissors." in the canonical order of the manifest."""
    phrases = [kinds[k]["phrase"] for k in sorted(present)]
    if not phrases:
        return NOTHING
    return (", ".join(phrases[:-1]) + " and " + phrases[-1] if len(phrases) > 1 else phrases[0]) + "."


def parse_listing(answer, kinds):
    """The set of kinds that an answer names."""
    parts = answer.strip().rstrip(".").replace(" and ", ", ").split(", ")
    return {k for k, kind in enumerate(kinds) if kind["phrase"] in parts}


def spoken_as(question, rng):
    """The question in one of the ways people type it: as is, capitalised, without its mark."""
    if rng.random() < 0.3:
        question = question[0].upper() + question[1:]
    if rng.random() < 0.15:
        question = question[:-1]
    return question


def corpus(kinds):
    """Every text the model meets, for training the tokenizer."""
    lines = [f"system\n{SYSTEM}", "user\n", "model\n", "\nuser\n", "nothing.", "yes.", "no."] * 40
    for question in LIST_QUESTIONS:
        lines += [question, question[0].upper() + question[1:]] * 20
    for kind in kinds:
        lines += [f"{kind['phrase']}, {kind['phrase']} and {kind['phrase']}."] * 40
    for phrase in [k["phrase"] for k in kinds] + LURES:
        for question in PRESENCE_QUESTIONS:
            question = question.format(a=phrase)
            lines += [question, question[0].upper() + question[1:]]
    return lines


def build_tokenizer(path, kinds, size):
    """BPE over the whole normalised text with byte fallback; merges are learned inside words. `size`: entries at most."""
    learner = Tokenizer(models.BPE(unk_token="<unk>"))
    learner.normalizer = normalizers.Replace(" ", "▁")
    learner.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Split("▁", "merged_with_next"), pre_tokenizers.Split("\n", "isolated"),
                                                     pre_tokenizers.Split(",", "isolated"), pre_tokenizers.Split(".", "isolated"), pre_tokenizers.Split("?", "isolated")])
    alphabet = [chr(c) for c in range(33, 127)] + ["\n", "▁"]
    learner.train_from_iterator(corpus(kinds), trainers.BpeTrainer(vocab_size=size - len(SPECIAL) - 256, initial_alphabet=alphabet, special_tokens=[], show_progress=False))
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
