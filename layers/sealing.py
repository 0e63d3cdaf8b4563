"""One run of a rule sealed in one archive, and run again years later on what was sealed.

    LISTING.txt           what is in here, to be read by people
    SHA256SUMS            the hash of every other part: `sha256sum -c SHA256SUMS`
    run.json              rule, version, day, parameters, inputs with their hashes, findings, code
    declaration.json      the rule as declared: questions, parameters, outcomes, law
    rule.py               the file that judges
    inputs/{table}.parquet  the rows that the run rested on, GeoParquet, EPSG:4490

The same run gives the same bytes. A list that holds persons is sealed by its hash alone: its rows
stay where they are, and a replay asks the store for them.
"""

import hashlib
import inspect
import json
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime, time
from io import BytesIO
from pathlib import Path
from typing import Any, Literal

import geopandas as gpd

from geodata.errors import BrokenSeal, UnknownLayer
from geodata.findings import FoundRecord, RunRecord
from geodata.model import RevisionNote, Title
from geodata.revisions import compare, digest
from geodata.store import FeatureStore, open_features
from layers.catalog import find_rule, is_personal
from layers.code_version import code_version
from layers.detect import Run, detect
from layers.dossier import Change, find_changes
from layers.pair_decisions import Said, as_argument
from layers.rule import Finding, Rule
from layers.run_records import (
    finding_of_plain,
    finding_to_plain,
    impersonal,
    run_of_record,
    said_in,
    to_json,
)

FORMAT = 1
LISTING, SUMS, RUN, DECLARATION, SOURCE = (
    "LISTING.txt",
    "SHA256SUMS",
    "run.json",
    "declaration.json",
    "rule.py",
)
INPUTS = "inputs/"
NO_TIME = (1980, 1, 1, 0, 0, 0)
"""The time of every part: that of sealing would make the same run another archive."""

InputState = Literal["same", "changed", "missing"]


@dataclass(frozen=True)
class SealedInput:
    """One list of a sealed run: which state of it, its hash, and whether its rows are inside."""

    table: str
    role: str
    revision: str
    data_on: date
    rows: int
    source_name: str
    is_demonstration: bool
    sha256: str
    is_inside: bool


@dataclass(frozen=True)
class Sealed:
    """What an archive holds: the run with its findings, its inputs, the program it was made by."""

    run: Run
    inputs: tuple[SealedInput, ...]
    code: str
    run_id: str
    recorded_at: datetime
    who: str
    said: Said


@dataclass(frozen=True)
class Difference:
    """One way in which a run made again differs: a finding lost, one more, or a changed one."""

    what: Literal["lost", "added", "changed"]
    finding: Finding
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True)
class Replay:
    """A sealed run made again: what differs, and by which program and version of the rule.

    `lacking` are lists whose rows are neither inside nor, as they were, in the store.
    """

    sealed: Sealed
    run: Run | None
    differences: tuple[Difference, ...]
    code: str
    version: str
    lacking: tuple[str, ...] = ()

    @property
    def is_same(self) -> bool:
        """Return whether it was made again and nothing differs."""
        return self.run is not None and not self.differences and not self.lacking


@dataclass(frozen=True)
class InputNow:
    """How a list of a sealed run stands in a store now."""

    table: str
    state: InputState
    revision: str
    added: int = 0
    changed: int = 0
    removed: int = 0


# ------------------------------------------------------------------------- sealing


def seal(record: RunRecord, found: tuple[FoundRecord, ...], features: FeatureStore) -> bytes:
    """Return the archive of a kept run; the same run gives the same bytes.

    Raises UnknownRule if the rule is no longer there, UnknownLayer and UnknownRevision if the
    store has not what the run rested on.
    """
    run, rule = run_of_record(record, found), find_rule(record.rule)
    parts: dict[str, bytes] = {}
    inputs = []
    for one in run.inputs:
        frame = features.state(one.table, one.revision).current
        is_inside = not is_personal(one.table)
        if is_inside:
            parts[f"{INPUTS}{one.table}.parquet"] = _render_rows(frame)
        inputs.append(SealedInput(**asdict(one), sha256=digest(frame), is_inside=is_inside))
    parts[RUN] = _render_run(record, run, inputs)
    parts[DECLARATION] = _pretty(declare(rule))
    parts[SOURCE] = _source_of(rule)
    parts[LISTING] = _list_parts(record, rule, run, inputs, parts).encode()
    sums = "".join(f"{_sha256(parts[name])}  {name}\n" for name in sorted(parts))
    parts[SUMS] = sums.encode()
    return _pack(parts)


def declare(rule: Rule) -> dict[str, Any]:
    """Return a rule as declared, all but the code that judges, as plain values."""
    told = asdict(replace(rule, judge=_no_judge))
    del told["judge"]
    return told


def _no_judge(_asked: object) -> tuple[()]:
    return ()


def _source_of(rule: Rule) -> bytes:
    file = inspect.getsourcefile(rule.judge)
    return b"" if file is None else Path(file).read_bytes().replace(b"\r\n", b"\n")


def _render_rows(frame: gpd.GeoDataFrame) -> bytes:
    """Return rows as GeoParquet, by id: the order in which an engine keeps them says nothing."""
    file = BytesIO()
    ordered = frame.sort_values("id", kind="stable").reset_index(drop=True)
    ordered[sorted(ordered.columns)].to_parquet(file, index=False)
    return file.getvalue()


def _render_run(record: RunRecord, run: Run, inputs: list[SealedInput]) -> bytes:
    told = {
        "format": FORMAT,
        "run": record.id,
        "rule": record.rule,
        "version": record.version,
        "as_of": record.as_of.isoformat(),
        "recorded_at": record.recorded_at.astimezone(UTC).isoformat(),
        "who": record.who,
        "why": record.why,
        "code": record.code,
        "document": json.loads(record.document),
        "inputs": [{**asdict(one), "data_on": one.data_on.isoformat()} for one in inputs],
        "findings": [finding_to_plain(one) for one in run.findings],
    }
    return _pretty(told)


def _pretty(told: object) -> bytes:
    return (json.dumps(json.loads(to_json(told)), ensure_ascii=False, indent=1) + "\n").encode()


HEADS: Mapping[str, Title] = {
    "title": Title("监督模型运行封存包", "A sealed run of a supervision model"),
    "check": Title("核对：解压后执行 sha256sum -c SHA256SUMS", "To check: sha256sum -c SHA256SUMS"),
    "rule": Title("模型", "Rule"),
    "version": Title("模型版本", "Version of the rule"),
    "as_of": Title("截至", "As of"),
    "made": Title("运行", "Run"),
    "code": Title("程序版本", "Program"),
    "numbers": Title("参数", "Parameters"),
    "changed": Title("（已改动，默认 {default}）", "(changed, by default {default})"),
    "inputs": Title("所依据的名单", "Lists it rests on"),
    "found": Title("发现数", "Findings"),
    "demonstration": Title("演示数据，均为虚构", "demonstration data, all invented"),
    "personal": Title("含个人信息，只封存校验值", "holds persons, sealed by its hash alone"),
    "parts": Title("包内文件（SHA-256、字节数、文件名）", "Parts (SHA-256, bytes, name)"),
}


def _list_parts(
    record: RunRecord, rule: Rule, run: Run, inputs: list[SealedInput], parts: dict[str, bytes]
) -> str:
    def head(name: str, **facts: object) -> str:
        return " / ".join(HEADS[name].says(one).format(**facts) for one in ("zh", "en"))

    made = record.recorded_at.astimezone(UTC).isoformat(timespec="seconds")
    lines = [
        head("title"),
        head("check"),
        "",
        f"{head('rule')}: {rule.title.zh} / {rule.title.en} ({rule.id})",
        f"{head('version')}: {record.version}",
        f"{head('as_of')}: {record.as_of.isoformat()}",
        f"{head('made')}: {record.id}, {made}, {record.who}",
        f"{head('code')}: {record.code}",
        f"{head('found')}: {len(run.findings)}",
        "",
        f"{head('numbers')}:",
    ]
    declared = {one.id: one for one in rule.parameters}
    for name, value in run.numbers.items():
        one = declared.get(name)
        title, unit = (f"{one.title.zh} / {one.title.en}", one.unit) if one else (name, "")
        mark = head("changed", default=one.default) if one and name in run.changed else ""
        lines.append(f"  {title}: {value:g} {unit} {mark}".rstrip())
    lines += ["", f"{head('inputs')}:"]
    for given in inputs:
        marks = [head("demonstration")] if given.is_demonstration else []
        marks += [] if given.is_inside else [head("personal")]
        facts = f"revision {given.revision}, {given.data_on.isoformat()}, {given.rows} rows"
        lines.append(f"  {given.table}: {'; '.join([facts, given.source_name or '-', *marks])}")
        lines.append(f"    {given.sha256}")
    lines += ["", f"{head('parts')}:"]
    lines += [f"  {_sha256(parts[name])} {len(parts[name])} {name}" for name in sorted(parts)]
    return "\n".join(lines) + "\n"


def _pack(parts: Mapping[str, bytes]) -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(parts):
            part = zipfile.ZipInfo(name, NO_TIME)
            part.external_attr = 0o644 << 16
            part.create_system = 3  # the same on every machine
            archive.writestr(part, parts[name])
    return file.getvalue()


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


# -------------------------------------------------------------------------- opening


def open_seal(file: Path) -> tuple[Sealed, dict[str, gpd.GeoDataFrame]]:
    """Return what an archive holds and the rows inside, by table.

    Raises BrokenSeal naming the part that is damaged, missing, too many or not what was sealed.
    """
    parts = _read_parts(file)
    try:
        told = json.loads(parts[RUN])
        version = told["format"]
    except (KeyError, ValueError, TypeError) as odd:
        raise BrokenSeal(file=file.name, reason="no_manifest", part=RUN) from odd
    if version != FORMAT:
        raise BrokenSeal(file=file.name, reason="newer", part=str(version))
    sealed = _sealed_of(told)
    frames = {}
    for one in sealed.inputs:
        if one.is_inside:
            name = f"{INPUTS}{one.table}.parquet"
            if name not in parts:
                raise BrokenSeal(file=file.name, reason="other_parts", part=name)
            frame = gpd.read_parquet(BytesIO(parts[name]))
            if digest(frame) != one.sha256:
                raise BrokenSeal(file=file.name, reason="changed", part=name)
            frames[one.table] = frame
    return sealed, frames


def _read_parts(file: Path) -> dict[str, bytes]:
    """Return every part of an archive, each held against the list of hashes."""
    if not file.is_file():
        raise BrokenSeal(file=file.name, reason="missing", part="-")
    try:
        with zipfile.ZipFile(file) as archive:
            names = [one.filename for one in archive.infolist()]
            parts = {name: _read_part(archive, name, file) for name in names}
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError) as broken:
        raise BrokenSeal(file=file.name, reason="damaged", part="-") from broken
    if SUMS not in parts:
        raise BrokenSeal(file=file.name, reason="no_manifest", part=SUMS)
    wanted = dict(_read_sums(parts[SUMS].decode("utf-8", "replace")))
    odd = sorted(set(names) ^ {SUMS, *wanted}) or sorted({n for n in names if names.count(n) > 1})
    if odd:
        raise BrokenSeal(file=file.name, reason="other_parts", part=odd[0])
    for name, sha256 in wanted.items():
        if _sha256(parts[name]) != sha256:
            raise BrokenSeal(file=file.name, reason="changed", part=name)
    return parts


def _read_part(archive: zipfile.ZipFile, name: str, file: Path) -> bytes:
    try:
        return archive.read(name)
    except zipfile.BadZipFile as broken:  # the checksum of the zip itself
        raise BrokenSeal(file=file.name, reason="changed", part=name) from broken


def _read_sums(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        sha256, _, name = line.partition("  ")
        yield name, sha256


def _sealed_of(told: Mapping[str, Any]) -> Sealed:
    recorded_at, as_of = (
        datetime.fromisoformat(told["recorded_at"]),
        date.fromisoformat(told["as_of"]),
    )
    record = RunRecord(
        rule=told["rule"],
        version=told["version"],
        as_of=as_of,
        recorded_at=recorded_at,
        who=told["who"],
        code=told["code"],
        document=to_json(told["document"]),
        id=told["run"],
    )
    run = replace(
        run_of_record(record),
        findings=tuple(finding_of_plain(one) for one in told["findings"]),
    )
    inputs = tuple(
        SealedInput(**{**one, "data_on": date.fromisoformat(one["data_on"])})
        for one in told["inputs"]
    )
    said = said_in(record)
    return Sealed(run, inputs, record.code, record.id, recorded_at, record.who, said)


# ------------------------------------------------------------------------ replaying


def replay(file: Path, against: FeatureStore | None = None) -> Replay:
    """Return a sealed run made again on what was sealed, and exactly what differs.

    Rows that were not sealed are taken from the store `against`, where they are still the same.
    Raises BrokenSeal, and UnknownRule if there is no such rule any more.
    """
    sealed, frames = open_seal(file)
    rule = find_rule(sealed.run.rule)
    lacking = []
    for one in sealed.inputs:
        if not one.is_inside:
            frame = _from_store(one, against)
            if frame is None:
                lacking.append(one.table)
            else:
                frames[one.table] = frame
    if lacking:
        return Replay(sealed, None, (), code_version(), rule.version, tuple(lacking))
    store = _store_of(sealed, frames)
    run = impersonal(
        detect(rule, store, sealed.run.as_of, sealed.run.numbers, **as_argument(sealed.said))
    )
    differences = tuple(find_differences(sealed.run.findings, run.findings))
    return Replay(sealed, run, differences, code_version(), rule.version)


def _store_of(sealed: Sealed, frames: Mapping[str, gpd.GeoDataFrame]) -> FeatureStore:
    """Return a store in memory that holds the sealed rows as they were."""
    store = open_features("memory:")
    for table, one in {one.table: one for one in sealed.inputs}.items():
        note = RevisionNote(
            who=sealed.who,
            why="replay",
            recorded_at=datetime.combine(one.data_on, time(12), UTC),
            source_name=one.source_name,
            is_demonstration=one.is_demonstration,
            data_on=one.data_on,
        )
        store.write(table, frames[table], note)
    return store


def _from_store(one: SealedInput, store: FeatureStore | None) -> gpd.GeoDataFrame | None:
    """Return the rows of a list from a store if they are what was sealed, now or then."""
    if store is None or one.table not in store.layers():
        return None
    known = {each.id for each in store.revisions()}
    for revision in ("", one.revision if one.revision in known else ""):
        frame = store.state(one.table, revision).current
        if digest(frame) == one.sha256:
            return frame
    return None


def find_differences(sealed: tuple[Finding, ...], now: tuple[Finding, ...]) -> Iterator[Difference]:
    """Yield what differs between two runs, finding by finding and fact by fact.

    >>> list(find_differences((), ()))
    []
    """
    old, new = ({one.id: one for one in findings} for findings in (sealed, now))
    for one in sealed:
        if one.id not in new:
            yield Difference("lost", one)
    for one in now:
        if one.id not in old:
            yield Difference("added", one)
        else:
            changes = find_changes(old[one.id], one) + _told_otherwise(old[one.id], one)
            if changes:
                yield Difference("changed", one, changes)


def _told_otherwise(before: Finding, after: Finding) -> tuple[Change, ...]:
    """Return in what the telling of a finding differs that is none of its facts."""
    names = ("jurisdiction", "township", "name", "lon", "lat")
    pairs = ((name, getattr(before, name), getattr(after, name)) for name in names)
    return tuple(Change("fact", name, one, other) for name, one, other in pairs if one != other)


def inputs_now(sealed: Sealed, store: FeatureStore) -> tuple[InputNow, ...]:
    """Return how the lists of a sealed run stand in a store now: the same, changed, missing.

    How many rows were added, changed and removed is told where the store still has the revision.
    """
    told = []
    for one in sealed.inputs:
        try:
            frame = store.state(one.table).current
        except UnknownLayer:
            told.append(InputNow(one.table, "missing", ""))
            continue
        newest = store.revisions(one.table)[-1].id
        if digest(frame) == one.sha256:
            told.append(InputNow(one.table, "same", newest))
            continue
        known = {each.id for each in store.revisions(one.table)}
        counts = {}
        if one.revision in known:
            before = store.state(one.table, one.revision).current
            if digest(before) == one.sha256:
                counts = dict(compare(before, frame)["change"].value_counts())
        told.append(
            InputNow(
                one.table,
                "changed",
                newest,
                **{name: int(counts.get(name, 0)) for name in ("added", "changed", "removed")},
            )
        )
    return tuple(told)
