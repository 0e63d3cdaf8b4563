"""The district brief on one page: map, figures, what is overdue and whose move, what was verified.

What has no room is counted, never cut off unsaid.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date

from dashboard.naming import Naming
from dashboard.panels.figures.words import NOTHING, say_value
from dashboard.reports.account import Account
from dashboard.reports.annexes import title_of
from dashboard.reports.blocks import NARROW, Block, Heading, Paper, Para, Picture, Table
from dashboard.reports.room import fitting, height_pt, table_pt, text_room_pt, title_height_pt
from geodata.case_file import outcomes_of
from layers.due_list import CLOCK_LISTS

TILES = (
    ("hazards_found", "hazards_fixed", "cases_filed", "cases_open"),
    ("recommendations", "reply_rate", "rectification_rate", "suspended"),
)
WIDTH_CM = 17.0
MAP_CM = (17.0, 7.8)
LATE_WIDTHS = (2.5, 1.5, 2.6, 3.0, 7.4)
VERIFIED_WIDTHS = (2.5, 7.5, 7.0)
MOST_ROWS = 60
LEAST_LATE = 0.6
"""The share of the room for lists that overdue rows may take before verified ones have theirs."""

SOON_DAYS = 30


def draft_brief(account: Account, map_png: bytes, map_words: str) -> Paper:
    """Return the brief of an account on one page, with a map of it as PNG."""
    names = account.names
    day = account.as_of.isoformat()
    paper = Paper(
        title=names.word("documents.brief.title", office=account.author),
        subtitle=names.word("documents.brief.subtitle", span=account.span, day=day),
        blocks=(),
        imprint=account.imprint,
        language=names.language,
        letter_pt=11.0,
        line_pt=16.0,
        title_pt=18.0,
        margins=NARROW,
        indents=False,
    )
    late = Table("", _head("late", names), tuple(_late(account))[:MOST_ROWS], LATE_WIDTHS, 9.0)
    done = Table(
        "", _head("verified", names), tuple(_verified(account))[:MOST_ROWS], VERIFIED_WIDTHS, 9.0
    )
    above: list[Block] = [_tiles(account, row) for row in TILES]
    above += [
        Picture(map_png, MAP_CM[0], map_words),
        Para(names.word("documents.brief.map_about"), "small"),
        Heading(names.word("documents.brief.late"), 2),
        _late_sentence(account),
    ]
    between: list[Block] = [Heading(names.word("documents.brief.verified"), 2)]
    below: list[Block] = [_next(account), Para(names.word("documents.brief.about"), "small")]
    fixed = sum(height_pt(one, paper) for one in (*above, *between, *below))
    rest = 2 * height_pt(Para(names.word("documents.left_over", count=99), "small"), paper)
    room = text_room_pt(paper) - title_height_pt(paper) - fixed - rest
    late_shown, done_shown = _share(late, done, room)
    blocks = (
        *above,
        *_listed(late, late_shown, names.word("documents.brief.none_late"), account),
        *between,
        *_listed(done, done_shown, names.word("documents.brief.none_verified"), account),
        *below,
    )
    return replace(paper, blocks=blocks)


def page_share(paper: Paper) -> float:
    """Return what share of one page a paper takes: up to 1.0 it is one page."""
    taken = title_height_pt(paper) + sum(height_pt(one, paper) for one in paper.blocks)
    return taken / text_room_pt(paper)


def _share(late: Table, done: Table, room_pt: float) -> tuple[int, int]:
    """Return how many rows of both lists fit; what one leaves the other may have."""
    late_shown = fitting(late, room_pt * LEAST_LATE)
    done_shown = fitting(done, room_pt - _taken(late, late_shown))
    return fitting(late, room_pt - _taken(done, done_shown)), done_shown


def _taken(table: Table, shown: int) -> float:
    return table_pt(replace(table, rows=table.rows[:shown])) if table.rows else 0.0


def _listed(table: Table, shown: int, nothing: str, account: Account) -> Iterator[Block]:
    if not table.rows:
        yield Para(nothing, "small")
        return
    if shown:
        yield replace(table, rows=table.rows[:shown])
    if shown < len(table.rows):
        count = len(table.rows) - shown
        yield Para(account.names.word("documents.left_over", count=count), "small")


def _tiles(account: Account, row: Sequence[str]) -> Table:
    names = account.names
    head = tuple(title_of(account.now[one].figure, names) for one in row)
    values = tuple(say_value(account.now[one].figure, account.now[one].value, names) for one in row)
    return Table("", head, (values,), (WIDTH_CM / len(row),) * len(row), 10.0)


def _late_sentence(account: Account) -> Para:
    late = account.due.late()
    facts = {"total": sum(late.values()), **late}
    return Para(account.names.word("documents.brief.late_told", **facts), "plain")


def _late(account: Account) -> Iterator[tuple[str, ...]]:
    """Yield what is past by whose move it is: day, days over, whose, deadline, case."""
    for name in CLOCK_LISTS:
        found = account.due.lists[name]
        for row in found[found["state"] == "overdue"].to_dict("records"):
            law = account.names.under(str(row["rule_set"]))
            who = law.code("actors", str(row["actor"]))
            agency = str(row["agency"]) if row["actor"] == "agency" else ""
            yield (
                row["due_on"].isoformat(),
                str(-int(row["days_left"])),
                agency or who,
                law.deadline(str(row["deadline"])),
                str(row[f"title_{law.language}"]),
            )


def _verified(account: Account) -> Iterator[tuple[str, ...]]:
    """Yield what the office verified in the period, a row a case, the newest first."""
    first, last = account.period
    rows: list[tuple[date, str, str, str]] = []
    for case in account.cases:
        names = account.names.under(case.rule_set)
        days: list[date] = []
        said: list[str] = []
        for event in account.then(case).events:
            if event.kind == "rectification_verified" and first <= event.occurred_on <= last:
                days.append(event.occurred_on)
                said.append(event.note or names.title(names.rules.event_title(event.kind)))
        amounts: dict[str, float] = {}
        for one in outcomes_of(case, account.as_of, account.known_at):
            if one.state == "verified" and one.on and first <= one.on <= last:
                days.append(one.on)
                amounts[one.kind] = amounts.get(one.kind, 0.0) + one.amount
        for kind, amount in amounts.items():
            told = f"{amount:,.2f}".rstrip("0").rstrip(".")
            said.append(f"{names.code('outcome_kinds', kind)} {told}")
        if days:
            what = account.names.word("documents.semicolon").join(dict.fromkeys(said))
            rows.append((max(days), case.id, account.names.title(case.title), what))
    for on, _, title, what in sorted(rows, key=lambda one: (-one[0].toordinal(), one[1])):
        yield on.isoformat(), title, what or NOTHING


def _next(account: Account) -> Para:
    """Return how many deadlines of the law end within thirty days, by whose move it is."""
    counts = {}
    for name in CLOCK_LISTS:
        rows = account.due.lists[name]
        is_soon = rows["state"].isin(["due_soon", "running"]) & (rows["days_left"] <= SOON_DAYS)
        counts[name] = int((is_soon & ~rows["is_internal_target"].astype(bool)).sum())
    facts = {"days": SOON_DAYS, "total": sum(counts.values()), **counts}
    return Para(account.names.word("documents.brief.next", **facts), "plain")


def _head(table: str, names: Naming) -> tuple[str, ...]:
    columns = {
        "late": ("due", "days", "who", "deadline", "case"),
        "verified": ("on", "case", "what"),
    }
    return tuple(names.word(f"documents.brief.column.{one}") for one in columns[table])
