"""Who may sign in here, told on the command line by whoever runs the server.

    python -m dashboard.accounts add ACCOUNT --name NAME --role ROLE --office OFFICE [--no-password]
    python -m dashboard.accounts list
    python -m dashboard.accounts lock|unlock|password|remove ACCOUNT
    python -m dashboard.accounts role ACCOUNT --role ROLE --office OFFICE

A password is typed and not shown, or is the first line of standard input (`--stdin`); it is never
an argument, which other users of a machine could read. Exit codes: 0 done, 2 nothing was done.
"""

import argparse
import getpass
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import TextIO

from dashboard.doors import acts
from dashboard.doors.access import OWN_MACHINE, Visitor, roles
from dashboard.text import say, say_error
from geodata import GeodataError, Language, open_city, open_journal, read_settings
from geodata.accounts import Account, Accounts
from geodata.command_line import language_in, language_of
from geodata.commands_on_record import PREFIX, system_user
from geodata.errors import BadAccount
from geodata.store import may_hold

CHANGED = f"{PREFIX}account_changed"
BY_ROLE = ("city", "province")
"""Roles of offices that are none of the city's own: their office may have any id."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    given = list(sys.argv[1:] if argv is None else argv)
    language = language_in(given, language_of(os.environ))
    asked = _parser(language).parse_args(given)
    try:
        accounts = Accounts(read_settings().accounts_file)
        done = ACTS[asked.act](accounts, asked, language)
        if asked.act != "list":
            _note(asked)
    except GeodataError as trouble:
        _tell(say_error(trouble, language), sys.stderr)
        return 2
    _tell(done)
    return 0


def add(accounts: Accounts, asked: argparse.Namespace, language: Language) -> str:
    """Add an account; return what to say."""
    _check_role(asked)
    password = "" if asked.no_password else _password(asked, language)
    made = accounts.add(asked.account, asked.name, asked.role, asked.office, password)
    return _done(made, language)


def show(accounts: Accounts, _: argparse.Namespace, language: Language) -> str:
    """Return every account as a line, and of which the record of acts says something else."""
    closed = _closed_on_record()
    lines = [
        f"{one.account}\t{one.name}\t{one.role}\t{one.office}{_state(one, language)}"
        + _doubt(one, closed, language)
        for one in accounts.all()
    ]
    return "\n".join(lines) or say("accounts.none", language)


def lock(accounts: Accounts, asked: argparse.Namespace, language: Language) -> str:
    """Lock an account; return what to say."""
    return _done(accounts.lock(asked.account), language)


def unlock(accounts: Accounts, asked: argparse.Namespace, language: Language) -> str:
    """Open an account again; return what to say."""
    return _done(accounts.lock(asked.account, is_locked=False), language)


def password(accounts: Accounts, asked: argparse.Namespace, language: Language) -> str:
    """Change a password; return what to say."""
    return _done(accounts.change_password(asked.account, _password(asked, language)), language)


def role(accounts: Accounts, asked: argparse.Namespace, language: Language) -> str:
    """Change role and office; return what to say."""
    _check_role(asked)
    return _done(accounts.change_role(asked.account, asked.role, asked.office), language)


def remove(accounts: Accounts, asked: argparse.Namespace, language: Language) -> str:
    """Remove an account; return what to say."""
    accounts.remove(asked.account)
    return say("accounts.removed", language, account=asked.account)


Act = Callable[[Accounts, argparse.Namespace, Language], str]
ACTS: Mapping[str, Act] = {
    "add": add,
    "list": show,
    "lock": lock,
    "unlock": unlock,
    "password": password,
    "role": role,
    "remove": remove,
}


def _note(asked: argparse.Namespace) -> None:
    """Put on record what was done with which account, by the user of this machine."""
    user = system_user()
    told = {"done": " ".join(filter(None, (asked.act, getattr(asked, "role", ""))))}
    by = Visitor(user, user, OWN_MACHINE, getattr(asked, "office", "") or "")
    acts.note("account_changed", f"account:{asked.account}", told, by)


def _closed_on_record() -> dict[str, str]:
    """Return the accounts that were locked or removed last, as the record of acts tells it."""
    url = read_settings().journal_url
    entries = open_journal(url).entries(kind=CHANGED) if may_hold(url) else ()
    last = {
        one.subject.removeprefix("account:"): str(one.told.get("done", "")).partition(" ")[0]
        for one in entries
    }
    return {account: done for account, done in last.items() if done in {"lock", "remove"}}


def _doubt(one: Account, closed: Mapping[str, str], language: Language) -> str:
    """Return a warning of an account that was closed and is open: an older file was put back."""
    is_back = closed.get(one.account) == "remove" or (
        closed.get(one.account) == "lock" and not one.is_locked
    )
    return say("accounts.came_back", language) if is_back else ""


def _check_role(asked: argparse.Namespace) -> None:
    if asked.role not in roles() or asked.role in {OWN_MACHINE, "guest"}:
        raise BadAccount(field="role", value=asked.role, reason="account_role")
    offices = open_city(read_settings().city).jurisdiction_ids
    if asked.role not in BY_ROLE and asked.office not in offices:
        raise BadAccount(field="office", value=asked.office, reason="account_office")


def _password(asked: argparse.Namespace, language: Language) -> str:
    if asked.stdin:
        return sys.stdin.readline().rstrip("\r\n")
    typed = getpass.getpass(say("accounts.ask", language))
    if typed != getpass.getpass(say("accounts.again", language)):
        raise BadAccount(field="password", value="…", reason="password_twice")
    return typed


def _done(one: Account, language: Language) -> str:
    facts = {"account": one.account, "name": one.name, "role": one.role, "office": one.office}
    return say("accounts.done", language, **facts, state=_state(one, language))


def _state(one: Account, language: Language) -> str:
    locked = say("accounts.locked", language) if one.is_locked else ""
    return locked + ("" if one.has_password else say("accounts.no_sign_in", language))


def _parser(language: Language) -> argparse.ArgumentParser:
    def told(key: str, **facts: object) -> str:
        return say(f"accounts.{key}", language, **facts)

    parser = argparse.ArgumentParser(
        prog="python -m dashboard.accounts", description=told("description")
    )
    parser.add_argument("--language", choices=("zh", "en"), default=language)
    commands = parser.add_subparsers(dest="act", required=True)
    for name in ACTS:
        one = commands.add_parser(name, help=told(name))
        if name == "list":
            continue
        one.add_argument("account", help=told("account"))
        if name == "add":
            one.add_argument("--name", required=True, help=told("name"))
            one.add_argument("--no-password", action="store_true", help=told("no_password"))
        if name in {"add", "role"}:
            known = ", ".join(one for one in roles() if one not in {OWN_MACHINE, "guest"})
            one.add_argument("--role", required=True, help=told("role_of", roles=known))
            one.add_argument("--office", required=True, help=told("office"))
        if name in {"add", "password"}:
            one.add_argument("--stdin", action="store_true", help=told("stdin"))
    return parser


def _tell(text: str, stream: TextIO | None = None) -> None:
    (stream or sys.stdout).write(f"{text}\n")


if __name__ == "__main__":
    sys.exit(main())
