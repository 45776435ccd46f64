"""Clips of a real voice, of real music and of bells, as rows of a set."""
import gzip
import subprocess

import numpy as np

from .. import language
from ..sound import synthesize, waves
from ..sound.evaluate_sets import LEAD, OWN_NOISE, TAIL
from ..sound.waves import RATE

VOICE = "usr/share/asterisk/sounds/en_US_f_Allison"
TRANSCRIPTS = "usr/share/doc/asterisk-core-sounds-en/core-sounds-en.txt.gz"
MUSIC = "usr/share/asterisk/moh"
BELLS = "usr/share/sounds/freedesktop/stereo"
RINGING = ("bell", "alarm-clock-elapsed", "phone-incoming-call")
FOREIGN = 0.5                # share of its words that nano knows: below it, an utterance is about something else
LONGEST = 8.0                # seconds of an utterance


def decode(path):
    """Any sound file -> float32 [samples] at RATE, through ffmpeg."""
    form = ["-f", "g722"] if path.suffix == ".g722" else []
    command = ["ffmpeg", "-v", "error", *form, "-i", str(path), "-ac", "1", "-ar", str(RATE), "-f", "wav", "-acodec", "pcm_s16le", "-"]
    try:
        data = subprocess.run(command, check=True, capture_output=True).stdout
    except FileNotFoundError:
        raise SystemExit("real voices are coded: reading them takes ffmpeg; run scripts/setup") from None
    return np.frombuffer(data[data.index(b"data") + 8:], np.int16).astype(np.float32) / 32768


def transcripts(folder):
    """-> {file without its ending: words}, of what is speech."""
    out = {}
    for line in gzip.open(folder / TRANSCRIPTS, "rt", encoding="utf-8"):
        name, colon, text = line.partition(":")
        words = language.spoken(text)
        if colon and not line.startswith(";") and "[" not in text and words:
            out[name.strip()] = words
    return out


def save(out, name, samples, rng):
    """With silence around it and a microphone's own noise -> the file's name."""
    clip = np.concatenate([np.zeros(int(LEAD * RATE), np.float32), waves.normalise(samples), np.zeros(int(TAIL * RATE), np.float32)])
    waves.write(out / f"{name}.wav", clip + np.float32(10 ** (OWN_NOISE / 20)) * rng.standard_normal(len(clip), dtype=np.float32))
    return f"{name}.wav"


def voice(out, rng, audio, texts, joined, others):
    """Rows of one real voice: every utterance of words that nano knows, `joined` rows of two to four of them in one breath, and `others` about something else, which
    nobody answers and of which no word is written down."""
    words = set(synthesize.vocabulary())
    spoken = {name: text for name, text in transcripts(texts).items() if (audio / VOICE / f"{name}.g722").exists()}
    known = sorted(name for name, text in spoken.items() if set(text.split()) <= words)
    share = lambda text: np.mean([word in words for word in text.split()])
    other = sorted(name for name, text in spoken.items() if len(text.split()) > 1 and share(text) < FOREIGN)
    sound = {name: waves.trim(decode(audio / VOICE / f"{name}.g722")) for name in known}
    rows = [dict(id=f"voice-{n:03d}", audio=save(out, f"voice-{n:03d}", sound[name], rng), words=spoken[name], condition="real-voice") for n, name in enumerate(known)]
    for n in range(joined):
        names = [known[i] for i in rng.integers(len(known), size=int(rng.integers(2, 5)))]
        breath = np.zeros(int(0.12 * RATE), np.float32)
        samples = np.concatenate([part for name in names for part in (sound[name], breath)])
        rows.append(dict(id=f"voices-{n:03d}", audio=save(out, f"voices-{n:03d}", samples, rng), words=" ".join(spoken[name] for name in names), condition="real-voice"))
    for n in rng.permutation(len(other)):
        if others == 0:
            break
        samples = waves.trim(decode(audio / VOICE / f"{other[n]}.g722"))
        if 0.3 * RATE < len(samples) < LONGEST * RATE:
            rows.append(dict(id=f"talk-{n:03d}", audio=save(out, f"talk-{n:03d}", samples, rng), sound="chatter", condition="real-voice"))
            others -= 1
    return rows


def music(out, rng, folder, count):
    """Rows of `count` clips of 2 to 4 s of each piece."""
    rows = []
    for piece in sorted((folder / MUSIC).glob("*.g722")):
        samples = decode(piece)
        for n in range(count):
            start, length = int(rng.uniform(2, len(samples) / RATE - 8) * RATE), int(rng.uniform(2, 4) * RATE)
            name = f"music-{piece.stem}-{n}"
            rows.append(dict(id=name, audio=save(out, name, samples[start:start + length], rng), sound="music", condition="real-music"))
    return rows


def bells(out, rng, folder, count):
    """Rows of `count` clips of each bell, at other levels."""
    rows = []
    for ring in RINGING:
        samples = decode(folder / BELLS / f"{ring}.oga")
        samples = waves.trim(samples)[:4 * RATE]
        for n in range(count):
            clip = waves.resample(samples, float(rng.uniform(0.95, 1.05)))
            rows.append(dict(id=f"bell-{ring}-{n}", audio=save(out, f"bell-{ring}-{n}", clip, rng), sound="bell", condition="real-bell"))
    return rows
