"""How every case stood on a day: stages, clocks and links of the whole book, counted by column.

The same answers as `lifecycle` and `clocks` give for one case, for all of them at once.
Days are counted as whole numbers (days since 1970), `NONE` where there is none.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property, lru_cache

import numpy as np
import pandas as pd

from geodata.casebook import HAZARD_KINDS, NONE, Casebook
from geodata.clocks import end_of_period
from geodata.model import FOREIGN
from geodata.rule_set import Deadline, RuleSet

CASE_COLUMNS = (
    "title_zh",
    "title_en",
    "jurisdiction",
    "kind",
    "field",
    "agency",
    "stage",
    "group",
    "lead_on",
    "filed_on",
    "closed_on",
    "served_on",
    "replied_on",
    "verified_on",
    "is_overdue",
    "is_suspended",
    "next_deadline",
    "next_due_on",
    "next_actor",
    "hazards",
    "is_demonstration",
    "is_foreign",
    "rule_set",
    "case",
)
CLOCK_COLUMNS = (
    "case",
    "deadline",
    "started_on",
    "due_on",
    "done_on",
    "actor",
    "is_paused",
    "is_past",
    "is_overdue",
    "is_internal_target",
    "holidays_known",
)
FIRST_DAYS = {
    "lead_on": ("lead_registered",),
    "filed_on": ("case_filed", "criminal_incidental_filed"),
    "served_on": ("recommendation_served",),
    "replied_on": ("agency_replied",),
    "verified_on": ("rectification_verified",),
}
"""The days of a case that are asked for most; of several entries the first kind that there is."""

FEW_KINDS = 6

RuleSets = Callable[[str], RuleSet]
Days = np.ndarray


@dataclass(frozen=True, eq=False)
class Standing:
    """How every case of a book stood on a day, as it is known (or, at an instant, was).

    `cases` has a row per case that had begun, by its id, in CASE_COLUMNS: days are `date` or
    None, `case` is the position in the book, `closed_on` the day of the first closing stage.
    `links` are the hazards that each case had on that day: `case` (position), `ref`.
    """

    book: Casebook
    as_of: date
    known_at: datetime | None
    cases: pd.DataFrame
    links: pd.DataFrame
    runs: tuple["_Run", ...]

    @cached_property
    def clocks(self) -> pd.DataFrame:
        """Return every clock that had started, by case, in the order of the law.

        Columns: CLOCK_COLUMNS; `case` is the position in the book, days are datetime64[s].
        `is_past` says that the day is over and nothing was done; `is_overdue` says so only of
        periods that bind: not of internal targets, not of cases outside the city.
        """
        return _tabulate_clocks(self.runs)

    def past(self, *deadlines: str) -> np.ndarray:
        """Return the positions of the cases on which one of these clocks is past its day."""
        found = [run.case[run.is_past] for run in self.runs if run.deadline.id in deadlines]
        return np.unique(np.concatenate([np.empty(0, np.int32), *found]))

    def ended_unmet(self, *deadlines: str) -> np.ndarray:
        """Return the positions of the cases on which one of these periods ended with nothing done.

        What was done later (a suit filed, a late reply) does not take that back; what closed the
        case before its last day does.
        """
        today = _number(self.as_of)
        found = [
            run.case[
                (run.due < today) & ~run.is_paused & ((run.done == NONE) | (run.done > run.due))
            ]
            for run in self.runs
            if run.deadline.id in deadlines
        ]
        return np.unique(np.concatenate([np.empty(0, np.int32), *found]))


def judge(
    book: Casebook, rules_of: RuleSets, as_of: date, known_at: datetime | None = None
) -> Standing:
    """Return how every case stood on a day, each judged by its own rule set.

    With `known_at` (an instant with its zone) only what had been entered by then counts.
    """
    course = _course_of(book, as_of, known_at)
    facts, runs = _Facts.of_nothing(len(book)), []
    rule_sets = book.cases["rule_set"]
    for rule_set in rule_sets.unique():
        rules = rules_of(rule_set)
        is_own = (rule_sets == rule_set).to_numpy(bool)
        own = course if is_own.all() else course.within(is_own)
        _read_stages(own, rules, facts)
        runs += _run_clocks(own, book, rules, facts, as_of)
    _read_clocks(runs, facts)
    links = _links_on(course, book)
    cases = _tabulate_cases(book, course, facts, links)
    return Standing(book, as_of, known_at, cases, links, tuple(runs))


def find_links(book: Casebook, as_of: date = date.max) -> pd.DataFrame:
    """Return the hazards that each case had on a day: `case` (position in the book), `ref`."""
    return _links_on(_course_of(book, as_of, None), book)


def stand(
    book: Casebook, rules_of: RuleSets, as_of: date, known_at: datetime | None = None
) -> pd.DataFrame:
    """Return one row per case that had begun by a day, in the columns of CASE_COLUMNS."""
    return judge(book, rules_of, as_of, known_at).cases


def run_clocks(
    book: Casebook, rules_of: RuleSets, as_of: date, known_at: datetime | None = None
) -> pd.DataFrame:
    """Return one row per clock that had started by a day, in the columns of CLOCK_COLUMNS."""
    return judge(book, rules_of, as_of, known_at).clocks


# ------------------------------------------------------------------ the course of the cases


@dataclass(frozen=True, eq=False)
class _Course:
    """The entries in effect by a day, by case and in the order in which things happened."""

    cases: int
    case: np.ndarray
    day: Days
    due: Days
    kind: np.ndarray
    ground: np.ndarray
    ref: np.ndarray
    kinds: pd.Index
    grounds: pd.Index
    refs: pd.Index

    @cached_property
    def places(self) -> Mapping[str, np.ndarray]:
        """Return where the entries of each kind stand, in order."""
        order = np.argsort(self.kind, kind="stable")
        bounds = np.searchsorted(self.kind[order], np.arange(len(self.kinds) + 1))
        return {
            kind: order[first:last]
            for kind, first, last in zip(self.kinds, bounds, bounds[1:], strict=False)
            if last > first
        }

    def of(self, *kinds: str) -> np.ndarray:
        """Return where the entries of some kinds stand, in order."""
        found = [self.places[kind] for kind in kinds if kind in self.places]
        if len(found) == 1:
            return found[0]
        if len(found) > FEW_KINDS:  # one look at every entry is quicker than sorting many
            return np.flatnonzero(np.isin(np.asarray(self.kinds, object), kinds)[self.kind])
        return np.sort(np.concatenate([np.empty(0, np.intp), *found]))

    def within(self, is_own: np.ndarray) -> "_Course":
        """Return the course of some of the cases."""
        return self.where(is_own[self.case])

    def where(self, keep: np.ndarray) -> "_Course":
        """Return the course without the other entries."""
        columns = ("case", "day", "due", "kind", "ground", "ref")
        kept = (getattr(self, name)[keep] for name in columns)
        return replace(self, **dict(zip(columns, kept, strict=True)))

    def first_days(self, places: np.ndarray) -> Days:
        """Return for every case the day of the first of some entries."""
        days = np.full(self.cases, NONE, np.int64)
        days[self.case[places[::-1]]] = self.day[places[::-1]]
        return days

    def has(self, places: np.ndarray) -> np.ndarray:
        """Return for every case whether it has one of some entries."""
        found = np.zeros(self.cases, bool)
        found[self.case[places]] = True
        return found

    def last(self, places: np.ndarray) -> np.ndarray:
        """Return for every case where the last of some entries stands, -1 where none is."""
        found = np.full(self.cases, -1, np.intp)
        found[self.case[places]] = places
        return found


def _course_of(book: Casebook, as_of: date, known_at: datetime | None) -> _Course:
    """Return what had happened by a day."""
    rows = book.in_effect(known_at)
    rows = rows[book.days["occurred_on"][rows] <= _number(as_of)]
    entries = book.entries
    kind, ground, ref = (entries[name].cat for name in ("kind", "ground", "ref"))
    return _Course(
        cases=len(book),
        case=entries["case"].to_numpy()[rows],
        day=book.days["occurred_on"][rows],
        due=book.days["due_on"][rows],
        kind=kind.codes.to_numpy()[rows],
        ground=ground.codes.to_numpy()[rows],
        ref=ref.codes.to_numpy()[rows],
        kinds=kind.categories,
        grounds=ground.categories,
        refs=ref.categories,
    )


# ------------------------------------------------------------------------- stages and clocks


@dataclass(eq=False)
class _Facts:
    """What is found out about every case, filled rule set by rule set."""

    stage: np.ndarray
    group: np.ndarray
    closed: Days
    is_overdue: np.ndarray
    next_deadline: np.ndarray
    next_due: Days
    next_actor: np.ndarray

    @classmethod
    def of_nothing(cls, cases: int) -> "_Facts":
        """Return what is known of cases that have not begun."""
        words = [np.full(cases, "", object) for _ in range(4)]
        days = [np.full(cases, NONE, np.int64) for _ in range(2)]
        late = np.zeros(cases, bool)
        return cls(words[0], words[1], days[0], late, words[2], days[1], words[3])


@dataclass(frozen=True, eq=False)
class _Run:
    """One deadline on every case on which it had started, by case."""

    deadline: Deadline
    case: np.ndarray
    start: Days
    due: Days
    done: Days
    is_paused: np.ndarray
    is_known: np.ndarray
    is_past: np.ndarray
    is_overdue: np.ndarray


def _read_stages(course: _Course, rules: RuleSet, facts: _Facts) -> None:
    """Fill in the last stage of every case and the day of the first one that closes it."""
    reached = course.last(course.of(*rules.stages))
    begun = np.flatnonzero(reached >= 0)
    kinds = course.kind[reached[begun]]
    facts.stage[begun] = np.asarray(course.kinds, object)[kinds]
    groups = [rules.stages[one].group if one in rules.stages else "" for one in course.kinds]
    facts.group[begun] = np.array(groups, object)[kinds]
    terminal = [one.id for one in rules.stages.values() if one.is_terminal]
    facts.closed = np.minimum(facts.closed, course.first_days(course.of(*terminal)))


def _run_clocks(
    course: _Course, book: Casebook, rules: RuleSet, facts: _Facts, as_of: date
) -> list[_Run]:
    """Return what every deadline of a rule set does on its cases, in the order of the law."""
    kinds = book.cases["kind"]
    is_foreign = book.cases["jurisdiction"].str.startswith(FOREIGN).to_numpy(bool)
    bench = _Bench(course, facts.closed, is_foreign, _number(as_of))
    found: dict[str, _Run] = {}
    for deadline in rules.deadlines:
        is_barred = course.has(course.of(*deadline.unless_events))
        can_have = kinds.isin(deadline.kinds).to_numpy(bool) & ~is_barred
        earlier = found.get(deadline.starts_at_end_of)
        begun = _starts(bench, deadline, can_have, earlier)
        if len(begun.case):
            found[deadline.id] = _run(bench, deadline, begun)
    return list(found.values())


@dataclass(frozen=True, eq=False)
class _Bench:
    """What a deadline is judged by: the entries, when each case was closed, and the day."""

    course: _Course
    closed: Days
    is_foreign: np.ndarray
    as_of: int


@dataclass(frozen=True, eq=False)
class _Starts:
    """Where a clock started: the case, the day, and the entry's place or -1 where none did."""

    case: np.ndarray
    day: Days
    place: np.ndarray


def _starts(
    bench: _Bench, deadline: Deadline, can_have: np.ndarray, earlier: _Run | None
) -> _Starts:
    course = bench.course
    if deadline.starts_at_end_of:
        if earlier is None:
            return _Starts(np.empty(0, np.int32), np.empty(0, np.int64), np.empty(0, np.intp))
        stopped = course.first_days(course.of(*deadline.stops))
        ended = np.minimum(stopped, bench.closed)[earlier.case]
        runs = ~earlier.is_paused & (earlier.due < bench.as_of) & (ended > earlier.due)
        runs &= can_have[earlier.case]
        return _Starts(earlier.case[runs], earlier.due[runs], np.full(int(runs.sum()), -1))
    places = course.of(deadline.starts)
    if deadline.only_ground:
        places = places[course.ground[places] == _code(course.grounds, deadline.only_ground)]
    if deadline.unless_ground:
        places = places[course.ground[places] != _code(course.grounds, deadline.unless_ground)]
    places = places[can_have[course.case[places]]]
    case = course.case[places]
    is_last = np.ones(len(case), bool)
    is_last[:-1] = case[1:] != case[:-1]
    return _Starts(case[is_last], course.day[places][is_last], places[is_last])


def _run(bench: _Bench, deadline: Deadline, begun: _Starts) -> _Run:
    course = bench.course
    base, written = _written_ends(course, deadline, begun)
    whole = _add_months(begun.day, deadline.months) + deadline.days

    def end(at: np.ndarray, stood_still: Days) -> tuple[Days, np.ndarray]:
        due, is_known = _roll(whole[at] + stood_still)
        is_written = written[at] != NONE
        return np.where(is_written, written[at] + stood_still, due), is_known | is_written

    place = np.full(course.cases, -1, np.intp)
    place[begun.case] = np.arange(len(begun.case))
    pauses = _pauses_of(course, deadline, place, bench.as_of)
    everywhere = np.arange(len(begun.case))
    due, is_known = end(everywhere, _days_paused(pauses, base, end))
    is_paused = np.zeros(len(due), bool)
    is_paused[pauses.clock[pauses.is_open & (pauses.first <= due[pauses.clock])]] = True
    done = _done(bench, deadline, begun, place)
    is_past = (done == NONE) & ~is_paused & (due < bench.as_of)
    is_past &= not deadline.never_overdue
    is_overdue = is_past & ~bench.is_foreign[begun.case] & (not deadline.internal_target)
    return _Run(
        deadline, begun.case, begun.day, due, done, is_paused, is_known, is_past, is_overdue
    )


def _written_ends(course: _Course, deadline: Deadline, begun: _Starts) -> tuple[Days, Days]:
    """Return the days from which pauses lengthen a period, and the days written as its end."""
    base, written = begun.day.copy(), np.full(len(begun.day), NONE, np.int64)
    if deadline.due_from_event:
        by_entry = begun.place >= 0
        written[by_entry] = course.due[begun.place[by_entry]]
    if deadline.amended_by:
        last = course.last(course.of(deadline.amended_by))[begun.case]
        at = np.flatnonzero(last >= 0)
        at = at[(course.day[last[at]] >= begun.day[at]) & (course.due[last[at]] != NONE)]
        base[at], written[at] = course.day[last[at]], course.due[last[at]]
    return base, written


def _done(bench: _Bench, deadline: Deadline, begun: _Starts, place: np.ndarray) -> Days:
    """Return the first day on which something stopped the clocks."""
    course = bench.course
    done = np.full(len(begun.case), NONE, np.int64)
    stops = course.of(*deadline.stops)
    stops = stops[place[course.case[stops]] >= 0]
    at = place[course.case[stops]]
    counts = (stops > begun.place[at]) & (course.day[stops] >= begun.day[at])
    np.minimum.at(done, at[counts], course.day[stops[counts]])
    if not deadline.after_closure:
        ended = bench.closed[begun.case]
        done = np.minimum(done, np.where(ended >= begun.day, ended, NONE))
    return done


# ----------------------------------------------------------------------------------- pauses


@dataclass(frozen=True, eq=False)
class _Pauses:
    """The days between which clocks stood still, in order; `clock` says which of them.

    `rank` counts the pauses of one clock; an open pause lasts until the day of asking.
    """

    clock: np.ndarray
    first: Days
    last: Days
    is_open: np.ndarray
    rank: np.ndarray


def _pauses_of(course: _Course, deadline: Deadline, place: np.ndarray, as_of: int) -> _Pauses:
    """Return the pauses of the clocks that stand at a place for their case."""
    parts = [_stretches(course, *pair, place, as_of) for pair in deadline.pauses]
    nothing = np.empty((4, 0), np.int64)
    at, first, last, is_open = np.concatenate([nothing, *parts], axis=1)
    order = np.lexsort((last, first, at))
    at, first, last = at[order], first[order], last[order]
    begins = np.searchsorted(at, at)
    return _Pauses(at, first, last, is_open[order].astype(bool), np.arange(len(at)) - begins)


def _stretches(
    course: _Course, pause: str, resume: str, place: np.ndarray, as_of: int
) -> np.ndarray:
    """Return clock, first day, last day and whether it is open, of each pause of one kind."""
    if pause not in course.places:
        return np.empty((4, 0), np.int64)
    entries = course.of(pause, resume)
    entries = entries[place[course.case[entries]] >= 0]
    case = course.case[entries]
    is_pause = course.kind[entries] == _code(course.kinds, pause)
    # Only a change counts: what pauses while it stands still, or resumes while it runs, is idle.
    changes = np.ones(len(case), bool)
    changes[1:] = (case[1:] != case[:-1]) | (is_pause[1:] != is_pause[:-1])
    entries, case, is_pause = entries[changes], case[changes], is_pause[changes]
    begins = np.flatnonzero(is_pause)
    follows = np.minimum(begins + 1, len(case) - 1)
    is_closed = (follows > begins) & (case[follows] == case[begins])
    last = np.where(is_closed, course.day[entries[follows]], as_of)
    return np.stack(
        [place[case[begins]], course.day[entries[begins]], last, (~is_closed).astype(np.int64)]
    )


def _days_paused(
    pauses: _Pauses,
    base: Days,
    end: Callable[[np.ndarray, Days], tuple[Days, np.ndarray]],
) -> Days:
    """Return for how many days each clock stood still, as `clocks.days_paused` does for one."""
    total, reached = np.zeros(len(base), np.int64), base.copy()
    is_over = np.zeros(len(base), bool)
    for rank in range(int(pauses.rank.max(initial=-1)) + 1):
        turn = pauses.rank == rank
        at, first, last = pauses.clock[turn], pauses.first[turn], pauses.last[turn]
        is_over[at] |= first > end(at, total[at])[0]
        counts = ~is_over[at]
        at, first, last = at[counts], first[counts], last[counts]
        total[at] += np.maximum(0, last - np.maximum(first, reached[at]))
        reached[at] = np.maximum(reached[at], last)
    return total


# ------------------------------------------------------------------------------------- days


def _number(day: date) -> int:
    """Return a day as the number of days since 1970."""
    return int(np.datetime64(day, "D").astype(np.int64))


def _add_months(days: Days, months: int) -> Days:
    """Return the corresponding days some months later, or the last day of a shorter month."""
    if not months:
        return days
    stamps = days.astype("datetime64[D]")
    month = stamps.astype("datetime64[M]")
    into = (stamps - month.astype("datetime64[D]")).astype(np.int64)
    first = (month + months).astype("datetime64[D]").astype(np.int64)
    after = (month + months + 1).astype("datetime64[D]").astype(np.int64)
    return first + np.minimum(into, after - first - 1)


def _roll(days: Days) -> tuple[Days, np.ndarray]:
    """Return the days, moved on from a holiday, and whether those of their year are known."""
    if not len(days):
        return days, np.empty(0, bool)
    years = days[[days.argmin(), days.argmax()]].astype("datetime64[D]").astype("datetime64[Y]")
    first, ends, is_known = _calendar(*(int(year) + 1970 for year in years.astype(np.int64)))
    return ends[days - first], is_known[days - first]


@lru_cache(maxsize=16)
def _calendar(first_year: int, last_year: int) -> tuple[int, Days, np.ndarray]:
    """Return the first day of some years, and per day where a period that ends on it ends."""
    first, last = date(first_year, 1, 1), date(last_year, 12, 31)
    days = (date.fromordinal(one) for one in range(first.toordinal(), last.toordinal() + 1))
    ends, known = zip(*(end_of_period(day) for day in days), strict=True)
    return (
        _number(first),
        np.array(ends, "datetime64[D]").astype(np.int64),
        np.array(known, bool),
    )


def _dates(days: Days) -> np.ndarray:
    """Return numbers of days as `date`, None where there is none."""
    is_day = days != NONE
    if not is_day.any():
        return np.full(len(days), None, object)
    first = days[is_day].min()
    span = np.arange(first, days[is_day].max() + 1).astype("datetime64[D]").astype(object)
    found = span[np.where(is_day, days, first) - first]
    found[~is_day] = None
    return np.asarray(found)


def _stamps(days: Days) -> np.ndarray:
    """Return numbers of days as datetime64[s], NaT where there is none."""
    stamps = np.where(days == NONE, 0, days).astype("datetime64[D]").astype("datetime64[s]")
    stamps[days == NONE] = np.datetime64("NaT")
    return np.asarray(stamps)


def _code(words: pd.Index, word: str) -> int:
    return words.tolist().index(word) if word in words else -2


# ----------------------------------------------------------------------------------- tables


def _read_clocks(runs: Sequence[_Run], facts: _Facts) -> None:
    """Fill in which cases are overdue and what is next on each: the first day of those that run."""
    for run in runs:
        facts.is_overdue[run.case[run.is_overdue]] = True
        is_next = (run.done == NONE) & (run.due < facts.next_due[run.case])
        case = run.case[is_next]
        facts.next_due[case] = run.due[is_next]
        facts.next_deadline[case] = run.deadline.id
        facts.next_actor[case] = run.deadline.actor


def _links_on(course: _Course, book: Casebook) -> pd.DataFrame:
    """Return the hazards that each case has: those it was opened with, linked and unlinked."""
    changes = course.where(course.of(*HAZARD_KINDS))
    if not len(changes.case):
        return book.links
    is_linked = changes.kind == _code(changes.kinds, "hazard_linked")
    told = pd.DataFrame(
        {
            "case": changes.case,
            "ref": pd.Series(changes.refs, dtype="str").take(changes.ref).array,
            "stays": is_linked,
        }
    )
    is_touched = book.links["case"].isin(changes.case)
    opened = book.links[is_touched].assign(stays=True)
    after = pd.concat([opened, told]).drop_duplicates(["case", "ref"], keep="last")
    after = after.loc[after["stays"].astype(bool) & (after["ref"] != ""), ["case", "ref"]]
    together = pd.concat([book.links[~is_touched], after])
    return together.sort_values("case", kind="stable", ignore_index=True)


def _tabulate_cases(
    book: Casebook, course: _Course, facts: _Facts, links: pd.DataFrame
) -> pd.DataFrame:
    begun = np.flatnonzero(facts.stage != "")
    own = (
        *("title_zh", "title_en", "jurisdiction", "kind", "field", "agency"),
        *("rule_set", "is_demonstration"),
    )
    table = book.cases.take(begun)
    days = {name: _dates(one[begun]) for name, one in _first_days(course)}
    hazards = np.bincount(links["case"], minlength=len(book))[begun]
    columns = {
        **{name: table[name].array for name in own},
        **days,
        "stage": pd.array(facts.stage[begun], dtype="str"),
        "group": pd.array(facts.group[begun], dtype="str"),
        "closed_on": _dates(facts.closed[begun]),
        "is_overdue": facts.is_overdue[begun],
        "is_suspended": facts.stage[begun] == "review_suspended",
        "next_deadline": pd.array(facts.next_deadline[begun], dtype="str"),
        "next_due_on": _dates(facts.next_due[begun]),
        "next_actor": pd.array(facts.next_actor[begun], dtype="str"),
        "hazards": hazards,
        "is_foreign": table["jurisdiction"].str.startswith(FOREIGN).array,
        "case": begun.astype(np.int32),
    }
    ids = pd.Index(table["id"].tolist(), dtype=object)
    return pd.DataFrame({name: columns[name] for name in CASE_COLUMNS}, index=ids)


def _first_days(course: _Course) -> Iterator[tuple[str, Days]]:
    for name, kinds in FIRST_DAYS.items():
        days = np.full(course.cases, NONE, np.int64)
        for kind in reversed(kinds):
            own = course.first_days(course.of(kind))
            days = np.where(own == NONE, days, own)
        yield name, days


def _tabulate_clocks(runs: Sequence[_Run]) -> pd.DataFrame:
    case = np.concatenate([np.empty(0, np.int32), *(run.case for run in runs)])
    order = np.argsort(case, kind="stable")
    lengths = [len(run.case) for run in runs]

    def joined(name: str, dtype: type) -> np.ndarray:
        parts = (getattr(run, name) for run in runs)
        return np.concatenate([np.empty(0, dtype), *parts])[order]

    def told(words: Sequence[str]) -> pd.Categorical:
        names = list(dict.fromkeys(words))
        codes = np.repeat(np.array([names.index(word) for word in words], np.int16), lengths)
        return pd.Categorical.from_codes(codes[order], pd.Index(names, dtype="str"))

    return pd.DataFrame(
        {
            "case": case[order],
            "deadline": told([run.deadline.id for run in runs]),
            "started_on": _stamps(joined("start", np.int64)),
            "due_on": _stamps(joined("due", np.int64)),
            "done_on": _stamps(joined("done", np.int64)),
            "actor": told([run.deadline.actor for run in runs]),
            "is_paused": joined("is_paused", bool),
            "is_past": joined("is_past", bool),
            "is_overdue": joined("is_overdue", bool),
            "is_internal_target": np.repeat(
                np.array([run.deadline.internal_target for run in runs], bool), lengths
            )[order],
            "holidays_known": joined("is_known", bool),
        },
        columns=list(CLOCK_COLUMNS),
    )
