"""A client of the daemon that keeps every message with the time at which it came."""
import json
import socket
import threading
import time

from .shell import PATIENCE, Failed, check

SOCKET = "/run/mmagentd/mmagentd.sock"
TOPICS = ["turn", "transcription", "voiceActivity", "observation", "health"]


class Client:
    """with Client() as client: client.ask("..."); `wait` finds messages that came since `mark`."""

    def __init__(self, topics=TOPICS, path=SOCKET):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(PATIENCE)
        self.socket.connect(path)
        self.messages, self._new, self._count = [], threading.Condition(), 0
        self.ended = None
        self.send({"setup": {"model": "models/mmagent", "inputAudioTranscription": {}, "mm": {"version": 1, "attach": "main", "subscribe": topics}}})
        self.socket.settimeout(None)
        threading.Thread(target=self._read, daemon=True).start()
        self.wait("setupComplete", lambda m: "setupComplete" in m, since=0)

    def _read(self):
        buffer = b""
        while True:
            try:
                part = self.socket.recv(65536)
            except OSError:
                part = b""
            with self._new:
                if not part:
                    self.ended = time.monotonic()
                    self._new.notify_all()
                    return
                *lines, buffer = (buffer + part).split(b"\n")
                self.messages += [(time.monotonic(), json.loads(line)) for line in lines if line.strip()]
                self._new.notify_all()

    def send(self, message):
        self.socket.sendall(json.dumps(message).encode() + b"\n")

    def request(self, name, body=None, seconds=PATIENCE):
        """One of the native requests -> what its reply says under that name."""
        self._count += 1
        identity = f"r{self._count}"
        self.send({"mm": {"id": identity, name: body or {}}})
        _, message = self.wait(f"reply to {name}", lambda m: m.get("mm", {}).get("re") == identity, seconds, since=0)
        check("error" not in message, f"{name} was refused: {message.get('message')}")
        return message["mm"].get(name, message["mm"])

    @property
    def mark(self):
        """The number of messages so far."""
        with self._new:
            return len(self.messages)

    def wait(self, what, wanted, seconds=PATIENCE, since=0):
        """The first message from number `since` on that `wanted` takes -> (when it came, the message)."""
        limit, at = time.monotonic() + seconds, since
        with self._new:
            while True:
                while at < len(self.messages):
                    if wanted(self.messages[at][1]):
                        return self.messages[at]
                    at += 1
                rest = limit - time.monotonic()
                if rest <= 0 or self.ended:
                    last = [json.dumps(m)[:160] for _, m in self.messages[-4:]]
                    raise Failed(f"{what}: {'the connection ended' if self.ended else f'not within {seconds} s'}; the last messages: {last}")
                self._new.wait(rest)

    def device(self, modality, state, since=0, seconds=PATIENCE):
        """Waits until a device is announced to be in a state -> (when, the report)."""
        at, message = self.wait(f"{modality} {state}", lambda m: (d := m.get("mm", {}).get("device")) and d["modality"] == modality and d["state"] == state, seconds, since)
        return at, message["mm"]["device"]

    def start(self, question):
        """Asks -> the identity of the request."""
        self._count += 1
        identity = f"q{self._count}"
        self.send({"clientContent": {"turns": [{"role": "user", "parts": [{"text": question}]}], "turnComplete": True}, "mm": {"id": identity}})
        return identity

    def answer(self, identity, seconds=PATIENCE):
        """-> text and seconds to the first token, of a question that was started."""
        _, accepted = self.wait("the question's turn", lambda m: m.get("mm", {}).get("re") == identity, seconds)
        check("turn" in accepted["mm"], f"the question was refused: {accepted.get('message')}")
        return self.turn(accepted["mm"]["turn"], seconds)

    def turn(self, turn, seconds=PATIENCE):
        own = lambda m: m.get("mm", {}).get("turn") == turn and "serverContent" in m
        _, last = self.wait("the end of the answer", lambda m: own(m) and m["serverContent"].get("turnComplete"), seconds)
        with self._new:
            parts = [p.get("text", "") for _, m in self.messages if own(m) for p in m["serverContent"].get("modelTurn", {}).get("parts", [])]
        return "".join(parts).strip(), float(last["mm"]["timing"]["firstToken"].rstrip("s"))

    def ask(self, question, seconds=PATIENCE):
        return self.answer(self.start(question), seconds)

    def close(self):
        try:
            self.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
