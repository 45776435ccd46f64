"""The ways to a daemon that a plain client has: lines and WebSocket on its Unix socket, WebSocket over TLS with a key."""
import asyncio
import json
import ssl

import websockets

PATH = "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent"
MAXIMUM = 1 << 24
# Seconds for a handshake, and for a ping's answer: more than the library's 10 and 20, on a busy machine.
PATIENT = {"open_timeout": 120, "ping_timeout": 120}


class NotLetIn(Exception):
    """A setup that was refused, by its reason's name."""

    def __init__(self, message, ended=""):
        status = (message or {}).get("error", {})
        self.reason = next((d["reason"] for d in status.get("details", []) if "reason" in d), None)
        # A WebSocket's close carries it as `NAME: words`.
        if "SETUP_TIMEOUT" in ended:
            self.reason, status = "SETUP_TIMEOUT", {"message": ended}
        super().__init__(f"{self.reason}: {status.get('message')}" if status else f"no setupComplete: {message}")


class Lines:
    """A client of the socket that speaks newline-delimited JSON."""
    name, ended = "lines", ""

    @classmethod
    async def open(cls, daemon):
        self = cls()
        self.reader, self.writer = await asyncio.open_unix_connection(daemon.socket, limit=MAXIMUM)
        return self

    async def send(self, message):
        self.writer.write(json.dumps(message).encode() + b"\n")
        await self.writer.drain()

    async def receive(self):
        """The next message; None when the connection has ended."""
        try:
            line = await self.reader.readline()
        except ConnectionError:
            return None
        return json.loads(line) if line.endswith(b"\n") else None

    def hold(self):
        """Reads nothing from here on, not even into memory."""
        self.writer.transport.pause_reading()

    def go_on(self):
        self.writer.transport.resume_reading()

    async def close(self):
        self.writer.close()

    def drop(self):
        """The connection is lost: no close, and what was not read yet is gone."""
        self.writer.transport.abort()


class Web:
    """One that speaks WebSocket, by the library that official SDKs use."""
    name, ended = "websocket", ""

    @classmethod
    async def open(cls, daemon):
        self = cls()
        self.socket = await websockets.unix_connect(daemon.socket, "ws://localhost" + PATH, max_size=MAXIMUM, compression=None, **PATIENT)
        return self

    async def send(self, message):
        await self.socket.send(json.dumps(message))

    async def receive(self):
        """The next message; None when the connection has ended."""
        try:
            return json.loads(await self.socket.recv())
        except websockets.ConnectionClosed as error:
            self.ended = str(error)
            return None

    async def close(self):
        await self.socket.close()

    def drop(self):
        """The connection is lost: no close, and what was not read yet is gone."""
        self.socket.transport.abort()


class Secure(Web):
    """WebSocket over TLS, with a key: another user than the others, for the daemon's shares of places."""
    name = "TLS"

    @classmethod
    async def open(cls, daemon):
        self = cls()
        trust = ssl.create_default_context(cafile=daemon.environment["SSL_CERT_FILE"])
        self.socket = await websockets.connect(f"wss://localhost:{daemon.port}{PATH}", ssl=trust, max_size=MAXIMUM, compression=None, **PATIENT,
                                               additional_headers={"x-goog-api-key": daemon.key})
        return self


TRANSPORTS = (Lines, Web, Secure)


async def joined(transport, daemon, **setup):
    """A client of the main session, and its `setupComplete`; `subscribe`, `after` and the like are of `mm`, the rest is as in `setup`."""
    mm = {"version": 1, "attach": "main"} | {name: setup.pop(name) for name in ("subscribe", "after") if name in setup}
    return await connected(transport, daemon, setup | {"mm": mm})


async def connected(transport, daemon, setup):
    client = await transport.open(daemon)
    try:
        await client.send({"setup": setup})
        first = await client.receive()
    except (ConnectionError, websockets.ConnectionClosed) as error:
        client.ended, first = str(error), None
    if first is None or "setupComplete" not in first:
        client.drop()
        raise NotLetIn(first, client.ended)
    return client, first["setupComplete"]
