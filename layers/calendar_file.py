"""The running deadlines as a calendar file: one all-day event on the last day of each.

An event names the case by its number and the office, never a party unless that is asked for.
What is kept paused, or has ended without binding anybody here, is not in the file.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd
from icalendar import Alarm, Calendar, Event

from geodata.city import City
from geodata.model import Language, Title
from geodata.rule_set import UNSURE, RuleSet
from layers.imprint import Imprint

NAME = Title("公益诉讼期限", "Public interest litigation deadlines")
MAKER = "-//public-interest-map//deadlines//ZH"
DOMAIN = "public-interest-map"
RUNS = frozenset({"overdue", "target_passed", "due_soon", "running"})
"""The states of `layers.due_list` that go into a calendar."""

INTERNAL = Title("内部目标", "Internal target")
INTERNAL_LONG = Title("内部目标，非法定期限", "An internal target, no period of the law")
TO_KNOW = Title("供知悉，不作超期", "To know; nobody here can be late")
INVENTED = Title("演示", "Demonstration")
CASE = Title("案号", "Case")
OFFICE = Title("检察院", "Office")
ACTOR = Title("该谁办", "Whose move")
STARTED = Title("起算日", "Runs from")
DUE = Title("届满日", "Last day")
BASIS = Title("法律依据", "Legal basis")
TITLE = Title("案件", "Title")
AGENCY = Title("行政机关", "Agency")
MADE = Title("数据截至", "Data as of")
UNSURE_NOTE = Title(
    "该期限的规定由本系统拟定或未经核对，使用前请核对",
    "The rule behind this date is ours or unchecked: please check it before use",
)
HOLIDAYS = Title("该年节假日安排未知，未顺延", "Holidays of that year unknown, not moved")
CASE_DATE = Title(
    "日期随录入变化，以系统当日显示为准",
    "Dates follow what is entered: what the system shows that day counts",
)
MORNING = timedelta(hours=9)


@dataclass(frozen=True)
class Wishes:
    """What a visitor wants of a calendar; by default no alarm and no name of a party.

    `alarm_days` is how many days before, at nine in the morning, the calendar should speak up.
    """

    with_parties: bool = False
    alarm_days: int | None = None


def render_ics(
    clocks: pd.DataFrame,
    rules: Mapping[str, RuleSet],
    city: City,
    imprint: Imprint,
    language: Language,
    *,
    made_at: datetime,
    wishes: Wishes | None = None,
) -> bytes:
    """Return rows of a list of deadlines (`layers.due_list`) as an iCalendar file (RFC 5545).

    Each event keeps its UID for as long as case and deadline do, so that a calendar that
    takes the file in again moves the day. `rules` are the rule sets by their ids; `made_at`
    is the instant at which the file is made.
    """
    calendar = Calendar()
    calendar.add("prodid", MAKER)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    title = " · ".join((NAME.says(language), *imprint.marks(language)))
    calendar.add("x-wr-calname", title)
    calendar.add("x-wr-caldesc", imprint.line(language, is_short=True))
    telling = _Telling(rules, city, imprint, language, wishes or Wishes())
    for row in clocks[clocks["state"].isin(RUNS)].to_dict("records"):
        calendar.add_component(telling.event({str(k): v for k, v in row.items()}, made_at))
    return bytes(calendar.to_ical())


@dataclass(frozen=True)
class _Telling:
    """How a deadline is told in a calendar."""

    rules: Mapping[str, RuleSet]
    city: City
    imprint: Imprint
    language: Language
    wishes: Wishes

    def event(self, row: Mapping[str, Any], made_at: datetime) -> Event:
        event = Event()
        event.add("uid", f"{row['case']}.{row['deadline']}@{DOMAIN}")
        event.add("dtstamp", made_at.astimezone(UTC))
        event.add("dtstart", row["due_on"])
        event.add("dtend", row["due_on"] + timedelta(days=1))
        event.add("summary", self.summary(row))
        event.add("description", "\n".join(self.lines(row)))
        event.add("categories", [self.actor(row)])
        event.add("class", "CONFIDENTIAL")
        event.add("transp", "TRANSPARENT")
        if self.wishes.alarm_days is not None:
            event.add_component(self.alarm(row))
        return event

    def summary(self, row: Mapping[str, Any]) -> str:
        marks = [INVENTED.says(self.language)] if row["is_demonstration"] else []
        marks += [INTERNAL.says(self.language)] if row["is_internal_target"] else []
        head = "".join(f"【{mark}】" for mark in marks)
        if self.language == "zh":
            return f"{head}{self.deadline(row)}届满（{self.actor(row)}）{row['case']}"
        head = "".join(f"[{mark}] " for mark in marks)
        return f"{head}{self.deadline(row)} due ({self.actor(row)}) {row['case']}"

    def lines(self, row: Mapping[str, Any]) -> list[str]:
        pairs = [
            (CASE, row["case"]),
            (OFFICE, self.office(row)),
            (ACTOR, self.actor(row)),
            (STARTED, row["started_on"].isoformat()),
            (DUE, row["due_on"].isoformat()),
            (BASIS, self.basis(row)),
        ]
        if self.wishes.with_parties:
            pairs += [(TITLE, row[f"title_{self.language}"]), (AGENCY, row["agency"])]
        pairs += [(MADE, self.imprint.as_of.isoformat())]
        notes = [
            (row["is_internal_target"], INTERNAL_LONG),
            (self.binds_nobody(row), TO_KNOW),
            (row["certainty"] in UNSURE, UNSURE_NOTE),
            (not row["holidays_known"], HOLIDAYS),
            (True, CASE_DATE),
        ]
        colon = "：" if self.language == "zh" else ": "
        told = [f"{name.says(self.language)}{colon}{value}" for name, value in pairs if value]
        told += [note.says(self.language) for applies, note in notes if applies]
        return [*told, *self.imprint.marks(self.language)]

    def alarm(self, row: Mapping[str, Any]) -> Alarm:
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", self.summary(row))
        alarm.add("trigger", MORNING - timedelta(days=self.wishes.alarm_days or 0))
        return alarm

    def deadline(self, row: Mapping[str, Any]) -> str:
        return self.rules[row["rule_set"]].deadline(row["deadline"]).title.says(self.language)

    def binds_nobody(self, row: Mapping[str, Any]) -> bool:
        return self.rules[row["rule_set"]].deadline(row["deadline"]).never_overdue

    def actor(self, row: Mapping[str, Any]) -> str:
        known = self.rules[row["rule_set"]].codes["actors"]
        return known[row["actor"]].says(self.language) if row["actor"] in known else row["actor"]

    def office(self, row: Mapping[str, Any]) -> str:
        offices = {one.id: one.title for one in self.city.jurisdictions}
        known = offices.get(row["office"])
        return known.says(self.language) if known else str(row["office"])

    def basis(self, row: Mapping[str, Any]) -> str:
        """Return the articles, and what the letters in them stand for."""
        sources = self.rules[row["rule_set"]].sources
        letters = "".join(one if one.isalpha() else " " for one in row["basis"]).split()
        named = [f"{one} = {sources[one].says(self.language)}" for one in dict.fromkeys(letters)
                 if one in sources]  # fmt: skip
        gap = "；" if self.language == "zh" else "; "
        return f"{row['basis']} ({gap.join(named)})" if named else str(row["basis"])
