"""How long the stores of cases take: `python -m benchmarks.case_stores [URL] [cases]`.

Fills an empty store (a temporary SQLite file by default) with ten entries a case.
"""

import random
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from datetime import time as hour
from pathlib import Path
from tempfile import TemporaryDirectory

from geodata import Case, CaseEvent, CaseStore, HazardRef, NewCase, Scope, Title, open_cases

ENTRIES = 10
LATER = CaseEvent("consultation", date(2026, 1, 1), datetime(2026, 1, 1, 8, tzinfo=UTC), "bench")


def many_cases(number: int) -> Iterator[Case]:
    """Yield cases of no meaning, ten entries each, over seven years."""
    draw = random.Random(1)  # noqa: S311 - no secrets
    kinds = [f"kind_{n}" for n in range(45)]
    for place in range(number):
        day = date(2019, 1, 1) + timedelta(days=draw.randrange(2500))
        yield Case(
            id=f"LZ-CG-{place:06}",
            title=Title(f"某案{place}", f"Case {place}"),
            jurisdiction="LZ-CG",
            kind="admin_pil",
            field="ecology",
            rule_set="cn-2021",
            hazards=(HazardRef("relics", f"{place}"),),
            events=tuple(
                CaseEvent(
                    draw.choice(kinds),
                    day + timedelta(days=20 * step),
                    datetime.combine(day + timedelta(days=20 * step), hour(8), UTC),
                    "承办检察官",
                    note="说明" * 10,
                    due_on=day + timedelta(days=60) if step % 5 == 0 else None,
                    details=(("text", "某某某某"),),
                )
                for step in range(ENTRIES)
            ),
        )


def measure(what: str, act: Callable[[], object], times: int = 1) -> None:
    """Print how many milliseconds an act takes, the mean of several."""
    start = time.perf_counter()
    for _ in range(times):
        act()
    print(f"{what:32}{(time.perf_counter() - start) / times * 1000:10.1f} ms")


def record(store: CaseStore) -> None:
    """Read a case and add an entry to it."""
    store.record("LZ-CG-000777", LATER, store.get("LZ-CG-000777").revision)


def main(url: str, number: int) -> None:
    """Fill a store and print the times of what the app does with it."""
    store = open_cases(url)
    changes = [NewCase(case) for case in many_cases(number)]
    measure(f"write {number} cases at once", lambda: store.write(changes))
    store = open_cases(url)
    measure("casebook, from cold", store.casebook)
    measure("casebook, nothing new", store.casebook, 20)
    measure("revision", store.revision, 20)
    measure("one case", lambda: store.get("LZ-CG-000777"), 20)
    measure("read and record", lambda: record(store), 20)
    measure("casebook, 20 entries later", store.casebook)
    measure("find by text", lambda: store.find(Scope(text="某案777")))


if __name__ == "__main__":
    given = sys.argv[1:]
    with TemporaryDirectory() as folder:
        place = given[0] if given else f"sqlite:{Path(folder) / 'cases.sqlite'}"
        main(place, int(given[1]) if len(given) > 1 else 100_000)
