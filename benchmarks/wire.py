"""A relay in front of an app that counts what the app sends, as it goes over the wire.

What compression saves is counted as saved. A connection that began with an upgrade is a websocket;
every other speaks HTTP.
"""

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Thread

from dashboard.doors.sockets import send_at_once

WEBSOCKET, HTTP = "websocket", "http"
UPGRADE = b"upgrade: websocket"
CHUNK = 1 << 18
LAST_S = 0.1
"""How long connections that are being closed have until the relay is gone."""


@dataclass
class Wire:
    """A relay to a port of this machine: its own port, and the bytes sent to browsers by kind."""

    to_port: int
    port: int = 0
    sent: dict[str, int] = field(default_factory=lambda: {WEBSOCKET: 0, HTTP: 0})
    _ends: set[asyncio.StreamWriter] = field(default_factory=set)

    @property
    def url(self) -> str:
        """Return where a browser finds the app through this relay."""
        return f"http://127.0.0.1:{self.port}/"

    async def relay(self, browser: asyncio.StreamReader, answer: asyncio.StreamWriter) -> None:
        """Pass one connection on, both ways, until either side ends it."""
        self._ends.add(answer)
        with contextlib.suppress(OSError):
            asked = await browser.read(CHUNK)
            kind = WEBSOCKET if UPGRADE in asked.lower() else HTTP
            told, ask = await asyncio.open_connection("127.0.0.1", self.to_port)
            self._ends.add(ask)
            ask.write(asked)
            await asyncio.gather(self._pump(browser, ask), self._pump(told, answer, kind))
        self._close(answer)

    async def end(self) -> None:
        """Close what is still open."""
        for one in tuple(self._ends):
            self._close(one)
        await asyncio.sleep(LAST_S)

    async def _pump(
        self, read: asyncio.StreamReader, write: asyncio.StreamWriter, kind: str = ""
    ) -> None:
        with contextlib.suppress(OSError):
            while chunk := await read.read(CHUNK):
                if kind:
                    self.sent[kind] += len(chunk)
                write.write(chunk)
                await write.drain()
        self._close(write)

    def _close(self, write: asyncio.StreamWriter) -> None:
        write.close()
        self._ends.discard(write)


@contextmanager
def counted(to_port: int) -> Iterator[Wire]:
    """Give a relay to a port, in a thread of its own."""
    wire, is_open, loops = Wire(to_port), Event(), list[asyncio.AbstractEventLoop]()
    ended = asyncio.Event()
    send_at_once()  # the relay itself shall delay nothing

    async def serve(door: socket.socket) -> None:
        loops.append(asyncio.get_running_loop())
        server = await asyncio.start_server(wire.relay, sock=door)
        is_open.set()
        await ended.wait()
        server.close()
        await wire.end()

    with socket.create_server(("127.0.0.1", 0)) as door:
        wire.port = door.getsockname()[1]
        thread = Thread(target=lambda: asyncio.run(serve(door)), daemon=True)
        thread.start()
        is_open.wait()
        try:
            yield wire
        finally:
            loops[0].call_soon_threadsafe(ended.set)
            thread.join()
