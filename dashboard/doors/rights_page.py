"""The table of rights as documentation shows it, printed by `python -m` with this name."""

import sys
from collections.abc import Iterator
from typing import get_args

from dashboard.doors.access import acts, roles
from dashboard.text import say
from geodata import Language

WORDS = {
    "zh": {"own": "本院", "shared": "本院、共享", "all": "各院", "self": "本人的", "": "—"},
    "en": {"own": "own", "shared": "own, shared", "all": "all", "self": "one's own", "": "—"},
}
HEADS = {
    "zh": ("操作", "依据", "程度", "角色", "页面"),
    "en": ("Act", "Basis", "Certainty", "Role", "Screens"),
}


def rights_tables(language: Language) -> str:
    """Return both tables, acts by role and screens by role, in Markdown."""
    return "\n\n".join(("\n".join(_acts(language)), "\n".join(_screens(language))))


def _acts(language: Language) -> Iterator[str]:
    act, basis, certainty, _, _ = HEADS[language]
    shown = [one for one in roles().values() if any(one.id in a.reach for a in acts().values())]
    heads = [act, *(one.title.says(language) for one in shown), basis, certainty]
    yield _line(heads)
    yield _line(["---"] * len(heads))
    for one in acts().values():
        reach = [WORDS[language][one.reach.get(role.id, "")] for role in shown]
        yield _line([one.title.says(language), *reach, one.basis, one.certainty])


def _screens(language: Language) -> Iterator[str]:
    _, basis, certainty, role, screens = HEADS[language]
    yield _line([role, "id", screens, basis, certainty])
    yield _line(["---"] * 5)
    for one in roles().values():
        names = ("、" if language == "zh" else ", ").join(
            say(f"screens.{screen}", language) for screen in one.screens
        )
        title = one.title.says(language)
        yield _line([title, f"`{one.id}`", names or "—", one.basis, one.certainty])


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    for each in get_args(Language):
        sys.stdout.write(rights_tables(each) + "\n\n")
