"""Run in place of the daemon, inside its unit's sandbox: what is possible there? And as root outside of it: what would be possible at all?"""
import ctypes
import json
import os
import socket
import struct
import time

DROP_IN = """[Service]
Type=oneshot
WatchdogSec=0
Restart=no
ExecStart=
ExecStart=/usr/bin/python3 -B /share/lab/sandbox.py
"""


def attempt(action):
    try:
        action()
        return "possible"
    except Exception as error:
        return type(error).__name__


def written(path):
    with open(path, "w") as file:
        file.write("x")
    os.unlink(path)


def opened(path, flags=os.O_RDONLY):
    os.close(os.open(path, flags | os.O_NONBLOCK))


def call(name, *arguments):
    libc = ctypes.CDLL(None, use_errno=True)
    if getattr(libc, name)(*arguments) < 0:
        raise OSError(ctypes.get_errno(), name)


def interfaces():
    if [name for _, name in socket.if_nameindex() if name != "lo"]:
        return
    raise OSError("none")


def main():
    forbidden = {
        "internet socket": lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM), "raw socket": lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW),
        "netlink socket": lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW), "write /etc": lambda: written("/etc/mmagent/x"),
        "write /usr": lambda: written("/usr/x"), "write /var/lib": lambda: written("/var/lib/x"), "write /run": lambda: written("/run/x"),
        "write /dev": lambda: written("/dev/x"), "read /root": lambda: os.listdir("/root"), "read /home": lambda: os.listdir("/home/guest"),
        "read the disk": lambda: opened("/dev/ubda"), "read kernel memory": lambda: opened("/dev/mem"), "kernel log": lambda: opened("/dev/kmsg"),
        "see other processes": lambda: os.stat("/proc/1/cmdline"), "kill init": lambda: os.kill(1, 0), "become root": lambda: os.setuid(0),
        "mount": lambda: call("mount", b"none", b"/tmp", b"tmpfs", 0, None), "new namespace": lambda: call("unshare", 0x10000000),
        "trace": lambda: call("ptrace", 0x4206, os.getppid(), None, None), "set the clock": lambda: call("settimeofday", struct.pack("qq", int(time.time()), 0), None),
        "executable memory": lambda: __import__("mmap").mmap(-1, 4096, prot=7),
        "host name": lambda: call("sethostname", b"guest", 5), "real-time priority": lambda: os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(10)),
    }
    state = os.environ["STATE_DIRECTORY"]
    needed = {"write its state": lambda: written(f"{state}/probe"), "the camera": lambda: opened(next(f"/dev/{n}" for n in sorted(os.listdir("/dev")) if n.startswith("video")), os.O_RDWR),
              "the microphone": lambda: opened(next(f"/dev/snd/{n}" for n in sorted(os.listdir("/dev/snd")) if n.endswith("c"))),
              "read the model": lambda: opened("/usr/share/mmagent/models/nano/model.safetensors"), "a Unix socket": lambda: socket.socket(socket.AF_UNIX)}
    print(json.dumps({"forbidden": {n: attempt(a) for n, a in forbidden.items()}, "needed": {n: attempt(a) for n, a in needed.items()}}))


if __name__ == "__main__":
    main()
