"""The guest's microphone: what is played into one end of the kernel's loopback card is captured at the other."""
import re
from pathlib import Path

from .shell import background, sh, wait_for

DEVICE = "hw:Loopback,1"
SPEAKER = "plughw:Loopback,0"
DRIVER = Path("/sys/bus/platform/drivers/snd_aloop")
MEDIA = Path("/share/media")
PLAYED, CAPTURED = 1, 2


def play(name, device=SPEAKER, options=""):
    """Plays a WAV file of MEDIA -> the process."""
    return background(f"aplay -q -D {device} {options} {MEDIA / name}.wav")


def play_to_the_end(name, device=SPEAKER):
    sh(f"aplay -q -D {device} {MEDIA / name}.wav")


def runs(end):
    """Whether one end of the cable runs, PLAYED or CAPTURED."""
    running = re.search(r"running: (\d+)", Path("/proc/asound/Loopback/cable#0").read_text())
    return running is not None and int(running[1]) & end != 0


def is_there():
    return Path("/proc/asound/Loopback").exists()


def unplug():
    (DRIVER / "unbind").write_text("snd_aloop.0")
    wait_for("the sound card goes", lambda: not is_there())


def reload():
    """The driver anew, with its mixer as at first."""
    if is_there():
        unplug()
    plug()
    sh("udevadm settle")


def plug():
    (DRIVER / "bind").write_text("snd_aloop.0")
    wait_for("the sound card comes", is_there)
