"""Commands put on record: who ran what against this installation, in the journal of acts.

A command runs as the user of the operating system; that is whom its entry names, whatever name was
given for the write itself. What a command takes out is on record before it leaves, what it puts in
once it is there. Where there is no installation there is nothing to put on record.
"""

import getpass
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from geodata.journal import Draft, JournalEntry, open_journal
from geodata.settings import Settings, read_settings

PREFIX = "act_"
"""What the kinds of acts begin with in the journal, where other kinds stand beside them."""

COMMAND_RUN = f"{PREFIX}command_run"
RESTORED = "restore"
"""The command whose entry says that what was given before it may have been taken back since."""

ROLE, WAY = "own_machine", "command"
MOST_LETTERS = 300


@lru_cache(maxsize=1)
def system_user() -> str:
    """Return the name of the user that this process runs as."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container may run a number without a name
        return "?"


def note_command(command: str, **told: Any) -> JournalEntry | None:
    """Put on record that a command was run, with what it tells; return the entry.

    None where there is no installation to run it against. Raises JournalUnavailable, BrokenStore.
    """
    return note_command_in(read_settings(), command, told)


def note_command_in(
    settings: Settings, command: str, told: Mapping[str, Any]
) -> JournalEntry | None:
    """Put a command on record in the journal that some settings name."""
    if not _is_there(settings):
        return None
    user = system_user()
    facts = {name: _short(value) for name, value in told.items() if value not in {None, ""}}
    facts |= {"command": command, "account": user, "office": "", "role": ROLE, "way": WAY}
    draft = Draft(f"command:{command}", COMMAND_RUN, user, datetime.now(UTC), facts)
    return open_journal(settings.journal_url).append([draft])[0]


def shown_place(url: str) -> str:
    """Return what may be written of where something lies: never a password.

    >>> shown_place("postgresql://pim:secret@host/pim"), shown_place("file:data/features")
    ('host/pim', 'file:data/features')
    """
    return url.partition("?")[0].rpartition("@")[2]


def _is_there(settings: Settings) -> bool:
    scheme, _, place = settings.journal_url.partition(":")
    return scheme != "sqlite" or Path(place).absolute().parent.is_dir()


def _short(value: Any) -> Any:
    text = str(value) if isinstance(value, Path) else value
    if isinstance(text, str):  # a file may have any name; a journal takes what can be written
        return text.encode("utf-8", "replace").decode().replace("\0", "")[:MOST_LETTERS]
    return text
