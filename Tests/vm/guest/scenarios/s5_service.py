"""What systemd and its journal see."""
import ctypes
import json
import os
import re
import ssl
import time

from lab import daemon, sandbox, web
from lab.shell import PATIENCE, background, check, end, sh, wait_for
from scenarios import scenario

SECURITY_LIMIT = 1.5


@scenario("the status line: frames, lag, model, devices")
def status():
    wanted = ("nano", "frames/s", "lag", "microphone running", "camera running")      # it is renewed every 5 s
    line, _ = wait_for("a status with figures", lambda: all(w in (t := daemon.show("StatusText")) for w in wanted) and t, every=0.3)
    return line


@scenario("socket activation: a question starts the daemon")
def activation():
    sh("systemctl stop mmagentd.service")
    check(daemon.show("ActiveState") == "inactive", "still active")
    begin = time.monotonic()
    said = sh('mmagentctl ask --timeout 30 "how many objects are there?"')
    return f"answered after {time.monotonic() - begin:.2f} s: {said.strip()}"


@scenario("reload takes what is right, and keeps running on what is wrong")
def reload():
    old = daemon.pid()
    since = time.time()
    daemon.configure(stream__max_answer_tokens=2, video__fps=3.0)
    sh("systemctl reload mmagentd")
    wait_for("the reload is logged", lambda: "reloaded" in daemon.journal(since), every=0.2)
    waiting = sh(f"journalctl --sync; journalctl -u mmagentd -o json --since=@{since:.3f}")
    fields = [json.loads(l) for l in waiting.splitlines() if '"reloaded"' in l]
    check(fields and "video" in fields[0].get("RESTART_NEEDED_FOR", ""), f"it does not say what waits: {fields}")
    with daemon.connect() as client:
        short, _ = client.ask("what is on the desk?")
        check(len(short.split()) <= 2, f"two tokens were: {short}")
        since = time.time()
        with open(daemon.CONFIGURATION, "a") as file:
            file.write("\n[nonsense]\nkey = 1\n")
        sh("systemctl reload mmagentd")
        wait_for("the error is logged", lambda: "not reloaded" in daemon.journal(since), every=0.2)
        check(client.ask("is there a mug?")[0] in ("yes.", "no."), "no answer after a wrong reload")
    check(daemon.pid() == old, "it was started anew")
    return next(l for l in daemon.journal(since).splitlines() if "not reloaded" in l)


@scenario("stop: clients hear goAway, the answer ends, nothing is killed")
def stopping():
    with daemon.connect() as client:
        begin = time.monotonic()
        question = client.start("what is on the desk?")
        process = background("systemctl stop mmagentd.service mmagentd.socket")
        at, _ = client.wait("goAway", lambda m: "goAway" in m)
        said, _ = client.answer(question)
        process.wait(PATIENCE)
        took = time.monotonic() - begin
        wait_for("the connection ends", lambda: client.ended)
    check(daemon.show("Result") == "success", daemon.show("Result"))
    return f"goAway after {at - begin:.2f} s, '{said}', stopped after {took:.1f} s"


@scenario("kill -9 during an answer: systemd starts it, clients come back")
def killed():
    log = "/tmp/events"
    watcher = background(f"mmagentctl events --reconnect --only health,observation > {log} 2>&1")
    time.sleep(0.5)
    with daemon.connect() as client:
        client.start("what is on the desk?")
        old = daemon.pid()
        begin = time.monotonic()
        sh(f"kill -9 {old}")
        wait_for("the client hears of it", lambda: client.ended)
    with daemon.connect() as client:
        back = time.monotonic() - begin
        said, _ = wait_for("an answer", lambda: (s := client.ask("what is on the desk?")[0]) not in ("", "i cannot see.", "nothing.") and s, every=0.3)
        after = time.monotonic() - begin
    before = len(open(log).read())
    wait_for("the watcher goes on", lambda: sh("mmagentctl mute mic; mmagentctl unmute mic") is not None and "mic" in open(log).read()[before:], every=0.5)
    end(watcher)
    return f"it answers again after {back:.1f} s, rightly after {after:.1f} s ('{said}'); `events --reconnect` went on"


def stop_thread(number):
    """Holds one thread of the daemon for ever, as a driver that never returns would."""
    libc = ctypes.CDLL(None, use_errno=True)
    check(libc.ptrace(0x4206, number, None, None) == 0, f"PTRACE_SEIZE: {os.strerror(ctypes.get_errno())}")
    check(libc.ptrace(0x4207, number, None, None) == 0, f"PTRACE_INTERRUPT: {os.strerror(ctypes.get_errno())}")
    os.waitpid(number, 0x40000000)


@scenario("the watchdog catches a stuck engine, camera, microphone")
def watchdog():
    daemon.drop_in("watchdog", "[Service]\nWatchdogSec=6\n")
    took = {}
    for part, prefix in (("engine", "mmagent-engine"), ("camera", "camera"), ("microphone", "mic ")):
        daemon.restart()
        old, before = daemon.pid(), int(daemon.show("NRestarts"))
        number, _ = wait_for(f"a thread {prefix}", lambda: next((t for n, t in daemon.threads().items() if n.startswith(prefix)), None))
        begin, since = time.monotonic(), time.time()
        stop_thread(number)
        wait_for(f"the stuck {part} is noticed", lambda: "Watchdog timeout" in daemon.journal(since), every=0.5)
        took[part] = time.monotonic() - begin
        os.waitpid(number, 0x40000000)                       # a traced thread ends only when its tracer has heard of it
        wait_for("systemd starts it again", lambda: int(daemon.show("NRestarts")) > before, every=0.3)
        wait_for("it runs again", lambda: daemon.pid() not in (0, old) and daemon.show("ActiveState") == "active", every=0.2)
    return ", ".join(f"{p} after {s:.0f} s" for p, s in took.items())


@scenario("the journal has fields")
def journal():
    sh("mmagentctl mute camera; mmagentctl unmute camera; journalctl --sync")
    lines = sh("journalctl -u mmagentd MODALITY=camera -o json --no-pager").strip().splitlines()
    last = json.loads(lines[-1])
    check({"MESSAGE", "PRIORITY", "MODALITY", "CODE_FILE"} <= set(last), f"fields: {sorted(last)}")
    return f"{len(lines)} lines with MODALITY=camera, the last: {last['MESSAGE']}"


@scenario(f"systemd-analyze security at most {SECURITY_LIMIT}")
def security():
    text = sh("systemd-analyze security --no-pager mmagentd.service")
    score = float(re.search(r"Overall exposure level for \S+: ([\d.]+)", text)[1])
    left = [re.sub(r"\s+", " ", l).strip() for l in text.splitlines() if l.startswith("✗")]
    check(score <= SECURITY_LIMIT, f"{score}: {left}")
    return f"{score}; what remains:\n" + "\n".join(f"        {l}" for l in left)


@scenario("the sandbox holds")
def confined():
    sh("mkdir -p /home/guest")
    free = json.loads(sh("unshare --mount env STATE_DIRECTORY=/var/lib/mmagent python3 -B /share/lab/sandbox.py"))["forbidden"]
    daemon.drop_in("probe", sandbox.DROP_IN)
    sh("systemctl stop mmagentd.service mmagentd.socket")
    since = time.time()
    sh("systemctl start mmagentd.service", 60)
    lines = sh(f"journalctl --sync; journalctl -u mmagentd -o cat --no-pager --since=@{since:.3f}").splitlines()
    results = dict(json.loads(next(l for l in lines if l.startswith("{"))))
    # What not even root can do here shows nothing of the sandbox.
    shown = [name for name, outcome in free.items() if outcome == "possible"]
    check(len(shown) >= 15, f"outside the sandbox only {shown} are possible: {free}")
    open_doors = [name for name, outcome in results["forbidden"].items() if outcome == "possible"]
    closed = [f"{name}: {outcome}" for name, outcome in results["needed"].items() if outcome != "possible"]
    check(not open_doors, f"possible, and should not be: {open_doors}")
    check(not closed, f"needed, and not possible: {closed}")
    return f"{len(shown)} ways that root has outside are closed ({', '.join(shown)}); {', '.join(results['needed'])} work"


@scenario("metrics, health and the text file")
def metrics():
    sh("mkdir -p /var/lib/mmagent && chown mmagent /var/lib/mmagent")
    daemon.configure(metrics__textfile="/var/lib/mmagent/mmagent.prom")
    daemon.restart()
    with daemon.connect() as client:
        client.ask("what is on the desk?")
        page = sh("mmagentctl metrics")
        names = set(re.findall(r"(?m)^# TYPE (\S+)", page))
        wanted = {"frames", "dropped", "overruns", "gaps", "lag", "tokens", "cache_rows", "step_seconds", "asks", "first_token_seconds", "resident_memory", "drift"}
        missing = {w for w in wanted if not any(w in n for n in names)}
        check(not missing, f"no metric of {missing}")
        check(sh("mmagentctl health").strip(), "health says nothing")
        _, took = wait_for("the text file", lambda: os.path.exists("/var/lib/mmagent/mmagent.prom"), every=0.5)
        client.request("mute", {"modality": "mic"})
    sh("systemctl stop mmagentd.service mmagentd.socket")
    sh("mmagentctl health", status=3)
    return f"{len(names)} metrics; the text file after {took:.0f} s; health ends with 0 and 3"


@scenario("the network's entrance: a socket that is handed over, a key as a credential, TLS; the service has no network")
def network():
    key = "a-key-of-the-guest-0123456789"
    drop_in = "/etc/systemd/system/mmagentd.service.d/keys.conf"
    try:
        sh(f"umask 077; mkdir -p /etc/mmagent; echo '{key} participant panel' >/etc/mmagent/keys; mkdir -p {os.path.dirname(drop_in)}; "
           f"printf '[Service]\\nLoadCredential=keys:/etc/mmagent/keys\\n' >{drop_in}; systemctl daemon-reload; "
           "systemctl stop mmagentd.service mmagentd.socket; systemctl start mmagentd.socket mmagentd-tcp.socket; systemctl start mmagentd")
        sh("mmagentctl status")
        private = sh("systemctl show -P PrivateNetwork mmagentd").strip()
        trusted = ssl.create_default_context(cafile="/var/lib/mmagent/tls/certificate.pem")
        with web.connect("localhost", 8443, trusted, key) as client:
            client.send({"setup": {"model": "models/mmagent-main"}})
            check("setupComplete" in client.receive(), "no setupComplete")
            begin = time.monotonic()
            client.send({"clientContent": {"turns": [{"role": "user", "parts": [{"text": "how many objects are there?"}]}], "turnComplete": True}})
            text = client.answer()
            took = time.monotonic() - begin
        check(text, "no answer")
        refused = web.status("localhost", 8443, trusted)
        check(refused == "401", f"without a key: {refused}")
        # Of the network it sees its own loopback alone, and no socket is there but the one it was given.
        seen = sh("nsenter -t $(systemctl show -P MainPID mmagentd) -n ip -br link 2>/dev/null || nsenter -t $(systemctl show -P MainPID mmagentd) -n cat /proc/net/dev")
        check(private == "yes" and "eth" not in seen, f"PrivateNetwork={private}: {seen}")
        return f"answered over TLS after {took:.2f} s: {text.strip()}; without a key 401; PrivateNetwork={private}"
    finally:
        sh(f"systemctl stop mmagentd-tcp.socket mmagentd.service; rm -f {drop_in} /etc/mmagent/keys; systemctl daemon-reload; systemctl start mmagentd.socket mmagentd", status=None)
