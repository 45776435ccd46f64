"""The room that every scenario begins in, whatever the one before it left: both drivers anew, the desk in view, the clock right, the package's
configuration, nothing remembered, the service started anew and both devices running."""
import time

from . import camera, daemon, microphone
from .shell import Failed, end_all

PICTURE = camera.Picture()
_configuration = None
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


def _make():
    end_all()
    PICTURE.close()
    daemon.clear()
    if abs(time.time() - time.monotonic() - _clock) > 0.1:
        time.clock_settime(time.CLOCK_REALTIME, _clock + time.monotonic())
    open(daemon.CONFIGURATION, "w").write(_configuration)
    microphone.reload()
    camera.reload()
    daemon.configure(video__source="v4l2:" + camera.node(0, "cap"))      # its number is not promised
    PICTURE.open()
    PICTURE.show("desk-15")
    daemon.start()
    with daemon.connect() as client:
        for modality in ("mic", "camera"):
            daemon.running(client, modality)
