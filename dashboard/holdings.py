"""What is stored: settings, stores, the features that are read row by row, and the large layers.

A layer of more than TILED_FROM features is a crowd: it is counted and drawn without being read, and
of its features only those on a case are held as rows, so that everything about cases sees them.
Cached by revision, as `reads` is; what is returned is shared by all visitors: look, never change.
A revision also says whose eyes it is for (`12-34@LZ-XG`: docs/decisions/0033): whatever is asked by
it is answered from what these offices see, and kept apart from what others see.
"""

from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import streamlit as st

from dashboard import PRINT_FONTS
from dashboard.doors.access import offices_seen
from dashboard.doors.visitors import visitor
from geodata import (
    CaseStore,
    City,
    FeatureStore,
    FindingStore,
    Journal,
    Scope,
    Settings,
    open_cases,
    open_city,
    open_features,
    open_findings,
    open_journal,
    read_settings,
)
from geodata.archive import find_replaced
from geodata.casebook import Casebook
from geodata.engines.folder import create_feature_store
from geodata.errors import BrokenStore, StaleEntry
from geodata.evidence_store import EvidenceStore, open_evidence
from geodata.model import Ring
from geodata.sample import SAMPLE_ON, write_sample
from geodata.selection import have_place
from geodata.sighted import Touched, count_touched, sighted
from geodata.standing import Standing, find_links
from geodata.tiles import TILED_FROM, Look, Signs, Span
from layers.catalog import all_layers
from layers.drawing.symbols import NO_CASE, code_of
from layers.invented_agency_list import write_invented_list
from layers.invented_evidence import write_invented_evidence
from layers.invented_leads import write_invented_leads
from layers.invitations import Invitation, read_invitations
from layers.layer import Layer
from layers.leads import REPORTED, Lead, read_leads
from layers.night import is_all_invented, run_demonstration
from layers.situation import NO_CROWD, Situation, collect_features, dress, look_at_crowd

METRES_A_DEGREE = 110_574.0
"""The shortest degree of latitude, at the equator."""

EYES = "@"
MOST_EYES = 24
"""Revisions that are kept ready: two of nine offices and of those who see all, and some more."""

HIDDEN, ON_A_CASE = 30, 28
"""Codes of a tile that are no status: out of sight, and on a case that had not begun."""


@st.cache_resource(show_spinner=False)
def settings() -> Settings:
    """Return the settings of this installation."""
    return read_settings()


def city() -> City:
    """Return the city that is shown."""
    return open_city(settings().city)


def layers() -> tuple[Layer, ...]:
    """Return every layer on offer, in order."""
    return all_layers()


@st.cache_resource(show_spinner=False)
def stores() -> tuple[FeatureStore, CaseStore]:
    """Return both stores; on a first start they are made and filled with demonstration data.

    Raises BrokenStore for a folder that was named but is not there, or cannot be read, and for
    one that a restore renamed before it was killed: demonstration data must not take its place.
    """
    asked = settings()
    folder = asked.data_folder
    in_folder = not (asked.chosen_features_url and asked.chosen_cases_url)
    if in_folder and not folder.exists():
        if find_replaced(folder.absolute()):
            raise BrokenStore(store=str(folder), reason="restore_broken_off")
        if asked.is_chosen:
            raise BrokenStore(store=str(folder), reason="missing")
        _fill_with_sample(asked)
    return open_features(asked.features_url), open_cases(asked.cases_url)


@st.cache_resource(show_spinner=False)
def findings() -> FindingStore:
    """Return the runs of rules and the decisions on what they found.

    Where all data is the demonstration and no rule has run, every rule is run once; not over
    large layers, which is a matter of minutes and of the night job.
    """
    asked = settings()
    features, _ = stores()
    store = open_findings(asked.findings_url)
    if not store.runs() and is_all_invented(features) and not crowds(whole_revision()):
        run_demonstration(features, store, SAMPLE_ON)
    return store


@st.cache_resource(show_spinner=False)
def journal() -> Journal:
    """Return the journal: plans of visits, packs that went out, what they brought home."""
    stores()  # on a first start they make the folder that it lies in
    return open_journal(settings().journal_url)


@st.cache_resource(show_spinner=False)
def agency_journal() -> Journal:
    """Return the journal, with the lists for agencies in it.

    Where all data is the demonstration, an invented list is kept first, half answered.
    """
    features, cases = stores()
    book = journal()
    if is_all_invented(features):
        write_invented_list(book, features, cases)
    return book


@st.cache_resource(show_spinner=False)
def evidence() -> EvidenceStore:
    """Return the evidence of this installation.

    Where all data is the demonstration and no place was named for evidence, a handful of invented
    pictures is kept first: what is once kept cannot be removed, so never beside anything real.
    """
    asked = settings()
    features, cases = stores()
    store = open_evidence(asked.evidence_url)
    is_ours = not (asked.chosen_evidence_url or asked.chosen_cases_url)
    if is_ours and not store.head().number and is_all_invented(features):
        told = cases.casebook().cases["is_demonstration"]
        if len(told) and bool(told.astype(bool).all()):
            write_invented_evidence(store, features, PRINT_FONTS["regular"])
    return store


def leads() -> tuple[Lead, ...]:
    """Return every lead as it stands, of whatever office: who asks looks at whose they are."""
    return _leads(_lead_journal().head().chain)


@st.cache_resource(max_entries=2, show_spinner=False)
def _leads(chain: str) -> tuple[Lead, ...]:
    del chain
    return read_leads(journal())


def invitations() -> tuple[Invitation, ...]:
    """Return every invitation to a look-back, of whatever office."""
    return _invitations(_lead_journal().head().chain)


@st.cache_resource(max_entries=2, show_spinner=False)
def _invitations(chain: str) -> tuple[Invitation, ...]:
    del chain
    return read_invitations(journal())


@st.cache_resource(show_spinner=False)
def _lead_journal() -> Journal:
    """Return the journal; where all data is the demonstration, with a few invented leads."""
    features, cases = stores()
    kept = journal()
    if not kept.entries(kind=REPORTED) and is_all_invented(features):
        told = cases.casebook().cases["is_demonstration"]
        if len(told) and bool(told.astype(bool).all()):
            with suppress(StaleEntry):  # another process was quicker
                write_invented_leads(kept, evidence(), PRINT_FONTS["regular"])
    return kept


def features_near(lon: float, lat: float, near_m: float, revision: str) -> gpd.GeoDataFrame:
    """Return the features that may lie within some metres of a place, large layers too."""
    box = next(_rings_around(gpd.GeoDataFrame(geometry=[shapely.Point(lon, lat)]), near_m))
    around = shapely.Polygon(box)
    held = all_features(revision)
    parts = [held[have_place(held) & held.intersects(around)]]
    for layer in crowds(revision):
        rows = seen_stores(revision)[0].read(layer, Scope(within=box))
        if len(rows):
            parts.append(collect_features({layer: rows}))
    together = gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), crs=4490)
    return together.drop_duplicates("ref", ignore_index=True)


def data_revision() -> str:
    """Return the revision of both stores, as one text, for the eyes of this visitor."""
    return revision_for(offices_seen(visitor()))


def revision_for(offices: frozenset[str] | None) -> str:
    """Return the revision for the eyes of some offices, of everybody's who sees all for None."""
    features, cases = stores()
    whole = f"{features.revision()}-{cases.revision()}"
    return whole if offices is None else f"{whole}{EYES}{','.join(sorted(offices))}"


def whole_revision() -> str:
    """Return the revision for eyes that see all: what must know of everything, shown to none."""
    return revision_for(None)


def eyes_of(revision: str) -> frozenset[str] | None:
    """Return the offices that a revision is for, None where it is for eyes that see all.

    >>> eyes_of("12-34"), eyes_of("12-34@"), sorted(eyes_of("12-34@LZ-AN,LZ-CG"))
    (None, frozenset(), ['LZ-AN', 'LZ-CG'])
    """
    _, is_cut, offices = revision.partition(EYES)
    return frozenset(filter(None, offices.split(","))) if is_cut else None


def seen_stores(revision: str) -> tuple[FeatureStore, CaseStore]:
    """Return both stores as the eyes of a revision see them: for reading alone."""
    return stores() if eyes_of(revision) is None else _cut_stores(revision)


@st.cache_resource(max_entries=MOST_EYES, show_spinner=False)
def _cut_stores(revision: str) -> tuple[FeatureStore, CaseStore]:
    return sighted(*stores(), eyes_of(revision) or frozenset(), _touched)


@st.cache_resource(max_entries=10_000, show_spinner=False)
def _touched(layer_id: str, revision_id: str) -> Touched:
    """Return whose rows a write touched; a write never changes, so it is asked once for all."""
    return count_touched(stores()[0], layer_id, revision_id)


def is_there(ref: str, revision: str) -> bool:
    """Return whether there is a hazard of this reference, for the eyes of a revision."""
    held = all_features(revision)["ref"]
    return bool((held == ref).any()) or is_in_crowd(ref, revision)


@st.cache_resource(max_entries=MOST_EYES, show_spinner=False)
def all_features(revision: str) -> gpd.GeoDataFrame:
    """Return the features that are held as rows in one frame, EPSG:4490.

    Those are all of every known layer; of a large one those that were ever on a case.
    """
    store, _ = seen_stores(revision)
    stored, large, linked = set(store.layers()), crowds(revision), linked_ids(revision)
    return collect_features(
        {
            one.id: store.rows(one.id, linked.get(one.id, ()))
            if one.id in large
            else store.read(one.id)
            for one in layers()
            if one.id in stored
        }
    )


@st.cache_resource(max_entries=MOST_EYES, show_spinner=False)
def casebook(revision: str) -> Casebook:
    """Return every case and entry as tables."""
    _, store = seen_stores(revision)
    return store.casebook()


@st.cache_resource(max_entries=MOST_EYES, show_spinner=False)
def case_links(revision: str) -> pd.DataFrame:
    """Return every link of a case (position in the book) to a hazard (ref), of whatever day."""
    return find_links(casebook(revision))


# --------------------------------------------------------------------------- large layers


@st.cache_resource(max_entries=MOST_EYES, show_spinner=False)
def crowds(revision: str) -> tuple[str, ...]:
    """Return the layers that are too large to be read whole, in their order."""
    del revision
    store, _ = stores()
    stored = set(store.layers())
    return tuple(
        one.id
        for one in layers()
        if one.id in stored and one.has_places and store.count(one.id) > TILED_FROM
    )


@st.cache_resource(max_entries=MOST_EYES, show_spinner=False)
def linked_ids(revision: str) -> dict[str, tuple[str, ...]]:
    """Return the ids of the features that were ever linked to a case, by layer."""
    ids: dict[str, dict[str, None]] = {}
    for ref in case_links(revision)["ref"]:
        layer, _, one = ref.partition(":")
        ids.setdefault(layer, {})[one] = None
    return {layer: tuple(found) for layer, found in ids.items()}


@st.cache_resource(max_entries=256, show_spinner=False)
def count_crowd(look: Look, layer: str, revision: str) -> pd.DataFrame:
    """Return the census of the features of a large layer that are on no case."""
    told = seen_stores(revision)[0].census(layer, alone(look), _linked_signs(layer, revision))
    return told.assign(layer=layer)[list(NO_CROWD.columns)]


def add_crowds(seen: Situation, scope: Scope, revision: str) -> Situation:
    """Return a situation with the counts of what it holds beyond its rows."""
    looks = {one: look_at_crowd(scope, one, seen.as_of) for one in crowds(revision)}
    counted = [count_crowd(look, one, revision) for one, look in looks.items() if look]
    counted = [one for one in counted if len(one)]
    return replace(seen, crowd=pd.concat(counted, ignore_index=True)) if counted else seen


def page_of_crowd(
    layer: str, look: Look, revision: str, then: Standing, *, first: int = 0, most: int
) -> gpd.GeoDataFrame:
    """Return some features of a large layer that are on no case, dressed."""
    signs = _linked_signs(layer, revision)
    rows = seen_stores(revision)[0].page(layer, alone(look), signs, first, most)
    return dress(collect_features({layer: rows}), then)


def alone(look: Look) -> Look:
    """Return a look at features on no case alone."""
    return replace(look, codes=frozenset({0}))


def crowd_rows(refs: Iterable[str], revision: str, then: Standing) -> gpd.GeoDataFrame:
    """Return the named features of large layers that are on no case, dressed."""
    wanted: dict[str, list[str]] = {}
    linked = linked_ids(revision)
    for ref in refs:
        layer, _, one = ref.partition(":")
        if layer in crowds(revision) and one not in linked.get(layer, ()):
            wanted.setdefault(layer, []).append(one)
    store, _ = seen_stores(revision)
    return dress(collect_features({one: store.rows(one, ids) for one, ids in wanted.items()}), then)


def with_neighbours(
    held: gpd.GeoDataFrame, refs: Collection[str], near_m: float, revision: str
) -> gpd.GeoDataFrame:
    """Return features and, of large layers, those that may lie near some of them."""
    store, _ = seen_stores(revision)
    parts = [held]
    for layer in crowds(revision):
        old = held[(held["layer"] == layer) & held["ref"].isin(refs) & have_place(held)]
        found = [store.read(layer, Scope(within=ring)) for ring in _rings_around(old, near_m)]
        parts += [collect_features({layer: rows}) for rows in found if len(rows)]
    together = gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), crs=4490)
    return together.drop_duplicates("ref", ignore_index=True)


def _rings_around(features: gpd.GeoDataFrame, near_m: float) -> Iterator[Ring]:
    """Yield rings of degrees that hold whatever lies within some metres of features."""
    if features.empty:
        return
    bounds = shapely.bounds(features.geometry.to_numpy())
    lat = near_m / METRES_A_DEGREE * 1.05
    lon = lat / np.cos(np.radians(bounds[:, 3] + lat))
    boxes = shapely.box(
        bounds[:, 0] - lon, bounds[:, 1] - lat, bounds[:, 2] + lon, bounds[:, 3] + lat
    )
    for one in shapely.get_parts(shapely.union_all(boxes)):
        yield tuple(map(tuple, shapely.get_coordinates(one.exterior)[:-1].tolist()))


def is_in_crowd(ref: str, revision: str) -> bool:
    """Return whether a large layer has a feature of this reference."""
    layer, _, one = ref.partition(":")
    return layer in crowds(revision) and bool(len(seen_stores(revision)[0].rows(layer, [one])))


@st.cache_resource(max_entries=MOST_EYES, show_spinner=False)
def spans(revision: str) -> tuple[Span, ...]:
    """Return the days that each large layer spans."""
    return tuple(seen_stores(revision)[0].span(one) for one in crowds(revision))


def tile_question(seen: Situation, scope: Scope, layer: str, revision: str) -> tuple[Look, Signs]:
    """Return what is asked of a large layer to draw a situation: which features, which signs.

    All that a scope looks at are drawn: those on no case, and those among the situation's rows.
    """
    rows = seen.features[seen.features["layer"] == layer]
    codes = dict.fromkeys(linked_ids(revision).get(layer, ()), HIDDEN)
    for one, group, late in zip(rows["id"], rows["group"], rows["is_overdue"], strict=True):
        codes[one] = ON_A_CASE if group == NO_CASE else code_of(group, is_overdue=bool(late))
    look = look_at_crowd(scope, layer, seen.as_of)
    wanted = frozenset(codes.values()) - {HIDDEN} | ({0} if look else set())
    signs = Signs(
        key=f"{layer} {revision} {hash((scope, seen.as_of, tuple(codes.values())))}",
        ids=np.array(list(codes), object),
        codes=np.array(list(codes.values()), np.uint8),
    )
    asked = look or Look(as_of=seen.as_of)
    return replace(asked, codes=frozenset(wanted or {HIDDEN + 1})), signs


@st.cache_resource(max_entries=4 * MOST_EYES, show_spinner=False)
def _linked_signs(layer: str, revision: str) -> Signs:
    ids = np.array(linked_ids(revision).get(layer, ()), object)
    return Signs(f"linked {layer} {revision}", ids, np.full(len(ids), HIDDEN, np.uint8))


def _fill_with_sample(asked: Settings) -> None:
    """Make the demonstration data beside its place and move it there whole."""
    target = asked.data_folder.absolute()
    target.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=target.parent, prefix=".first-start-") as folder:
        here = Path(folder) / "data"
        made = replace(asked, data_folder=here, chosen_cases_url="", chosen_features_url="")
        features = create_feature_store(made.data_folder / "features")
        write_sample(features, open_cases(made.cases_url))
        with suppress(OSError):  # another process was quicker: its folder is as good
            made.data_folder.rename(target)
