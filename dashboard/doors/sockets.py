"""Lets every answer leave at once, whoever opened the socket that the app is served on.

asyncio does so for connections whose protocol number says TCP. `streamlit run` opens its socket
without a number: what is sent in two parts, as an answer's head and body are, then waits some 40 ms
for the browser's word that the first part came. See docs/decisions/0018.
"""

import socket
from asyncio import base_events

INTERNET = frozenset({socket.AF_INET, socket.AF_INET6})


def send_at_once() -> None:
    """Have asyncio send what it is given without delay on all connections of the internet."""
    base_events._set_nodelay = _set_nodelay  # type: ignore[attr-defined]  # noqa: SLF001


def _set_nodelay(connection: socket.socket) -> None:
    if connection.family in INTERNET and connection.type == socket.SOCK_STREAM:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
