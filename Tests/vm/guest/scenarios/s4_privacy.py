"""Muted is closed, forgotten and told, and stays so."""
import ctypes
import mmap
import os
import time

from lab import camera, daemon, microphone
from lab.room import PICTURE
from lab.shell import check, sh, wait_for
from scenarios import scenario


def held():
    """Device files that the daemon has open."""
    return sorted(daemon.open_files() & set(devices()))


def devices():
    return [f"/dev/{n}" for n in os.listdir("/dev") if n.startswith("video")] + [f"/dev/snd/{n}" for n in os.listdir("/dev/snd") if n.startswith("pcm")]


def rows(client, modality):
    return daemon.metrics()[f'mmagent_cache_rows{{modality="{modality}"}}']


def found_in_memory(piece):
    """How often the bytes stand in the daemon's writable memory."""
    own, count = daemon.pid(), 0
    with open(f"/proc/{own}/mem", "rb", 0) as memory:
        for line in open(f"/proc/{own}/maps"):
            span, rights, *_ = line.split()
            if rights.startswith("rw") and "/dev/" not in line:
                first, last = (int(x, 16) for x in span.split("-"))
                try:
                    memory.seek(first)
                    count += memory.read(last - first).count(piece)
                except (OSError, OverflowError, ValueError):
                    pass
    return count


@scenario("mute closes the device, empties cache and memory, and tells")
def mute():
    picture = (camera.MEDIA / "desk-15.rgb").read_bytes()
    piece = picture[240 * 1920 + 900:240 * 1920 + 1100]          # 67 pixels in the middle
    with daemon.connect() as client:
        wait_for("frames", lambda: rows(client, "video") > 0)
        before = found_in_memory(piece)
        check(before > 0, "the picture cannot be found in the daemon's memory even before")
        for modality, name in (("camera", "video"), ("mic", "audio")):
            since = client.mark
            check(any("video" in h if modality == "camera" else "pcm" in h for h in held()), f"held: {held()}")
            begin = time.monotonic()
            sh(f"mmagentctl mute {modality}")
            at, _ = client.device(modality, "muted", since)
            check(not any("video" in h if modality == "camera" else "pcm" in h for h in held()), f"still held: {held()}")
            check(rows(client, name) == 0, f"{rows(client, name)} rows of {name} are still in the cache")
        said, _ = client.ask("what is on the desk?")
        check(said == "i cannot see.", f"blind, it said: {said}")
        wait_for(f"the picture, {before} times in memory before, is nowhere", lambda: found_in_memory(piece) == 0, every=0.3)
        sh("mmagentctl unmute camera; mmagentctl unmute mic")
        daemon.running(client, "camera")
        said, _ = wait_for("it sees again", lambda: (s := client.ask("what is on the desk?")[0]) != "i cannot see." and s, every=0.3)
    return f"closed and told within {at - begin:.2f} s; the picture stood {before} times in memory, then 0; blind: 'i cannot see.', then: {said}"


def stands_in(path, piece):
    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as view:
        return view.find(piece) >= 0


SWAP = "/swap"


def swapped(piece):
    # The kernel swaps past the file's cache.
    sh("sync; echo 3 > /proc/sys/vm/drop_caches")
    return stands_in(SWAP, piece)


def push_out(unit):
    """Everything of a service that may be swapped is. That not as much as asked for could be had is no failure."""
    sh(f"echo 500M > /sys/fs/cgroup/system.slice/{unit}.service/memory.reclaim", status=None)


def there_would_be_something():
    """Of a program that is not protected, the kernel dumps and swaps."""
    sh("ulimit -c unlimited; bash -c 'kill -SEGV $$'", status=None)
    check(any("bash" in n for n in os.listdir("/cores")), "the kernel dumps nothing here")
    secret = os.urandom(64)
    sh(f"systemd-run -q --unit=unprotected python3 -c 'import time; a = bytes.fromhex(\"{secret.hex()}\") * 100000; time.sleep(1000)'")
    wait_for("what is not protected is swapped", lambda: push_out("unprotected") or swapped(secret), every=0.5)
    sh("systemctl stop unprotected")


@scenario("a crash, with core dumps and swap on, leaves nothing of the picture on a disk")
def crash():
    piece = (camera.MEDIA / "desk-15.rgb").read_bytes()[240 * 1920 + 900:240 * 1920 + 1100]
    pattern = open("/proc/sys/kernel/core_pattern").read()
    daemon.drop_in("cores", "[Service]\nLimitCORE=infinity\n")          # as an administrator may have set it for everything
    # Written, not reserved: what was only reserved reads as zeros, whatever is swapped to it.
    sh(f"rm -rf /cores; mkdir -m 777 /cores; dd if=/dev/zero of={SWAP} bs=1M count=64 status=none; chmod 600 {SWAP}; mkswap -q {SWAP} && swapon {SWAP}")
    try:
        open("/proc/sys/kernel/core_pattern", "w").write("/cores/core.%e.%p")
        there_would_be_something()
        for target in ("/cores/core.%e.%p", "|/usr/bin/dd of=/cores/piped.%e.%p status=none"):
            open("/proc/sys/kernel/core_pattern", "w").write(target)
            daemon.restart()
            with daemon.connect() as client:
                daemon.running(client, "camera")
                wait_for("the picture in memory", lambda: found_in_memory(piece) > 0, every=0.3)
                push_out("mmagentd")
                old = daemon.pid()
                sh(f"kill -XCPU {old}")             # dumps core; a false SEGV Swift may survive
            wait_for("systemd starts it again", lambda: daemon.pid() not in (0, old))
        left = [n for n in os.listdir("/cores") if "mmagentd" in n]
        check(not any(stands_in(f"/cores/{n}", piece) for n in left if os.path.getsize(f"/cores/{n}")), f"the picture stands in {left}")
        check(not swapped(piece), "the picture stands in the swap")
    finally:
        open("/proc/sys/kernel/core_pattern", "w").write(pattern)
        sh(f"systemctl stop unprotected; swapoff {SWAP}; rm -rf {SWAP} /cores", status=None)
    return f"core files of the daemon: {left or 'none'}; nothing in the swap, where another program's memory stood"


@scenario("muted stays muted over stop, start and kill -9")
def stays_muted():
    sh("mmagentctl mute camera")
    daemon.restart()
    with daemon.connect() as client:
        check(daemon.state_of(client, "camera")["state"] == "muted", "a restart opened the camera")
    old = daemon.pid()
    sh(f"kill -9 {old}")
    wait_for("systemd starts it again", lambda: daemon.pid() not in (0, old))
    with daemon.connect() as client:
        check(daemon.state_of(client, "camera")["state"] == "muted", "kill -9 opened the camera")
        check(not any("video" in h for h in held()), f"held: {held()}")
        told = sh("mmagentctl health", status=None).strip()
        sh("mmagentctl unmute camera")
    return f"health: {told}"


class Switch:
    """A mixer element "Capture Switch" on the sound card, as real cards have one: the kernel keeps it for the process that made it."""

    def __init__(self):
        self.library, self.handle = ctypes.CDLL("libasound.so.2"), ctypes.c_void_p()
        check(self.library.snd_ctl_open(ctypes.byref(self.handle), b"hw:Loopback", 0) == 0, "no control device")
        self.identity = ctypes.c_void_p()
        self.library.snd_ctl_elem_id_malloc(ctypes.byref(self.identity))
        self.library.snd_ctl_elem_id_set_interface(self.identity, 2)
        self.library.snd_ctl_elem_id_set_name(self.identity, b"Capture Switch")
        check(self.library.snd_ctl_elem_add_boolean(self.handle, self.identity, 1) >= 0, "the card takes no element")
        self.library.snd_ctl_elem_unlock(self.handle, self.identity)

    def close(self):
        self.library.snd_ctl_elem_remove(self.handle, self.identity)
        self.library.snd_ctl_close(self.handle)


@scenario("the capture switch of the sound card is honoured")
def capture_switch():
    switch = Switch()
    try:
        sh("amixer -q -c Loopback sset Capture cap")
        with daemon.connect() as client:
            sh("mmagentctl mute mic; mmagentctl unmute mic")        # it is looked for when the device is opened
            daemon.running(client, "mic")
            time.sleep(1)
            since = client.mark
            begin = time.monotonic()
            sh("amixer -q -c Loopback sset Capture nocap")
            at, report = client.device("mic", "lost", since)
            rows_before = rows(client, "audio")
            microphone.play_to_the_end("question")
            time.sleep(1)
            check(rows(client, "audio") <= rows_before, "it heard while switched off")
            since = client.mark
            sh("amixer -q -c Loopback sset Capture cap")
            back, _ = client.device("mic", "running", since)
    finally:
        switch.close()
    return f"noticed after {at - begin:.1f} s: {report['detail']}"
