"""What lies on this visitor's desk: a dropped file, as far as it is understood so far.

Each step is taken once for the same file and the same choices, and kept for this visitor alone.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

from dashboard import holdings, reads, session
from dashboard.desks.dropped import Choices, Dropped
from dashboard.doors.visitors import visitor
from geodata import GeodataError
from geodata.detective import Finding
from geodata.errors import UnreadableFile
from geodata.helmert import Helmert, parse_parameters
from geodata.intake import (
    Understood,
    count_fitting,
    examine,
    missing_columns,
    part_systems,
    propose_columns,
    targets_of,
    understand_table,
)
from geodata.known_columns import KnownColumns, recall
from geodata.readers import RawTable, read_table
from geodata.revisions import Revision
from geodata.schema import Schema
from layers.catalog import all_lists, find_table
from layers.layer import Layer
from layers.rule import SourceList

MOST_MB = 200
"""How large a dropped file may be where PIM_MAX_FILE_MB says nothing."""

Tell = Callable[[str], None]
Kept = TypeVar("Kept")


@dataclass(frozen=True)
class Desk:
    """A dropped file as far as it goes: what is not known yet is None or empty.

    `trouble` is why it goes no further. `parts` are the sheets or layers to choose from,
    `fits` the number of columns that each layer on offer knows. `system` is the one that is
    taken, blank while a person has to choose.
    """

    dropped: Dropped
    choices: Choices
    trouble: GeodataError | None = None
    parts: tuple[str, ...] = ()
    table: RawTable | None = None
    fits: Mapping[str, int] = field(default_factory=dict)
    schema: Schema | None = None
    targets: tuple[str, ...] = ()
    mapping: Mapping[str, str] = field(default_factory=dict)
    known: KnownColumns | None = None
    missing: tuple[str, ...] = ()
    finding: Finding | None = None
    system: str = ""
    understood: Understood | None = None
    same_file: Revision | None = None

    @property
    def is_settled(self) -> bool:
        """Return whether it is clear where the rows lie, or that they need no place."""
        return bool(self.system or self.choices.systems) or self.finding is None


def most_mb() -> int:
    """Return how many megabytes a dropped file may have."""
    return holdings.settings().max_file_mb or MOST_MB


def look_at(dropped: Dropped, choices: Choices, tell: Tell) -> Desk:
    """Return a dropped file as far as the choices lead; `tell` hears what is being done."""
    desk = _open(Desk(dropped, choices), tell)
    table = desk.table
    if table is None or not choices.layer:
        return desk
    desk = _match(desk, table)
    if desk.missing:
        return desk
    try:
        desk = _find_system(desk, table, tell)
        if not desk.is_settled:
            return desk
        key = (dropped.digest, choices, desk.system, tuple(desk.mapping.items()))
        found = session.once("understood", key, lambda: _attempt(_check, desk, tell))
    except GeodataError as trouble:
        return replace(desk, trouble=trouble)
    if isinstance(found, GeodataError):
        return replace(desk, trouble=found)
    return replace(desk, understood=found, same_file=_same_file(desk))


def _open(desk: Desk, tell: Tell) -> Desk:
    """Return the desk with the table; of a file with several parts, with the parts first."""
    whole = _read(desk, "", tell)
    if isinstance(whole, UnreadableFile) and whole.facts.get("choices"):
        desk = replace(desk, parts=whole.facts["choices"])  # type: ignore[arg-type]
        if not desk.choices.part:
            return desk
        whole = _read(desk, desk.choices.part, tell)
    if isinstance(whole, GeodataError):
        return replace(desk, trouble=whole)
    fits = {one.id: count_fitting(whole, one.schema) for one in _tables()}
    return replace(desk, table=whole, fits=fits)


def _tables() -> tuple[Layer | SourceList, ...]:
    """Return what files may bring: the layers, and then the lists that rules compare."""
    return (*holdings.layers(), *(one for one in all_lists() if one.is_imported))


def _read(desk: Desk, part: str, tell: Tell) -> RawTable | GeodataError:
    encoding = desk.choices.encoding

    def read() -> RawTable:
        tell("reading")
        with TemporaryDirectory(prefix="intake-", ignore_cleanup_errors=True) as folder:
            return read_table(
                desk.dropped.lay_down(Path(folder)),
                layer=part or None,
                encoding=encoding or None,
                source_name=desk.dropped.name,
                most_bytes=most_mb() * 10**6,
            )

    key = (desk.dropped.digest, part, encoding)
    return session.once("part" if part else "whole", key, lambda: _attempt(read))


def _match(desk: Desk, table: RawTable) -> Desk:
    layer_id = desk.choices.layer
    schema = find_table(layer_id).schema
    targets = targets_of(schema, table)
    known, given = None, desk.choices.mapping
    if given is None:
        known = recall(holdings.settings().data_folder, layer_id, table.columns, visitor().office)
        given = tuple(known.mapping.items()) if known else ()
    useful = {one: to for one, to in given if one in table.columns and to in {"", *targets}}
    mapping = propose_columns(table, schema, useful)
    return replace(
        desk,
        schema=schema,
        targets=targets,
        known=known,
        mapping=mapping,
        missing=missing_columns(mapping, schema, table),
    )


def _find_system(desk: Desk, table: RawTable, tell: Tell) -> Desk:
    """Return the desk with the systems that the rows may be in, and the one that is taken."""
    schema, choices = desk.schema, desk.choices
    if schema is None or schema.geometry == "none":
        return desk
    parameters = _parameters(choices)

    def find() -> Finding:
        tell("finding")
        return examine(
            table,
            desk.mapping,
            layer_id=choices.layer,
            schema=schema,
            city=holdings.city(),
            store=holdings.seen_stores(holdings.data_revision())[0],
            parameters=parameters,
        )

    places = tuple(pair for pair in desk.mapping.items())
    revision = holdings.data_revision()
    key = (desk.dropped.digest, choices.part, choices.encoding, choices.layer)
    finding = session.once("finding", (*key, places, choices.parameters, revision), find)
    return replace(desk, finding=finding, system=choices.system or _system_of(finding, table))


def _system_of(finding: Finding, table: RawTable) -> str:
    """Return the system that needs nobody's word: declared and undoubted, or certain."""
    if table.declared_system:
        return "" if finding.doubt or finding.is_mixed else table.declared_system
    if finding.verdict == "certain" and not finding.is_mixed:
        return finding.candidates[0].system
    return ""


def _check(desk: Desk, tell: Tell) -> Understood:
    tell("checking")
    table, schema, choices = desk.table, desk.schema, desk.choices
    if table is None or schema is None:
        raise ValueError(desk)
    chosen = dict(choices.systems)
    systems = None
    if chosen and not choices.system and desk.finding is not None:
        systems = part_systems(
            table,
            desk.mapping,
            desk.finding,
            chosen,
            layer_id=choices.layer,
            schema=schema,
            city=holdings.city(),
            store=holdings.seen_stores(holdings.data_revision())[0],
        )
    blanks = {column: "" for column in table.columns if column not in desk.mapping}
    return understand_table(
        table,
        layer_id=choices.layer,
        schema=schema,
        city=holdings.city(),
        system=desk.system or None,
        systems=systems,
        mapping={**blanks, **desk.mapping},
        parameters=_parameters(choices),
    )


def _parameters(choices: Choices) -> Helmert | None:
    return parse_parameters(choices.parameters) if choices.parameters.strip() else None


def _same_file(desk: Desk) -> Revision | None:
    """Return the newest write of this very file to the layer, if there is one."""
    if desk.table is None:
        return None
    written = reads.revisions(desk.choices.layer, holdings.data_revision())
    same = [one for one in written if one.note.source_sha256 == desk.table.source_sha256]
    return same[-1] if same else None


def _attempt(make: Callable[..., Kept], *given: object) -> Kept | GeodataError:
    try:
        return make(*given)
    except GeodataError as trouble:
        return trouble
