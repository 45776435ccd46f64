"""A network between a client and the daemon, which can fail: bytes go through as they are, until they are cut."""
import asyncio
import contextlib


class Relay:
    """`async with Relay(daemon) as relay:` `relay.url` instead of the daemon's; `opened` is how many connections there were."""

    def __init__(self, daemon):
        self.daemon, self.opened, self.ways = daemon, 0, set()

    async def __aenter__(self):
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", 0)
        port = self.server.sockets[0].getsockname()[1]
        # TLS goes through: its certificate is for this name, whatever the port.
        self.url = f"https://localhost:{port}"
        return self

    async def __aexit__(self, *_):
        self.server.close()
        self.cut()

    def cut(self):
        """Every connection is lost, on both sides and with nothing said."""
        for way in self.ways:
            way.transport.abort()
        self.ways.clear()

    async def lost(self):
        """The one connection is lost, and the client comes back by itself."""
        opened = self.opened
        self.cut()
        async with asyncio.timeout(20):
            while self.opened == opened:
                await asyncio.sleep(0.1)

    async def serve(self, reader, writer):
        self.opened += 1
        theirs, ours = await asyncio.open_connection("127.0.0.1", self.daemon.port)
        self.ways |= {writer, ours}
        await asyncio.gather(self.copy(reader, ours), self.copy(theirs, writer))

    async def copy(self, reader, writer):
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(1 << 16):
                writer.write(data)
                await writer.drain()
        with contextlib.suppress(ConnectionError, RuntimeError):
            writer.close()
