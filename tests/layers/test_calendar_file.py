"""The calendar of deadlines, read back by another's reader."""

from datetime import UTC, date, datetime, timedelta

import pytest
from icalendar import Calendar

from geodata.casebook import casebook_of
from geodata.city import open_city
from geodata.rule_set import load_rule_set, rule_set_ids
from geodata.sample import SAMPLE_ON, sample_cases
from geodata.standing import judge
from layers.calendar_file import Wishes, render_ics
from layers.due_list import list_due
from layers.imprint import imprint_of
from layers.situation import collect_features
from tests.geodata.histories import a_case, event

CITY = open_city()
RULES = {one: load_rule_set(one) for one in rule_set_ids()}
MADE = datetime(2025, 12, 17, 3, tzinfo=UTC)
SAMPLE = sample_cases()


def clocks_of(*cases, on=SAMPLE_ON):
    standing = judge(casebook_of(cases), load_rule_set, on)
    return list_due(standing, load_rule_set, collect_features({}), CITY.jurisdiction_ids).clocks()


def read_back(clocks, language="zh", made_at=MADE, **wishes):
    imprint = imprint_of(CITY, SAMPLE_ON, "abc123", is_demonstration=True)
    file = render_ics(
        clocks, RULES, CITY, imprint, language, made_at=made_at, wishes=Wishes(**wishes)
    )
    return Calendar.from_ical(file)


def events_of(calendar):
    return {str(one["uid"]).split("@")[0]: one for one in calendar.walk("VEVENT")}


@pytest.fixture
def clocks():
    return clocks_of(*SAMPLE)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_each_running_deadline_is_an_all_day_event_on_its_last_day(clocks, language):
    events = events_of(read_back(clocks, language))
    running = clocks[~clocks["state"].isin(["paused", "ended"])]
    days = {f"{row.case}.{row.deadline}": row.due_on for row in running.itertuples()}
    assert {uid: one["dtstart"].dt for uid, one in events.items()} == days
    for one in events.values():
        assert type(one["dtstart"].dt) is date
        assert one["dtend"].dt - one["dtstart"].dt == timedelta(days=1)
        assert str(one["class"]) == "CONFIDENTIAL"


def test_suspended_periods_are_not_in_the_calendar(clocks):
    paused = clocks[clocks["state"] == "paused"]
    assert len(paused) > 0
    events = events_of(read_back(clocks))
    assert not {f"{row.case}.{row.deadline}" for row in paused.itertuples()} & events.keys()


def test_an_event_says_case_office_actor_and_article(clocks):
    told = events_of(read_back(clocks))["LZ-CG-2025-002.agency_reply_normal"]
    summary, description = str(told["summary"]), str(told["description"])
    assert summary == "【演示】行政机关回复届满（行政机关）LZ-CG-2025-002"
    for words in ("LZ-CG-2025-002", "城关区人民检察院", "该谁办：行政机关", "I21", "J19"):
        assert words in description
    assert "两高关于检察公益诉讼案件适用法律若干问题的解释" in description
    assert "2025-12-17" in description


def test_internal_targets_are_marked_and_said_to_be_no_period_of_the_law(clocks):
    told = events_of(read_back(clocks))["LZ-XQ-2025-001.look_back_due"]
    assert "【内部目标】" in told["summary"]
    assert "内部目标，非法定期限" in told["description"]
    assert "本系统拟定" in told["description"]


def test_what_the_court_has_to_do_is_said_to_be_for_knowledge(clocks):
    told = events_of(read_back(clocks))["LZ-YD-2025-002.court_first_instance"]
    assert "不作超期" in told["description"]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_party_is_named_unless_that_is_asked_for(clocks, language):
    case = next(one for one in SAMPLE if one.id == "LZ-YD-2025-003")
    title = case.title.says(language)
    plain, named = (
        read_back(clocks, language, with_parties=asked).to_ical().decode().replace("\r\n ", "")
        for asked in (False, True)
    )
    assert title not in plain
    assert case.agency not in plain
    assert title in named
    assert case.agency in named


def test_an_event_keeps_its_name_when_its_day_moves():
    served = [
        event("lead_registered", "2025-01-02"),
        event("case_filed", "2025-01-07", document="某"),
        event("recommendation_served", "2025-02-12", document="某"),
        event("recommendation_received", "2025-02-12", due_on="2025-05-12"),
    ]
    extended = [*served, event("rectification_extended", "2025-04-01", due_on="2025-08-12")]
    days = []
    for number, events in enumerate((served, extended)):
        clocks = clocks_of(a_case(*events), on=date(2025, 4, 2))
        made = MADE + timedelta(days=number)
        told = events_of(read_back(clocks, made_at=made))["T-1.rectification_end"]
        assert told["dtstamp"].dt == made
        days.append(told["dtstart"].dt)
    assert days == [date(2025, 5, 12), date(2025, 8, 12)]


def test_an_alarm_speaks_up_at_nine_in_the_morning_some_days_before(clocks):
    assert not read_back(clocks).walk("VALARM")
    events = read_back(clocks, alarm_days=3).walk("VEVENT")
    for one in events:
        (alarm,) = one.walk("VALARM")
        assert alarm["trigger"].dt == timedelta(hours=9) - timedelta(days=3)
        assert str(alarm["action"]) == "DISPLAY"


def test_the_calendar_says_that_it_is_invented_and_its_day_and_revision(clocks):
    calendar = read_back(clocks)
    assert "均为虚构" in calendar["x-wr-calname"]
    assert "2025-12-17" in calendar["x-wr-caldesc"]
    assert "abc123" in calendar["x-wr-caldesc"]
    assert str(calendar["version"]) == "2.0"


def test_a_calendar_of_nothing_is_a_sound_file(clocks):
    assert read_back(clocks.iloc[:0]).walk("VEVENT") == []
