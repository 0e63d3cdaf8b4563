"""What the screen of papers shows and makes: accounts, meetings, packs, pictures.

What is returned of the stores is shared by all visitors: look, never change. Nothing is written.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import streamlit as st

from dashboard import reads
from dashboard.doors.access import offices_seen
from dashboard.doors.visitors import visitor
from dashboard.leaving import Manner
from dashboard.naming import Naming
from dashboard.reads import DataState
from dashboard.reports.account import Account
from dashboard.reports.blocks import Paper
from dashboard.reports.brief import MAP_CM, draft_brief
from dashboard.reports.casepack import (
    Packed,
    Wish,
    draft_packs,
    key_table,
    render_one,
    render_zip,
)
from dashboard.reports.docx import render_docx
from dashboard.reports.mappicture import Wanted, draw_picture, draw_small
from dashboard.reports.meeting import Meeting, draft_minutes, notes_table
from dashboard.reports.yearly import draft_yearly
from dashboard.telling.outside import coarse_situation
from dashboard.view import View
from geodata import Case, Language, Scope, hazards_of
from geodata.errors import ExportHeld
from geodata.gazetteer import read_gazetteer
from geodata.model import is_foreign
from layers.disclosure import Leak, check_export, context_for
from layers.drawing.webmap import Position
from layers.imprint import Imprint
from layers.indicators import OPEN_GROUPS
from layers.sheets import render_xlsx
from layers.situation import Situation
from layers.yearbook import Period, cut_off, year_before

MOST_CASES = 300
"""How many cases a meeting goes through, or a set of packs holds."""

FIRST_DAY = date(1990, 1, 1)
TYPICAL_AT_FIRST = 3
SEED_BYTES = 5
HIDDEN_KINDS = frozenset({"name", "person"})
MAP_CASE_CM = (15.0, 8.0)


def office_of(view: View) -> str:
    """Return the one office that is looked at, blank for the whole city.

    Who sees one office alone looks at that one until they choose another.
    """
    offices = sorted(view.scope.jurisdictions)
    own = sorted(offices_seen(visitor()) or ())
    chosen = offices if len(offices) == 1 else own
    return chosen[0] if len(chosen) == 1 else ""


def years_of(state: DataState) -> tuple[int, ...]:
    """Return the years that a summary can be of, the newest first."""
    first = reads.first_day(state.revision).year
    return tuple(range(state.as_of.year, min(first, state.as_of.year) - 1, -1))


def cases_of_office(office: str, state: DataState) -> tuple[Case, ...]:
    """Return the cases of an office (blank: of the city) that had begun by the day, by id."""
    return _cases(office, state)


@st.cache_resource(max_entries=8, show_spinner=False)
def _cases(office: str, state: DataState) -> tuple[Case, ...]:
    seen = reads.situation(_scope(office), state.as_of, state.revision, state.known_at)
    own = reads.cases_within(seen)
    return tuple(one for one in own if not is_foreign(one.jurisdiction))


def typical_at_first(office: str, period: Period, state: DataState) -> tuple[str, ...]:
    """Return the cases verified last in a period, told as typical until others are chosen."""
    first, last = cut_off(period, state.as_of)
    told = [
        (event.occurred_on, case.id)
        for case in cases_of_office(office, state)
        for event in case.events
        if event.kind == "rectification_verified" and first <= event.occurred_on <= last
    ]
    newest = sorted({one: day for day, one in told}.items(), key=lambda one: one[1])
    return tuple(one for one, _ in newest[-TYPICAL_AT_FIRST:][::-1])


def account(
    office: str,
    period: Period,
    state: DataState,
    language: Language,
    typical: Sequence[str] = (),
) -> Account:
    """Return what papers on an office and a period are drafted from."""
    offices = [office] if office else []
    now = reads.figures(period, state)
    before = reads.figures(year_before(period), reads.a_year_before(state))
    more = reads.summary_tallies(period, state)
    return Account(
        office=office,
        period=period,
        now={name: one.within(offices) for name, one in now.items()},
        before={name: one.within(offices) for name, one in before.items()},
        more={name: one.within(offices) for name, one in more.items()},
        cases=cases_of_office(office, state),
        due=reads.due_list(_scope(office), state.as_of, state.revision, state.known_at),
        hazard_names=reads.hazard_names(state.revision),
        names=reads.naming(language),
        imprint=reads.imprint(state),
        typical=tuple(typical),
        known_at=state.known_at,
    )


@st.cache_resource(max_entries=4, show_spinner=False)
def yearly_paper(
    office: str, period: Period, state: DataState, language: Language, typical: tuple[str, ...]
) -> Paper:
    """Return the yearly summary of an office and a period."""
    return draft_yearly(account(office, period, state, language, typical))


@st.cache_resource(max_entries=4, show_spinner=False)
def brief_paper(office: str, period: Period, state: DataState, language: Language) -> Paper:
    """Return the brief of an office and a period, with its map."""
    told = account(office, period, state, language)
    seen = reads.situation(_scope(office), state.as_of, state.revision, state.known_at)
    imprint = reads.imprint(state)
    shown = seen.features["group"].isin(OPEN_GROUPS) | seen.features["is_overdue"].astype(bool)
    png = draw_small(seen.features[shown], told.names, imprint, MAP_CM, office=office)
    facts = {"office": told.author, "imprint": imprint.line(language)}
    return draft_brief(told, png, told.names.word("documents.brief.map", **facts))


def render(paper: Paper) -> bytes:
    """Return a paper as a file."""
    return render_docx(paper)


def file_name(
    kind: str, names: Naming, imprint: Imprint, form: str, *, office: str = "", what: str = ""
) -> str:
    """Return what a file is called: which paper, whose, the day, and whether it is invented."""
    mark = f"_{names.word('frame.demonstration_short')}" if imprint.is_demonstration else ""
    parts = (names.word(f"documents.name.{kind}"), names.office(office) if office else "", what)
    plain = "_".join(filter(None, parts))
    stem = "".join(one if one.isalnum() or one in "-_（）()" else "-" for one in plain)
    return f"{stem}_{imprint.as_of.isoformat()}{mark}.{form}"


# ------------------------------------------------------------------------------- meetings


def meeting_of(view: View, state: DataState) -> Meeting:
    """Return the meeting that is looked at: of the cases told, or of those of the scope."""
    on = max(FIRST_DAY, min(view.meeting or state.as_of, state.as_of))
    return Meeting(on, chosen_cases(view, state), state.as_of, state.known_at)


def chosen_cases(view: View, state: DataState) -> tuple[Case, ...]:
    """Return the cases that are told, or else those of the scope in administrative order."""
    if view.told:
        found = (reads.case(one, state.revision) for one in view.told)
        return tuple(one for one in found if one is not None)
    seen = reads.situation(view.scope, state.as_of, state.revision, state.known_at)
    titles = reads.case_titles(reads.naming(view.language), state.revision)
    ids = set(seen.cases.index)
    wanted = [one for one in titles if one in ids][:MOST_CASES]
    found = (reads.case(one, state.revision) for one in wanted)
    return tuple(one for one in found if one is not None and not is_foreign(one.jurisdiction))


def minutes_paper(meeting: Meeting, names: Naming, imprint: Imprint) -> Paper:
    """Return the minutes of a meeting."""
    return draft_minutes(meeting, names, imprint)


def notes_workbook(meeting: Meeting, names: Naming, imprint: Imprint) -> bytes:
    """Return every note on the cases of a meeting as a workbook."""
    title = names.word("documents.review.sheet")
    facts = {"day": meeting.on.isoformat(), "cases": len(meeting.cases)}
    notes = [(title, names.word("documents.review.sheet_about", **facts))]
    return render_xlsx({title: notes_table(meeting, names)}, imprint, names.language, notes=notes)


# ---------------------------------------------------------------------------------- packs


@dataclass(frozen=True)
class Pack:
    """A file of packs: its bytes and name, the seed if one was made, what a person must look at.

    `key` is the table of who became what; it is never in the file.
    """

    content: bytes
    name: str
    seed: str
    suspects: tuple[str, ...]
    key: bytes
    count: int


def make_pack(
    cases: Sequence[Case], wish: Wish, names: Naming, state: DataState, *, is_zip: bool
) -> Pack:
    """Return the packs of cases as one file; raise ExportHeld if a hidden name is left in it."""
    made = "" if wish.seed or not wish.is_blind else secrets.token_hex(SEED_BYTES)
    wish = replace(wish, seed=wish.seed or made)
    packed = _packed(cases, wish, names, state)
    imprint = reads.imprint(state)
    title = names.word("documents.pack.title", count=len(packed.papers))
    form = "zip" if is_zip else "docx"
    name = file_name("pack_blind" if wish.is_blind else "pack", names, imprint, form)
    if is_zip:
        content = render_zip(packed, names.word("documents.pack.part_file", number="{number}"))
    else:
        content = render_one(packed, title)
    if wish.is_blind:
        _hold_if_named(content, name, packed, names)
    headings = (
        names.word("disclosure.table.kind"),
        names.word("disclosure.table.name"),
        names.word("disclosure.table.alias_zh"),
        names.word("disclosure.table.alias_en"),
    )
    key = key_table(packed, headings, names) if wish.is_blind else b""
    return Pack(content, name, made, packed.suspects, key, len(packed.papers))


def _packed(cases: Sequence[Case], wish: Wish, names: Naming, state: DataState) -> Packed:
    refs = {one.id: _refs(one, state) for one in cases}
    every = tuple(dict.fromkeys(ref for found in refs.values() for ref in found))
    features = reads.features_named(every, state.as_of, state.revision, state.known_at)
    imprint = reads.imprint(state)
    maps = {}
    if not wish.is_blind:
        for case in cases:
            rows = features[features["ref"].isin(refs[case.id])]
            office = case.jurisdiction if rows.empty else ""
            maps[case.id] = draw_small(rows, names, imprint, MAP_CASE_CM, office=office)
    return draft_packs(
        cases,
        names,
        imprint,
        wish,
        features=features,
        places=read_gazetteer(names.city.id).places,
        maps=maps,
        known_at=state.known_at,
    )


def _refs(case: Case, state: DataState) -> tuple[str, ...]:
    return tuple(str(ref) for ref in hazards_of(case, state.as_of, state.known_at))


def _hold_if_named(content: bytes, name: str, packed: Packed, names: Naming) -> None:
    """Raise ExportHeld where a name of the aliases is still read in a blind file."""
    context = context_for(
        "internal",
        names.city,
        packed.aliases,
        severities=dict.fromkeys(HIDDEN_KINDS, "stops"),
    )
    found: list[Leak] = [
        one for one in check_export(content, name, context) if one.kind in HIDDEN_KINDS
    ]
    if found:
        raise ExportHeld(name=name, stops=sum(one.count for one in found), asks=0)


def map_picture(
    seen: Situation,
    wanted: Wanted,
    names: Naming,
    view: View,
    state: DataState,
    *,
    manner: Manner,
    at: Position | None,
) -> bytes:
    """Return the map of the overview as PNG; outside its features are as coarse as is chosen."""
    is_outside = manner.audience == "outside"
    shown = coarse_situation(seen, manner.way, names) if is_outside else seen
    imprint = replace(reads.imprint(state), is_internal=manner.is_internal)
    return draw_picture(shown, wanted, names, imprint, view.scope, colour_by=view.colour_by, at=at)


def _scope(office: str) -> Scope:
    return Scope(jurisdictions=frozenset({office})) if office else Scope()
