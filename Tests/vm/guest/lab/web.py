"""A WebSocket client of the daemon's network entrance, small enough for a guest that has no packages of Python's."""
import base64
import contextlib
import json
import os
import socket

PATH = "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent"


class Client:
    def __init__(self, stream):
        self.stream = stream
        self.bytes = stream.makefile("rb")

    def send(self, message):
        """One text frame, masked as a client's are (RFC 6455)."""
        data, mask = json.dumps(message).encode(), os.urandom(4)
        length = bytes([0x80 | len(data)]) if len(data) < 126 else bytes([0x80 | 126]) + len(data).to_bytes(2, "big")
        self.stream.sendall(b"\x81" + length + mask + bytes(byte ^ mask[i % 4] for i, byte in enumerate(data)))

    def receive(self):
        head = self.bytes.read(2)
        length = head[1] & 0x7F
        if length > 125:
            length = int.from_bytes(self.bytes.read(2 if length == 126 else 8), "big")
        data = self.bytes.read(length)
        if head[0] & 0x0F == 8:
            raise ConnectionError(f"closed with {int.from_bytes(data[:2], 'big')}: {data[2:].decode()}")
        return json.loads(data)

    def answer(self):
        """The text of the turn that is under way."""
        text = ""
        while True:
            content = self.receive().get("serverContent", {})
            text += "".join(part.get("text", "") for part in content.get("modelTurn", {}).get("parts", []))
            if content.get("turnComplete"):
                return text


def _request(host, port, context, path, headers):
    stream = context.wrap_socket(socket.create_connection(("127.0.0.1", port), timeout=60), server_hostname=host)      # the guest resolves no names
    lines = [f"GET {path} HTTP/1.1", f"Host: {host}:{port}", *headers]
    stream.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
    client = Client(stream)
    head = []
    while (line := client.bytes.readline().strip()):
        head.append(line.decode())
    return client, head[0].split()[1]


@contextlib.contextmanager
def connect(host, port, context, key):
    """Upgrades to WebSocket with a key."""
    nonce = base64.b64encode(os.urandom(16)).decode()
    headers = ["Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13", f"Sec-WebSocket-Key: {nonce}", f"x-goog-api-key: {key}"]
    client, status = _request(host, port, context, PATH, headers)
    if status != "101":
        raise ConnectionError(f"the upgrade was answered with {status}")
    try:
        yield client
    finally:
        client.stream.close()


def status(host, port, context, path="/health"):
    """HTTP's number for a page that is asked for without a key."""
    client, number = _request(host, port, context, path, [])
    client.stream.close()
    return number
