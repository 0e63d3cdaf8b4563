"""VROOM (`pyvroom`) on the same days out and the same instances, the peer of our planner.

It knows several openings of a stop and breaks by itself, so that a wish is told to it as it is:
a vehicle for each team and day, a job for each stop. What it answers is timed again by our own
timetable. One thread and the most thorough of its settings, as it is meant to be used.
"""

import time
from dataclasses import dataclass

import numpy as np
import pyvrp
import vroom
from vroom.solution.solution import Solution

from layers.planning import Wish
from layers.planning.solving import Orders
from layers.planning.timetable import Board, Timed, ask_ways
from layers.travel import StraightLines

THOROUGH = 5
MOST_PRIORITY = 100
FORBIDDEN = 1_000_000


@dataclass(frozen=True)
class Answer:
    """What VROOM needed (processor seconds), drove (seconds, or the cost), and left out."""

    took_s: float
    cost: float
    left: int
    timed: tuple[Timed | None, ...] = ()

    @property
    def is_lawful(self) -> bool:
        """Return whether our own timetable has every one of its tours."""
        return None not in self.timed


def plan_days(wish: Wish, threads: int = 1) -> Answer:
    """Return VROOM's plan of a wish; an order that our timetable refuses is None in it."""
    board = Board(wish, ask_ways(wish, StraightLines()))
    began = time.process_time()
    problem = vroom.Input()
    problem.set_durations_matrix("car", np.nan_to_num(board.seconds).astype(np.uint32))
    for number, shift in enumerate(board.shifts):
        rest = board.rest(shift)
        window = [] if rest is None else [(rest.since_s, rest.until_s - rest.length_s)]
        breaks = [] if rest is None else [vroom.Break(number, window, rest.length_s)]
        problem.add_vehicle(
            vroom.Vehicle(
                number,
                start=board.start(shift.team),
                end=board.end(shift.team),
                time_window=(shift.opens_s, shift.closes_s),
                breaks=breaks,
            )
        )
    worth = {row: _worth(board, row) for row in range(board.count)}
    for row in range(board.count):
        windows = {one for shift in board.shifts for one in board.windows(row, shift)}
        problem.add_job(
            vroom.Job(
                row,
                location=row,
                default_service=board.service_s(row),
                priority=MOST_PRIORITY * worth[row] // max(worth.values()),
                time_windows=sorted(windows),
            )
        )
    solution = problem.solve(exploration_level=THOROUGH, nb_threads=threads)
    took = time.process_time() - began
    orders = _orders(solution)
    timed = tuple(board.time(board.shifts[number], order) for number, order in orders.items())
    driving = sum(one.driving_s for one in timed if one)
    seen = sum(map(len, orders.values()))
    return Answer(took, driving, board.count - seen, timed)


def solve_instance(data: pyvrp.ProblemData, threads: int = 1) -> Answer:
    """Return VROOM's cost of an instance of the literature that has loads and hours only."""
    began = time.process_time()
    problem = vroom.Input()
    problem.set_durations_matrix("car", _short(data.duration_matrix(0)))
    problem.set_costs_matrix("car", _short(data.distance_matrix(0)))
    number = 0
    for kind in data.vehicle_types():
        start = data.depots()[kind.start_depot].location
        for _ in range(kind.num_available):
            window = (kind.tw_early, min(kind.tw_late, kind.tw_early + 10**8))
            problem.add_vehicle(
                vroom.Vehicle(
                    number, start=start, end=start, capacity=kind.capacity, time_window=window
                )
            )
            number += 1
    for at, client in enumerate(data.clients()):
        problem.add_job(
            vroom.Job(
                at,
                location=client.location,
                default_service=client.service_duration,
                delivery=client.delivery,
                pickup=client.pickup,
                time_windows=[(client.tw_early, min(client.tw_late, 10**8))],
            )
        )
    solution = problem.solve(exploration_level=THOROUGH, nb_threads=threads)
    took = time.process_time() - began
    return Answer(took, float(solution.summary.cost), len(solution.unassigned))


def _short(ways: np.ndarray) -> np.ndarray:
    """Return ways in the 32 bits that VROOM has; forbidden ones stay longer than any answer."""
    return np.minimum(ways, FORBIDDEN).astype(np.uint32)


def _worth(board: Board, row: int) -> int:
    errand, last = board.errands[row], max(shift.day.on for shift in board.shifts)
    return errand.priority * (2 if errand.deadline and errand.deadline <= last else 1)


def _orders(solution: Solution) -> Orders:
    steps = solution.routes[solution.routes["type"] == "job"]
    return {
        int(number): [int(row) for row in group["id"]]
        for number, group in steps.groupby("vehicle_id")
    }
