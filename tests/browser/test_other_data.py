"""Data of an office's own: a folder that is not there or broken, names with markup, an import."""

import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect

from dashboard.text import say
from geodata import Case, CaseEvent, HazardRef, RevisionNote, Title, open_cases
from geodata.engines.folder import create_feature_store
from geodata.sample import SAMPLE_ON, sample_features, write_sample
from tests.browser import demonstration
from tests.browser.server import running_app

pytestmark = pytest.mark.browser

IMAGE = "<img src=x onerror=alert(1)>"
NAME = f"{IMAGE} **b** $x^2$ :red[r] [a](http://evil.example)"
TITLE = "`c` ![i](http://evil.example/i.png) <b>t</b> **s**"
MARKED = "charging_stations:XG-CS-001"
STATIONS = """编号,名称,经度,纬度,隐患类型,发现日期
SELF-1,城关一站,103.8301,36.0512,未配灭火器,2025-11-03
SELF-2,<u>二站</u>,103.8402,36.0553,线缆裸露,2025/11/04
"""


def fill(folder):
    """Put the demonstration into a data folder."""
    features = create_feature_store(folder / "features")
    write_sample(features, open_cases(f"sqlite:{folder / 'cases.sqlite'}"))


def put_markup(folder):
    """Give a station and a case names full of markup."""
    stations = sample_features()["charging_stations"]
    marked = stations[stations["id"] == MARKED.partition(":")[2]].assign(name=NAME)
    note = RevisionNote(
        "tester", "markup", datetime.now(UTC), is_demonstration=True, data_on=SAMPLE_ON
    )
    create_feature_store(folder / "features").write("charging_stations", marked, note)
    events = (CaseEvent("lead_registered", SAMPLE_ON, datetime.now(UTC), "tester", note=IMAGE),)
    case = Case(
        "MARKED-1", Title(TITLE, TITLE), "LZ-XG", "admin_pil", "work_safety", "cn-2021",
        agency=IMAGE, hazards=(HazardRef.parse(MARKED),), events=events,
        summary=Title(TITLE, TITLE),
    )  # fmt: skip
    open_cases(f"sqlite:{folder / 'cases.sqlite'}").add(case)


@pytest.fixture(scope="module")
def office(browser, tmp_path_factory):
    """An app that was given a data folder of its own: its address and the folder."""
    here = tmp_path_factory.mktemp("office")
    folder = here / "data"
    fill(folder)
    put_markup(folder)
    with running_app(here, PIM_DATA_FOLDER=str(folder), PIM_AS_OF=SAMPLE_ON.isoformat()) as address:
        yield address, folder


@pytest.fixture(scope="module")
def unlucky(browser, tmp_path_factory):
    """An app whose data folder is not there, or what a test makes of it: address and folder."""
    here = tmp_path_factory.mktemp("unlucky")
    with running_app(here, PIM_DATA_FOLDER=str(here / "data")) as address:
        yield address, here / "data"


def lose(folder):
    assert not folder.exists()


def break_list(folder):
    fill(folder)
    (folder / "features" / "current.json").write_text("{")


def break_layer(folder):
    fill(folder)
    for file in (folder / "features").glob("charging_stations.*.parquet"):
        file.write_bytes(file.read_bytes()[:100])


def break_cases(folder):
    fill(folder)
    (folder / "cases.sqlite").write_bytes(b"no database" * 100)


def be_a_file(folder):
    folder.write_text("no folder")


OF_NO_USE = ((lose, "en"), *((harm, "zh") for harm in (be_a_file, break_list, break_cases,
                                                        break_layer)))  # fmt: skip
"""tests/dashboard/test_holdings.py has every harm in both languages, without a browser."""


@pytest.mark.parametrize(
    ("harm", "language"),
    [(lose, "zh"), *(pytest.param(*one, marks=pytest.mark.thorough) for one in OF_NO_USE)],
)
def test_a_data_folder_that_cannot_be_used_is_named_with_what_to_do(unlucky, visit, harm, language):
    address, folder = unlucky
    if folder.is_file():
        folder.unlink()
    shutil.rmtree(folder, ignore_errors=True)
    harm(folder)
    overview = visit(address)
    overview.page.goto(f"{address}/?lang={language}")
    said = overview.page.get_by_test_id("stAlert")
    expect(said).to_contain_text(say("frame.trouble", language))
    expect(said).to_contain_text("PIM_DATA_FOLDER")
    expect(said).to_contain_text(str(folder))
    overview.settle()
    expect(overview.page.get_by_test_id("stException")).to_have_count(0)
    assert "Traceback" not in overview.page.locator("body").inner_text()


@pytest.mark.thorough
def test_once_the_folder_is_put_right_the_running_app_shows_the_map(unlucky, visit):
    address, folder = unlucky
    shutil.rmtree(folder, ignore_errors=True)
    fill(folder)
    visit(address).open().map.wait_for(demonstration.placed())


def test_names_with_markup_are_words_on_map_card_and_table_and_run_nothing(office, visit):
    address, _ = office
    lon, lat = demonstration.place(MARKED)
    overview = visit(address).open(f"/?at=18/{lat:.5f}/{lon:.5f}&q=XG-CS-001&list=hazards_found")
    dialogs = []
    overview.page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    assert NAME in overview.map.point_at(MARKED)
    expect(overview.list.grid).to_contain_text(NAME)
    overview.map.click(MARKED)
    overview.wait_for_part("sel", MARKED)
    card = overview.side
    expect(card.locator("h4").first).to_have_text(NAME)
    expect(card).to_contain_text(f"{TITLE} · MARKED-1")
    card.get_by_text("MARKED-1").click()
    expect(card.get_by_text(IMAGE).last).to_be_visible()
    overview.button("close-list").click()
    overview.wait_until_gone("list")
    expect(overview.list.grid).to_contain_text(TITLE)
    live = overview.page.get_by_test_id("stMain").locator("img, b, em, code")
    assert live.evaluate_all("(all) => all.map((one) => one.outerHTML)") == []
    assert overview.map.locator("img[src=x]").count() == 0
    assert dialogs == []


def test_the_card_of_a_case_with_markup_shows_its_words(office, visit):
    address, _ = office
    card = visit(address).open("/?sel=case:MARKED-1").side
    expect(card.locator("h4").first).to_have_text(TITLE)
    expect(card.get_by_text(TITLE)).to_have_count(2)  # heading and summary
    expect(card).to_contain_text(IMAGE)
    assert card.locator("img, b, code").count() == 0


def test_an_imported_file_is_on_the_map_of_the_running_app(office, visit, tmp_path):
    address, folder = office
    overview = visit(address).open("/?layers=charging_stations")
    before = overview.map.refs()
    (tmp_path / "stations.csv").write_text(STATIONS, "utf-8")
    command = [sys.executable, "-m", "geodata", "import", "stations.csv", "--layer"]
    done = subprocess.run(
        [*command, "charging_stations", "--crs", "EPSG:4490"],
        cwd=tmp_path,
        env=os.environ | {"PIM_DATA_FOLDER": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    overview.page.reload()
    imported = {"charging_stations:SELF-1", "charging_stations:SELF-2"}
    overview.map.wait_for(before | imported)
    overview.open("/?sel=charging_stations:SELF-2&at=17/36.05530/103.84020")
    assert "<u>二站</u>" in overview.map.point_at("charging_stations:SELF-2")
    expect(overview.side.locator("h4").first).to_have_text("<u>二站</u>")
    expect(overview.side).to_contain_text("线缆裸露")
    expect(overview.side.locator(".pim-demo")).to_have_count(0)
