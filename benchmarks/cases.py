"""Times the overview's figures over many cases, beside the same counted from plain objects.

The cases are some hundred lawful walks, shifted in time and spread over the offices, written
through the store's own door into one SQLite file. Ours reads tables and counts by column; the
peer holds every case as a Python value and asks one after the other, which is how the rules
are written down (`layers.indicators.count_plainly`). The peer is asked of a sample, and its
seconds are scaled up to all cases; its loading and single files are measured as they are.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random
from statistics import median
from tempfile import TemporaryDirectory
from typing import TypeVar

import geopandas as gpd
import numpy as np
import pandas as pd

from geodata import (
    Case,
    CaseEvent,
    CaseStore,
    HazardRef,
    Scope,
    advance,
    clocks,
    load_rule_set,
    offered_moves,
    open_cases,
    open_city,
)
from geodata.casebook import Casebook
from geodata.schema import COMMON_COLUMNS
from geodata.standing import judge
from geodata.store import NewCase
from layers.due_list import list_due
from layers.figures import FIGURES, count_figures
from layers.indicators import Indicator, count_by_office, count_indicators, count_plainly
from layers.situation import Situation, collect_features, dress, see
from layers.tally import TOLD_KINDS, Ground, find_told, told_frame, told_in
from tests.geodata.histories import a_case, event, filled

Result = TypeVar("Result")
RULES = load_rule_set()
OFFICES = open_city().jurisdiction_ids
KINDS = ("admin_pil",) * 6 + ("civil_pil", "criminal_incidental_civil_pil", "support_prosecution")
FIRST_ON, LAST_ON = date(2020, 1, 1), date(2026, 6, 30)
SEEN_ON = (date(2026, 6, 30), date(2025, 3, 31), date(2024, 12, 31), date(2026, 1, 15))
KNOWN_AT = datetime(2026, 1, 1, tzinfo=UTC)
SHORTEST, LONGEST = 5, 16
CORRECTED, ENDED, LED_ON = 0.05, 0.1, 0.7
"""Shares: of walks that end with a correction, of moves that may close, of moves to a stage."""
BATCH = 5_000


@dataclass(frozen=True)
class Size:
    """How much is made, and how many cases the peer is asked of."""

    cases: int = 100_000
    features: int = 20_000
    templates: int = 400
    sample: int = 2_000


@dataclass(frozen=True)
class Line:
    """One line of the table: seconds of ours and of the peer, 0 where there is none."""

    what: str
    ours_s: float
    peer_s: float
    is_scaled: bool = False


@dataclass(frozen=True)
class Measured:
    """Everything measured in one run: how much there was, and the lines of the table."""

    cases: int
    entries: int
    features: int
    sample: int
    lines: tuple[Line, ...]


def measure(size: Size = Size()) -> Measured:
    """Return what the figures cost over so many cases, and what they cost the plain way."""
    with TemporaryDirectory() as folder:
        url = f"sqlite:{Path(folder) / 'cases.sqlite'}"
        fill(open_cases(url), size)
        features = make_features(size.features)
        cold_s, book = _timed(lambda: open_cases(url).casebook())
        objects_s, cases = _timed(lambda: open_cases(url).find())
        sample = cases[:: max(1, len(cases) // size.sample)]
        share = len(cases) / len(sample)
        days = _counting(book, features, sample, share)
        lines = (
            Line("cold load of all cases", cold_s, objects_s),
            *days,
            *_other_screens(open_cases(url), book, features, cases, objects_s),
            *_after_a_write(open_cases(url), cases[0].id, features, objects_s + days[0].peer_s),
        )
        return Measured(len(cases), len(book.entries), len(features), len(sample), lines)


def _counting(
    book: Casebook, features: gpd.GeoDataFrame, sample: Sequence[Case], share: float
) -> tuple[Line, ...]:
    """Return the lines of a new day: all that is known, known by then, one office."""
    figures(book, features, LAST_ON - timedelta(days=1))  # what a process does once only
    of_office = Scope(jurisdictions=frozenset(OFFICES[:1]))
    asked: tuple[tuple[str, Scope, datetime | None], ...] = (
        ("figures of a new day", Scope(), None),
        ("figures of a new day, as known then", Scope(), KNOWN_AT),
        ("figures of a new day, one office", of_office, None),
    )
    lines = []
    for what, scope, known_at in asked:
        ours, peer = [], []
        for day in SEEN_ON:
            taken, (seen, _) = _timed(partial(figures, book, features, day, scope, known_at))
            ours.append(taken)
            if day == SEEN_ON[0]:
                bare = replace(seen, features=seen.features.head(0))  # places cost both the same
                count = partial(count_plainly, bare, sample, load_rule_set, known_at)
                peer.append(_timed(count)[0] * share)
        lines.append(Line(what, median(ours), median(peer), is_scaled=True))
    return tuple(lines)


def _other_screens(
    store: CaseStore,
    book: Casebook,
    features: gpd.GeoDataFrame,
    cases: Sequence[Case],
    objects_s: float,
) -> tuple[Line, ...]:
    """Return the lines of the screens of figures and deadlines on a new day.

    The peer of reading details reads whole cases, as measured before, and looks into them.
    """
    read_s, told = _timed(lambda: _read_details(store, book))
    plain_s, plain = _timed(lambda: find_told(cases, book.positions))
    assert told.equals(plain), "details by column are those of the cases"
    lists, counts = [], []
    for day in SEEN_ON:
        standing = judge(book, load_rule_set, day)
        seen = dress(features, standing)
        lists.append(_timed(partial(list_due, standing, load_rule_set, features, OFFICES))[0])
        ground = Ground(
            book=book,
            first=day.replace(month=1, day=1),
            last=day,
            rules_of=load_rule_set,
            judge_on=partial(judge, book, load_rule_set),
            told=told,
            features=seen,
        )
        counts.append(_timed(partial(count_figures, ground, FIGURES))[0])
    return (
        Line("details that figures count, read once", read_s, objects_s + plain_s),
        Line("every figure of a year, of a new day", median(counts), peer_s=0.0),
        Line("every list of deadlines, of a new day", median(lists), peer_s=0.0),
    )


def _read_details(store: CaseStore, book: Casebook) -> pd.DataFrame:
    positions = book.positions
    found = store.details(TOLD_KINDS)
    return told_frame((positions[one.case_id], one.number, *told_in(one.details)) for one in found)


def _after_a_write(
    store: CaseStore, case_id: str, features: gpd.GeoDataFrame, peer_s: float
) -> tuple[Line, ...]:
    """Return the lines of figures after one more entry, and of one case's file.

    The peer reads its cases anew, as measured before: it keeps no tables that could grow.
    """
    store.casebook()
    case = store.get(case_id)
    noted = event("recusal_requested", LAST_ON.isoformat(), note="某人")
    store.record(case_id, noted, case.revision)
    again_s, _ = _timed(lambda: figures(store.casebook(), features, SEEN_ON[0]))
    file_s = median(_timed(lambda: _open_file(store, case_id))[0] for _ in range(20))
    return (
        Line("figures after one more entry", again_s, peer_s, is_scaled=True),
        Line("one case: read, clocks, next moves", file_s, peer_s=0.0),
    )


def _open_file(store: CaseStore, case_id: str) -> tuple[object, object]:
    case = store.get(case_id)
    rules = load_rule_set(case.rule_set)
    return clocks(case, rules, LAST_ON), offered_moves(case, rules, LAST_ON)


def table(found: Measured) -> str:
    """Return what was measured as a table in Markdown."""
    head = (
        f"{found.cases:,} cases, {found.entries:,} entries, {found.features:,} places, SQLite; "
        f"* counted on {found.sample:,} cases and scaled up\n"
    )
    rows = ["| what | ours | plain Python objects | ratio |", "|---|---|---|---|"]
    for line in found.lines:
        peer = f"{line.peer_s:.1f} s{' *' * line.is_scaled}" if line.peer_s else ""
        ratio = f"{line.peer_s / line.ours_s:.1f}" if line.peer_s else "—"
        rows.append(f"| {line.what} | {line.ours_s:.3f} s | {peer} | {ratio} |")
    return "\n".join([head, *rows])


def figures(
    book: Casebook,
    features: gpd.GeoDataFrame,
    as_of: date,
    scope: Scope = Scope(),
    known_at: datetime | None = None,
) -> tuple[Situation, tuple[Indicator, ...]]:
    """Return what the overview shows of a day: map rows, figures, counts of the offices."""
    standing = judge(book, load_rule_set, as_of, known_at)
    seen = see(dress(features, standing), standing, scope)
    count_by_office(seen, OFFICES)
    return seen, count_indicators(seen, standing)


def fill(store: CaseStore, size: Size) -> None:
    """Write so many cases: templates shifted in time, spread over offices and features."""
    chance = Random(1)  # noqa: S311 - invented data, no secrets
    templates = [_walk(chance) for _ in range(size.templates)]
    batch: list[NewCase] = []
    for number in range(size.cases):
        case = _shifted(templates[number % len(templates)], number, size, chance)
        batch.append(NewCase(case))
        if len(batch) == BATCH or number == size.cases - 1:
            store.write(batch)
            batch = []


def _timed(run: Callable[[], Result]) -> tuple[float, Result]:
    started = time.perf_counter()
    result = run()
    return time.perf_counter() - started, result


def make_features(count: int) -> gpd.GeoDataFrame:
    """Return so many invented places, EPSG:4490."""
    blank: dict[str, object] = {one.id: None for one in COMMON_COLUMNS}
    numbers = range(count)
    facts = blank | {
        "id": [str(number) for number in numbers],
        "jurisdiction": [OFFICES[number % len(OFFICES)] for number in numbers],
        "hazard_kinds": "other",
        "is_demonstration": True,
        "found_on": [FIRST_ON + timedelta(days=number % 2_000) for number in numbers],
    }
    places = gpd.points_from_xy(np.linspace(103, 104, count), np.linspace(35.8, 36.9, count))
    frame = gpd.GeoDataFrame(pd.DataFrame(facts), geometry=places, crs=4490)
    return collect_features({"charging_stations": frame})


def _walk(chance: Random) -> Case:
    """Return a case walked at random through what may lawfully follow, now and then corrected."""
    day = FIRST_ON
    case = a_case(event("lead_registered", day.isoformat()), kind=chance.choice(KINDS))
    for _ in range(chance.randint(SHORTEST, LONGEST) - 1):
        moves = offered_moves(case, RULES, day)
        stages = [one for one in moves if one.leads_on]
        lasting = [one for one in stages if not RULES.stages[one.kind].is_terminal]
        goes_on = lasting if chance.random() > ENDED else stages
        move = chance.choice(goes_on if goes_on and chance.random() < LED_ON else moves)
        day += timedelta(days=chance.randint(0, 60))
        case = advance(case, filled(move.fact, day, case), RULES)
    if chance.random() > CORRECTED:
        return case
    last = len(case.events) - 1
    return replace(case, events=(*case.events, replace(case.events[last], corrects=last)))


def _shifted(case: Case, number: int, size: Size, chance: Random) -> Case:
    span = (LAST_ON - max(one.occurred_on for one in case.events)).days
    by = timedelta(days=chance.randint(0, span))
    return replace(
        case,
        id=f"B-{number:06}",
        jurisdiction=OFFICES[number % len(OFFICES)],
        hazards=(HazardRef("charging_stations", str(number % size.features)),),
        events=tuple(_moved(one, by) for one in case.events),
    )


def _moved(one: CaseEvent, by: timedelta) -> CaseEvent:
    day = one.occurred_on + by
    return replace(
        one,
        occurred_on=day,
        recorded_at=datetime(day.year, day.month, day.day, 8, tzinfo=UTC),
        due_on=one.due_on + by if one.due_on else None,
    )
