"""The settings as a page for people: what each means and what holds where nobody set it.

docs/settings.md is written from here: `python -m geodata settings --page`. A test holds it current.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from geodata.model import Language, Title
from geodata.settings import VARIABLES

SECRET = "•••"  # noqa: S105 - what is shown in place of one
URL_SIGNS = "://"


@dataclass(frozen=True)
class Explained:
    """A variable, what it means, and what holds where nobody set it."""

    name: str
    title: Title
    default: str
    is_secret: bool = False

    def shown(self, environment: Mapping[str, str]) -> str:
        """Return the value that was set as it may be shown, blank for none."""
        value = environment.get(self.name, "")
        if self.is_secret:
            return SECRET if value else ""
        scheme, sign, rest = value.partition(URL_SIGNS)
        return f"{scheme}{sign}{rest.rpartition('@')[2].partition('?')[0]}" if sign else value


@cache
def explained() -> tuple[Explained, ...]:
    """Return every variable that is read, in the order of the code."""
    words = _words()
    return tuple(
        Explained(
            name,
            Title(words[name]["zh"], words[name]["en"]),
            words[name]["default"],
            words[name].get("secret", False),
        )
        for name in VARIABLES
    )


@cache
def _words() -> dict[str, Any]:
    file = Path(__file__).with_name("settings_words.toml")
    return tomllib.loads(file.read_text(encoding="utf-8"))


def settings_page() -> str:
    """Return docs/settings.md."""
    around = _words()["page"]
    chinese = "| 变量 | 含义 | 缺省 |\n|---|---|---|\n" + "".join(_rows("zh"))
    english = "| variable | meaning | default |\n|---|---|---|\n" + "".join(_rows("en"))
    return f"{around['head']}{chinese}{around['middle']}{english}{around['foot']}"


def _rows(language: Language) -> Iterator[str]:
    for one in explained():
        told = one.title.says(language)
        zh, both, en = one.default.partition(" / ")
        yield f"| `{one.name}` | {told} | {en if both and language == 'en' else zh} |\n"
