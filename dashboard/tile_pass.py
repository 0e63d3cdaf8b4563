"""A visitor's leave to ask for tiles: signed, short-lived, naming the offices that may be seen.

Routes know no session. The script, which knows who is there, writes a pass into the address of the
tiles; the route lets nothing out without one. The same visitor's pass stays the same for some
minutes, so that a browser finds again what it holds.
"""

import os
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from itsdangerous import BadSignature, URLSafeSerializer

STEP_S, LIFE_S = 600, 1200
"""A pass ends at a full step, at least its life from now."""


class PassRefused(Exception):
    """No leave: `reason` is pass_missing, pass_foreign or pass_expired."""

    def __init__(self, reason: str) -> None:
        """Keep the reason."""
        self.reason = reason
        super().__init__(reason)


@dataclass(frozen=True)
class TilePass:
    """What its bearer may see: features of some offices, of all where none is named."""

    offices: frozenset[str] = frozenset()

    def allows(self, office: str | None) -> bool:
        """Return whether a feature of an office may be seen."""
        return not self.offices or office in self.offices

    def narrow(self, asked: Iterable[str]) -> frozenset[str] | None:
        """Return the offices to look at of those asked for (none: all), None if none is left."""
        wanted = frozenset(asked)
        if not self.offices:
            return wanted
        return (wanted & self.offices or None) if wanted else self.offices


EVERYTHING = TilePass()
"""The pass of whoever may see all offices."""


def write_pass(leave: TilePass, now: float) -> str:
    """Return a pass as the text of an address; `now` in seconds since 1970."""
    until = (int(now + LIFE_S) // STEP_S + 1) * STEP_S
    written: str = signer().dumps([until, *sorted(leave.offices)])
    return written


def read_pass(text: str, now: float) -> TilePass:
    """Return the pass that an address brings; raise PassRefused."""
    if not text:
        raise PassRefused("pass_missing")
    try:
        until, *offices = signer().loads(text)
        has_ended = is_over(float(until), now)
    except (BadSignature, TypeError, ValueError):
        raise PassRefused("pass_foreign") from None
    if has_ended:
        raise PassRefused("pass_expired")
    return TilePass(frozenset(map(str, offices)))


def is_over(until: float, now: float) -> bool:
    """Return whether a pass has ended, or ends later than any that is written now.

    One of the second kind was written while the clock was ahead: it would hold for as long.

    >>> is_over(100, 101), is_over(100, 99), is_over(10_000, 99)
    (True, False, True)
    """
    return now > until or until > now + LIFE_S + 2 * STEP_S


@lru_cache(maxsize=4)
def signer(salt: str = "tiles") -> URLSafeSerializer:
    """Return what signs: with PIM_SECRET where several processes serve, else this process's own.

    What was signed under one salt is worth nothing under another.
    """
    return URLSafeSerializer(os.environ.get("PIM_SECRET") or secrets.token_bytes(32), salt=salt)
