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
    """What its bearer may see: features of some offices, of all where none is named.

    `bearer` is the account that it was written for, blank where there are none; a pass that is
    handed on is worth nothing to another account.
    """

    offices: frozenset[str] = frozenset()
    bearer: str = ""

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


NO_OFFICE = "-"
"""The office of whoever may see none: no feature has it."""


def pass_for(offices: frozenset[str] | None, bearer: str = "") -> TilePass:
    """Return the pass of whoever sees some offices, None for all and an empty set for none."""
    if offices is None:
        return TilePass(bearer=bearer)
    return TilePass(offices or frozenset({NO_OFFICE}), bearer)


def eyes_of_pass(leave: TilePass) -> frozenset[str] | None:
    """Return the offices that a pass shows, None for all."""
    return (leave.offices - {NO_OFFICE}) if leave.offices else None


def write_pass(leave: TilePass, now: float) -> str:
    """Return a pass as the text of an address; `now` in seconds since 1970."""
    until = (int(now + LIFE_S) // STEP_S + 1) * STEP_S
    written: str = signer().dumps([until, leave.bearer, *sorted(leave.offices)])
    return written


def read_pass(text: str, now: float) -> TilePass:
    """Return the pass that an address brings; raise PassRefused."""
    if not text:
        raise PassRefused("pass_missing")
    try:
        until, bearer, *offices = signer().loads(text)
        has_ended = is_over(float(until), now)
    except (BadSignature, TypeError, ValueError):
        raise PassRefused("pass_foreign") from None
    if has_ended:
        raise PassRefused("pass_expired")
    return TilePass(frozenset(map(str, offices)), str(bearer))


def is_over(until: float, now: float, life_s: int = LIFE_S, step_s: int = STEP_S) -> bool:
    """Return whether a pass has ended, or ends later than any that is written now.

    One of the second kind was written while the clock was ahead: it would hold for as long.

    >>> is_over(100, 101), is_over(100, 99), is_over(10_000, 99)
    (True, False, True)
    """
    return now > until or until > now + life_s + 2 * step_s


@lru_cache(maxsize=4)
def signer(salt: str = "tiles") -> URLSafeSerializer:
    """Return what signs: with PIM_SECRET where several processes serve, else this process's own.

    What was signed under one salt is worth nothing under another.
    """
    return URLSafeSerializer(os.environ.get("PIM_SECRET") or secrets.token_bytes(32), salt=salt)
