"""Recordings as sources of the service: two kinds that it reads itself, one through ffmpeg, and none without ffmpeg."""
import time

from lab import daemon
from lab.shell import check, sh, wait_for
from scenarios import scenario

MEDIA = "/share/media"


@scenario("AVI with sound, MJPEG, and mp4 through ffmpeg")
def films():
    said = {}
    for name, sound in (("desk.avi", True), ("desk.mjpeg", False), ("desk.mp4", True)):
        daemon.configure(video__source=f"file:{MEDIA}/{name}", audio__source=f"file:{MEDIA}/{name}" if sound else "none")
        daemon.restart()
        with daemon.connect() as client:
            # The lamp comes after 7 s.
            said[name], _ = wait_for(f"{name} is seen", lambda: (s := client.ask("what is on the desk?")[0]) and "lamp" in s and "book" in s and s, every=0.5)
            if sound:
                client.wait("sound begins", lambda m: m.get("voiceActivity", {}).get("type") == "ACTIVITY_START")
                if name.endswith("avi"):             # what a codec leaves of the quiet parts, nano was not trained on
                    _, message = client.wait("the transcript", lambda m: m.get("serverContent", {}).get("inputTranscription", {}).get("finished"))
                    heard = message["serverContent"]["inputTranscription"]["text"].strip()
                    check(heard == "what is on the desk", f"{name}: heard {heard}")
    return "; ".join(f"{n}: {s}" for n, s in said.items())


@scenario("without ffmpeg an mp4 is refused, and the remedy named")
def no_ffmpeg():
    daemon.configure(video__source=f"file:{MEDIA}/desk.mp4", audio__source="none")
    sh("mv /usr/bin/ffmpeg /usr/bin/ffmpeg.away; mv /usr/bin/ffprobe /usr/bin/ffprobe.away")
    try:
        since = time.time()
        sh("systemctl restart mmagentd.service", 40, status=None)
        line, _ = wait_for("it says so", lambda: next((l for l in daemon.journal(since).splitlines() if "ffmpeg" in l), None), every=0.3)
    finally:
        sh("mv /usr/bin/ffmpeg.away /usr/bin/ffmpeg; mv /usr/bin/ffprobe.away /usr/bin/ffprobe; systemctl stop mmagentd.service mmagentd.socket", status=None)
    return line
