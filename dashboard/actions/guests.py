"""What a person does with guest links and the record: give, revoke, verify, for the screen."""

import streamlit as st

from dashboard import session
from dashboard.doors import acts, guests
from dashboard.doors.acts import Filter
from dashboard.doors.guests import GuestLink
from dashboard.routes.sign_in import home
from geodata import GeodataError


def give(recipient: str, purpose: str, cases: list[str], days: int) -> None:
    """Give a guest link for this visitor, and keep its address for the screen, once."""
    try:
        link, secret = guests.give(recipient, purpose, cases, days)
    except GeodataError as trouble:
        session.keep("guest_given", trouble)
        return
    session.keep("guest_given", (link, f"{_here()}guest#{secret}"))
    session.count_up("guest_form")


def revoke(link_id: str) -> None:
    """Revoke a guest link for this visitor."""
    session.keep("guest_given", None)
    try:
        guests.revoke(link_id)
    except GeodataError as trouble:
        session.keep("guest_given", trouble)


def take_given() -> tuple[GuestLink, str] | GeodataError | None:
    """Return what became of the last wish for a link."""
    outcome: tuple[GuestLink, str] | GeodataError | None = session.kept("guest_given")
    return outcome


def form_number() -> int:
    """Return the number of the form; a new one is empty."""
    number: int = session.widget("series.guest_form", 0)
    return number


def open_part(part: str) -> None:
    """Open one part of the screen; a link that was shown is not shown again."""
    session.keep("acts_part", part)
    session.keep("guest_given", None)


def ask(asked: Filter) -> None:
    """Ask the record by other things."""
    session.keep("acts_asked", asked)
    session.keep("acts_verified", None)


def asked() -> Filter:
    """Return what the record is asked by."""
    told: Filter = session.kept("acts_asked", Filter())
    return told


def verify() -> None:
    """Follow the chain of the record, and keep what was found."""
    session.keep("acts_verified", acts.verify())


def _here() -> str:
    """Return the address of this app as this visitor's browser knows it."""
    url = st.context.url or ""
    start = url.split("//", 1)
    host = start[1].split("/", 1)[0] if len(start) > 1 else ""
    return f"{start[0]}//{host}{home()}" if host else home()
