"""`python -m geodata cases ...`: cases to a file, cases from a file, or exactly why not.

    python -m geodata cases export FILE [--office NAME ...]
    python -m geodata cases import FILE [--dry-run]
    python -m geodata cases facts FILE [--dry-run]      published cases of other regions

Exit codes as for the other commands: 0 all are in, 1 some were held back, 2 nothing was done.
"""

import argparse
import json
import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from geodata.case_draft import CaseProblem
from geodata.case_exchange import (
    FORMATS,
    Plan,
    kept_name,
    plan_import,
    read_cases,
    render_cases,
    render_kept,
    stored_in,
    write_plan,
)
from geodata.case_facts import NEEDED
from geodata.case_tables import Entering
from geodata.case_words import say_form, say_problem, say_reason, say_remedy
from geodata.city import open_city
from geodata.commands_on_record import note_command, shown_place
from geodata.errors import ColumnsMissing, UnreadableFile
from geodata.model import Language, Scope
from geodata.settings import read_settings, settings_for_help
from geodata.store import CaseStore, open_cases

ALL_IN, SOME_HELD = 0, 1
MOST_SHOWN = 60


class Speaker(Protocol):
    """The sentences of the command in one language."""

    @property
    def language(self) -> Language:
        """Return the language."""
        ...

    def say(self, section: str, key: str, **facts: object) -> str:
        """Return one sentence with its facts in place."""
        ...


def add_case_commands(
    commands: Any, shared: argparse.ArgumentParser, told: Callable[..., str]
) -> None:
    """Add `cases` and what it can do; `told` gives the help of a key."""
    cases = commands.add_parser("cases", help=told("cases"))
    acts = cases.add_subparsers(required=True, metavar="export|import|facts")
    default = settings_for_help().cases_url
    for name, run in (("export", export_cases), ("import", import_cases), ("facts", import_cases)):
        act = acts.add_parser(name, parents=[shared], help=told(name))
        act.add_argument("file", metavar="FILE", help=told("file"))
        act.add_argument("--store", metavar="URL", help=told("store", default=default))
        act.set_defaults(run=run, only_facts=name == "facts")
        if name == "export":
            act.add_argument(
                "--office", nargs="+", action="extend", default=[], help=told("office")
            )
            continue
        user = os.environ.get("USER") or os.environ.get("USERNAME") or "-"
        act.add_argument("--who", default=user, metavar="NAME", help=told("who"))
        act.add_argument("--dry-run", action="store_true", help=told("dry_run"))
        act.add_argument("--encoding", help=told("encoding"))


def export_cases(asked: argparse.Namespace, words: Speaker) -> int:
    """Write the cases of the offices asked for to a file, and say how many."""
    city, file = open_city(read_settings().city), Path(asked.file)
    ending = file.suffix.casefold()
    if ending not in FORMATS:
        known = " ".join(FORMATS)
        raise UnreadableFile(file=file.name, reason="format_unknown", known=known)
    offices = frozenset(city.find_jurisdiction(one) for one in asked.office)
    cases = [
        case for case in _store(asked).find(Scope()) if not offices or case.jurisdiction in offices
    ]
    content, place = (
        render_cases(cases, ending, city, words.language),
        shown_place(asked.store or ""),
    )
    note_command("cases export", file=file.name, rows=len(cases), place=place)
    file.write_bytes(content)
    facts = {"cases": len(cases), "entries": sum(case.revision for case in cases)}
    if asked.json:
        _print(json.dumps({"file": str(file), **facts}, ensure_ascii=False))
    else:
        _print(words.say("case_report", "exported", file=file.name, **facts))
    return ALL_IN


def import_cases(asked: argparse.Namespace, words: Speaker) -> int:
    """Import or check a file of cases, report on it, and return the exit code."""
    file = Path(asked.file)
    if not file.is_file():
        raise UnreadableFile(file=file.name, reason="not_found")
    reading = read_cases(
        file.name,
        file.read_bytes(),
        open_city(read_settings().city),
        Entering(datetime.now(UTC), asked.who),
        asked.encoding,
    )
    if asked.only_facts and reading.form != "facts":
        present = "、".join(one for sheet in reading.sheets for one in sheet.headings)
        raise ColumnsMissing(missing=", ".join(NEEDED), present=present)
    store = _store(asked)
    plan = plan_import(reading, stored_in(store))
    kept = ""
    if not asked.dry_run:
        write_plan(plan, store)
        kept = _keep(plan, file, words.language)
        place, rows = shown_place(asked.store or ""), len(plan.new_cases) + len(plan.new_entries)
        command = "cases facts" if asked.only_facts else "cases import"
        note_command(command, file=file.name, rows=rows, place=place)
    if asked.json:
        _print(json.dumps(_facts(plan, kept, words.language), ensure_ascii=False))
    else:
        _print("\n".join(_report(plan, words, kept, "checked" if asked.dry_run else "written")))
    return SOME_HELD if plan.held else ALL_IN


def _store(asked: argparse.Namespace) -> CaseStore:
    """Return the store asked for; only what writes makes one, and the folder for it."""
    settings = read_settings()
    url = asked.store or settings.cases_url
    scheme, _, place = url.partition(":")
    writes = asked.run is import_cases and not asked.dry_run
    if scheme == "sqlite" and not writes and not Path(place).is_file():
        return open_cases("memory:")
    if scheme == "sqlite" and writes:
        Path(place).parent.mkdir(parents=True, exist_ok=True)
    if writes and url == settings.cases_url:  # the app takes a data folder for whole or not there
        (settings.data_folder / "features").mkdir(parents=True, exist_ok=True)
    return open_cases(url)


def _keep(plan: Plan, file: Path, language: Language) -> str:
    """Write the rows of the cases held back beside the file; return where, or nothing."""
    if not plan.held:
        return ""
    place = file.with_name(kept_name(file.name))
    place.write_bytes(render_kept(plan, language, lambda one: say_problem(one, language)))
    return str(place)


def _report(plan: Plan, words: Speaker, kept: str, outcome: str) -> list[str]:
    reading, language = plan.reading, words.language
    facts = {
        "file": reading.name,
        "form": say_form(reading.form, language),
        "new": len(plan.new_cases),
        "grown": len(plan.grown_cases),
        "entries": len(plan.new_entries),
        "unchanged": len(plan.unchanged),
        "held": plan.held_cases,
    }
    lines = [words.say("case_report", outcome, **facts)]
    if reading.unused:
        columns = ", ".join(" ".join(filter(None, one)) for one in reading.unused)
        lines.append(words.say("case_report", "unused", columns=columns))
    for part, is_warning in (("problems", False), ("warnings", True)):
        found = [one for one in plan.problems if one.is_warning is is_warning]
        if found:
            lines.append(words.say("case_report", part))
            lines += [_line(one, reading.form, words) for one in found[:MOST_SHOWN]]
        if len(found) > MOST_SHOWN:
            lines.append(words.say("case_report", "more", count=len(found) - MOST_SHOWN))
    if kept:
        lines.append(words.say("case_report", "kept", place=kept))
    return lines


def _line(problem: CaseProblem, form: str, words: Speaker) -> str:
    where = "where_json" if form == "json" else "where"
    sheet = f"{problem.sheet} " if problem.sheet else ""
    return words.say(
        "case_report",
        "line",
        where=words.say("case_report", where, sheet=sheet, row=problem.row),
        case=problem.case,
        column=problem.column,
        value=problem.value[:60],
        reason=say_reason(problem, words.language),
        remedy=say_remedy(problem, words.language),
    )


def _facts(plan: Plan, kept: str, language: Language) -> dict[str, Any]:
    return {
        "file": plan.reading.name,
        "form": plan.reading.form,
        "new_cases": [one.id for one in plan.new_cases],
        "new_entries": [{"case": case, "number": seen} for case, _, seen in plan.new_entries],
        "unchanged": plan.unchanged,
        "held": [{"sheet": sheet, "row": row} for sheet, row in plan.held],
        "unused": [{"sheet": sheet, "column": column} for sheet, column in plan.reading.unused],
        "kept": kept,
        "problems": [
            {
                **vars(one),
                "facts": dict(one.facts),
                "is_warning": one.is_warning,
                "text": say_reason(one, language),
                "remedy": say_remedy(one, language),
            }
            for one in plan.problems
        ],
    }


def _print(text: str) -> None:
    sys.stdout.write(f"{text}\n")
