"""A visitor's leave to open one story on stage: signed, naming it, good for a meeting's day.

Longer than the leave for a tile or a picture: a page that is loaded again by mistake, in the
third hour of a meeting, must open.
"""

from itsdangerous import BadSignature

from dashboard.tile_pass import PassRefused, signer

SALT = "stage"
STEP_S, LIFE_S = 3600, 12 * 3600
"""A pass ends at a full hour, at least twelve hours from now."""


def write_stage_pass(name: str, now: float) -> str:
    """Return the leave to open the story of a name; `now` in seconds since 1970."""
    until = (int(now + LIFE_S) // STEP_S + 1) * STEP_S
    written: str = signer(SALT).dumps([until, name])
    return written


def check_stage_pass(text: str, name: str, now: float) -> None:
    """Raise PassRefused unless an address brings the leave to open the story of this name."""
    if not text:
        raise PassRefused("pass_missing")
    try:
        until, named = signer(SALT).loads(text)
        has_ended = now > float(until)
    except (BadSignature, TypeError, ValueError):
        raise PassRefused("pass_foreign") from None
    if named != name:
        raise PassRefused("pass_foreign")
    if has_ended:
        raise PassRefused("pass_expired")
