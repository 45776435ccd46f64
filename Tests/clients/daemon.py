"""A daemon of its own for each test: nano on the shipped recording, lines on a Unix socket, WebSocket with TLS and a key."""
import json
import os
import secrets
import signal
import socket
import subprocess
import tempfile
import time
import wave
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DESK = ROOT / "recordings/desk"
FRAMES = sorted((DESK / "frames").glob("*.jp*g"))[:31]        # two a second: to 15.5 s


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def taken(port):
    """Whether something listens there: the daemon's own certificate is made before, and may be later than its Unix socket."""
    with socket.socket() as connection:
        return connection.connect_ex(("127.0.0.1", port)) == 0


class Daemon:
    """`with Daemon() as daemon:` `environment` is what an SDK's program needs, as docs/protocol.md tells users.
    `options` are more lines of [listen], and sections behind it; `tls` whether they leave it on; `socket` more lines of [socket]; `prepare` is
    called in its process."""

    def __init__(self, programs=None, options="", tls=True, socket="", prepare=None):
        self.socket_options, self.prepare = socket, prepare
        self.programs = Path(programs or os.environ.get("MMAGENT_PROGRAMS") or ROOT / ".build/release")
        self.options, self.tls = options, tls

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory()
        folder = Path(self.folder.name)
        self.socket = str(folder / "s")
        self.key, self.port = secrets.token_urlsafe(32), free_port()
        keys = folder / "keys"
        keys.touch(mode=0o600)
        keys.write_text(f"{self.key} owner tests\n")
        # Until everything is exchanged a book lies there.
        (folder / "frames").mkdir()
        for frame in FRAMES:
            (folder / "frames" / frame.name).symlink_to(frame)
        self.log = folder / "log"
        (folder / "c.toml").write_text(
            f'[model]\npath = "{ROOT}/models/nano"\n'
            f'[audio]\nsource = "file:{DESK}/microphone.wav"\nloop = true\n[video]\nsource = "file:{folder}/frames"\nloop = true\n'
            f'[socket]\npath = "{self.socket}"\n{self.socket_options}[state]\npath = "{folder}"\n'
            f'[listen]\ntcp = "127.0.0.1:{self.port}"\nkeys = "{keys}"\n{self.options}')
        with open(self.log, "w") as log:
            self.process = subprocess.Popen([self.programs / "mmagentd", "--config", folder / "c.toml"], stderr=log, preexec_fn=self.prepare)
        for _ in range(600):
            if self.process.poll() is not None:
                raise SystemExit(f"mmagentd did not start:\n{self.log.read_text()}")
            if os.path.exists(self.socket) and taken(self.port):
                break
            time.sleep(0.1)
        self.environment = {
            "SSL_CERT_FILE": str(folder / "tls/certificate.pem"), "GOOGLE_GEMINI_BASE_URL": f"https://localhost:{self.port}",
            "GEMINI_API_KEY": self.key, "MMAGENT_SOCKET": self.socket}
        # What this daemon says that it can do: what it does not claim yet may fail, and is then reported as such.
        self.features = self.lines({"setup": {"mm": {"version": 1}}})["setupComplete"]["mm"]["features"]
        return self

    def lines(self, message):
        """The first answer to one message on a connection of its own."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(20)
            connection.connect(self.socket)
            connection.sendall(json.dumps(message).encode() + b"\n")
            return json.loads(connection.makefile().readline())

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.status = self.process.returncode
        self.folder.cleanup()


def picture():
    """The desk before the exchange: a book, a lamp and a mug. JPEG."""
    return FRAMES[-1].read_bytes()


def question():
    """What is said in the recording, "what is on the desk?", and two seconds of silence: PCM of 16 bits, mono, its rate."""
    with wave.open(str(DESK / "microphone.wav")) as file:
        rate = file.getframerate()
        file.setpos(int(9.6 * rate))
        spoken = file.readframes(int(2.6 * rate))
    return spoken + bytes(2 * 2 * rate), rate


def chunks(sound, rate, seconds=0.1):
    size = 2 * int(rate * seconds)
    return [sound[i:i + size] for i in range(0, len(sound), size)]
