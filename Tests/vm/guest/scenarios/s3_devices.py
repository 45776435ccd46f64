"""Devices that go, come back, change their node, are busy or forbidden."""
import os
import time

from lab import camera, daemon, microphone
from lab.room import PICTURE
from lab.shell import background, check, end, sh, wait_for
from scenarios import scenario

CYCLES = 100
SECOND = {"mic": 16000, "camera": 2}                  # what a second of each delivers at least


def delivered(client, modality):
    """Frames or samples so far."""
    return daemon.state_of(client, modality)["counters"]["delivered"]


def goes_on(client, modality):
    """Waits until a second of it came."""
    before = delivered(client, modality)
    wait_for(f"{modality} goes on", lambda: delivered(client, modality) >= before + SECOND[modality], every=0.2)


def pulled(modality, device, other):
    """Pulls and plugs a device three times; `other` goes on meanwhile -> what was measured."""
    noticed, back = [], []
    with daemon.connect() as client:
        daemon.running(client, modality)
        for _ in range(3):
            since = client.mark
            begin = time.monotonic()
            device.unplug()
            at, report = client.device(modality, "lost", since)
            noticed.append(at - begin)
            check(":" in report["detail"], f"no remedy: {report['detail']}")
            goes_on(client, other)
            since = client.mark
            device.plug()
            begin = time.monotonic()
            at, _ = client.device(modality, "running", since)
            back.append(at - begin)
            goes_on(client, modality)
        gaps = daemon.state_of(client, other)["counters"]["gaps"]
    return f"noticed within {max(noticed):.2f} s, back {max(back):.2f} s after its return, {gaps} gaps in the other"


@scenario("the camera is pulled and plugged; the microphone goes on")
def pull_camera():
    return pulled("camera", camera, "mic")


@scenario("the microphone is pulled and plugged; the camera goes on")
def pull_microphone():
    return pulled("mic", microphone, "camera")


@scenario("both are pulled during answers; the answers end well")
def pull_while_answering():
    ended = []
    # How many nano counts is its own matter; that the answer is whole is this test's.
    whole = lambda said: said.endswith(".") and all(w in said for w in ("book", "lamp", "mug"))
    with daemon.connect() as client:
        wait_for("it sees the desk", lambda: whole(client.ask("what is on the desk?")[0]), every=0.3)
        for modality, device in (("mic", microphone), ("camera", camera)):
            since = client.mark
            questions = [client.start("what is on the desk?") for _ in range(4)]
            device.unplug()
            said = [client.answer(q)[0] for q in questions[-1:]]
            check(whole(said[0]), f"answered without the {modality}: {said}")
            ended += said
            client.device(modality, "lost", since)
            since = client.mark
            device.plug()
            client.device(modality, "running", since)
    return "; ".join(ended)


@scenario("errors of the camera's driver: disconnect, and refused buffers")
def driver_errors():
    told = []
    PICTURE.close()        # vivid refuses one buffer, whosever comes first, and its output's come as often as the camera's
    with daemon.connect() as client:
        for control in ("inject_vidioc_qbuf_error", "inject_fatal_streaming_error", "disconnect"):
            node = camera.node(0, "cap")
            check(node in daemon.open_files(), f"it watches {sorted(f for f in daemon.open_files() if 'video' in f)}, not {node}")
            since = client.mark
            # After `disconnect` it cannot read the value back.
            sh(f"v4l2-ctl -d {node} -c {control}=1", status=None if control == "disconnect" else 0)
            _, report = client.device("camera", "lost", since)
            told.append(report["detail"].split(": ")[1])
            if control == "disconnect":                             # stays until the driver is bound anew
                camera.reload()
            daemon.running(client, "camera")
            goes_on(client, "camera")
            check(camera.node(0, "cap") in daemon.open_files(), f"after {control} it watches another camera")
    return "; ".join(told)


@scenario("the microphone's far end stops and begins again")
def far_end():
    with daemon.connect() as client:
        since = client.mark
        for _ in range(3):
            player = microphone.play("question")
            time.sleep(0.7)
            player.kill()
            player.wait()
            time.sleep(0.4)
        lost = [m for _, m in client.messages[since:] if m.get("mm", {}).get("device", {}).get("state") == "lost"]
        check(not lost, f"lost: {lost[:1]}")
        goes_on(client, "mic")
    return "silence, and no loss"


@scenario(f"{CYCLES} times pulled and plugged, nothing leaks")
def cycles():
    def one():
        camera.unplug()
        microphone.unplug()
        time.sleep(0.02)
        camera.plug()
        microphone.plug()

    with daemon.connect() as client:
        def settled():
            wait_for("both run", lambda: all(daemon.state_of(client, m)["state"] == "running" for m in ("mic", "camera")), every=0.1)
        for _ in range(5):                          # what is allocated once is allocated then
            one()
            settled()
        own = daemon.pid()
        # The stream itself grows until it forgets its first rows.
        wait_for("the stream is full", lambda: daemon.metrics()["mmagent_evicted_rows_total"] > 0, every=1)
        count = lambda: (daemon.memory("RssAnon"), len(os.listdir(f"/proc/{own}/fd")), len(os.listdir(f"/proc/{own}/task")))
        memory, files, threads = count()
        for _ in range(CYCLES):
            one()
            settled()
        after = count()
        check(daemon.pid() == own, "the daemon was started anew")
        check(after[1] <= files + 2, f"{files} open files became {after[1]}")
        check(after[2] <= threads + 1, f"{threads} threads became {after[2]}")
        # One frame or one mapping a cycle would be 92 MB.
        check(after[0] < memory + 16e6, f"{memory / 1e6:.1f} MB became {after[0] / 1e6:.1f} MB")
    return f"{memory / 1e6:.1f} MB allocated before, {after[0] / 1e6:.1f} MB after; {files} and {after[1]} open files; {threads} and {after[2]} threads"


@scenario("a camera is found again under another node")
def another_node():
    old = camera.node(0, "cap")
    with daemon.connect() as client:
        since = client.mark
        holder = os.open(old, os.O_RDONLY)          # who holds a node keeps its number in use
        try:
            camera.unplug()
            client.device("camera", "lost", since)
            since = client.mark
            camera.plug()
            new = camera.node(0, "cap")
            check(new != old, f"the node is still {old}")
            client.device("camera", "running", since)
            held = daemon.open_files()
            check(new in held, f"it holds {sorted(h for h in held if 'video' in h)}, not {new}")
        finally:
            os.close(holder)
    return f"{old} became {new}, found by its name and bus"


@scenario("busy, forbidden, not a camera, no format: each by its name")
def named_failures():
    told = {}
    with daemon.connect() as client:
        def lost(modality, name, since):
            _, report = client.device(modality, "lost", since)
            told[name] = report["detail"]

        since = client.mark
        client.request("mute", {"modality": "mic"})
        other = background(f"arecord -q -D {microphone.DEVICE} -f S16_LE -r 16000 -c 1 /dev/null")
        wait_for("the other program hears", lambda: microphone.runs(microphone.CAPTURED))
        client.request("unmute", {"modality": "mic"})
        lost("mic", "busy", since)
        # In its sandbox the daemon does not see who it is; the doctor, run by root, does.
        diagnosis = sh("mmagentctl doctor", status=1)
        check(f"in use by arecord (process {other.pid})" in diagnosis, f"doctor does not name the holder: {diagnosis}")
        end(other)
        client.device("mic", "running", since)
        since = client.mark
        client.request("mute", {"modality": "camera"})
        node = camera.node(0, "cap")
        sh(f"chmod 600 {node}; chgrp root {node}")
        client.request("unmute", {"modality": "camera"})
        lost("camera", "forbidden", since)
        sh(f"chgrp video {node}; chmod 660 {node}")
        client.device("camera", "running", since)
    for source, name in ((camera.node(0, "out"), "an output"), ("/dev/null", "no camera"), ("/dev/video77", "missing")):
        daemon.configure(video__source="v4l2:" + source)
        daemon.restart()
        with daemon.connect() as client:
            wait_for(name, lambda: daemon.state_of(client, "camera")["state"] == "lost", every=0.2)
            told[name] = daemon.state_of(client, "camera")["detail"]
    check(len(set(told.values())) == len(told), f"not told apart: {told}")
    for name, word in (("busy", "use"), ("forbidden", "group"), ("no camera", "video device"), ("missing", "No such")):
        check(word.lower() in told[name].lower(), f"{name}: {told[name]}")
    return "; ".join(f"{k}: {v}" for k, v in told.items())


@scenario("mmagentctl devices and doctor")
def doctor():
    shown = sh("mmagentctl devices")
    check("Loopback" in shown and "vivid" in shown, f"devices: {shown}")
    healthy = sh("mmagentctl doctor")
    lines = healthy.strip().splitlines()
    sh("systemctl stop mmagentd.service mmagentd.socket")
    broken = sh("mmagentctl doctor", status=1)
    daemon.start()
    wrong = [l for l in broken.splitlines() if "problem" in l.lower() or "✗" in l or "daemon" in l]
    check(len(lines) >= 7, f"doctor: {healthy}")
    return f"{len(lines)} lines, all well; without the daemon: {wrong[0].strip() if wrong else broken.splitlines()[0]}"
