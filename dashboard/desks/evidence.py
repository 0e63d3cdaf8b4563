"""What the screen of evidence asks the stores: whose items, what they prove, what contradicts.

Nothing is written here. What is returned is shared by all visitors: look, never change.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import shapely
import streamlit as st
from PIL import Image

from dashboard import holdings, reads, session
from dashboard.doors.access import may, offices_seen, sees_shared
from dashboard.doors.visitors import visitor
from dashboard.reads import DataState
from geodata import GeodataError, HazardRef, hazards_of
from geodata.derived_pictures import Box, blurred, cropped, rotated
from geodata.errors import UnknownEvidence
from geodata.evidence_needs import (
    Completeness,
    completeness,
    layers_with_needs,
    name_of_purpose,
    need_for,
    needs_of,
)
from geodata.evidence_store import CustodyEntry, EvidenceItem, derivatives_of
from geodata.model import Title
from geodata.photographs import (
    DECODED,
    Comparison,
    PhotoPair,
    Stop,
    can_be_shown,
    compare_with_stop,
    pair_before_after,
)
from layers.catalog import layer_ids
from layers.checklists import read_checklist
from layers.leads import PUBLIC_ORIGIN

GUARDED = frozenset({"P0", "P1", "P5"})
"""Classes of which no picture is shown before somebody asks for it."""

UNASKED = frozenset({"stop_time_missing"})
"""What comes of a comparison with a place where nobody said a time: that says nothing."""

MOST_LISTED = 500

Work = Literal["cropped", "blurred", "rotated"]


@dataclass(frozen=True)
class Subject:
    """Whose evidence is looked at: a case with its hazards, one hazard, or (blank) all there is.

    `office` is the one in charge, by which rights are checked; `hazards` and `layers` are those
    that an item may be handed in for.
    """

    case: str = ""
    hazard: str = ""
    office: str = ""
    hazards: tuple[str, ...] = ()
    is_gone: bool = False

    @property
    def layers(self) -> tuple[str, ...]:
        """Return the layers of the hazards, in their order."""
        return tuple(dict.fromkeys(HazardRef.parse(one).layer for one in self.hazards))

    @property
    def is_all(self) -> bool:
        """Return whether nothing is chosen."""
        return not (self.case or self.hazard)


@dataclass(frozen=True)
class CopyWork:
    """What is to be done to a picture: boxes in pixels as it is shown, or degrees clockwise."""

    derivation: Work = "blurred"
    boxes: tuple[Box, ...] = ()
    degrees: int = 90

    @property
    def is_whole(self) -> bool:
        """Return whether it is said what is to be done."""
        return self.derivation == "rotated" or bool(self.boxes)


@dataclass(frozen=True)
class Share:
    """How far the evidence of a case goes for one layer: needs met, of how many, and what lacks."""

    case: str
    layer: str
    items: int
    met: int
    needs: int
    flawed: int


# -------------------------------------------------------------------------- whose


def subject_of(selected: str, state: DataState) -> Subject:
    """Return whose evidence a selection means."""
    kind, _, name = selected.partition(":")
    if kind == "case":
        case = reads.case(name, state.revision)
        if case is None:
            return Subject(case=name, is_gone=True)
        refs = tuple(str(ref) for ref in hazards_of(case, state.as_of, state.known_at))
        return Subject(case=name, office=case.jurisdiction, hazards=refs)
    if selected:
        found = reads.hazard(selected, state)
        if found is None:
            return Subject(hazard=selected, is_gone=True)
        office = str(found.row["jurisdiction"] or "")
        return Subject(hazard=selected, office=office, hazards=(selected,))
    return Subject()


def hazard_titles(subject: Subject, state: DataState) -> dict[str, str]:
    """Return the names of the hazards of a subject, or of all that have evidence."""
    names = reads.hazard_names(state.revision)
    refs = dict.fromkeys(one.facts.hazard for one in all_items() if one.facts.hazard)
    refs |= dict.fromkeys(subject.hazards)
    return {ref: f"{names.get(ref, ref)} ({ref.partition(':')[2]})" for ref in refs}


def office_of(case: str, hazard: str) -> str:
    """Return the office in charge of a case, else of a hazard; nothing if neither is known.

    A case that is named and not seen has none here, whatever hazard stands beside it: nobody puts
    anything to a case of others by way of a hazard of their own.
    """
    revision = holdings.data_revision()
    found = reads.case(case, revision) if case else None
    if found is not None:
        return found.jurisdiction
    if case and holdings.eyes_of(revision) is not None:
        return ""
    seen = reads.hazard(hazard, reads.data_state()) if hazard else None
    return str(seen.row["jurisdiction"] or "") if seen is not None else ""


# -------------------------------------------------------------------------- items


def all_items() -> tuple[EvidenceItem, ...]:
    """Return every item that this visitor may see, the newest last."""
    chain, offices = holdings.evidence().head().chain, offices_seen(visitor(), "see_evidence")
    if offices is None:
        return _items(chain)
    with_shared = sees_shared(visitor(), "see_evidence")
    return _items_seen(chain, holdings.revision_for(offices), with_shared=with_shared)


@st.cache_resource(max_entries=2, show_spinner=False)
def _items(chain: str) -> tuple[EvidenceItem, ...]:
    del chain
    return tuple(one for one in holdings.evidence().items() if not _waits_on_lead(one))


def _waits_on_lead(item: EvidenceItem) -> bool:
    """Return whether an item came with a lead that is no case yet: only its inbox shows it."""
    return item.facts.origin == PUBLIC_ORIGIN and not (item.facts.case or item.facts.hazard)


@st.cache_resource(max_entries=holdings.MOST_EYES, show_spinner=False)
def _items_seen(chain: str, revision: str, *, with_shared: bool) -> tuple[EvidenceItem, ...]:
    return tuple(one for one in _items(chain) if _is_seen(one, revision, with_shared=with_shared))


def _is_seen(item: EvidenceItem, revision: str, *, with_shared: bool) -> bool:
    """Return whether an item is of a case that is seen, or of a hazard where it names no case."""
    facts, offices = item.facts, holdings.eyes_of(revision) or frozenset()
    if facts.case:
        case = reads.case(facts.case, revision)
        return case is not None and (with_shared or case.jurisdiction in offices)
    if not (facts.hazard and holdings.is_there(facts.hazard, revision)):
        return False
    return with_shared or _office_of_hazard(facts.hazard, revision) in offices


def _office_of_hazard(ref: str, revision: str) -> str:
    named = HazardRef.parse(ref)
    rows = holdings.seen_stores(revision)[0].rows(named.layer, [named.id])
    return "" if rows.empty else str(rows["jurisdiction"].iloc[0] or "")


def items_of(subject: Subject) -> tuple[EvidenceItem, ...]:
    """Return the items of a subject: of a case also those of its hazards that name no case."""
    return tuple(one for one in all_items() if _belongs(one, subject))


def _belongs(item: EvidenceItem, subject: Subject) -> bool:
    facts = item.facts
    if subject.is_all:
        return True
    if subject.case:
        return facts.case == subject.case or (not facts.case and facts.hazard in subject.hazards)
    return facts.hazard == subject.hazard


def seen_item(number: int) -> EvidenceItem:
    """Return one item as it is now; raise UnknownEvidence for one not there, or not to be seen."""
    if find_item(number) is None:
        raise UnknownEvidence(str(number), ())
    return holdings.evidence().item(number)


def find_item(number: int) -> EvidenceItem | None:
    """Return one item, None if there is none of that number."""
    return next((one for one in all_items() if one.number == number), None)


def copies_of(item: EvidenceItem) -> tuple[EvidenceItem, ...]:
    """Return the copies for showing that were made of an item."""
    return derivatives_of(item.sha256, all_items())


def original_of(item: EvidenceItem) -> EvidenceItem | None:
    """Return the item that a copy was made of, None for an original."""
    made_of = item.facts.derived_from
    return next((one for one in all_items() if made_of and one.sha256 == made_of), None)


def custody_of(item: EvidenceItem) -> tuple[CustodyEntry, ...]:
    """Return who did what with an item, the first first."""
    return _custody(item.number, holdings.evidence().head().chain)


@st.cache_resource(max_entries=64, show_spinner=False)
def _custody(number: int, chain: str) -> tuple[CustodyEntry, ...]:
    del chain
    return holdings.evidence().custody(number)


def may_reveal(item: EvidenceItem) -> bool:
    """Return whether this visitor may open a guarded picture of an item at all."""
    office = office_of(item.facts.case, item.facts.hazard)
    return may(visitor(), "reveal_evidence", office)


def is_guarded(item: EvidenceItem) -> bool:
    """Return whether a picture is shown only after somebody has asked for it."""
    return item.facts.access_class in GUARDED


def may_show(item: EvidenceItem, revealed: Iterable[int]) -> bool:
    """Return whether the picture of an item is shown now."""
    if not can_be_shown(item):
        return False
    return not is_guarded(item) or (item.number in set(revealed) and may_reveal(item))


# ---------------------------------------------------------------- what contradicts


def comparisons(
    items: Sequence[EvidenceItem], state: DataState
) -> Mapping[int, tuple[Comparison, ...]]:
    """Return what the EXIF of each photograph says beside the hazard it is told to show.

    It is held against the nearest point of the hazard, else against the place that was told; and
    against the time that was told, where EXIF is not itself the source of it.
    """
    refs = tuple(dict.fromkeys(one.facts.hazard for one in items if one.facts.hazard))
    shapes = _shapes(refs, state)
    return {one.number: _compare(one, shapes.get(one.facts.hazard)) for one in items}


def _shapes(refs: tuple[str, ...], state: DataState) -> Mapping[str, shapely.Geometry]:
    if not refs:
        return {}
    found = reads.features_named(refs, state.as_of, state.revision, state.known_at)
    pairs = zip(found["ref"], found.geometry, strict=True)
    return {ref: shape for ref, shape in pairs if shape is not None and not shape.is_empty}


def _compare(item: EvidenceItem, shape: shapely.Geometry | None) -> tuple[Comparison, ...]:
    facts, looked = item.facts, item.looked
    if item.mime not in DECODED or facts.derived_from:
        return ()
    place = _nearest(shape, looked.lon, looked.lat) if shape is not None else None
    if place is None and facts.coord_source != "exif" and None not in {facts.lon, facts.lat}:
        place = (facts.lon, facts.lat)
    if place is None or place[0] is None or place[1] is None:
        return ()
    told = facts.captured_at
    arrived = told if told and told.tzinfo and told != looked.captured_at else None
    found = compare_with_stop(looked, Stop(facts.hazard, place[0], place[1], arrived))
    return tuple(one for one in found if one.kind not in UNASKED)


def _nearest(
    shape: shapely.Geometry, lon: float | None, lat: float | None
) -> tuple[float | None, float | None]:
    """Return the point of a shape that lies nearest to a place, degrees in EPSG:4490."""
    if lon is None or lat is None:
        middle = shape.representative_point()
        return middle.x, middle.y
    wide = float(np.cos(np.radians(lat)))  # so that a degree is as long both ways
    flat = shapely.transform(shape, lambda at: at * [wide, 1.0])
    line = shapely.shortest_line(flat, shapely.Point(lon * wide, lat))
    x, y = shapely.get_coordinates(line)[0]
    return float(x) / wide, float(y)


# ------------------------------------------------------------------ what it proves


def purposes_of(layer: str) -> tuple[str, ...]:
    """Return the purposes that evidence of a layer may have, in the order of its needs."""
    if layer not in layers_with_needs():
        return ("inquest_record",)
    return tuple(
        dict.fromkeys(
            purpose for need in needs_of(layer) for part in need.parts for purpose in part
        )
    )


def purpose_title(purpose: str, layer: str) -> Title:
    """Return what a purpose is called: by the question of the checklist, else by name or need."""
    listed = [layer] if layer in layer_ids() else []
    for one in listed:
        question = read_checklist(one).find(purpose)
        if question is not None:
            return question.title
    need = need_for(purpose)
    named = name_of_purpose(purpose) or (need and need.title)
    return named or Title(purpose, purpose)


def completeness_of(
    subject: Subject, items: Sequence[EvidenceItem]
) -> Mapping[str, Completeness | None]:
    """Return by layer which facts the items prove; None for a layer without a minimum."""
    known = layers_with_needs()
    return {
        layer: completeness([one for one in items if _is_of(one, layer)], layer)
        if layer in known
        else None
        for layer in subject.layers
    }


def _is_of(item: EvidenceItem, layer: str) -> bool:
    """Return whether an item speaks of a layer, or of none in particular."""
    own = item.facts.layer or item.facts.hazard.partition(":")[0]
    return own in {"", layer}


def shares(state: DataState) -> tuple[Share, ...]:
    """Return how far the evidence of each case goes that has any, in the order of the items."""
    cases = dict.fromkeys(one.facts.case for one in all_items() if one.facts.case)
    found = []
    for case in cases:
        subject = subject_of(f"case:{case}", state)
        items = items_of(subject)
        for layer, done in completeness_of(subject, items).items():
            if done is not None:
                facts = (len(items), len(done.met), len(done.needs), len(done.flawed))
                found.append(Share(case, layer, *facts))
    return tuple(found)


# ---------------------------------------------------------------- before and after


def pairs_of(items: Sequence[EvidenceItem]) -> tuple[PhotoPair, ...]:
    """Return the pairs of photographs that may show one place before and after."""
    return pair_before_after(items)


def chosen_pair(
    pairs: Sequence[PhotoPair], chosen: tuple[int, int], items: Sequence[EvidenceItem]
) -> tuple[int, int]:
    """Return the two items to compare: those chosen if they are among these, else the likeliest."""
    known = {one.number for one in items}
    if chosen != (0, 0) and set(chosen) <= known | {0}:
        return chosen
    return (pairs[0].before.number, pairs[0].after.number) if pairs else (0, 0)


# -------------------------------------------------------------------------- copies


def do_work(picture: bytes, work: CopyWork) -> bytes:
    """Return the copy of a picture; raise BadEvidence for a box outside of it."""
    if work.derivation == "rotated":
        return rotated(picture, work.degrees)
    if work.derivation == "cropped":
        return cropped(picture, work.boxes[-1])
    return blurred(picture, work.boxes)


def preview(item: EvidenceItem, work: CopyWork) -> bytes | GeodataError | None:
    """Return a copy as it would be, why it cannot be made, or None while nothing is said."""
    if not work.is_whole:
        return None

    def make() -> bytes | GeodataError:
        try:
            return do_work(read_original(item.sha256), work)
        except GeodataError as trouble:
            return trouble

    return session.once("evidence_copy", (item.sha256, work), make)


def shown_size(item: EvidenceItem) -> tuple[int, int]:
    """Return width and height in pixels of a picture as it is shown, turned as EXIF says."""
    return _shown_size(item.sha256)


@st.cache_resource(max_entries=256, show_spinner=False)
def _shown_size(sha256: str) -> tuple[int, int]:
    with holdings.evidence().open(sha256) as original, Image.open(original) as picture:
        width, height = picture.size
        is_turned = picture.getexif().get(ORIENTATION, 1) in TURNED
    return (height, width) if is_turned else (width, height)


ORIENTATION, TURNED = 0x0112, frozenset({5, 6, 7, 8})
"""The field of EXIF that says how a picture is turned, and its values that change the sides."""


def read_original(sha256: str) -> bytes:
    """Return the bytes of an original, held against their hash."""
    return holdings.evidence().read(sha256)
