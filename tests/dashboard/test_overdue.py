"""The screen of deadlines: every list opens, says what it counts, and can be taken along."""

from datetime import date
from io import BytesIO
from pathlib import Path

import pytest
from icalendar import Calendar
from openpyxl import load_workbook
from streamlit.testing.v1 import AppTest

from dashboard import reads
from dashboard.naming import Naming
from dashboard.panels.deadlines.files import file_name, make_csv, make_ics, make_xlsx
from dashboard.panels.deadlines.table import COLUMNS, tabulate_due
from dashboard.text import say, say_error
from geodata import load_rule_set, open_city
from geodata.casebook import casebook_of
from geodata.errors import BrokenTargets
from geodata.rule_set import rule_set_ids
from geodata.sample import SAMPLE_ON, sample_cases, sample_features
from geodata.standing import judge
from layers.calendar_file import Wishes
from layers.catalog import all_layers
from layers.due_list import CLOCK_LISTS, DUE_LISTS, list_due, of_state
from layers.imprint import imprint_of
from layers.situation import collect_features

MAIN = str(Path(__file__).parents[2] / "dashboard" / "main.py")
CITY = open_city()
RULES = {one: load_rule_set(one) for one in rule_set_ids()}
IMPRINT = imprint_of(CITY, SAMPLE_ON, "abc123", is_demonstration=True)
DUE = list_due(
    judge(casebook_of(sample_cases()), load_rule_set, SAMPLE_ON),
    load_rule_set,
    collect_features(sample_features()),
    CITY.jurisdiction_ids,
)
every_language = pytest.mark.parametrize("language", ["zh", "en"])
every_list = pytest.mark.parametrize("listed", DUE_LISTS)


@pytest.fixture
def settings(sample, monkeypatch):
    """The settings of this test, read anew before and after it."""
    monkeypatch.setenv("PIM_DATA_FOLDER", str(sample))
    reads.st.cache_resource.clear()
    yield monkeypatch
    reads.st.cache_resource.clear()


def opened(language="zh", **address):
    at = AppTest.from_file(MAIN, default_timeout=60)
    at.query_params.update({"screen": "overdue", "lang": language, **address})
    at.run()
    assert not at.exception
    return at


def naming(language):
    return Naming(CITY, load_rule_set(), all_layers(), language)


def control(at, key):
    """Return what a segmented control offers, in words."""
    (found,) = [one for one in at.button_group if one.key == key]
    return [option.content for option in found.proto.options]


def part(at, name):
    """Return a part of the address as text."""
    value = at.query_params[name]
    return value if isinstance(value, str) else value[0]


def rows_shown(at):
    return at.dataframe[0].value if len(at.dataframe) else []


@every_language
@every_list
def test_every_count_opens_the_list_that_it_counts(settings, language, listed):
    at = opened(language, list=listed)
    shown = control(at, "due-whose" if listed in CLOCK_LISTS else "due-more")
    name = say(f"overdue.list.{listed}", language)
    label = next(one for one in shown if one.startswith(name))
    assert label.removeprefix(name).split()[0] == str(len(rows_shown(at)))
    assert len(rows_shown(at)) == len(DUE.lists[listed])
    assert not at.error


def test_the_first_list_is_that_of_the_agencies_most_urgent_first(settings):
    at = opened()
    first = at.dataframe[0].value.iloc[0]
    assert first["剩余"] == "▲ 超期 78 天"
    assert first["案号"] == "LZ-YD-2025-003"
    assert control(at, "due-whose")[0] == "行政机关 11 (▲3)"


def test_every_state_opens_its_rows(settings):
    at = opened()
    assert control(at, "due-state") == ["全部 11", "▲ 超期 3", "◆ 7日内 1", "7日以上 5", "‖ 暂停 2"]
    at.session_state["kept.due_state"] = "overdue"
    at.run()
    assert len(rows_shown(at)) == 3
    assert all(one.startswith("▲") for one in rows_shown(at)["剩余"])


def test_an_office_alone_counts_only_its_own_and_the_address_holds_it(settings):
    at = opened(offices="LZ-YD", list="due_office")
    assert set(rows_shown(at)["检察院"]) == {"永登"}
    at.multiselect("due-offices").set_value(["LZ-YD", "LZ-XQ"]).run()
    assert set(rows_shown(at)["检察院"]) == {"永登", "新区"}
    assert set(part(at, "offices").split(",")) == {"LZ-YD", "LZ-XQ"}


@every_language
def test_a_case_that_is_picked_can_be_opened_as_a_file(settings, language):
    at = opened(language, sel="case:LZ-YD-2025-003")
    at.button("open-case-file").click().run()
    assert not at.exception
    assert part(at, "screen") == "case_file"
    assert part(at, "sel") == "case:LZ-YD-2025-003"


def test_a_hazard_that_is_picked_leads_to_its_cases(settings):
    at = opened(list="near_old", sel="water_supply_points:QLH-WS-023")
    at.button("due-case-LZ-QLH-2025-001").click().run()
    assert part(at, "sel") == "case:LZ-QLH-2025-001"


def test_seen_from_an_earlier_day_the_lists_are_those_of_that_day(settings):
    at = opened(day="2025-09-30")
    overdue = [one for one in rows_shown(at)["剩余"] if one.startswith("▲")]
    assert overdue == []


def test_an_office_s_own_target_stands_among_its_deadlines_marked_and_never_overdue(
    settings, tmp_path
):
    file = tmp_path / "targets.toml"
    file.write_text(
        '[[deadlines]]\nid = "own"\ntitle = { zh = "线索作出决定", en = "Decide" }\n'
        'starts = "lead_registered"\nstops = ["case_filed"]\ndays = 10\n',
        "utf-8",
    )
    settings.setenv("PIM_TARGETS_FILE", str(file))
    rows = rows_shown(opened(list="due_office"))
    own = rows[rows["期限"] == "◇ 线索作出决定"]
    assert len(own) == 3
    assert all("内部目标" in one for one in own["注意"])
    assert not any(one.startswith("▲") for one in own["剩余"])


def test_a_targets_file_that_cannot_be_used_is_explained_in_place_of_the_screen(settings, tmp_path):
    settings.setenv("PIM_TARGETS_FILE", str(tmp_path / "gone.toml"))
    at = AppTest.from_file(MAIN, default_timeout=60).run()
    assert not at.exception
    assert "gone.toml" in at.error[0].value


@every_language
@pytest.mark.parametrize("reason", ["no_file", "id_taken", "unknown_word", "part_missing"])
def test_a_broken_targets_file_is_said_in_words(language, reason):
    error = BrokenTargets(file="t.toml", reason=reason, where="own", word="days")
    sentence = say_error(error, language)
    assert "t.toml" in sentence
    assert say(f"reasons.{reason}", language) in sentence


# ------------------------------------------------------------------------------- files


@every_language
@every_list
def test_the_workbook_and_the_csv_hold_the_rows_of_the_list(language, listed):
    names, rows = naming(language), DUE.lists[listed]
    book = load_workbook(BytesIO(make_xlsx(rows, listed, names, RULES, IMPRINT)))
    sheet, notes = book.worksheets
    assert sheet.max_row == len(rows) + 1
    told = " ".join(str(cell.value) for row in notes.iter_rows() for cell in row)
    assert say(f"overdue.about.{listed}", language) in told
    assert "2025-12-17" in told
    lines = make_csv(rows, listed, names, RULES).decode("utf-8-sig").splitlines()
    assert len(lines) == len(rows) + 1


def test_days_left_are_a_number_and_days_are_days_in_the_workbook():
    file = make_xlsx(DUE.lists["due_agency"], "due_agency", naming("zh"), RULES, IMPRINT)
    sheet = load_workbook(BytesIO(file)).worksheets[0]
    heads = [cell.value for cell in sheet[1]]
    first = dict(zip(heads, [cell.value for cell in sheet[2]], strict=True))
    assert first["剩余天数"] == -78
    assert first["届满日"].date() == date(2025, 9, 30)


@every_language
def test_the_calendar_holds_the_running_deadlines_of_the_rows_shown(language):
    rows = of_state(DUE.lists["due_agency"], "overdue")
    file = make_ics(rows, naming(language), RULES, IMPRINT, Wishes())
    assert len(Calendar.from_ical(file).walk("VEVENT")) == 3


def test_a_file_is_called_by_its_list_its_day_and_whether_it_is_invented():
    assert (
        file_name("due_agency", "ics", naming("zh"), IMPRINT) == "期限_行政机关_2025-12-17_演示.ics"
    )
    name = file_name("due_others", "xlsx", naming("en"), IMPRINT)
    assert name == "deadlines_Courts-parties_2025-12-17_DEMO.xlsx"


@every_list
def test_internal_targets_and_unsure_law_are_marked_in_every_row(listed):
    table = tabulate_due(DUE.lists[listed], listed, naming("zh"), RULES)
    if listed in COLUMNS and listed not in CLOCK_LISTS:
        assert "剩余" not in table
        return
    for row, told in zip(DUE.lists[listed].itertuples(), table.itertuples(), strict=True):
        assert ("内部目标" in told.注意) == row.is_internal_target
        assert ("本系统拟定" in told.注意) == (row.certainty == "proposal")
