"""A wish as a routing problem for PyVRP: who sees which stops in which order.

Each team and day is one vehicle on the clock of one day; a stop that is open in several
stretches is several clients, of which one is chosen. Which days and teams a stop may fall to
is said by ways that are not there, of what a person locked, too. Stops are worth more than any
driving of one day saved by leaving them out. docs/decisions/0023-visit-planner.md says why it is
modelled so.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import pyvrp
from pyvrp.IteratedLocalSearch import IteratedLocalSearchCallbacks
from pyvrp.search import NeighbourhoodParams

from layers.planning.solver_clock import SolverClock
from layers.planning.timetable import DAY_S, Board, Window
from layers.planning.wish import Search

Orders = dict[int, list[int]]
"""Rows of stops in their order, by the number of the shift."""
MANY_CLIENTS, FEW_NEIGHBOURS, NEIGHBOURS = 300, 20, 50
"""Of many clients each is tried beside fewer others: many more steps in the same time."""
LOCKED_COUNTS = 1000
"""What a person locked is worth: more than all the rest that might be won by leaving it out."""


@dataclass(frozen=True)
class Progress:
    """How far a search is: the share of its limit that is used up, and its steps so far."""

    share: float
    steps: int


OnProgress = Callable[[Progress], None]
Now = Callable[[], float]


@dataclass
class Watch(IteratedLocalSearchCallbacks):
    """Ends a search by steps, by patience, by the clock, or when all is visited that can be.

    That is when prizes of no more than `spare` lie uncollected, those of the clients that are
    other stretches of stops visited already; None means that nothing is enough.
    """

    search: Search
    on_progress: OnProgress | None = None
    spare: int | None = None
    now: Now = time.perf_counter
    steps: int = 0
    ended_by_clock: bool = False
    _is_enough: bool = False
    _lowest: int | None = None
    _without: int = 0
    _since: float | None = field(default=None)

    def __call__(self, best_cost: int) -> bool:
        """Return whether it is enough, asked by PyVRP before each step."""
        self._since = self.now() if self._since is None else self._since
        if self._lowest is None or best_cost < self._lowest:
            self._lowest, self._without = best_cost, 0
        else:
            self._without += 1
        shares = [
            self._without / max(1, self.search.patience),
            self.steps / max(1, self.search.steps),
        ]
        if self.search.seconds is not None:
            shares.append((self.now() - self._since) / max(self.search.seconds, 1e-3))
            self.ended_by_clock = shares[-1] >= 1 > max(shares[:-1])
        if self.on_progress and self.steps % 50 == 0:
            self.on_progress(Progress(min(1.0, max(shares)), self.steps))
        self.steps += 1
        return self._is_enough or max(shares) >= 1

    def on_best(self, best: pyvrp.Solution) -> None:
        """Look whether the new best visits all, told by PyVRP."""
        self._is_enough = self.spare is not None and best.uncollected_prizes() <= self.spare


@dataclass(frozen=True)
class Solved:
    """The orders found, what was left out, how many steps it took, what ended it."""

    orders: Orders
    left: tuple[int, ...]
    steps: int
    ended_by_clock: bool


@dataclass(frozen=True)
class Kind:
    """Shifts alike: their hours on the solver's clock, the places open to them, what is held."""

    shifts: tuple[int, ...]
    hours: Window
    open_to: frozenset[int]
    held: tuple[int, ...]


class Model:
    """A board as a problem of PyVRP, for some of its stops and shifts.

    Shifts that nothing tells apart but their names are one kind of vehicle. A client is a stop
    in one of its stretches; clients of one stop that may fall to the same shifts share a place.
    """

    def __init__(
        self, board: Board, rows: Sequence[int], only: Mapping[int, Sequence[int]] | None = None
    ) -> None:
        """Lay out rows of stops; `only` says which shifts a row may fall to, all unless named."""
        self.board, self.rows, self.only = board, tuple(rows), only or {}
        self.worth = max(shift.closes_s - shift.opens_s for shift in board.shifts) + 1
        self.never = 2 * self.worth
        self.clocks = [
            SolverClock.of(board.midnight(shift), shift.closes_s, board.rest(shift))
            for shift in board.shifts
        ]
        self.clients: list[pyvrp.Client] = []
        self.client_rows: list[int] = []
        self.groups: list[pyvrp.ClientGroup] = []
        self.places: dict[tuple[int, frozenset[int]], int] = {}
        for row in self.rows:
            self._add(row)
        self.kinds = self._find_kinds()
        self.data = self._data()

    def prize(self, row: int) -> int:
        """Return what a stop is worth in seconds of driving."""
        errand = self.board.errands[row]
        last_day = max(shift.day.on for shift in self.board.shifts)
        urgent = errand.deadline is not None and errand.deadline <= last_day
        locked = errand.ref in self.board.locks
        return (
            self.worth * errand.priority * (2 if urgent else 1) * (LOCKED_COUNTS if locked else 1)
        )

    def solve(
        self,
        search: Search,
        on_progress: OnProgress | None = None,
        *,
        until_all: bool = False,
        begin: Orders | None = None,
        now: Now = time.perf_counter,
    ) -> Solved:
        """Return the best orders found; with `until_all` the first that visit every stop."""
        if not self.clients:
            return Solved({}, self.rows, 0, ended_by_clock=False)
        spare = sum(one.prize for one in self.clients) - sum(map(self.prize, self.rows))
        watch = Watch(search, on_progress, spare if until_all else None, now)
        result = run_search(
            self.data, watch, search.seed, self._solution(begin) if begin is not None else None
        )
        orders = self._orders(result.best, begin or {}) if result.best.is_feasible() else {}
        seen = {row for order in orders.values() for row in order}
        left = tuple(row for row in self.rows if row not in seen)
        return Solved(orders, left, watch.steps, watch.ended_by_clock)

    def _orders(self, best: pyvrp.Solution, begin: Orders) -> Orders:
        """Return routes by shift; of shifts alike each takes the one that is most like before."""
        by_kind: dict[int, list[list[int]]] = {}
        for route in best.routes():
            at = [step.idx for step in route.schedule() if step.is_client()]
            order = [self.client_rows[client] for client in at]
            by_kind.setdefault(route.vehicle_type(), []).append(order)
        orders: Orders = {}
        for kind, routes in by_kind.items():
            free, waiting = list(self.kinds[kind].shifts), sorted(routes)
            while waiting:
                number, order = max(
                    ((number, order) for number in free for order in waiting),
                    key=lambda one: (len(set(begin.get(one[0], ())) & set(one[1])), -one[0]),
                )
                free.remove(number)
                waiting.remove(order)
                orders[number] = order
        return orders

    def _solution(self, orders: Orders) -> pyvrp.Solution:
        """Return orders that are there already as the place to begin from."""
        kind_of = {number: at for at, kind in enumerate(self.kinds) for number in kind.shifts}
        routes = []
        for number, whole in sorted(orders.items()):
            order = [row for row in whole if self._takes(row, number)]
            timed = self.board.time(self.board.shifts[number], order)
            if timed and order:
                clients = [
                    self._client_at(row, number, begins) for row, _, begins, _ in timed.calls
                ]
                routes.append(pyvrp.Route(self.data, clients, kind_of[number]))
        return pyvrp.Solution(self.data, routes)

    def _takes(self, row: int, number: int) -> bool:
        return any(at == row and number in shifts for at, shifts in self.places)

    def _client_at(self, row: int, number: int, begins_s: int) -> int:
        """Return the client of a stop in whose stretch a visit begins, or the nearest one."""
        moment = self.clocks[number].moment(begins_s)
        mine = {at for (one, shifts), at in self.places.items() if one == row and number in shifts}
        return min(
            (client for client, one in enumerate(self.clients) if one.location in mine),
            key=lambda at: abs(
                min(max(moment, self.clients[at].tw_early), self.clients[at].tw_late) - moment
            ),
        )

    def _add(self, row: int) -> None:
        """Add a stop as one client, or as several of which at most one is visited."""
        offered = self._offers(row)
        group = None
        if len(offered) > 1:
            group, first = len(self.groups), len(self.clients)
            members = list(range(first, first + len(offered)))
            self.groups.append(pyvrp.ClientGroup(members, required=False))
        for (early, late), shifts in sorted(offered.items()):
            place = self.places.setdefault((row, frozenset(shifts)), len(self.places))
            self.clients.append(
                pyvrp.Client(
                    place,
                    service_duration=self.board.service_s(row),
                    tw_early=early,
                    tw_late=late,
                    prize=self.prize(row),
                    required=False,
                    group=group,
                )
            )
            self.client_rows.append(row)

    def _offers(self, row: int) -> dict[Window, list[int]]:
        """Return when a visit may begin on the solver's clock, and in which shifts."""
        offered: dict[Window, list[int]] = {}
        for number, shift in enumerate(self.board.shifts):
            if number not in self.only.get(row, (number,)) or not self.board.windows(row, shift):
                continue
            for opens, closes in self.board.stretches(row, shift):
                if closes - opens >= self.board.service_s(row):
                    begins = self.clocks[number].begins(opens, closes, self.board.service_s(row))
                    for window in begins:
                        offered.setdefault(window, []).append(number)
        return offered

    def _find_kinds(self) -> list[Kind]:
        """Return the shifts by all that matters to the solver."""
        board, stops = self.board, slice(0, self.board.count)
        kinds: dict[tuple, list[int]] = {}
        for number, shift in enumerate(board.shifts):
            hours = self.clocks[number].hours(shift.opens_s, shift.closes_s, board.rest(shift))
            open_to = frozenset(at for (_, to), at in self.places.items() if number in to)
            held = tuple(board.chain(shift))
            out = board.seconds[board.start(shift.team), stops].tobytes()
            back = board.seconds[stops, board.end(shift.team)].tobytes()
            kinds.setdefault((hours, open_to, held, out, back), []).append(number)
        return [
            Kind(tuple(numbers), hours, open_to, held)
            for (hours, open_to, held, _, _), numbers in kinds.items()
        ]

    def _data(self) -> pyvrp.ProblemData:
        """Return the problem: places of clients first, then the start and end of each kind."""
        first = len(self.places)
        size = first + 2 * len(self.kinds)
        profiles: dict[tuple, int] = {}
        ways = []
        for at, kind in enumerate(self.kinds):
            key = (kind.open_to, kind.held, at if kind.held else None)
            if key not in profiles:
                profiles[key] = len(profiles)
                ways.append(self._ways(at))
        vehicles = [
            pyvrp.VehicleType(
                num_available=len(kind.shifts),
                start_depot=2 * at,
                end_depot=2 * at + 1,
                tw_early=kind.hours[0],
                tw_late=kind.hours[1],
                profile=profiles[kind.open_to, kind.held, at if kind.held else None],
            )
            for at, kind in enumerate(self.kinds)
        ]
        return pyvrp.ProblemData(
            locations=[pyvrp.Location(0, 0)] * size,  # the matrix alone says how far
            clients=self.clients,
            depots=[pyvrp.Depot(at) for at in range(first, size)],
            vehicle_types=vehicles,
            distance_matrices=ways,  # type: ignore[arg-type]  # driving is what is paid for
            duration_matrices=ways,  # type: ignore[arg-type]
            groups=self.groups,
        )

    def _ways(self, number: int) -> np.ndarray:
        """Return the seconds of a kind, with no way where something locked or a turn forbids it."""
        board, kind = self.board, self.kinds[number]
        teams = [board.shifts[one.shifts[0]].team for one in self.kinds]
        stops = [row for row, _ in self.places]
        rows = [*stops, *(end for team in teams for end in (board.start(team), board.end(team)))]
        known = board.seconds[np.ix_(rows, rows)]
        ways = np.where(np.isnan(known), self.never, known)
        ways = np.minimum(ways, self.never).astype(np.int64)
        for at, row in enumerate(stops):
            if board.errands[row].is_first:
                ways[: len(stops), at] = self.never
            if board.errands[row].is_last:
                ways[at, : len(stops)] = self.never
            if at not in kind.open_to:
                ways[:, at] = ways[at, :] = self.never
        self._hold(ways, kind, len(stops) + 2 * number)
        np.fill_diagonal(ways, 0)
        return ways

    def _hold(self, ways: np.ndarray, kind: Kind, start: int) -> None:
        """Leave only one way to each stop of a chain: from the start, or from the one before."""
        place_of = {row: at for (row, _), at in self.places.items() if at in kind.open_to}
        path = [start, *(place_of[row] for row in kind.held if row in place_of)]
        for before, at in pairwise(path):
            only = ways[before, at]
            ways[:, at] = self.never
            ways[before, at] = only
            if before != start:
                ways[before, :] = self.never
                ways[before, at] = only


def run_search(
    data: pyvrp.ProblemData,
    watch: Watch,
    seed: int,
    begin: pyvrp.Solution | None = None,
) -> pyvrp.Result:
    """Return what PyVRP finds until the watch ends it, by the settings measured best for us."""
    near = FEW_NEIGHBOURS if data.num_clients > MANY_CLIENTS else NEIGHBOURS
    params = pyvrp.SolveParams(
        ils=pyvrp.IteratedLocalSearchParams(callbacks=watch),
        neighbourhood=NeighbourhoodParams(num_neighbours=near),
    )
    return pyvrp.solve(
        data, watch, seed=seed, collect_stats=False, params=params, initial_solution=begin
    )


__all__ = ["DAY_S", "Model", "OnProgress", "Orders", "Progress", "Solved", "Watch"]
