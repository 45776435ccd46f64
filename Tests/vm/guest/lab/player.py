"""A steady sound into the microphone's far end, whose clicks are at known moments."""
import ctypes
import threading
import time

from .shell import check

RATE, CHUNK = 16000, 160                             # 10 ms


class Player:
    """with Player() as player: player.click() -> when it sounds (CLOCK_MONOTONIC)."""

    def __init__(self, device=b"hw:Loopback,0"):
        self.library, self.handle = ctypes.CDLL("libasound.so.2"), ctypes.c_void_p()
        check(self.library.snd_pcm_open(ctypes.byref(self.handle), device, 0, 0) == 0, "no speaker")
        # S16_LE, interleaved, mono, no resampling, 60 ms of buffer
        check(self.library.snd_pcm_set_params(self.handle, 2, 3, 1, RATE, 0, 60000) == 0, "the speaker does not take 16 kHz mono")
        self._wanted, self._sounded, self._stop = False, None, False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        silence, loud = bytes(2 * CHUNK), b"\x00\x70" * CHUNK
        while not self._stop:
            with self._changed:
                click, self._wanted = self._wanted, False
            written = self.library.snd_pcm_writei(self.handle, loud if click else silence, CHUNK)
            if written < 0:
                self.library.snd_pcm_recover(self.handle, written, 1)
                continue
            if click:
                delay = ctypes.c_long()
                self.library.snd_pcm_delay(self.handle, ctypes.byref(delay))
                with self._changed:
                    self._sounded = time.monotonic() + (delay.value - CHUNK) / RATE
                    self._changed.notify_all()

    def click(self):
        with self._changed:
            self._wanted, self._sounded = True, None
            check(self._changed.wait_for(lambda: self._sounded is not None, 5), "the click was not played")
            return self._sounded

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._stop = True
        self._thread.join(3)
        self.library.snd_pcm_close(self.handle)
