"""What is wrong with an installation: every finding as a fact, worded with its remedy elsewhere.

Nothing is written, except what opening a store of an older version writes anyway.
"""

import json
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path
from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import ArrayLike

from geodata.archive import SCRATCH, find_replaced
from geodata.city import open_city
from geodata.copying import Told
from geodata.engines.folder import FolderFeatures
from geodata.engines.journal_sqlite import SqliteJournal
from geodata.engines.sqlite import SqliteCases
from geodata.engines.sqlite_findings import SqliteFindings
from geodata.errors import BrokenStore, BrokenTargets, GeodataError, UnknownLayer
from geodata.evidence_store import HARMLESS, is_there, open_evidence
from geodata.findings import FindingStore, open_findings
from geodata.journal import open_journal
from geodata.lifecycle import check_history, hazards_of
from geodata.model import Case, is_foreign
from geodata.rule_set import RuleSet, load_rule_set, rule_set_ids
from geodata.schema import KEPT_COLUMNS, Schema
from geodata.settings import VARIABLES, Settings, read_settings
from geodata.store import CaseStore, FeatureStore, may_hold, open_cases, open_features

CHECKS = "public_interest_map.checks"
"""Entry points of this group yield what an installation lacks besides data."""

LEAST_FREE_BYTES = 2 * 10**9
LEAST_FREE_SHARE = 2
"""Room that must be left: for this many times the data, as a backup and a write need."""

MOST_NAMED = 5
CGCS2000 = 4490
OURS = (".partial-", ".first-start-", SCRATCH)
"""What the names begin with of files and folders that a killed process may leave."""

KINDS = {"point": "Point", "line": "LineString", "polygon": "Polygon"}
BEYOND_WORDS = (ValueError, LookupError, TypeError, AttributeError)
"""What reading rows ends with whose text was damaged and is text still."""

Severity = Literal["error", "warning"]
SchemaOf = Callable[[str], Schema]


@dataclass(frozen=True)
class Ailment:
    """One thing that is wrong; `what` keys its words and remedy, `place` says where."""

    what: str
    place: str
    severity: Severity = "error"
    facts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Examined:
    """All that was found, and how much was looked at."""

    ailments: tuple[Ailment, ...]
    layers: int
    features: int
    cases: int
    entries: int
    runs: int = 0
    decisions: int = 0
    evidence: int = 0
    journal: int = 0

    @property
    def is_sound(self) -> bool:
        """Return whether nothing is wrong; warnings leave an installation sound."""
        return all(one.severity == "warning" for one in self.ailments)


def examine(
    environment: Mapping[str, str], schema_of: SchemaOf, told: Told = lambda *_: None
) -> Examined:
    """Return everything that is wrong with the installation that an environment describes."""
    found = [*_unknown_variables(environment), *_missing_parts()]
    try:
        asked = read_settings(environment)
    except GeodataError as wrong:
        found.append(_told("setting", str(wrong.facts.get("name", "-")), wrong))
        return Examined(tuple(found), 0, 0, 0, 0)
    found += [*_settings(asked, environment), *_folder(asked)]
    features, cases = _open(asked, found)
    ids: dict[str, set[str]] = {}
    rows = entries = 0
    if features:
        for number, layer_id in enumerate(features.layers(), 1):
            told("features", number, len(features.layers()))
            frame = _check_layer(features, layer_id, schema_of, found)
            if frame is not None:
                rows, ids[layer_id] = rows + len(frame), set(frame["id"].astype(str))
        found += _past(features)
    told_cases = _read_cases(cases, found) if cases else ()
    for case in told_cases:
        entries += case.revision
    told("cases", len(told_cases), len(told_cases))
    found += _histories(told_cases, asked)
    if features:
        found += _links(told_cases, features, ids)
    runs, decisions = _check_findings(asked, told_cases, found)
    evidence = _check_evidence(asked, found)
    journal = _check_journal(asked, found)
    counts = (len(ids), rows, len(told_cases), entries, runs, decisions, evidence, journal)
    return Examined(tuple(found), *counts)


# --------------------------------------------------------------------- settings


def _unknown_variables(environment: Mapping[str, str]) -> Iterator[Ailment]:
    for name in sorted(environment):
        if name.startswith("PIM_") and name not in VARIABLES:
            known = ", ".join(VARIABLES)
            yield Ailment("unknown_setting", name, "warning", (("known", known),))


def _missing_parts() -> Iterator[Ailment]:
    offered = entry_points(group=CHECKS)
    if not offered:
        yield Ailment("checks_not_offered", CHECKS)
    for offer in offered:
        for what, place in offer.load()():
            yield Ailment(what, place)


def _settings(asked: Settings, environment: Mapping[str, str]) -> Iterator[Ailment]:
    try:
        open_city(asked.city)
    except GeodataError as wrong:
        yield _told("setting", "PIM_CITY", wrong)
    for name in ("PIM_OUTLINE_FILE", "PIM_FONT", "PIM_TARGETS_FILE"):
        if environment.get(name) and not Path(environment[name]).is_file():
            yield Ailment("file_missing", environment[name], facts=(("name", name),))
    for folder in filter(None, environment.get("PIM_LAYER_FOLDERS", "").split(os.pathsep)):
        if not Path(folder).is_dir():
            yield Ailment("folder_missing", folder, facts=(("name", "PIM_LAYER_FOLDERS"),))
    if asked.targets_file and asked.targets_file.is_file():
        try:
            load_rule_set(rule_set_ids()[0], asked.targets_file)
        except BrokenTargets as wrong:
            yield _told("setting", "PIM_TARGETS_FILE", wrong)


def _folder(asked: Settings) -> Iterator[Ailment]:
    """Yield what is wrong with the data folder: absent, not ours to write, full, littered."""
    folder = asked.data_folder.absolute()
    if not folder.is_dir():
        yield _missing(asked, folder)
        return
    for place in (folder, folder / "features"):
        if place.is_dir() and not os.access(place, os.R_OK | os.W_OK | os.X_OK):
            yield Ailment("not_writable", str(place))
    size = sum(one.stat().st_size for one in folder.rglob("*") if one.is_file())
    free, least = shutil.disk_usage(folder).free, max(LEAST_FREE_BYTES, LEAST_FREE_SHARE * size)
    if free < least:
        facts = (("free_mb", f"{free // 10**6:,}"), ("least_mb", f"{least // 10**6:,}"))
        yield Ailment("little_space", str(folder), "warning", facts)
    for place in sorted({*folder.parent.iterdir(), *folder.iterdir()}):
        if place.name.startswith(OURS):
            yield Ailment("leftover", str(place), "warning")


def _missing(asked: Settings, folder: Path) -> Ailment:
    """Return why a data folder is not there: a killed restore renamed it, or it never was."""
    renamed = find_replaced(folder)
    if renamed:
        return Ailment("restore_broken_off", str(folder), facts=(("renamed", renamed),))
    if asked.is_chosen and not (asked.chosen_features_url and asked.chosen_cases_url):
        return Ailment("data_folder_missing", str(folder))
    return Ailment("nothing_yet", str(folder), "warning")


# ----------------------------------------------------------------------- stores


def _open(asked: Settings, found: list[Ailment]) -> tuple[FeatureStore | None, CaseStore | None]:
    """Return both stores, None for one that is not there or cannot be opened."""
    features: FeatureStore | None = None
    cases: CaseStore | None = None
    place = Path(asked.features_url.removeprefix("file:"))
    if asked.chosen_features_url or place.is_dir() or asked.data_folder.is_dir():
        try:
            features = open_features(asked.features_url)
        except GeodataError as wrong:
            found.append(_told("features", _shown(asked.features_url), wrong))
    if may_hold(asked.cases_url):
        try:
            cases = open_cases(asked.cases_url)
        except GeodataError as wrong:
            found.append(_told("cases", _shown(asked.cases_url), wrong))
    elif asked.data_folder.is_dir():
        found.append(Ailment("no_cases_yet", asked.cases_url.removeprefix("sqlite:"), "warning"))
    return features, cases


def _check_layer(
    store: FeatureStore, layer_id: str, schema_of: SchemaOf, found: list[Ailment]
) -> gpd.GeoDataFrame | None:
    """Return the rows of a layer, having looked at all of them; None if they cannot be read."""
    try:
        frame = store.read(layer_id)
    except GeodataError as wrong:
        found.append(_told("layer", layer_id, wrong))
        return None
    try:
        schema = schema_of(layer_id)
    except UnknownLayer:
        found.append(Ailment("layer_not_offered", layer_id, "warning"))
    else:
        found += _misfits(frame, layer_id, schema)
    return frame


def _misfits(frame: gpd.GeoDataFrame, layer_id: str, schema: Schema) -> Iterator[Ailment]:
    """Yield how the rows of a layer do not fit its schema."""
    missing = [one for one in schema.column_ids if one not in {*frame.columns, *KEPT_COLUMNS}]
    if missing:
        yield Ailment("columns_missing", layer_id, facts=(("columns", ", ".join(missing)),))
    ids = frame["id"]
    yield from _rows("ids_repeated", layer_id, frame, ids.isna() | ids.duplicated(keep=False))
    for column in schema.columns:
        if column.codes and column.id in frame:
            lists = frame[column.id].fillna("").astype(str).str.split(";")
            odd = lists.map(
                lambda codes, known=set(column.codes): not known.issuperset(filter(None, codes))
            )
            yield from _rows("codes_unknown", layer_id, frame, odd, column.id)
        if column.required and column.id in frame:
            blank = frame[column.id].isna() | (frame[column.id].astype(str) == "")
            yield from _rows("blank", layer_id, frame, blank, column.id)
        if column.kind in {"number", "whole"} and column.id in frame:
            numbers = pd.to_numeric(frame[column.id], errors="coerce")
            yield from _rows(
                "not_number", layer_id, frame, numbers.isna() & frame[column.id].notna(), column.id
            )
    if schema.geometry != "none":
        shapes = frame["geometry"].to_numpy()
        kinds = pd.Series(frame["geometry"].geom_type, frame.index).str.removeprefix("Multi")
        placed = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
        wanted = KINDS.get(schema.geometry)
        if wanted is not None:
            yield from _rows("wrong_kind", layer_id, frame, placed & (kinds != wanted))
        yield from _rows("shape_invalid", layer_id, frame, placed & ~shapely.is_valid(shapes))
        if frame.crs is None or frame.crs.to_epsg() != CGCS2000:
            yield Ailment("wrong_system", layer_id, facts=(("system", str(frame.crs)),))


def _rows(
    what: str, layer_id: str, frame: pd.DataFrame, where: ArrayLike, column: str = ""
) -> Iterator[Ailment]:
    wrong = frame.loc[np.asarray(where, bool), "id"]
    if len(wrong):
        named = ", ".join(map(str, wrong[:MOST_NAMED]))
        facts = (("column", column), ("count", str(len(wrong))), ("rows", named))
        yield Ailment(what, layer_id, facts=facts)


def _past(store: FeatureStore) -> Iterator[Ailment]:
    """Yield what is left of killed writes, and revisions whose rows are gone."""
    try:
        revisions = store.revisions()
    except GeodataError as wrong:
        yield _told("features", "revisions", wrong)
        return
    if isinstance(store, FolderFeatures):
        for name in store.leftovers():
            yield Ailment("leftover", str(store.folder / name), "warning")
    for one in revisions:
        try:
            store.state(one.layer, one.id)
        except GeodataError as wrong:
            yield _told("past", f"{one.layer} {one.id}", wrong)


# ------------------------------------------------------------------------ cases


def _read_cases(store: CaseStore, found: list[Ailment]) -> tuple[Case, ...]:
    try:
        if isinstance(store, SqliteCases):
            found += _database(store)
        with _worded_damage("cases", "unreadable_cases"):
            return store.find()
    except GeodataError as wrong:
        found.append(_told("cases", "", wrong))
    return ()


def _database(
    store: SqliteCases | SqliteFindings | SqliteJournal, what: str = "database_damaged"
) -> Iterator[Ailment]:
    address = f"{store.file.absolute().as_uri()}?mode=ro"
    try:
        with closing(sqlite3.connect(address, uri=True)) as database:
            lines = [line for (line,) in database.execute("pragma quick_check")]
    except sqlite3.DatabaseError as broken:
        lines = [str(broken)]
    for line in lines:
        if line != "ok":
            yield Ailment(what, str(store.file), facts=(("detail", line),))


def _histories(cases: tuple[Case, ...], asked: Settings) -> Iterator[Ailment]:
    laws: dict[str, RuleSet] = {}
    offices = set(open_city(asked.city).jurisdiction_ids) if _has_city(asked) else None
    for case in cases:
        if case.rule_set not in laws:
            try:
                laws[case.rule_set] = load_rule_set(case.rule_set)
            except GeodataError as wrong:
                yield _told("case", case.id, wrong)
                continue
        for fault in check_history(case, laws[case.rule_set]):
            yield _told("unlawful", case.id, fault)
        office = case.jurisdiction
        if offices is not None and office not in offices and not is_foreign(office):
            yield Ailment("office_unknown", case.id, facts=(("office", office),))


def _links(
    cases: tuple[Case, ...], store: FeatureStore, ids: Mapping[str, set[str]]
) -> Iterator[Ailment]:
    """Yield the cases that name hazards which are not there, or no longer hold.

    Layers that could not be read have been found fault with already.
    """
    unread = set(store.layers()) - set(ids)
    closed = {layer: set(store.state(layer).closed["id"].astype(str)) for layer in ids}
    for case in cases:
        for hazard in hazards_of(case):
            facts = (("hazard", str(hazard)),)
            if hazard.layer in unread or hazard.id in ids.get(hazard.layer, set()):
                continue
            if hazard.id in closed.get(hazard.layer, set()):
                yield Ailment("hazard_closed", case.id, "warning", facts)
            else:
                yield Ailment("hazard_missing", case.id, "error", facts)


def _check_findings(
    asked: Settings, cases: tuple[Case, ...], found: list[Ailment]
) -> tuple[int, int]:
    """Return how many runs and decisions there are, every one of them read."""
    if not may_hold(asked.findings_url):
        return 0, 0  # made when first a rule is run or a finding decided on
    try:
        store = open_findings(asked.findings_url)
        if isinstance(store, SqliteFindings):
            found += _database(store, "findings_damaged")
        with _worded_damage(_shown(asked.findings_url), "unreadable_findings"):
            runs, entries = store.runs(), store.entries()
            found += _unread_runs(store)
    except GeodataError as wrong:
        found.append(_told("findings", _shown(asked.findings_url), wrong))
        return 0, 0
    known = {case.id for case in cases}
    for one in entries:
        if one.case and one.case not in known:
            found.append(Ailment("finding_case_missing", one.subject, facts=(("case", one.case),)))
    return len(runs), len(entries)


def _check_evidence(asked: Settings, found: list[Ailment]) -> int:
    """Return how many items of evidence there are, every original hashed again."""
    if not is_there(asked.evidence_url):
        return 0  # made when first something is handed in
    try:
        store = open_evidence(asked.evidence_url)
        with _worded_damage(_shown(asked.evidence_url), "unreadable_evidence"):
            for one in store.verify().troubles:
                severity: Severity = "warning" if one.kind in HARMLESS else "error"
                facts = (("trouble", one.kind), ("detail", one.detail))
                found.append(Ailment("evidence_trouble", one.subject, severity, facts))
            return len(store.items())
    except GeodataError as wrong:
        found.append(_told("evidence", _shown(asked.evidence_url), wrong))
        return 0


def _check_journal(asked: Settings, found: list[Ailment]) -> int:
    """Return how many entries the journal has, every one held against the chain."""
    if not may_hold(asked.journal_url):
        return 0  # made with its first entry
    try:
        journal = open_journal(asked.journal_url)
        if isinstance(journal, SqliteJournal):
            found += _database(journal, "journal_file_damaged")
        with _worded_damage(_shown(asked.journal_url), "unreadable_journal"):
            found += [Ailment("journal_damaged", number) for number in journal.damage()]
            return len(journal.rows())
    except GeodataError as wrong:
        found.append(_told("journal", _shown(asked.journal_url), wrong))
        return 0


def _unread_runs(store: FindingStore) -> Iterator[Ailment]:
    """Yield the runs of which not all is there, or cannot be read."""
    for one in store.runs():
        documents = [store.run(one.id).document]
        held = store.found(one.id)
        documents += [each.document for each in held]
        if len(held) != one.found or not all(map(_is_json, documents)):
            yield Ailment("run_damaged", one.id, facts=(("rule", one.rule),))


@contextmanager
def _worded_damage(store: str, reason: str) -> Iterator[None]:
    """Have what damaged rows end with told as a store that cannot be read."""
    try:
        yield
    except BEYOND_WORDS as broken:
        raise BrokenStore(store=store, reason=reason) from broken


def _is_json(document: str) -> bool:
    try:
        json.loads(document)
    except ValueError:
        return False
    return True


def _has_city(asked: Settings) -> bool:
    try:
        open_city(asked.city)
    except GeodataError:
        return False
    return True


def _told(what: str, place: str, wrong: GeodataError) -> Ailment:
    facts = tuple((name, str(fact)) for name, fact in wrong.facts.items())
    return Ailment(what, place, facts=(("error", type(wrong).__name__), *facts))


def _shown(url: str) -> str:
    """Return a URL without user, password and options."""
    scheme, _, rest = url.partition(":")
    plain = rest.partition("?")[0]
    return f"{scheme}:{'//' if '@' in plain else ''}{plain.rpartition('@')[2]}"
