"""A visitor's leave to see one picture: signed, short-lived, naming exactly what may be fetched.

As with tiles, the route knows no session: the script decides who sees what and writes the leave
into the address of the picture. A picture that is shown only after a click has no address before.
"""

from itsdangerous import BadSignature

from dashboard.tile_pass import LIFE_S, STEP_S, PassRefused, is_over, signer

SALT = "pictures"


def write_picture_pass(name: str, now: float, bearer: str = "") -> str:
    """Return the leave of an account to fetch what has a name; `now` in seconds since 1970."""
    until = (int(now + LIFE_S) // STEP_S + 1) * STEP_S
    written: str = signer(SALT).dumps([until, name, bearer])
    return written


def check_picture_pass(text: str, name: str, now: float) -> str:
    """Return the account that has the leave to fetch what has this name; raise PassRefused."""
    if not text:
        raise PassRefused("pass_missing")
    try:
        until, named, bearer = signer(SALT).loads(text)
        has_ended = is_over(float(until), now)
    except (BadSignature, TypeError, ValueError):
        raise PassRefused("pass_foreign") from None
    if named != name:
        raise PassRefused("pass_foreign")
    if has_ended:
        raise PassRefused("pass_expired")
    return str(bearer)
