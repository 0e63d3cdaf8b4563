"""How good plans of site visits are, and how fast, beside the best known and beside longer runs.

Two parts. Instances of the literature hold the search (PyVRP by our settings, ended by our `Watch`)
against the best that is known: they have loads and no days, which our wish has not, so they are
read by PyVRP's own reader. Invented days out hold the whole planner (check, ways, search, groups,
bound) against the same wish planned much longer, and against the plain rule of going to the nearest
stop that still fits. VROOM answers the same in the same run, where `pyvroom` is installed, as
thorough as it can be and as long as it likes. One seed each. All seconds are of one processor,
which is all that PyVRP uses, and of one thread of VROOM: other work on the machine then changes
little.
"""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from datetime import time as clock
from pathlib import Path

import numpy as np
import pyvrp

from layers.planning import Day, Errand, Hours, Pause, Search, Team, Wish, plan_visits
from layers.planning.solving import Watch, run_search
from layers.planning.timetable import Board, ask_ways
from layers.travel import StraightLines

try:
    from benchmarks import visit_peers
except ImportError:  # pyvroom is for benchmarks alone
    visit_peers = None

SHARED = Path(__file__).parents[2] / "shared" / "data" / "vrp"
SECONDS = 10.0
LONG = 4.0
"""How many times longer the run is that ours is held against where no best is known."""
FIRST_DAY = date(2026, 3, 2)
UNENDING = 10**9


@dataclass(frozen=True)
class Instance:
    """A file of the literature, how it rounds, and the best that its folder or authors name."""

    file: str
    rounds: str
    best: float | None = None
    is_for_vroom: bool = True
    """VROOM knows no longest duration."""


INSTANCES = (
    Instance("RC208.vrp", "dimacs", 7761),  # 776.1 in RC208.sol, in tenths
    Instance("E-n22-k4.txt", "round", 375),
    Instance("X-n101-50-k13.vrp", "round"),
    # Best of the literature for this problem of sites, from memory; in thousandths.
    Instance("PR01.vrp", "exact", 1_655_420, is_for_vroom=False),
)


@dataclass(frozen=True)
class Days:
    """An invented wish: how many stops, days and teams, and the seconds it may take."""

    stops: int
    days: int
    teams: int
    seconds: float
    patience: int = Search.patience
    pause: Pause | None = None

    def __str__(self) -> str:
        """Return what the wish is."""
        noon = f", pause {self.pause.minutes} min" if self.pause else ""
        return f"{self.stops} stops, {self.days} days, {self.teams} teams{noon}"


NOON = Pause(60, clock(12), clock(13, 30))
DAYS_OUT = (
    Days(45, 3, 2, 2.5),
    Days(45, 4, 2, 2.5, pause=NOON),
    Days(260, 5, 6, 30.0, UNENDING),
    Days(260, 4, 4, 30.0, UNENDING),
)
"""The last is overloaded: not all of its stops can be seen."""


@dataclass(frozen=True)
class Line:
    """One measurement: cost (or minutes of driving), what it is held against, and the clock."""

    what: str
    seconds: float
    cost: float
    beside: str
    other: float
    left: int = 0
    other_left: int = 0
    bound: float | None = None
    other_seconds: float | None = None

    @property
    def gap(self) -> float:
        """Return by what share ours costs more than the other, under 0 if less."""
        return self.cost / self.other - 1 if self.other else 0.0


def measure(
    seconds: float = SECONDS,
    days_out: Iterable[Days] = DAYS_OUT,
    folder: Path = SHARED,
    long: float = LONG,
    *,
    has_peer: bool = visit_peers is not None,
) -> tuple[Line, ...]:
    """Return the lines of each instance whose file is there, and those of each invented wish."""
    instances = (
        line
        for one in INSTANCES
        if (folder / one.file).exists()
        for line in _of_literature(folder / one.file, one, seconds, long, has_peer=has_peer)
    )
    return (
        *instances,
        *(line for days in days_out for line in _of_days(days, long, has_peer=has_peer)),
    )


def table(lines: Iterable[Line]) -> str:
    """Return the lines as Markdown."""
    head = (
        "| what | seconds | cost | left out "
        "| beside | its seconds | its cost | its left out | gap | above the bound |\n"
        "|---|---|---|---|---|---|---|---|---|---|"
    )
    rows = (
        f"| {one.what} | {one.seconds:.1f} | {one.cost:.0f} | {one.left} | {one.beside} | "
        f"{_known(one.other_seconds)} | {one.other:.0f} | {one.other_left} | "
        f"{100 * one.gap:.2f} % | "
        f"{'' if one.bound is None else f'{100 * (one.cost / one.bound - 1):.1f} %'} |"
        for one in lines
    )
    return "\n".join((head, *rows))


def _known(seconds: float | None) -> str:
    return "" if seconds is None else f"{seconds:.1f}"


def make_wish(days: Days, seed: int = 0) -> Wish:
    """Return stops scattered over the valley, a third of them with two openings a day."""
    rng = np.random.default_rng(seed)
    lon, lat = rng.uniform(103.4, 104.1, days.stops), rng.uniform(35.95, 36.4, days.stops)
    twice = (Hours(clock(9), clock(11, 30)), Hours(clock(14), clock(17)))
    errands = tuple(
        Errand(
            f"charging_stations:{n}",
            (float(lon[n]), float(lat[n])),
            minutes=int(rng.integers(15, 35)),
            opening=twice if n % 3 == 0 else (),
            deadline=FIRST_DAY + timedelta(days=1) if n % 10 == 0 else None,
        )
        for n in range(days.stops)
    )
    starts = ((103.83, 36.06), (103.63, 36.09))
    return Wish(
        tuple(Team(f"T{n}", starts[n % 2]) for n in range(days.teams)),
        tuple(Day(FIRST_DAY + timedelta(days=n), pause=days.pause) for n in range(days.days)),
        errands,
        search=Search(patience=days.patience, steps=UNENDING, seconds=days.seconds, explained=0),
    )


def _of_literature(
    file: Path, one: Instance, seconds: float, long: float, *, has_peer: bool
) -> Iterator[Line]:
    data = pyvrp.read(str(file), round_func=one.rounds)
    took, cost = _search(data, seconds)
    if one.best is not None:
        yield Line(file.stem, took, cost, "best known", one.best)
    else:
        longer_s, longer = _search(data, seconds * long)
        beside = f"{long:g} times longer"
        yield Line(file.stem, took, cost, beside, longer, other_seconds=longer_s)
    if has_peer and one.is_for_vroom:
        other = visit_peers.solve_instance(data)
        yield Line(
            file.stem,
            took,
            cost,
            "VROOM",
            other.cost,
            other_left=other.left,
            other_seconds=other.took_s,
        )


def _search(data: pyvrp.ProblemData, seconds: float) -> tuple[float, float]:
    began = time.process_time()
    search = Search(patience=UNENDING, steps=UNENDING, seconds=seconds)
    watch = Watch(search, now=time.process_time)
    result = run_search(data, watch, seed=1)
    return time.process_time() - began, float(result.cost())


def _of_days(days: Days, long: float, *, has_peer: bool) -> Iterator[Line]:
    wish = make_wish(days)
    began = time.process_time()
    plan = plan_visits(wish, now=time.process_time)
    took = time.process_time() - began
    more = replace(wish.search, patience=UNENDING, seconds=days.seconds * long)
    began = time.process_time()
    longer = plan_visits(replace(wish, search=more), now=time.process_time)
    longer_s = time.process_time() - began
    ours = Line(
        str(days),
        took,
        plan.driving_s / 60,
        beside=f"{long:g} times longer",
        other=longer.driving_s / 60,
        left=len(plan.left_out),
        other_left=len(longer.left_out),
        bound=plan.bound_s / 60 or None,
        other_seconds=longer_s,
    )
    yield ours
    if has_peer:
        other = visit_peers.plan_days(wish)
        yield replace(
            ours,
            beside="VROOM" if other.is_lawful else "VROOM (breaks our rules)",
            other=other.cost / 60,
            other_left=other.left,
            other_seconds=other.took_s,
        )
    driving_s, left = _nearest_next(wish)
    yield replace(
        ours, beside="nearest next", other=driving_s / 60, other_left=left, other_seconds=None
    )


def _nearest_next(wish: Wish) -> tuple[float, int]:
    """Return the driving in seconds, and the stops left, of going to the nearest that fits."""
    board = Board(wish, ask_ways(wish, StraightLines()))
    waiting, driving = set(range(board.count)), 0
    for shift in board.shifts:
        order: list[int] = []
        while True:
            here = order[-1] if order else board.start(shift.team)
            near = sorted(waiting, key=lambda row: board.seconds[here, row])
            fits = (row for row in near if board.time(shift, [*order, row]))
            row = next(fits, None)
            if row is None:
                break
            order.append(row)
            waiting.remove(row)
        timed = board.time(shift, order)
        driving += timed.driving_s if timed and order else 0
    return float(driving), len(waiting)
