"""What `crowd` runs: more connections than a daemon has places or open files for, from two users, and root beside them."""
import collections
import json
import os
import resource
import socket
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "clients"))
from daemon import Daemon  # noqa: E402

# Nobody's and his neighbour's: by the share of one user 768 places of 1024, and by all of them 256 more.
CROWD = {65534: 800, 65533: 260}
PLACES = 1024
ANSWERS = ("TOO_MANY_OF_ONE_USER", "TOO_MANY_CONNECTIONS")
SETUP = b'{"setup":{"mm":{"version":1,"attach":"main","subscribe":["turn"]}}}\n'


class Client:
    """One connection of a user; `line` is the next message."""

    def __init__(self, path, user=0):
        os.seteuid(user)                                            # the kernel notes who connects
        try:
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.connect(path)                               # waits while too many wait to be let in
            self.socket.settimeout(60)
        finally:
            os.seteuid(0)
        self.lines = self.socket.makefile("rb")
        self.send(SETUP)

    def send(self, line):
        try:
            self.socket.sendall(line)
        except BrokenPipeError:
            pass                                                    # refused: why is still to be read

    def line(self):
        line = self.lines.readline()
        return json.loads(line) if line else None

    def reply(self, identity, request):
        self.send(json.dumps({"mm": {"id": identity, **request}}).encode() + b"\n")
        while (message := self.line()) and message.get("mm", {}).get("re") != identity:
            pass
        return message

    def close(self):
        self.lines.close()
        self.socket.close()


def outcome(client):
    """What a client was told first."""
    try:
        first = client.line()
    except OSError as error:
        return f"nothing: {error}"
    if first is None:
        return "nothing"
    if "setupComplete" in first:
        return "served"
    return next((d["reason"] for d in first.get("error", {}).get("details", []) if "reason" in d), json.dumps(first)[:200])


def answers(path):
    client = Client(path)
    client.line()
    client.send(b'{"clientContent":{"turns":[{"role":"user","parts":[{"text":"is there a book?"}]}],"turnComplete":true}}\n')
    while (message := client.line()) is not None:
        if message.get("serverContent", {}).get("turnComplete"):
            client.close()
            return True
    return False


def meet(name, files, places):
    """A crowd at a daemon that may open `files` files. -> whether all went as it should."""
    def limits():
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(files, 256), files))

    options = {"options": '[log]\nlevel = "warning"\n', "socket": f'mode = "0666"\nmax_clients = {PLACES}\n', "prepare": limits}
    with Daemon(**options) as daemon:
        os.chmod(daemon.folder.name, 0o711)
        begin = time.monotonic()
        crowd = {user: [Client(daemon.socket, user) for _ in range(count)] for user, count in CROWD.items()}
        told = {user: collections.Counter(map(outcome, clients)) for user, clients in crowd.items()}
        seconds = time.monotonic() - begin
        everybody = sum(told.values(), collections.Counter())
        served = everybody.pop("served", 0)
        root = Client(daemon.socket)
        root.line()
        muted = (root.reply("m", {"mute": {"modality": "camera"}}) or {}).get("mm", {})
        root.reply("u", {"unmute": {"modality": "camera"}})
        for client in [c for clients in crowd.values() for c in clients]:
            client.close()
        alive = daemon.process.poll() is None
        afterwards = alive and answers(daemon.socket)
        log = daemon.log.read_text()
    readable = set(everybody) <= set(ANSWERS)
    is_told = files > PLACES + 300 or f"so {places} clients are taken" in log
    fine = served == places and readable and "mute" in muted and afterwards and daemon.status == 0 and is_told
    print(f"{'ok  ' if fine else 'FAIL'}  {name}: {served} of {sum(CROWD.values())} served in {seconds:.1f} s, the others read "
          f"{', '.join(f'{reason} {count}' for reason, count in everybody.items())}; root's mute: {'mute' in muted}; "
          f"answers afterwards: {afterwards}; it ended with {daemon.status}")
    if not fine:
        print(muted, log[-4000:], sep="\n")
    return fine


def main():
    if os.geteuid() != 0:
        print("skipped: several users' connections need root")
        raise SystemExit(77)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = sum(CROWD.values()) + 64
    if hard < needed + 300:
        print(f"skipped: {needed + 300} open files are needed, the limit is {hard} (ulimit -Hn)")
        raise SystemExit(77)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, needed), hard))
    fine = [meet("a place for 1024", hard, PLACES), meet("600 open files", 600, 600 - 192 - 1)]
    raise SystemExit(0 if all(fine) else 1)


if __name__ == "__main__":
    main()
