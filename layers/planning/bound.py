"""How short the driving of a plan could be at best: a length that no plan can come under.

The bound of Held and Karp (1970) for several routes. K routes through n stops are K ways out,
K ways back and a forest of n - K ways between stops. The cheapest such forest, with the K
cheapest ways out and the K cheapest ways back, is found exactly and costs no more than the
routes. A toll at every stop, paid once for each end of a way and taken off again twice, changes
no route and makes forests look like routes; any toll gives a bound, the best found is told.
Of two directions the shorter one counts; hours, turns and locks are left aside, which can only
make the bound smaller.
"""

import math

import numpy as np

ROUNDS = 120
ROUNDS_MORE = 40
SLACK_S = 1e-6
"""What rounding of sums may have added."""


def bound_driving(
    between: np.ndarray, out: np.ndarray, back: np.ndarray, *, most: int, least: int = 1
) -> float:
    """Return seconds that `least` to `most` routes through all stops need, or more.

    `between` are the ways from stop to stop, NaN where there is none, `out` the shortest way of
    any team to each stop, `back` the shortest from it.

    Examples
    --------
    >>> between = np.array([[0.0, 1.0], [1.0, 0.0]])
    >>> round(bound_driving(between, np.array([2.0, 3.0]), np.array([2.0, 3.0]), most=1), 3)
    6.0
    """
    count = len(out)
    if not count:
        return 0.0
    ways = _both_directions(between)
    tolls, lowest = np.zeros(count), math.inf
    for routes in range(max(1, least), min(most, count) + 1):
        rounds = ROUNDS if math.isinf(lowest) else ROUNDS_MORE
        reached, tolls = _climb(ways, out, back, routes, tolls, rounds=rounds, enough=lowest)
        lowest = min(lowest, reached)
    return 0.0 if math.isinf(lowest) else max(0.0, lowest - SLACK_S)


def _both_directions(between: np.ndarray) -> np.ndarray:
    """Return the shorter of two directions, and for no way more than all others together."""
    longest = np.nansum(np.abs(between)) + 1.0
    ways = np.where(np.isnan(between), longest, between)
    return np.minimum(ways, ways.T)


def _climb(
    ways: np.ndarray,
    out: np.ndarray,
    back: np.ndarray,
    routes: int,
    tolls: np.ndarray,
    *,
    rounds: int,
    enough: float,
) -> tuple[float, np.ndarray]:
    """Return the best bound for so many routes and its tolls, or one that is `enough`."""
    best, best_tolls = -math.inf, tolls
    step = float(np.mean(ways)) / 4 + 1e-9
    for _ in range(rounds):
        cost, ends = _cheapest(ways, out, back, routes, tolls)
        if cost > best:
            best, best_tolls = cost, tolls
        else:
            step *= 0.93
        if best >= enough or not (ends - 2).any():
            break
        tolls = tolls + step * (ends - 2)
    return best, best_tolls


def _cheapest(
    ways: np.ndarray, out: np.ndarray, back: np.ndarray, routes: int, tolls: np.ndarray
) -> tuple[float, np.ndarray]:
    """Return the cost of the cheapest forest with its ways out and back, and ends by stop."""
    costs, a, b = _tree(ways + tolls[:, None] + tolls[None, :])
    kept = np.argsort(costs, kind="stable")[: len(out) - routes]  # n - 1 ways less K - 1
    gone = np.argsort(out + tolls, kind="stable")[:routes]
    come = np.argsort(back + tolls, kind="stable")[:routes]
    ends = np.bincount(np.concatenate([a[kept], b[kept], gone, come]), minlength=len(out))
    cost = costs[kept].sum() + (out + tolls)[gone].sum() + (back + tolls)[come].sum()
    return float(cost - 2 * tolls.sum()), ends


def _tree(ways: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the ways of the cheapest spanning tree (Prim): costs and both ends."""
    count = len(ways)
    costs, a, b = np.zeros(count - 1), np.zeros(count - 1, int), np.zeros(count - 1, int)
    nearest, from_ = ways[0].copy(), np.zeros(count, int)
    nearest[0] = math.inf
    inside = np.zeros(count, bool)
    inside[0] = True
    for step in range(count - 1):
        new = int(np.argmin(nearest))
        costs[step], a[step], b[step] = nearest[new], from_[new], new
        inside[new] = True
        closer = (ways[new] < nearest) & ~inside
        nearest[closer], from_[closer] = ways[new][closer], new
        nearest[new] = math.inf
    return costs, a, b
