"""The installed service."""
import os
import re
import time

from .client import SOCKET, Client
from .shell import PATIENCE, Failed, check, sh, wait_for

UNIT = "mmagentd"
CONFIGURATION = "/etc/mmagent/mmagentd.toml"
DROP_IN = f"/run/systemd/system/{UNIT}.service.d"
STATE = "/var/lib/mmagent"


def configure(**values):
    """Sets keys of the configuration, section__key=value; strings in quotes."""
    text = open(CONFIGURATION).read()
    for name, value in values.items():
        section, key = name.split("__")
        written = f'"{value}"' if isinstance(value, str) else str(value).lower()
        begin = text.index(f"[{section}]")
        following = text.find("\n[", begin)
        following = len(text) if following < 0 else following
        changed, count = re.subn(rf"(?m)^{key} = .*$", f"{key} = {written}", text[begin:following])
        check(count == 1, f"{CONFIGURATION} has {count} keys {key} in [{section}]")
        text = text[:begin] + changed + text[following:]
    open(CONFIGURATION, "w").write(text)


def start(seconds=PATIENCE):
    sh(f"systemctl reset-failed {UNIT}.service {UNIT}.socket", status=None)
    sh(f"systemctl start {UNIT}", seconds)


def restart(seconds=PATIENCE):
    sh(f"systemctl reset-failed {UNIT}.service {UNIT}.socket", status=None)
    sh(f"systemctl restart {UNIT}", seconds)


def stop(seconds=PATIENCE):
    sh(f"systemctl stop {UNIT}.service {UNIT}.socket", seconds)


def clear(seconds=PATIENCE):
    """Ends the service however it is, and takes away its drop-ins and what it remembers."""
    sh(f"systemctl kill -s CONT {UNIT}.service; systemctl kill -s KILL {UNIT}.service", seconds, status=None)
    sh(f"systemctl stop {UNIT}.service {UNIT}.socket; systemctl reset-failed {UNIT}.service {UNIT}.socket", seconds, status=None)
    sh(f"while mountpoint -q {STATE}; do umount -l {STATE}; done; rm -rf {DROP_IN} {STATE}/state.json*; systemctl daemon-reload")


def show(name):
    return sh(f"systemctl show {UNIT} -P {name}").strip()


def pid():
    return int(show("MainPID"))


def journal(since=None, lines=30):
    return sh(f"journalctl --sync; journalctl -u {UNIT} --no-pager -o cat -n {lines}" + (f" --since=@{since:.3f}" if since else ""))


def drop_in(name, text):
    """A part of the unit for this boot; None takes it away."""
    path = f"{DROP_IN}/{name}.conf"
    sh(f"mkdir -p {DROP_IN}; rm -f {path}")
    if text is not None:
        open(path, "w").write(text)
    sh("systemctl daemon-reload")


def metrics():
    """The Prometheus page -> {name with labels: value}."""
    return {name: float(value) for name, value in re.findall(r"(?m)^([a-z_]+(?:\{[^}]*\})?) (\S+)$", sh("mmagentctl metrics"))}


def connect(seconds=PATIENCE, topics=None):
    """A client, as soon as the daemon answers."""
    limit = time.monotonic() + seconds
    while True:
        try:
            return Client(*([topics] if topics else []))
        except (OSError, Failed):
            check(time.monotonic() < limit, f"no answer at {SOCKET} within {seconds} s: {journal()}")
            time.sleep(0.1)


def threads():
    """{name: number} of the daemon's threads."""
    own = pid()
    return {open(f"/proc/{own}/task/{t}/comm").read().strip(): int(t) for t in os.listdir(f"/proc/{own}/task")}


def open_files():
    """Paths of what the daemon has open."""
    folder = f"/proc/{pid()}/fd"
    return {os.readlink(f"{folder}/{f}") for f in os.listdir(folder) if os.path.lexists(f"{folder}/{f}")}


def memory(kind="VmRSS"):
    """Resident bytes: all (VmRSS), or what is no file's (RssAnon)."""
    return int(re.search(rf"{kind}:\s+(\d+)", open(f"/proc/{pid()}/status").read())[1]) * 1024


def state_of(client, modality):
    return next(d for d in client.request("status")["devices"] if d["modality"] == modality)


def running(client, modality, seconds=PATIENCE):
    """Waits until a device gives data."""
    return wait_for(f"{modality} runs", lambda: state_of(client, modality)["state"] == "running", seconds, 0.2)
