"""Calls the synthesizers: (text, voice, manner) -> waveform. Each is deterministic."""
import subprocess
import tempfile
from pathlib import Path

import numpy as np

from . import waves

WORDS_PER_MINUTE = 170    # espeak-ng at speed 1
# Of the domain's words the American lexicon of flite and festival knows all but one, which it would read as "teep its".
RESPELLED = {"teapots": "tea pots"}


def _respelled(text, voice):
    return text if voice.synthesizer == "espeak-ng" else " ".join(RESPELLED.get(word, word) for word in text.split())


def _espeak(text, voice, manner):
    # its scale of pitch from 0 to 99 spans about half to double of the voice's own
    command = ["espeak-ng", "-v", voice.name, "-s", str(round(WORDS_PER_MINUTE * manner.speed / manner.size)),
               "-p", str(int(np.clip(50 * manner.pitch ** 2, 5, 95))), "-m", "--stdout",
               f'<prosody range="{100 * manner.lively:.0f}%">{text}</prosody>']
    return waves.parse(subprocess.run(command, check=True, capture_output=True).stdout)


def _flite(text, voice, manner):
    with tempfile.NamedTemporaryFile(suffix=".wav") as file:
        command = ["flite", "-voice", voice.name, "--setf", f"duration_stretch={manner.size / manner.speed:.3f}"]
        if voice.pitch:
            command += ["--setf", f"int_f0_target_mean={voice.pitch * manner.pitch:.1f}"]
        subprocess.run(command + ["-t", text, file.name], check=True, capture_output=True)
        return waves.parse(Path(file.name).read_bytes())


def _festival(requests):
    """One process for all requests, since festival takes most of a second to start. -> list of (waveform, rate)."""
    with tempfile.TemporaryDirectory() as folder:
        script = ['(define (say text file) (utt.save.wave (utt.synth (eval (list \'Utterance \'Text text))) file \'riff))']
        current = None
        for number, (text, voice, manner) in enumerate(requests):
            if voice.name != current:
                script.append(f"(voice_{voice.name})")
                current = voice.name
            stretch = manner.size / manner.speed
            if voice.pitch:
                script.append(f"(set! int_lr_params '((target_f0_mean {voice.pitch * manner.pitch:.1f}) "
                              f"(target_f0_std {14 * manner.lively:.1f}) (model_f0_mean 170) (model_f0_std 34))) "
                              f"(Parameter.set 'Duration_Stretch {stretch:.3f})")
            else:                                               # the statistical voice takes its speed from its engine
                script.append(f"(set! hts_engine_params (append {voice.name}::hts_engine_params '((\"-r\" {1 / stretch:.3f}))))")
            script.append(f'(say "{text}" "{folder}/{number}.wav")')
        path = Path(folder) / "script.scm"
        path.write_text("\n".join(script))
        subprocess.run(["festival", "--batch", str(path)], check=True, capture_output=True)
        return [waves.parse((Path(folder) / f"{i}.wav").read_bytes()) for i in range(len(requests))]


def finish(samples, rate, manner):
    """Raw output -> float32 at waves.RATE: the speaker's size, silence trimmed, loudness normalised."""
    return waves.normalise(waves.trim(waves.resample(samples, waves.RATE / (rate * manner.size))))


def speak(requests):
    """[(text, voice, manner)] -> list of waveforms, in order. Texts are words in lower case; a mark at the end sets the intonation."""
    raw = [None] * len(requests)
    spoken = [(_respelled(text, voice), voice, manner) for text, voice, manner in requests]
    festival = sorted((r[1].name, i) for i, r in enumerate(requests) if r[1].synthesizer == "festival")
    for (_, i), result in zip(festival, _festival([spoken[i] for _, i in festival]) if festival else []):
        raw[i] = result
    for i, (text, voice, manner) in enumerate(spoken):
        if raw[i] is None:
            raw[i] = (_espeak if voice.synthesizer == "espeak-ng" else _flite)(text, voice, manner)
    return [finish(*r, request[2]) for r, request in zip(raw, requests)]
