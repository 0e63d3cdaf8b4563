"""The clocks of a case: periods counted as the law counts them; pure, told the day by `as_of`."""

import calendar
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta
from functools import cache, lru_cache

import holidays

from geodata.errors import ExtensionTooLong
from geodata.lifecycle import known_on
from geodata.model import Case, CaseEvent, Clock
from geodata.rule_set import Deadline, RuleSet

FIRST_YEAR = 2018
EXTENDED = "review_extended"
OWN_CHIEF = "chief_procurator"


def clocks(
    case: Case, rules: RuleSet, as_of: date, known_at: datetime | None = None
) -> tuple[Clock, ...]:
    """Return every clock that had started on the case by that day, in the order of the law.

    With `known_at`, only what had been entered by that instant counts.
    """
    then = known_on(case, as_of, known_at)
    terminal = next((e.occurred_on for e in then.events if _is_terminal(e, rules)), None)
    found: dict[str, Clock] = {}
    for deadline in rules.deadlines:
        clock = _clock(then, deadline, found, terminal, as_of)
        if clock is not None:
            found[deadline.id] = clock
    return tuple(found.values())


def check_extension(case: Case, event: CaseEvent, rules: RuleSet) -> None:
    """Raise ExtensionTooLong where the chief procurator gives more than the one month of R47.

    That month is given once, and runs from the last day of the period as it stood; what goes
    beyond is for the next superior office to approve.
    """
    if event.kind != EXTENDED or event.detail("extended_by") != OWN_CHIEF or not event.due_on:
        return
    before = known_on(case, event.occurred_on)
    earlier = [one for one in before.events if one.kind == EXTENDED]
    running = [
        clock
        for clock in clocks(case, rules, event.occurred_on)
        if rules.deadline(clock.deadline).amended_by == EXTENDED
    ]
    if not running:
        return
    latest, _ = end_of_period(running[-1].due_on, months=1)
    if event.due_on > latest or any(one.detail("extended_by") == OWN_CHIEF for one in earlier):
        raise ExtensionTooLong(
            case=case.id,
            event=event.kind,
            due_on=event.due_on,
            latest=latest,
            basis=rules.kind(event.kind).basis,
        )


def add_months(start: date, months: int) -> date:
    """Return the corresponding day some months later, or the last day of a shorter month.

    >>> add_months(date(2024, 12, 31), 2)
    datetime.date(2025, 2, 28)
    """
    years, month = divmod(start.month - 1 + months, 12)
    last = calendar.monthrange(start.year + years, month + 1)[1]
    return date(start.year + years, month + 1, min(start.day, last))


@lru_cache(maxsize=65536)
def end_of_period(
    start: date, *, days: int = 0, months: int = 0, paused_days: int = 0
) -> tuple[date, bool]:
    """Return the last day of a period and whether the holidays of its year are known.

    The first day is not counted; days that it stood still are added; a period that ends on a
    holiday ends on the first working day after it (民事诉讼法 85; its use for the agency's
    period is our reading).
    """
    end = add_months(start, months) + timedelta(days=days + paused_days)
    work_days = _work_calendar()
    while end.year in work_days.years_known and not work_days.is_work_day(end):
        end += timedelta(days=1)
    return end, end.year in work_days.years_known


def days_paused(
    pauses: Sequence[tuple[date, date]], since: date, end: Callable[[int], date]
) -> int:
    """Return for how many days a period stood still, none of them counted twice.

    `end` gives the last day of the period for a number of such days: a pause that began after
    it changes nothing any more.

    >>> pauses = [
    ...     (date(2025, 1, 1), date(2025, 1, 5)),
    ...     (date(2025, 1, 3), date(2025, 1, 8)),
    ...     (date(2025, 3, 1), date(2025, 3, 9)),
    ... ]
    >>> days_paused(pauses, date(2025, 1, 2), lambda days: date(2025, 1, 9) + timedelta(days))
    6
    """
    total, reached = 0, since
    for first, last in sorted(pauses):
        if first > end(total):
            break
        total += max(0, (last - max(first, reached)).days)
        reached = max(reached, last)
    return total


class _WorkCalendar:
    """Work days in China, for the years whose official arrangement is known."""

    def __init__(self) -> None:
        self._days = holidays.country_holidays("CN", years=[])
        arranged = self._days.special_public_holidays
        self.years_known = frozenset(year for year in arranged if year >= FIRST_YEAR)

    def is_work_day(self, day: date) -> bool:
        return bool(self._days.is_working_day(day))


@cache
def _work_calendar() -> _WorkCalendar:
    return _WorkCalendar()


def _clock(
    case: Case, deadline: Deadline, earlier: dict[str, Clock], terminal: date | None, as_of: date
) -> Clock | None:
    begun = _start(case, deadline, earlier, terminal, as_of)
    if begun is None:
        return None
    start, event = begun
    base, written = _written_end(case, deadline, start, event)

    def end(paused_days: int) -> tuple[date, bool]:
        if written is not None:
            return written + timedelta(days=paused_days), True
        return end_of_period(
            start, days=deadline.days, months=deadline.months, paused_days=paused_days
        )

    pauses = list(_pauses(case, deadline))
    closed = [(first, as_of if last is None else last) for first, last in pauses]
    stood_still = days_paused(closed, base, lambda days: end(days)[0])
    due_on, known = end(stood_still)
    return Clock(
        deadline=deadline.id,
        started_on=start,
        due_on=due_on,
        actor=deadline.actor,
        basis=deadline.basis,
        done_on=_done_on(case, deadline, start, event, terminal),
        is_paused=any(last is None and first <= due_on for first, last in pauses),
        can_be_overdue=not deadline.never_overdue,
        is_internal_target=deadline.internal_target,
        holidays_known=known,
    )


def _start(
    case: Case, deadline: Deadline, earlier: dict[str, Clock], terminal: date | None, as_of: date
) -> tuple[date, CaseEvent | None] | None:
    """Return the day a clock started and the entry that started it, or None if it has not."""
    if case.kind not in deadline.kinds:
        return None
    if any(event.kind in deadline.unless_events for event in case.events):
        return None
    if deadline.starts_at_end_of:
        before = earlier.get(deadline.starts_at_end_of)
        if before is None or before.is_paused or before.due_on >= as_of:
            return None
        ends = [event.occurred_on for event in case.events if event.kind in deadline.stops]
        ended = min([*ends, terminal or date.max])
        return None if ended <= before.due_on else (before.due_on, None)
    starts = [event for event in case.events if _starts(event, deadline)]
    return (starts[-1].occurred_on, starts[-1]) if starts else None


def _starts(event: CaseEvent, deadline: Deadline) -> bool:
    """Return whether an entry starts a clock: its kind, and the ground that it must (not) have."""
    return (
        event.kind == deadline.starts
        and deadline.only_ground in {"", event.ground}
        and (not deadline.unless_ground or event.ground != deadline.unless_ground)
    )


def _written_end(
    case: Case, deadline: Deadline, start: date, event: CaseEvent | None
) -> tuple[date, date | None]:
    """Return the day written as the end, and the day from which pauses still lengthen it."""
    amended = [
        one
        for one in case.events
        if deadline.amended_by and one.kind == deadline.amended_by and one.occurred_on >= start
    ]
    if amended and amended[-1].due_on:
        return amended[-1].occurred_on, amended[-1].due_on
    if deadline.due_from_event and event is not None and event.due_on:
        return start, event.due_on
    return start, None


def _done_on(
    case: Case, deadline: Deadline, start: date, event: CaseEvent | None, terminal: date | None
) -> date | None:
    last_first = case.events[::-1]  # of entries alike, the last one started it
    place = -1 if event is None else len(last_first) - 1 - last_first.index(event)
    ends = [
        one.occurred_on
        for at, one in enumerate(case.events)
        if one.kind in deadline.stops and at > place and one.occurred_on >= start
    ]
    if not deadline.after_closure and terminal is not None and terminal >= start:
        ends.append(terminal)
    return min(ends, default=None)


def _pauses(case: Case, deadline: Deadline) -> Iterator[tuple[date, date | None]]:
    """Yield the days between which a clock stood still; an open pause has no last day."""
    for pause, resume in deadline.pauses:
        since: date | None = None
        for event in case.events:
            if event.kind == pause and since is None:
                since = event.occurred_on
            elif event.kind == resume and since is not None:
                yield since, event.occurred_on
                since = None
        if since is not None:
            yield since, None


def _is_terminal(event: CaseEvent, rules: RuleSet) -> bool:
    return event.kind in rules.stages and rules.stages[event.kind].is_terminal
