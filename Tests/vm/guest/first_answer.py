"""Time to the first answer after boot: `install` enables the service, and in the next boot `ask` waits for what it says.

usage: python3 first_answer.py install|ask
"""
import sys
import time

from lab import camera, daemon, microphone
from lab.shell import sh


def install():
    sh("DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends /share/mmagent.deb", 180)
    daemon.configure(audio__source="alsa:" + microphone.DEVICE, video__source="v4l2:" + camera.node(0, "cap"))
    sh("systemctl enable mmagentd.service; sync")


def ask():
    while "i cannot see" in (said := sh('mmagentctl ask "is there a mug?"', 60, status=None)) or not said.strip().endswith("."):
        time.sleep(0.1)
    up = float(open("/proc/uptime").read().split()[0])
    ready = sh("systemctl show mmagentd -P ActiveEnterTimestampMonotonic").strip()
    print(f"ok    {'the first answer after boot, by what it sees':<58} {up:6.1f} s   READY after {int(ready) / 1e6:.1f} s, '{said.strip()}' after {up:.1f} s")


{"install": install, "ask": ask}[sys.argv[1]]()
