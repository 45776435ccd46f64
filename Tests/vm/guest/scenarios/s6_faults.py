"""Faults that lose nothing: what the user sees, and what is still there afterwards."""
import json
import os
import re
import time

from lab import daemon, microphone
from lab.daemon import STATE
from lab.shell import check, end, background, sh, wait_for
from scenarios import scenario

MODEL = "/usr/share/mmagent/models/nano"


def refused(seconds=30):
    """Starts the service, which must not come up -> what it said."""
    since = time.time()
    sh("systemctl reset-failed mmagentd.service mmagentd.socket", status=None)
    sh("systemctl start mmagentd.service", seconds, status=None)
    time.sleep(0.5)
    check(daemon.show("ActiveState") != "active", "it started")
    lines = [l for l in daemon.journal(since).splitlines() if l.startswith("mmagentd: ")]
    check(lines, f"it said nothing: {daemon.journal(since)}")
    sh("systemctl stop mmagentd.service mmagentd.socket; systemctl reset-failed mmagentd.service mmagentd.socket", status=None)
    return lines[0]


def mounted(options):
    sh(f"systemctl stop mmagentd.service mmagentd.socket; mkdir -p {STATE}; mount -t tmpfs -o {options},uid=$(id -u mmagent),gid=$(id -g mmagent),mode=700 state {STATE}")


def unmount():
    sh(f"systemctl stop mmagentd.service mmagentd.socket; umount {STATE}", status=None)


@scenario("kill -9 while the state is written")
def killed_writing():
    rounds = 6
    for number in range(rounds):
        with daemon.connect() as client:
            old = daemon.pid()
            for _ in range(4):
                client.send({"mm": {"id": "a", "mute": {"modality": "camera"}}})
                client.send({"mm": {"id": "b", "unmute": {"modality": "camera"}}})
            time.sleep(0.01 + 0.03 * number)
            sh(f"kill -9 {old}")
        wait_for("systemd starts it again", lambda: daemon.pid() not in (0, old) and daemon.show("ActiveState") == "active", every=0.2)
        sh("systemctl reset-failed mmagentd", status=None)
        state = json.loads(open(f"{STATE}/state.json").read())
        check(state["version"] == 1 and not os.path.exists(f"{STATE}/state.json.unreadable"), f"after kill {number + 1}: {state}")
    return f"{rounds} times: the file was whole each time, at last {state}"


@scenario("the state's disk is full")
def disk_full():
    mounted("size=8k")
    try:
        sh(f"head -c 100000 /dev/zero > {STATE}/filler", status=None)
        daemon.start()
        with daemon.connect() as client:
            since = client.mark
            client.request("mute", {"modality": "camera"})
            _, message = client.wait("it is told", lambda m: m.get("mm", {}).get("health", {}).get("component") == "state", since=since)
            check(daemon.state_of(client, "camera")["state"] == "muted", "not muted")
            told = message["mm"]["health"]["message"]
            check("free some space" in told, told)
            check(client.ask("what is on the desk?")[0] == "i cannot see.", "it sees")
            degraded = sh("mmagentctl health", status=1).strip()
            os.unlink(f"{STATE}/filler")
            client.request("unmute", {"modality": "camera"})
            client.request("mute", {"modality": "mic"})
            sh("mmagentctl health")
        check(json.loads(open(f"{STATE}/state.json").read())["muted"] == ["mic"], open(f"{STATE}/state.json").read())
    finally:
        unmount()
    return told


@scenario("the state's folder is read-only")
def read_only():
    mounted("size=64k")
    try:
        daemon.start()
        with daemon.connect() as client:
            client.request("mute", {"modality": "mic"})
        sh(f"systemctl stop mmagentd.service mmagentd.socket; mount -o remount,ro {STATE}")
        daemon.drop_in("state", "[Service]\nStateDirectory=\nEnvironment=STATE_DIRECTORY=/var/lib/mmagent\n")
        daemon.start()
        with daemon.connect() as client:
            check(daemon.state_of(client, "mic")["state"] == "muted", "what was muted was forgotten")
            since = client.mark
            client.request("unmute", {"modality": "mic"})
            _, message = client.wait("it is told", lambda m: m.get("mm", {}).get("health", {}).get("component") == "state", since=since)
            told = message["mm"]["health"]["message"]
            check("writable" in told, told)
            daemon.running(client, "mic")
    finally:
        unmount()
        daemon.drop_in("state", None)
    return told


@scenario("the state file is corrupt")
def corrupt():
    told = []
    for content in ("\\x00\\xff{{{", '{"version":7,"muted":[]}', '{"version":1,"muted":["nose"]}'):
        sh("systemctl stop mmagentd.service mmagentd.socket")
        sh(f"printf '{content}' > {STATE}/state.json; chown mmagent: {STATE}/state.json")
        daemon.start()
        with daemon.connect() as client:
            states = {m: daemon.state_of(client, m)["state"] for m in ("mic", "camera")}
            check(set(states.values()) == {"muted"}, f"after {content}: {states}")
            told.append(re.search(r"could not be read \((.*?)\);", sh("mmagentctl health", status=1))[1])
            check(os.path.exists(f"{STATE}/state.json.unreadable"), "the damaged file was not kept")
            client.request("unmute", {"modality": "mic"})
            client.request("unmute", {"modality": "camera"})
            # Whatever else a busy machine has to say.
            said = sh("mmagentctl health", status=None)
            check("could not be read" not in said, f"opened, and still: {said}")
    return "both start muted; " + "; ".join(told)


@scenario("a model of another architecture, a truncated one, none")
def models():
    told = []
    for name, damage in (("architecture", """sed -i 's/Gemma4[A-Za-z]*/LlamaForCausalLM/; s/"gemma4[a-z_]*"/"llama"/' DIR/config.json"""),
                         ("truncated", "truncate -s 1000000 DIR/model.safetensors"), ("no weights", "rm DIR/model.safetensors"), ("none", "rm -r DIR")):
        sh("systemctl stop mmagentd.service mmagentd.socket")
        sh(f"rm -rf /opt/model; cp -r {MODEL} /opt/model; " + damage.replace("DIR", "/opt/model"))
        daemon.configure(model__path="/opt/model")
        told.append(f"{name}: {refused().removeprefix('mmagentd: ')}")
        check("/opt/model" in told[-1], told[-1])
    sh("rm -rf /opt/model")
    return "; ".join(told)


@scenario("the socket's folder is missing")
def no_folder():
    sh("systemctl stop mmagentd.service mmagentd.socket; rm -rf /run/mmagentd")
    daemon.start()
    with daemon.connect() as client:
        check(client.request("status")["model"], "no answer")
    sh("sed 's|^path = \"/run/mmagentd/mmagentd.sock\"|path = \"/nowhere/at/all/mmagentd.sock\"|; s|^source = .*|source = \"none\"|' /etc/mmagent/mmagentd.toml > /tmp/other.toml")
    said = sh("timeout 30 mmagentd --config /tmp/other.toml 2>&1 | tail -n 1").strip()
    check("/nowhere/at/all" in said and said.startswith("mmagentd: "), said)
    return f"under systemd it is made anew; by hand: {said}"


@scenario("two daemons at once")
def two():
    sh("sed 's|^source = .*|source = \"none\"|' /etc/mmagent/mmagentd.toml > /tmp/other.toml")
    said = sh("timeout 30 mmagentd --config /tmp/other.toml 2>&1 | tail -n 1").strip()
    check(said.startswith("mmagentd: ") and "mmagentd.sock" in said, said)
    with daemon.connect() as client:
        check(client.ask("what is on the desk?")[0].startswith("a book"), "the first one does not answer")
    return said


@scenario("the clock is set back an hour, and forward again")
def clock():
    with daemon.connect() as client:
        own, before = daemon.pid(), daemon.metrics()
        for step in ("-1 hour", "+1 hour"):
            sh(f"date -s '{step}' > /dev/null")
            since = client.mark
            time.sleep(1)
            microphone.play_to_the_end("question")
            _, message = client.wait("the transcript", lambda m: m.get("serverContent", {}).get("inputTranscription", {}).get("finished"), since=since)
            check(client.ask("what is on the desk?")[0].startswith("a book"), "a wrong answer")
        after = daemon.metrics()
        check(daemon.pid() == own, "it was started anew")
        lost = after["mmagent_sound_lost_seconds_total"] - before["mmagent_sound_lost_seconds_total"]
        check(lost < 10, f"{lost} s of sound were lost")         # an hour is 3600
        wait_for("it is not behind", lambda: daemon.metrics()["mmagent_lag_seconds"] < 1, every=0.5)
    return f"it hears and answers on, lag {after['mmagent_lag_seconds']:.2f} s, {lost:.2f} s of sound lost"


@scenario("the memory limit is reached")
def memory():
    sh("mmagentctl mute camera")
    daemon.drop_in("memory", "[Service]\nMemoryMax=10M\nMemorySwapMax=0\nRestart=no\n")
    since = time.time()
    sh("systemctl reset-failed mmagentd.service", status=None)
    kills = "dmesg | grep -c 'Killed process.*mmagentd'"
    before = int(sh(kills, status=None))
    sh("systemctl restart mmagentd.service", 60, status=None)
    wait_for("it fails", lambda: daemon.show("ActiveState") == "failed")
    result = daemon.show("Result")
    # The kernel says who was killed; systemd says "signal" where it hears of the death before it hears of the memory.
    check(result in ("oom-kill", "signal") and int(sh(kills, status=None)) > before, f"{result}: {daemon.journal(since)}")
    daemon.drop_in("memory", None)
    daemon.start()
    with daemon.connect() as client:
        check(daemon.state_of(client, "camera")["state"] == "muted", "what was muted was forgotten")
        client.request("unmute", {"modality": "camera"})
        used = daemon.memory()
    return f"systemctl says {result}; with room again it starts, and the camera is still muted; it needs {used / 1e6:.0f} MB"
