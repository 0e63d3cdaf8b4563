"""A chain of texts: each carries a hash of all before it, so that no change goes unnoticed."""

import hashlib
from dataclasses import dataclass

START = "0" * 64
"""What the first text is chained to."""


@dataclass(frozen=True)
class Head:
    """Where a chain ends: how many texts, and the hash of the last one."""

    number: int = 0
    chain: str = START


def chain_of(before: str, told: str) -> str:
    """Return the hash of a text in its place: SHA-256 of the hash before it, a line feed, itself.

    >>> chain_of(START, "one")[:12]
    '35151f30ff02'
    """
    return hashlib.sha256(f"{before}\n{told}".encode()).hexdigest()
