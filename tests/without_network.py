"""Runs a command where there is no network: a namespace of its own with nothing but a loopback.

`python tests/without_network.py command ...` brings the loopback up, makes sure that no other
address can be reached, and becomes the command. Started through `unshare --net`, as root.
"""

import errno
import fcntl
import os
import socket
import struct
import sys

READ_FLAGS, SET_FLAGS, UP = 0x8913, 0x8914, 1
OUTSIDE = [("192.0.2.1", 443), ("10.0.0.1", 53)]


def bring_loopback_up():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        asked = struct.pack("16sh", b"lo", 0)
        (flags,) = struct.unpack("16xh", fcntl.ioctl(line, READ_FLAGS, asked))
        fcntl.ioctl(line, SET_FLAGS, struct.pack("16sh", b"lo", flags | UP))


def make_sure_that_nothing_is_reached():
    names = [name for _, name in socket.if_nameindex()]
    if names != ["lo"]:
        sys.exit(f"this namespace has {names}")
    for place in OUTSIDE:
        with socket.socket() as line:
            if line.connect_ex(place) != errno.ENETUNREACH:
                sys.exit(f"{place} can be reached")


if __name__ == "__main__":
    bring_loopback_up()
    make_sure_that_nothing_is_reached()
    os.execvp(sys.argv[1], sys.argv[1:])  # noqa: S606 - the command that was asked for
