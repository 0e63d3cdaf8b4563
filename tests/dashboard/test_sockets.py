"""Answers leave at once, also over a socket that was opened without a protocol number."""

import asyncio
import socket
from concurrent.futures import ThreadPoolExecutor

from dashboard.doors.sockets import send_at_once


async def _options_of_a_connection() -> int:
    """Return the option of a connection to a socket opened as `streamlit run` opens its own."""
    asked = asyncio.get_running_loop().create_future()

    def meet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        accepted = writer.get_extra_info("socket")
        asked.set_result(accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        writer.close()

    door = socket.socket(family=socket.AF_INET)
    door.bind(("127.0.0.1", 0))
    async with await asyncio.start_server(meet, sock=door) as server:
        _, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        option = await asked
        writer.close()
        await writer.wait_closed()
    return option


def test_what_is_sent_in_parts_does_not_wait_for_the_other_side():
    send_at_once()
    # In a thread of its own: what drives a browser elsewhere leaves a loop running in this one.
    with ThreadPoolExecutor(1) as thread:
        option = thread.submit(lambda: asyncio.run(_options_of_a_connection())).result()
    assert option != 0
