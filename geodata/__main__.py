"""The steward's command: put a real file on the map, or say exactly why not.

    python -m geodata import FILE --layer ID [--crs EPSG:4490|gcj02|bd09] [--map column=field ...]
    python -m geodata check FILE --layer ID ...      the same without writing
    python -m geodata layers                         what a file can be
    python -m geodata cases export|import|facts FILE see geodata.case_commands
    python -m geodata revisions|take-back|copy|doctor|backup|restore
                                                     see geodata.store_commands
    python -m geodata evidence put|list|compare|verify|bundle
                                                     see geodata.evidence_commands
    python -m geodata overlay FIRST SECOND ...       see geodata.overlay_commands

Exit codes: 0 all rows are in, 1 some were set aside, 2 nothing was done.
"""

import argparse
import json
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pandas as pd

from geodata.bad_rows import bad_rows_ending, render_bad_rows
from geodata.case_commands import add_case_commands
from geodata.city import open_city
from geodata.command_line import language_in, language_of
from geodata.commands_on_record import note_command, shown_place
from geodata.detective import Finding
from geodata.errors import GeodataError, Unknown, UnknownLayer
from geodata.evidence_commands import add_evidence_command
from geodata.helmert import read_parameters
from geodata.identity import passing_key
from geodata.intake import (
    AUTO,
    Intake,
    Say,
    Understood,
    doubt_declared,
    examine,
    match_columns,
    part_systems,
    preview,
    targets_of,
    understand_table,
    write,
)
from geodata.known_columns import KnownColumns, recall, remember
from geodata.overlay_commands import add_overlay_command
from geodata.proposals import as_facts, proposal_lines
from geodata.readers import MOST_BYTES, RawTable, read_table
from geodata.schema import Schema
from geodata.settings import read_settings, settings_for_help
from geodata.store import FeatureStore, open_features
from geodata.store_commands import add_store_commands
from geodata.wording import Words, load_words

SCHEMAS = "public_interest_map.schemas"
"""Entry points of this group lead from a layer's id to its schema; so layers stay unknown here."""

ALL_IN, SOME_ASIDE, NOTHING_DONE = 0, 1, 2
MOST_SHOWN = 20
LARGE_BYTES = 20_000_000


class LayersNotOffered(GeodataError):
    """No installed package offers a layer; the metadata of the installation is stale."""


class MapNotUnderstood(GeodataError):
    """A column mapping that is not written column=field; facts: given."""


class WrongEnding(GeodataError):
    """A file of bad rows that is not called after its format; facts: file, ending."""


class UnknownGroup(Unknown):
    """A part of a mixed file that was not found in it; facts: name, known."""


# ------------------------------------------------------------------------ layers


def schema_of(layer_id: str) -> Schema:
    """Return the schema of a layer that is on offer; raise UnknownLayer or LayersNotOffered."""
    known: list[str] = []
    for offer in _offers():
        try:
            schema: Schema = offer(layer_id)
        except UnknownLayer as unknown:
            known += str(unknown.facts["known"]).split(", ")
        else:
            return schema
    raise UnknownLayer(layer_id, known)


def layer_ids() -> tuple[str, ...]:
    """Return the ids of all layers on offer; raise LayersNotOffered."""
    try:
        schema_of("")
    except UnknownLayer as unknown:
        return tuple(filter(None, str(unknown.facts["known"]).split(", ")))
    return ()


def _offers() -> Iterable[Callable[[str], Schema]]:
    offered = entry_points(group=SCHEMAS)
    if not offered:
        raise LayersNotOffered
    return [one.load() for one in offered]


# ---------------------------------------------------------------------- commands


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    given = list(sys.argv[1:] if argv is None else argv)
    words = load_words(language_in(given, language_of(os.environ)))
    asked = _parser(words).parse_args(given)
    try:
        return int(asked.run(asked, words))
    except GeodataError as error:
        finding = error.facts.get("finding")
        told = {"finding": as_facts(finding)} if isinstance(finding, Finding) else {}
        facts = {"error": type(error).__name__, "facts": error.facts | told}
        if isinstance(finding, Finding) and not asked.json:
            print("\n".join(proposal_lines(finding, words.say)))
        return _refuse(words.say_error(error), facts, as_json=asked.json)
    except OSError as error:
        said = words.say("errors", "OSError", detail=error)
        return _refuse(said, {"error": "OSError", "facts": {}}, as_json=asked.json)


def take_in(asked: argparse.Namespace, words: Words) -> int:
    """Import or check a file, report on it, and return the exit code."""
    file, settings = Path(asked.file), read_settings()
    city, store = open_city(settings.city), _existing_store(asked.store or settings.features_url)
    is_large = file.is_file() and file.stat().st_size > LARGE_BYTES
    if is_large:
        _tell(words.say("report", "reading", file=file.name, size=file.stat().st_size // 10**6))
    schema = schema_of(asked.layer)
    table = read_table(
        file,
        layer=asked.source_layer,
        encoding=asked.encoding,
        most_bytes=settings.max_file_mb * 10**6 or MOST_BYTES,
    )
    given = _read_map(asked.map)
    known = None if given else recall(settings.data_folder, asked.layer, table.columns)
    if known:
        targets = targets_of(schema, table)
        given = {one: to for one, to in known.mapping.items() if to in {"", *targets}}
        if not asked.json:
            day = known.recorded_at.date().isoformat()
            _tell(words.say("report", "known", day=day, who=known.who, file=known.source_name))
    shared = {"layer_id": asked.layer, "schema": schema, "city": city, "store": store}
    understood = understand_table(
        table,
        system=asked.crs,
        systems=_part(table, given, asked.parts, shared) if asked.parts else None,
        mapping=given,
        parameters=read_parameters(asked.parameters) if asked.parameters else None,
        key=None if asked.writes else passing_key(),
        **shared,
    )
    doubt = doubt_declared(understood, city, store) if asked.crs in {None, AUTO} else None
    say = _say_with(words, understood)
    if asked.bad_rows and understood.checked.refused:
        _write_bad_rows(understood, Path(asked.bad_rows), say)
    intake, headings = preview(understood), words.headings(understood.schema, understood.mapping)
    if asked.writes:
        if is_large:
            _tell(words.say("report", "writing", written=intake.rows_written))
        intake = write(
            understood,
            open_store(asked.store or settings.features_url),
            who=asked.who,
            why=asked.why,
            recorded_at=datetime.now(UTC),
            say=say,
            data_on=asked.data_on,
        )
        _remember(settings.data_folder, understood, asked.who)
        note_command(
            "import",
            file=file.name,
            layer=asked.layer,
            sha256=table.source_sha256,
            rows=intake.rows_written,
            revision=intake.revision,
            place=shown_place(asked.store or ""),
        )
    if asked.json:
        print(_as_json(intake, words, headings, doubt))
    else:
        done = "repeated" if intake.is_repeated else "written"
        outcome = done if asked.writes else "checked"
        print("\n".join(report(intake, words, headings, outcome)))
        if doubt:
            print("\n".join(proposal_lines(doubt, words.say)))
    return SOME_ASIDE if intake.rows_refused else ALL_IN


def _part(
    table: RawTable, mapping: Mapping[str, str], parts: Sequence[str], shared: Mapping[str, Any]
) -> pd.Series:
    """Return the system of each row of a mixed file, by the groups that were found in it.

    `parts` are written group=system, or just a system, where that is what was found.
    """
    chosen = {one.partition("=")[0]: one.rpartition("=")[2] for one in parts}
    columns, _ = match_columns(table, shared["schema"], mapping)
    finding = examine(table, columns, **shared)
    found = [one.system for one in finding.groups if one.system]
    unknown = [one for one in chosen if one not in found]
    if unknown:
        raise UnknownGroup(", ".join(unknown), found)
    return part_systems(table, columns, finding, chosen, **shared)


def _remember(folder: Path, understood: Understood, who: str) -> None:
    """Keep the columns for the next file with the same headings, as the screen does."""
    columns = understood.table.columns
    mapping = {column: understood.mapping.get(column, "") for column in columns}
    known = KnownColumns(mapping, who, datetime.now(UTC), understood.table.source_name)
    remember(folder, understood.layer_id, columns, known)


def _say_with(words: Words, understood: Understood) -> Say:
    headings = words.headings(understood.schema, understood.mapping)
    return lambda one: f"{headings.get(one.column, one.column)}: {words.say_reason(one)}"


def _write_bad_rows(understood: Understood, file: Path, say: Say) -> None:
    """Write the rows that stay out, in the format they came in; another ending is refused."""
    ending = bad_rows_ending(understood)
    if file.suffix.casefold() != ending:
        raise WrongEnding(file=file.name, ending=ending)
    file.write_bytes(render_bad_rows(understood, say))


def list_layers(asked: argparse.Namespace, words: Words) -> int:
    """Print every layer with the kind of its places and its columns."""
    schemas = {layer_id: schema_of(layer_id) for layer_id in layer_ids()}
    if asked.json:
        facts = {
            layer_id: {"geometry": schema.geometry, "columns": [one.id for one in schema.columns]}
            for layer_id, schema in schemas.items()
        }
        print(json.dumps(facts, ensure_ascii=False))
        return ALL_IN
    for layer_id, schema in schemas.items():
        geometry = words.say("geometry", schema.geometry)
        columns = ", ".join(f"{one.id} {one.title.says(words.language)}" for one in schema.columns)
        print(words.say("report", "layer_line", id=layer_id, geometry=geometry, columns=columns))
    return ALL_IN


def open_store(url: str) -> FeatureStore:
    """Return the feature store behind a URL; a folder that does not exist yet is made."""
    scheme, _, place = url.partition(":")
    if scheme == "file" and place:
        Path(place).mkdir(parents=True, exist_ok=True)
    return open_features(url)


def _existing_store(url: str) -> FeatureStore | None:
    """Return the store behind a URL if it is there; looking makes no folder."""
    scheme, _, place = url.partition(":")
    return open_features(url) if scheme != "file" or Path(place).is_dir() else None


# ----------------------------------------------------------------------- reports


def report(intake: Intake, words: Words, headings: Mapping[str, str], outcome: str) -> list[str]:
    """Return the lines on what became of a file; `outcome` is written, repeated or checked."""
    facts = {
        "file": intake.source_name,
        "layer": intake.layer_id,
        "read": f"{intake.rows_read:,}",
        "written": f"{intake.rows_written:,}",
        "refused": f"{intake.rows_refused:,}",
        "system": intake.system,
        "revision": intake.revision,
        "place": intake.set_aside,
        "pairs": ", ".join(f"{column} → {target}" for column, target in intake.mapping.items()),
        "columns": ", ".join(intake.unmapped),
    }
    needs = {"system": "system", "mapping": "pairs", "unmapped": "columns", "revision": "revision"}
    lines = [words.say("report", outcome, **facts)]
    lines += [words.say("report", key, **facts) for key, fact in needs.items() if facts[fact]]
    for severity in ("error", "warning"):
        lines += _problem_lines(intake, words, headings, severity)
    if intake.set_aside:
        lines.append(words.say("report", "set_aside", **facts))
    return lines


def _problem_lines(
    intake: Intake, words: Words, headings: Mapping[str, str], severity: str
) -> list[str]:
    """Return problems by row, of each reason no more than a person would read."""
    counts: Counter[str] = Counter()
    lines = []
    for one in intake.problems:
        if one.severity == severity:
            counts[one.reason] += 1
            if counts[one.reason] <= MOST_SHOWN:
                lines.append(words.say_problem(one, headings))
    for reason, count in counts.items():
        if count > MOST_SHOWN:
            said = words.say("reasons", reason)
            lines.append(words.say("report", "more", count=f"{count - MOST_SHOWN:,}", reason=said))
    return [words.say("report", f"{severity}s"), *lines] if lines else []


def _as_json(
    intake: Intake, words: Words, headings: Mapping[str, str], doubt: Finding | None
) -> str:
    facts: dict[str, Any] = {
        **vars(intake),
        "doubt": as_facts(doubt) if doubt else None,
        "rows_refused": intake.rows_refused,
        "mapping": dict(intake.mapping),
        "problems": [
            {
                **vars(one),
                "facts": dict(one.facts),
                "heading": headings[one.column],
                "remedy": one.remedy,
                "severity": one.severity,
                "text": words.say_reason(one),
            }
            for one in intake.problems
        ],
    }
    return json.dumps(facts, ensure_ascii=False)


def _refuse(said: str, facts: dict[str, Any], *, as_json: bool) -> int:
    if as_json:
        print(json.dumps({**facts, "text": said}, ensure_ascii=False, default=str))
    _tell(said)
    return NOTHING_DONE


def _tell(said: str) -> None:
    print(said, file=sys.stderr)


# --------------------------------------------------------------------- arguments


def _parser(words: Words) -> argparse.ArgumentParser:
    def told(key: str, section: str = "help", **facts: object) -> str:
        return words.say(section, key, **facts).replace("%", "%%")

    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--json", action="store_true", help=told("json"))
    shared.add_argument("--language", choices=("zh", "en"), help=told("language"))
    parser = argparse.ArgumentParser(prog="python -m geodata", description=told("program"))
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name in ("import", "check"):
        command = commands.add_parser(name, parents=[shared], help=told(name))
        command.add_argument("file", metavar="FILE", help=told("file"))
        command.add_argument("--layer", required=True, metavar="ID", help=told("layer"))
        command.add_argument("--crs", help=told("crs"))
        command.add_argument(
            "--parts", nargs="+", action="extend", default=[], metavar="A=B", help=told("parts")
        )
        command.add_argument(
            "--data-on", type=date.fromisoformat, metavar="YYYY-MM-DD", help=told("data_on")
        )
        command.add_argument("--bad-rows", metavar="FILE", help=told("bad_rows"))
        command.add_argument("--parameters", metavar="FILE", help=told("parameters"))
        command.add_argument(
            "--map", nargs="+", action="extend", default=[], metavar="A=B", help=told("map")
        )
        default = settings_for_help().features_url
        command.add_argument("--store", metavar="URL", help=told("store", default=default))
        command.add_argument("--source-layer", metavar="NAME", help=told("source_layer"))
        command.add_argument("--encoding", help=told("encoding"))
        user = os.environ.get("USER") or os.environ.get("USERNAME") or "-"
        command.add_argument("--who", default=user, metavar="NAME", help=told("who"))
        command.add_argument("--why", default="", metavar="TEXT", help=told("why"))
        command.set_defaults(run=take_in, writes=name == "import")
    add_case_commands(commands, shared, lambda key, **facts: told(key, "case_help", **facts))
    add_store_commands(
        commands, shared, lambda key, **facts: told(key, "keeping_help", **facts), schema_of
    )
    add_overlay_command(commands, shared, lambda key, **facts: told(key, "overlay_help", **facts))
    add_evidence_command(commands, shared, lambda key, **facts: told(key, "evidence_help", **facts))
    listing = commands.add_parser("layers", parents=[shared], help=told("layers"))
    listing.set_defaults(run=list_layers)
    return parser


def _read_map(pairs: Iterable[str]) -> dict[str, str]:
    mapping = {}
    for pair in pairs:
        column, equals, target = pair.rpartition("=")
        if not (equals and column):
            raise MapNotUnderstood(given=pair)
        mapping[column.strip()] = target.strip()
    return mapping


if __name__ == "__main__":
    sys.exit(main())
