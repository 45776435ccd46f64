"""The guest's cameras, both of the kernel's driver vivid.

The first is an HDMI grabber that shows what is written to its own output, unchanged; the second a webcam with a test picture. They are one device of the
kernel's bus: they come and go together.
"""
import fcntl
import mmap
import os
import struct
import threading
from pathlib import Path

from .shell import PATIENCE, check, sh, wait_for

WIDTH, HEIGHT = 640, 480
BYTES = 3 * WIDTH * HEIGHT
DRIVER = Path("/sys/bus/platform/drivers/vivid")
MEDIA = Path("/share/media")


def node(number, kind):
    """The node of a vivid camera ("cap") or of its output ("out")."""
    for name in Path("/sys/class/video4linux").glob("video*"):
        if f"vivid-{number:03d}-vid-{kind}" == (name / "name").read_text().strip():
            return f"/dev/{name.name}"
    return None


def unplug():
    (DRIVER / "unbind").write_text("vivid.0")
    wait_for("the camera's node goes", lambda: node(0, "cap") is None)


def plug():
    (DRIVER / "bind").write_text("vivid.0")
    wait_for("the cameras' nodes come", lambda: node(0, "cap") and node(1, "cap"))


def reload():
    """The driver anew: whatever errors were injected are gone, and so are its controls' values."""
    sh("udevadm settle")                                            # who looks at a node keeps its number in use
    if (DRIVER / "vivid.0").exists():
        unplug()
    plug()
    sh("udevadm settle")


class Picture:
    """Shows pictures to the first camera until it is closed; `show` changes what it sees."""

    def __init__(self):
        self._output, self._thread = None, None
        self._picture, self._shown = bytes(BYTES), threading.Condition()
        self._first = None                                          # when the newest picture was first shown

    @property
    def is_shown(self):
        """Whether the camera sees what `show` said: not after it was unplugged."""
        return self._thread is not None and self._thread.is_alive()

    def open(self):
        """Connects output and camera, which nobody may use meanwhile; again after the camera was unplugged."""
        self.close()
        camera, output = (wait_for("vivid's nodes", lambda: node(0, kind))[0] for kind in ("cap", "out"))
        sh(f"v4l2-ctl -d {camera} --set-dv-bt-timings index=0 && v4l2-ctl -d {output} --set-dv-bt-timings index=0")
        sh(f"v4l2-ctl -d {output} --set-fmt-video-out=width={WIDTH},height={HEIGHT},pixelformat=RGB3")
        sh(f"v4l2-ctl -d {camera} -v width={WIDTH},height={HEIGHT},pixelformat=RGB3 -c loop_video=1,osd_text_mode=2")
        self._output, self._stop = VideoOutput(output), False
        self._thread = threading.Thread(target=self._feed, daemon=True)
        self._thread.start()
        return self

    def _feed(self):
        """Every picture is written once into each of the buffers, which then go round."""
        written, pictures = [None] * len(self._output.buffers), {}
        try:
            for index in range(len(written)):
                self._output.queue(index)
            self._output.stream(True)
            while not self._stop:
                index, time_shown = self._output.dequeue()
                with self._shown:
                    if pictures.get(index) is self._picture and self._first is None:
                        self._first = time_shown
                        self._shown.notify_all()
                    picture = self._picture
                if written[index] is not picture:
                    self._output.buffers[index][:] = picture
                    written[index] = picture
                pictures[index] = picture
                self._output.queue(index)
        except OSError:
            pass                                                    # unplugged

    def show(self, name):
        """A file of MEDIA, 640 x 480 RGB -> when it was first shown (CLOCK_MONOTONIC, by the kernel)."""
        data = (MEDIA / f"{name}.rgb").read_bytes()
        check(len(data) == BYTES, f"{name} has {len(data)} bytes")
        with self._shown:
            self._picture, self._first = data, None
            check(not self.is_shown or self._shown.wait_for(lambda: self._first is not None, PATIENCE), f"{name} is not shown")
            return self._first

    def close(self):
        if self._thread:
            self._stop = True
            self._thread.join(5)
            self._thread = None
        if self._output:
            self._output.close()
            self._output = None


class VideoOutput:
    """A V4L2 output that is streamed to through mapped buffers."""
    REQUEST, QUERY, QUEUE, DEQUEUE, ON, OFF = 0xC0145608, 0xC0585609, 0xC058560F, 0xC0585611, 0x40045612, 0x40045613
    OUTPUT, MMAP, NO_FIELD = 2, 1, 1
    # struct v4l2_buffer: index, type, bytesused, flags, field, -, seconds, microseconds, timecode, sequence, memory, offset, length, -, -
    BUFFER = "=IIIIIIqq16sIIQIIi4x"

    def __init__(self, path, count=3):
        self._file = os.open(path, os.O_RDWR)
        request = bytearray(struct.pack("=IIIII", count, self.OUTPUT, self.MMAP, 0, 0))
        fcntl.ioctl(self._file, self.REQUEST, request)
        self.buffers = []
        for index in range(struct.unpack_from("=I", request)[0]):
            about = self._call(self.QUERY, index)
            self.buffers.append(mmap.mmap(self._file, about[12], offset=about[11]))

    def _call(self, request, index=0):
        buffer = bytearray(struct.pack(self.BUFFER, index, self.OUTPUT, BYTES, 0, self.NO_FIELD, 0, 0, 0, bytes(16), 0, self.MMAP, 0, 0, 0, 0))
        fcntl.ioctl(self._file, request, buffer)
        return struct.unpack(self.BUFFER, buffer)

    def queue(self, index):
        self._call(self.QUEUE, index)

    def dequeue(self):
        """-> a buffer that was shown, and when."""
        about = self._call(self.DEQUEUE)
        return about[0], about[6] + about[7] / 1e6

    def stream(self, on):
        fcntl.ioctl(self._file, self.ON if on else self.OFF, struct.pack("=i", self.OUTPUT))

    def close(self):
        for buffer in self.buffers:
            buffer.close()
        os.close(self._file)
