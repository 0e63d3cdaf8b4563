"""Old-age allowances paid on after death: the roster against deaths, counted by township.

Persons are joined by the digests of their ID numbers and never named. A finding is a township. A
count under three is hidden, and with it the next smallest of the office, so that it cannot be
reckoned from the office's total.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date

import pandas as pd

from geodata.model import Title
from geodata.schema import Column
from layers.law import OURS, Law
from layers.records import FEWEST_SHOWN, PERSONS_FACT, Row, fingerprint, rows_of
from layers.rule import Ask, Asked, Filter, Hit, Need, Outcome, Parameter, Rule

HIDDEN = "hidden"
HIDDEN_TITLE = {HIDDEN: Title("（不显示）", "(not shown)")}
"""Stands for a count under three, and for those hidden with it: which is which is not told."""


def judge(asked: Asked) -> Iterator[Hit]:
    """Yield townships in which somebody was paid on after death, as of the older list."""
    died = _last_deaths(rows_of(asked.tables["deaths"]))
    day = min(asked.days["roster"], asked.days["deaths"])
    paid: dict[tuple[str, str], set[str]] = {}
    for one in rows_of(asked.answers["roster"]):
        death = died.get(one["person"])
        if death is None or death["died_on"] > day:
            continue
        if one["paid_until"] > last_due(death["died_on"], asked.numbers["grace_months"]):
            paid.setdefault((one["jurisdiction"], one["township"]), set()).add(one["person"])
    for office in sorted({office for office, _ in paid}):
        counts = {town: len(persons) for (of, town), persons in paid.items() if of == office}
        yield from _of_office(office, counts, paid)


def _of_office(
    office: str,
    counts: Mapping[str, int],
    paid: Mapping[tuple[str, str], set[str]],
) -> Iterator[Hit]:
    shown, office_said = suppress(counts)
    for town in sorted(counts):
        yield Hit(
            "paid_after_death",
            rows=(),
            facts=(
                ("persons", shown[town]),
                ("office_persons", office_said),
                ("persons_sha256", fingerprint(paid[office, town])),
            ),
            jurisdiction=office,
            township=town,
            name=town,
        )


LEAST_HIDDEN = 2 * FEWEST_SHOWN
"""So many persons lie at least in hidden counts together, if their office's total is shown."""


def suppress(counts: Mapping[str, int]) -> tuple[dict[str, str], str]:
    """Return counts and their total as they may be shown.

    Those under three are hidden, and the next smallest with them until they hold six together;
    where they cannot, the total is hidden as well.

    >>> suppress({"A": 11, "B": 2, "C": 4, "D": 7})
    ({'A': '11', 'B': 'hidden', 'C': 'hidden', 'D': '7'}, '24')
    >>> suppress({"A": 11, "C": 4})
    ({'A': '11', 'C': '4'}, '15')
    >>> suppress({"A": 1, "B": 3})
    ({'A': 'hidden', 'B': 'hidden'}, 'hidden')
    """
    in_order = sorted(counts, key=lambda name: (counts[name], name))
    few = sum(count < FEWEST_SHOWN for count in counts.values())
    hidden = few
    if few:
        hidden = min(few + 1, len(in_order))
        while hidden < len(in_order) and _held(in_order[:hidden], counts) < LEAST_HIDDEN:
            hidden += 1
    names = frozenset(in_order[:hidden])
    is_safe = not few or (hidden > few and _held(names, counts) >= LEAST_HIDDEN)
    shown = {name: HIDDEN if name in names else str(count) for name, count in counts.items()}
    return shown, str(sum(counts.values())) if is_safe else HIDDEN


def _held(names: Iterable[str], counts: Mapping[str, int]) -> int:
    return sum(counts[name] for name in names)


def last_due(died_on: date, grace_months: float) -> date:
    """Return the last day on which a payment is no matter: the end of the month, and so many more.

    >>> last_due(date(2024, 1, 30), 0), last_due(date(2024, 1, 30), 1)
    (datetime.date(2024, 1, 31), datetime.date(2024, 2, 29))
    """
    month = pd.Period(died_on, "M") + int(grace_months)
    return month.end_time.date()


def _last_deaths(deaths: Iterable[Row]) -> dict[str, Row]:
    """Return the latest record of each person: where sources differ, the later day counts."""
    found: dict[str, Row] = {}
    for one in deaths:
        known = found.get(one["person"])
        if known is None or (one["died_on"], one["id"]) > (known["died_on"], known["id"]):
            found[one["person"]] = one
    return found


RULE = Rule(
    id="allowance_after_death",
    version="1",
    layer="elder_allowance",
    title=Title("高龄津贴与死亡信息比对", "Allowances paid after death"),
    point=Title(
        "民政部门和乡镇街道是否按月核查生存状况、及时停发并追回；公安、卫健、人社数据是否共享",
        "Whether civil affairs and townships check monthly who is alive, stop payments and recover "
        "them; whether public security, health and pension data are shared",
    ),
    needs=(
        Need("roster", "allowance_roster", fresh_months=12, sealed="person"),
        Need("deaths", "death_records", fresh_months=12, sealed="person"),
    ),
    questions=(Ask("roster", Filter("roster", ("person",))),),
    judge=judge,
    outcomes=(
        Outcome(
            "paid_after_death",
            Title("去世后继续发放", "Paid after death"),
            Title(
                "名册与死亡信息比对，疑似去世后仍发放 {persons} 人"
                "（本院辖区合计 {office_persons} 人；"
                "少于3人及可由此推算的不显示），请民政部门核对",
                "Roster against deaths: {persons} persons perhaps paid after death "
                "(in the office: {office_persons}; counts under three, and what would give them "
                "away, are not shown); for civil affairs to check",
            ),
            severity="major",
            hazard_kind="paid_after_death",
        ),
    ),
    facts=(
        Column("persons", Title("人数", "Persons"), "code", codes=HIDDEN_TITLE, unit="人"),
        Column(
            "office_persons",
            Title("辖区合计", "In the office's area"),
            "code",
            codes=HIDDEN_TITLE,
            unit="人",
        ),
        PERSONS_FACT,
    ),
    parameters=(
        Parameter(
            "grace_months",
            Title("去世次月起宽限", "Months of grace after the month of death"),
            default=1,
            minimum=0,
            maximum=12,
            unit="月",
            source=OURS,
        ),
    ),
    legal_basis=(
        Law(Title("老年人权益保障法 第33条", "Elderly Persons Law, art. 33"), "confirmed"),
        Law(
            Title("个人信息保护法 第34条", "Personal Information Protection Law, art. 34"),
            "confirmed",
        ),
    ),
)
