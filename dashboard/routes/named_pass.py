"""A leave to fetch one named thing: signed, naming it and its bearer, good for a while."""

from dataclasses import dataclass

from itsdangerous import BadSignature

from dashboard.routes.tile_pass import PassRefused, is_over, signer


@dataclass(frozen=True)
class NamedPass:
    """Leaves of one kind: what is signed under its salt is worth nothing under another.

    A leave ends at a full step of `step_s`, at least `life_s` from when it was written.
    """

    salt: str
    life_s: int
    step_s: int

    def write(self, name: str, now: float, bearer: str = "") -> str:
        """Return the leave of an account to fetch what has a name; `now` in seconds since 1970."""
        until = (int(now + self.life_s) // self.step_s + 1) * self.step_s
        written: str = signer(self.salt).dumps([until, name, bearer])
        return written

    def check(self, text: str, name: str, now: float) -> str:
        """Return the account that has the leave for what has this name; raise PassRefused."""
        if not text:
            raise PassRefused("pass_missing")
        try:
            until, named, bearer = signer(self.salt).loads(text)
            has_ended = is_over(float(until), now, self.life_s, self.step_s)
        except (BadSignature, TypeError, ValueError):
            raise PassRefused("pass_foreign") from None
        if named != name:
            raise PassRefused("pass_foreign")
        if has_ended:
            raise PassRefused("pass_expired")
        return str(bearer)
