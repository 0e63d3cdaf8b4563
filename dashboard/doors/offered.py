"""Which account a file was offered to: the address of a file alone opens nothing for anybody else.

Streamlit keeps what a page offers (downloads, pictures) under a name made of its contents and gives
it to whoever knows the name; several accounts may be offered equal contents. So it is noted where
Streamlit takes a file over, for all screens at once; what was offered to nobody is given to nobody.
See docs/decisions/0033.
"""

from collections.abc import Callable
from functools import wraps
from pathlib import PurePosixPath
from threading import Lock
from typing import Any

from cachetools import LRUCache
from streamlit.runtime.media_file_manager import MediaFileManager

from dashboard.doors.visitors import for_visitor, visitor

MOST_OFFERS = 50_000
"""Files that are remembered; whoever finds one forgotten opens its page again."""


class _Offers:
    """The accounts that each file was offered to, by its name; safe for several threads."""

    def __init__(self) -> None:
        self._accounts: LRUCache[str, frozenset[str]] = LRUCache(MOST_OFFERS)
        self._lock = Lock()

    def note(self, address: str, *accounts: str) -> None:
        name = _name_of(address)
        with self._lock:
            self._accounts[name] = self._accounts.get(name, frozenset()) | {*accounts}

    def accounts(self, address: str) -> frozenset[str]:
        with self._lock:
            return self._accounts.get(_name_of(address), frozenset())


OFFERS = _Offers()


def is_offered(address: str, account: str) -> bool:
    """Return whether the file behind an address was offered to an account."""
    return account in OFFERS.accounts(address)


def note_offers() -> None:
    """Have Streamlit tell of every file it takes over, and make files for whom they are offered.

    A file that is made when it is asked for is made outside of a run of the script; without this
    it would be made for nobody, whom every right is refused.
    """
    add, defer, make = (
        MediaFileManager.add,
        MediaFileManager.add_deferred,
        MediaFileManager.execute_deferred,
    )
    if hasattr(add, "__wrapped__"):
        return

    @wraps(add)
    def add_noted(self: MediaFileManager, *given: Any, **named: Any) -> str:
        address = add(self, *given, **named)
        OFFERS.note(address, visitor().account)
        return address

    @wraps(defer)
    def defer_noted(
        self: MediaFileManager, data_callable: Callable[[], Any], *given: Any, **named: Any
    ) -> str:
        who = visitor()
        placeholder = defer(self, lambda: for_visitor(who, data_callable), *given, **named)
        OFFERS.note(placeholder, who.account)
        return placeholder

    @wraps(make)
    def make_noted(self: MediaFileManager, file_id: str) -> str:
        address = make(self, file_id)
        OFFERS.note(address, *OFFERS.accounts(file_id))
        return address

    for one in (add_noted, defer_noted, make_noted):
        setattr(MediaFileManager, one.__name__, one)


def _name_of(address: str) -> str:
    """Return the name of a file in its address, without what follows for the browser's sake.

    >>> _name_of("/media/0a1b.csv"), _name_of("0a1b")
    ('0a1b', '0a1b')
    """
    return PurePosixPath(address).stem
