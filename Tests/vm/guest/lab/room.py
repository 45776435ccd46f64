"""The room that every scenario begins in, whatever the one before it left: both drivers anew, the desk in view, the clock right, the package's
configuration, nothing remembered, the service started anew and both devices running. What a scenario leaves, however it ended, is put in order at once."""
import time

from . import camera, daemon, microphone
from .shell import Failed, end_all

PICTURE = camera.Picture()
_configuration = None
_in_order = False
_clock = time.time() - time.monotonic()


def remember():
    """What is configured now is what scenarios begin with."""
    global _configuration
    _configuration = open(daemon.CONFIGURATION).read()


def settle():
    """Makes the room; a second time where the first one did not succeed."""
    try:
        _make()
    except (Failed, OSError):
        _make()


def leave():
    """Ends what a scenario left running, the service too, and sets clock, configuration, mixer and both drivers as they were."""
    global _in_order
    _in_order = False
    end_all()
    PICTURE.close()
    daemon.clear()
    if abs(time.time() - time.monotonic() - _clock) > 0.1:
        time.clock_settime(time.CLOCK_REALTIME, _clock + time.monotonic())
    open(daemon.CONFIGURATION, "w").write(_configuration)
    microphone.reload()
    camera.reload()
    _in_order = True


def _make():
    global _in_order
    if not _in_order:
        leave()
    _in_order = False
    daemon.configure(video__source="v4l2:" + camera.node(0, "cap"))      # its number is not promised
    PICTURE.open()
    PICTURE.show("desk-15")
    daemon.start()
    with daemon.connect() as client:
        for modality in ("mic", "camera"):
            daemon.running(client, modality)
