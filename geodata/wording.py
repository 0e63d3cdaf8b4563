"""What is wrong with a file or a row, in words of both languages: for the command and the screen.

The command names its own options (`--crs`); `screen_words.toml` says the few sentences that do
so in another way, for people who have a form before them.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from geodata.errors import GeodataError, UnreadableFile
from geodata.model import Language
from geodata.problems import Problem
from geodata.schema import Schema

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Words:
    """The sentences of the intake in one language; `offices` are the names of the offices' ids."""

    language: Language
    sections: Mapping[str, Mapping[str, str]]
    offices: Mapping[str, str] = field(default_factory=dict)

    def say(self, section: str, key: str, **facts: object) -> str:
        """Return one sentence with its facts in place."""
        return self.sections[section][key].format_map(_Facts(facts))

    def say_error(self, error: GeodataError) -> str:
        """Return an error in words; one without words of its own shows its facts."""
        name, facts = type(error).__name__, {key: str(one) for key, one in error.facts.items()}
        if name not in self.sections["errors"]:
            return f"{name}: {error}"
        reason, columns = facts.get("reason", ""), self.sections["columns"]
        facts["missing"] = ", ".join(
            columns.get(one, one) for one in facts.get("missing", "").split(", ")
        )
        section = "refusals" if isinstance(error, UnreadableFile) else "stores"
        if reason in self.sections[section]:
            facts["reason"] = self.say(section, reason, **facts)
        return self.say("errors", name, **facts)

    def say_reason(self, problem: Problem) -> str:
        """Return what is wrong, without row and value."""
        facts = {name: self.offices.get(value, value) for name, value in problem.facts}
        if self.language == "en" and "known_en" in facts:
            facts["known"] = facts["known_en"]
        facts["wanted_kind"] = self.sections["geometry"].get(facts.get("wanted", ""), "")
        facts["found_or_none"] = facts.get("found") or "-"
        facts["names_or_none"] = facts.get("names") or "-"
        return self.say("reasons", problem.reason, **facts)

    def say_problem(self, problem: Problem, headings: Mapping[str, str]) -> str:
        """Return a problem as one line, its column named as in the file."""
        return self.say(
            "report",
            "row" if problem.row else "file_row",
            row=problem.row,
            column=headings.get(problem.column, problem.column),
            value=problem.value[:60],
            reason=self.say_reason(problem),
            remedy=self.say("remedies", problem.remedy),
        )

    def headings(self, schema: Schema, mapping: Mapping[str, str]) -> dict[str, str]:
        """Return what to call each column: as the file heads it, else by its title."""
        titles = {one.id: one.title.says(self.language) for one in schema.columns}
        places = {"": self.say("columns", "cells"), "geometry": self.say("columns", "geometry")}
        as_headed = {target: column for column, target in mapping.items()}
        return titles | places | as_headed


class _Facts(dict[str, object]):
    def __missing__(self, name: str) -> str:
        return ""


def load_words(
    language: Language,
    *,
    on_screen: bool = False,
    offices: Mapping[str, str] | None = None,
    more: tuple[Path, ...] = (),
) -> Words:
    """Return the sentences in one language, as the command says them or as the screen does.

    `more` are files of the same form with sentences of a storey above.
    """
    names = ("command_words.toml", "screen_words.toml")[: 1 + on_screen]
    files = (*(FOLDER / name for name in names), *more)
    return Words(language, _sections(files, language), offices or {})


@cache
def _sections(files: tuple[Path, ...], language: Language) -> dict[str, dict[str, str]]:
    """Return the sentences of all files; a later one says a sentence in the place of an earlier."""
    merged: dict[str, dict[str, str]] = {}
    for file in files:
        for name, sentences in tomllib.loads(file.read_text("utf-8"))[language].items():
            merged[name] = merged.get(name, {}) | sentences
    return merged
