"""Sentences that describe a picture or a sound, for the contrastive head."""
from .phrases import join, named, pick

# what a sound is called
SOUND_CAPTIONS = {"(music)": ["music", "music plays", "a melody", "someone plays music"],
                  "(knock)": ["a knock", "someone knocks", "knocking on wood", "a knock at the door"],
                  "(bell)": ["a bell", "a bell rings", "an alarm", "a ringing bell or alarm"],
                  "(noise)": ["noise", "background noise", "only noise", "no words, just noise"],
                  "(speech)": ["someone speaks", "people talk", "a voice", "someone is talking about something else"]}


def caption(things, place, rng):
    """A sentence that describes the scene: kinds, some with their colours, in any order."""
    order = [things[i] for i in rng.permutation(len(things))]
    parts = [named(t.kind, t.colour if rng.random() < 0.7 else -1) for t in order]
    return (join(parts) if parts else f"an empty {place}") + (f" on the {place}" if parts and rng.random() < 0.4 else "")


def sound_caption(transcript, rng):
    """A sentence that describes a sound; `transcript`: its words, or its name as SOUNDS has it."""
    return pick(rng, SOUND_CAPTIONS[transcript]) if transcript in SOUND_CAPTIONS else f'someone says "{transcript}"'
