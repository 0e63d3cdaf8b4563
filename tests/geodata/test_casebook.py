"""The cases as tables: one row per case, link and entry, in an order that can be relied on."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata import HazardRef
from geodata.casebook import CASE_FACTS, ENTRY_FACTS, LINK_FACTS, casebook_of, in_utc, make_casebook
from geodata.lifecycle import in_effect
from tests.geodata.histories import a_case, event, rough_histories

ENTRY_TYPES = {
    "case": "int32",
    "number": "int32",
    "kind": "category",
    "occurred_on": "datetime64[s]",
    "recorded_at": "datetime64[us]",
    "due_on": "datetime64[s]",
    "ground": "category",
    "corrects": "int32",
    "ref": "category",
}


def types_of(frame):
    return {name: str(dtype) for name, dtype in frame.dtypes.items()}


def test_a_book_of_nothing_has_the_columns_and_types_of_any_other():
    none = casebook_of([])
    some = casebook_of([a_case(event("lead_registered", "2025-01-01"))])
    for part in ("cases", "links", "entries"):
        assert types_of(getattr(none, part)) == types_of(getattr(some, part))
    assert types_of(none.entries) == ENTRY_TYPES
    assert tuple(none.cases.columns) == CASE_FACTS
    assert tuple(none.links.columns) == LINK_FACTS


def test_cases_stand_by_id_with_their_facts_and_entries():
    linked = event("hazard_linked", "2025-01-02", hazard="x:1", due_on="2025-02-02")
    noted = event("consultation", "2025-01-03", hazard="y:9", corrects=0)
    book = casebook_of(
        [
            a_case(linked, noted, id="B", shared_with=("LZ-AN", "LZ-XG"), came_from="A"),
            a_case(id="A", hazards=(HazardRef("x", "2"),), is_demonstration=True),
        ]
    )
    assert list(book.cases["id"]) == ["A", "B"]
    assert book.positions == {"A": 0, "B": 1}
    assert list(book.cases["shared_with"]) == ["", "LZ-AN;LZ-XG"]
    assert list(book.cases["is_demonstration"]) == [True, False]
    assert book.links.to_dict("records") == [{"case": 0, "ref": "x:2"}]
    rows = book.entries.to_dict("records")
    assert [row["ref"] for row in rows] == ["x:1", ""], "only a link names a hazard of the case"
    assert [row["corrects"] for row in rows] == [-1, 0]
    assert rows[0]["due_on"] == pd.Timestamp("2025-02-02")
    assert pd.isna(rows[1]["due_on"])
    assert rows[0]["recorded_at"] == pd.Timestamp("2026-06-30T08:00:00")


@settings(deadline=None)
@given(st.lists(rough_histories(), max_size=4))
def test_every_entry_is_found_at_its_case_and_number(cases):
    numbered = [a_case(*case.events, kind=case.kind, id=f"T-{n}") for n, case in enumerate(cases)]
    book = casebook_of(reversed(numbered))
    rows = list(book.entries[["case", "number", "kind", "occurred_on"]].itertuples(index=False))
    assert rows == [
        (at, number, one.kind, pd.Timestamp(one.occurred_on))
        for at, case in enumerate(numbered)
        for number, one in enumerate(case.events)
    ]


@st.composite
def knots(draw):
    """Draw a case whose corrections correct anything: each other, later entries, themselves."""
    events = [
        event(
            draw(st.sampled_from(["consultation", "withdrawn"])),
            draw(st.dates(date(2025, 1, 1), date(2025, 1, 5))).isoformat(),
            recorded=draw(st.dates(date(2025, 2, 1), date(2025, 2, 5))).isoformat(),
            corrects=draw(st.none() | st.integers(0, 8)),
            note=str(number),
        )
        for number in range(draw(st.integers(0, 7)))
    ]
    return a_case(*events)


@settings(deadline=None)
@given(
    st.lists(st.one_of(rough_histories(), knots()), max_size=4),
    st.none() | st.datetimes(datetime(2024, 1, 1), datetime(2026, 7, 1), timezones=st.just(UTC)),  # noqa: DTZ001
)
def test_what_is_in_effect_agrees_with_the_life_cycle(cases, known_at):
    numbered = [replace(case, id=f"T-{n}") for n, case in enumerate(cases)]
    book = casebook_of(numbered)
    rows = book.entries.iloc[book.in_effect(known_at)]
    places = rows[["case", "number"]].itertuples(index=False)
    found = [(at, numbered[at].events[number]) for at, number in places]
    assert found == [
        (at, one) for at, case in enumerate(numbered) for _, one in in_effect(case.events, known_at)
    ]


def test_an_engine_may_give_its_days_as_text():
    facts = ("A", *[""] * 12, False)
    when = in_utc(datetime(2025, 1, 2, 3, 4, 5, 678, tzinfo=UTC))
    by_text = ("2025-01-01", when.isoformat(), "2025-03-01")
    by_value = (date(2025, 1, 1), when, date(2025, 3, 1))
    books = [
        make_casebook([facts], [(0, "x:1")], [(0, 0, "k", *days, "", -1, "")])
        for days in (by_text, by_value)
    ]
    pd.testing.assert_frame_equal(books[0].entries, books[1].entries)
    assert tuple(books[0].entries.columns) == ENTRY_FACTS
