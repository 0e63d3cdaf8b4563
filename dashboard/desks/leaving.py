"""What the way out asks the stores: declared names, what a file is checked against, past releases.

Nothing is written here. What is returned is shared by all visitors: look, never change.
"""

import hashlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial

import geopandas as gpd
import streamlit as st

from dashboard import holdings, reads, session
from dashboard.actions import leaving as leaving_actions
from dashboard.desks import evidence as evidence_desk
from dashboard.doors.access import may_everywhere
from dashboard.doors.visitors import visitor
from dashboard.leaving import Asked, Checked, Door, Manner, Photo, Rows, check_file, names_in
from dashboard.reads import DataState
from dashboard.telling.outside import evidence_in
from dashboard.telling.story import Story
from geodata import Case, GeodataError
from layers.disclosure import (
    Aliases,
    Context,
    Entity,
    context_for,
    entities_of_cases,
    entities_of_city,
    entities_of_features,
    entities_of_persons,
    entity,
    make_aliases,
    photo_for_outside,
)
from layers.disclosure.release_book import Decision, KeptRelease, decisions, kept_releases
from layers.imprint import Imprint, imprint_of

MOST_CASES = 20_000
"""Up to so many cases the names of all are known; beyond, those of the cases that are told."""


def open_door(
    state: DataState,
    cases: Collection[str] = (),
    *,
    what: str = "",
    is_invented: bool | None = None,
    manner: Manner | None = None,
    offices: Collection[str] = (),
    named: Collection[str] = (),
) -> Door:
    """Return the way out for files that tell some cases, as this visitor has chosen it.

    A `manner` is named where a kind of file has one of its own, whatever was chosen.

    `what` is written down with every release, `offices` are those it needs the right of besides
    the ones in charge of the cases; `named` are persons whom the files name on purpose, as minutes
    do those who were there; `is_invented` says whether the files hold
    demonstration data, unless said as all of the data.
    """
    manner, told = manner or manner_of(), tuple(sorted(cases))
    asked = state.is_demonstration if is_invented is None else is_invented
    seen: frozenset[str] = session.kept("pictures_seen", frozenset())
    decided = decided_names()
    find = partial(aliases_of, state.revision, told, manner.is_blind, manner.seed, decided)
    about = {
        "what": what,
        "cases": list(told),
        "revision": state.revision,
        "way": manner.way if manner.audience == "outside" else "",
        "is_blind": manner.is_blind,
    }
    aliases = find() if not manner.is_inside else None
    return Door(
        manner,
        session.writer().strip(),
        (manner, state.revision, told, decided, asked, seen, tuple(named)),
        aliases,
        check=lambda content, name: check_file(
            content,
            name,
            manner.audience,
            lambda: _context(manner, _naming(find(), named), asked, seen),
        ),
        release=leaving_actions.release_to(about, cases_of(told, state), aliases, offices),
        outcome=leaving_actions.outcome,
        look_at=leaving_actions.look_at,
        refusal=leaving_actions.refusal("name_decided"),
        decide=leaving_actions.decide_name,
    )


def manner_of() -> Manner:
    """Return for whom this visitor makes files, the inside unless they said.

    What is made for agencies is made on its own screen: elsewhere an agency is outside.
    """
    manner = manner_chosen()
    return replace(manner, audience="outside") if manner.audience == "agency" else manner


def manner_chosen() -> Manner:
    """Return for whom this visitor has a file checked that was made elsewhere."""
    manner: Manner = session.kept("manner", Manner())
    return manner


def cases_of(ids: Iterable[str], state: DataState) -> tuple[Case, ...]:
    """Return cases as far as this visitor sees them: a release asks for the right of each."""
    found = (reads.case(one, state.revision) for one in ids)
    return tuple(case for case in found if case)


def _naming(aliases: Aliases, named: Collection[str]) -> Aliases:
    """Return aliases that leave some names as they are."""
    return replace(aliases, kept=(*aliases.kept, *named)) if named else aliases


def _context(manner: Manner, aliases: Aliases, is_invented: bool, seen: frozenset[str]) -> Context:  # noqa: FBT001
    return context_for(
        manner.audience,
        holdings.city(),
        aliases,
        is_demonstration=is_invented,
        seen_pictures=seen,
    )


# ----------------------------------------------------------------------------------- names


@st.cache_resource(max_entries=8, show_spinner=False)
def aliases_of(
    revision: str,
    told: tuple[str, ...],
    is_blind: bool,  # noqa: FBT001 - part of the key of a cache
    seed: str,
    decided: tuple[Decision, ...],
) -> Aliases:
    """Return the aliases of a deck that tells some cases.

    Their own names come first, so that letters begin with A and stay when others are added; the
    names of the whole record follow, since a text may tell of any.
    """
    city = holdings.city()
    own = [case for one in told if (case := reads.case(one, revision))]
    added = [_decided(one) for one in decided if one.ruling == "name"]
    kept = [one.text for one in decided if one.ruling == "kept"]
    names = [*entities_of_cases(own, city), *record_names(revision, _people()), *added]
    return make_aliases(names, is_blind=is_blind, seed=seed, kept=kept)


def _decided(decision: Decision) -> Entity:
    found = entity(decision.kind, decision.text, holdings.city())
    return found or Entity(decision.kind, decision.text)


@st.cache_resource(max_entries=2, show_spinner=False)
def record_names(revision: str, people: tuple[str, ...]) -> tuple[Entity, ...]:
    """Return every name that the record declares: cases, layers and lists, the city, people."""
    city = holdings.city()
    many = len(holdings.casebook(revision).cases) > MOST_CASES
    return (
        *entities_of_cases(() if many else reads.all_cases(revision), city),
        *entities_of_features(_frames(revision), city),
        *entities_of_city(city),
        *entities_of_persons(people),
    )


def _frames(revision: str) -> Iterator[gpd.GeoDataFrame]:
    """Yield the rows of every layer and list, of a large one those on a case."""
    store, _ = holdings.stores()
    large, linked = set(holdings.crowds(revision)), holdings.linked_ids(revision)
    for one in store.layers():
        yield store.rows(one, linked.get(one, ())) if one in large else store.read(one)


def _people() -> tuple[str, ...]:
    """Return who collected evidence or wrote into the journal, each once."""
    return _people_until(holdings.evidence().head().chain, holdings.journal().head().chain)


@st.cache_resource(max_entries=2, show_spinner=False)
def _people_until(evidence: str, journal: str) -> tuple[str, ...]:
    del evidence, journal
    found: dict[str, None] = {}
    for item in holdings.evidence().items():
        found.update(dict.fromkeys(item.facts.collectors))
    found.update(dict.fromkeys(one.who for one in holdings.journal().entries()))
    return tuple(name for name in found if name)


def decided_names() -> tuple[Decision, ...]:
    """Return what this visitor's office, or somebody for all offices, decided of names."""
    who = visitor()
    office = "" if may_everywhere(who, "decide_names") else who.office
    return _decided_until(holdings.journal().head().chain, office)


@st.cache_resource(max_entries=holdings.MOST_EYES, show_spinner=False)
def _decided_until(journal: str, office: str) -> tuple[Decision, ...]:
    del journal
    return decisions(holdings.journal(), office)


# -------------------------------------------------------------------------------- releases


def past_releases() -> tuple[KeptRelease, ...]:
    """Return every release, the newest first; of who sees some offices, their own alone."""
    found, who = _releases(holdings.journal().head().chain), visitor()
    if may_everywhere(who, "see"):
        return found
    return tuple(one for one in found if one.who == session.writer())


@st.cache_resource(max_entries=2, show_spinner=False)
def _releases(journal: str) -> tuple[KeptRelease, ...]:
    del journal
    return kept_releases(holdings.journal())[::-1]


def is_journal_damaged() -> bool:
    """Return whether an entry of the journal was changed or removed since it was written."""
    return _is_damaged(holdings.journal().head().chain)


@st.cache_resource(max_entries=2, show_spinner=False, ttl=600)
def _is_damaged(journal: str) -> bool:
    del journal
    return bool(holdings.journal().damage())


def asked_releases() -> Asked:
    """Return which releases this visitor looks at."""
    asked: Asked = session.kept("releases_asked", Asked())
    return asked


def is_invented(state: DataState) -> bool:
    """Return whether the file on the desk holds demonstration data, as this visitor said."""
    return bool(session.kept("leaving_invented", state.is_demonstration))


def check_dropped(door: Door, name: str, content: bytes) -> Checked:
    """Return what the check of a dropped file found, once for the same bytes and the same door."""
    sha256 = hashlib.sha256(content).hexdigest()
    return session.once("checked_file", (sha256, name, door.key), lambda: door.check(content, name))


def names_told(story: object, door: Door) -> Rows:
    """Return who became what in a story, for whom it is made now."""
    return names_in(story, door.aliases) if door.aliases else ()


def imprint(state: DataState) -> Imprint:
    """Return what stands on files of this visitor that stay inside."""
    return imprint_of(
        holdings.city(), state.as_of, state.revision, is_demonstration=state.is_demonstration
    )


# ------------------------------------------------------------------------------ pictures


def copies_for_showing() -> dict[str, str]:
    """Return the newest copy with parts made unreadable of each original, by their SHA-256."""
    return _copies(holdings.evidence().head().chain)


@st.cache_resource(max_entries=2, show_spinner=False)
def _copies(chain: str) -> dict[str, str]:
    del chain
    items = holdings.evidence().items()
    return {
        one.facts.derived_from: one.sha256
        for one in items
        if one.facts.derived_from and one.facts.derivation == "blurred"
    }


def photos_of(story: Story) -> tuple[Photo, ...]:
    """Return the photographs that a story shows, with their copies for outside."""
    copies, revealed = copies_for_showing(), session.revealed()
    items = (evidence_desk.find_item(one.item) for one in evidence_in(story))
    return tuple(
        Photo(
            one,
            evidence_desk.shown_size(one),
            copies.get(one.sha256, ""),
            evidence_desk.is_guarded(one) and one.number not in revealed,
        )
        for one in items
        if one is not None
    )


def chosen_photo(photos: Sequence[Photo]) -> Photo | None:
    """Return the photograph that this visitor treats for outside, None for none."""
    number = session.kept("photo_for_outside", 0)
    return next((one for one in photos if one.item.number == number), None)


def photo_preview(photo: Photo | None) -> bytes | GeodataError | None:
    """Return the copy of a photograph as it would be, or why it cannot be made."""
    if photo is None or photo.is_guarded:
        return None
    sha256, boxes = photo.item.sha256, session.boxes()

    def make() -> bytes | GeodataError:
        try:
            return photo_for_outside(evidence_desk.read_original(sha256), boxes)
        except GeodataError as trouble:
            return trouble

    return session.once("photo_preview", (sha256, boxes), make)
