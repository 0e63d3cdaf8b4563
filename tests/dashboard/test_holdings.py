"""What the app opens when it starts: data that is there, a first start, and what is neither."""

import shutil

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import holdings
from dashboard.text import say, say_error
from geodata import Settings
from geodata.errors import BrokenStore
from tests.dashboard.test_case_file import MAIN


@pytest.fixture
def start(monkeypatch):
    """Return what opens the stores of settings, as the first visitor of a process does."""

    def starting(asked):
        monkeypatch.setattr(holdings, "settings", lambda: asked)
        return holdings.stores.__wrapped__()

    return starting


@pytest.mark.parametrize("is_chosen", [False, True])
def test_no_demonstration_takes_the_place_of_data_that_a_killed_restore_renamed(
    start, tmp_path, is_chosen
):
    (tmp_path / "data.replaced-20260304T050607").mkdir()
    with pytest.raises(BrokenStore) as refused:
        start(Settings(tmp_path / "data", is_chosen=is_chosen))
    assert refused.value.facts["reason"] == "restore_broken_off"
    assert "geodata doctor" in say_error(refused.value, "zh")
    assert "geodata doctor" in say_error(refused.value, "en")
    assert not (tmp_path / "data").exists()


def test_a_folder_that_was_named_and_is_not_there_is_told(start, tmp_path):
    with pytest.raises(BrokenStore) as refused:
        start(Settings(tmp_path / "data", is_chosen=True))
    assert refused.value.facts["reason"] == "missing"


def test_a_first_start_makes_the_demonstration(start, tmp_path):
    features, cases = start(Settings(tmp_path / "data"))
    assert features.layers()
    assert cases.find()
    assert [one.name for one in tmp_path.iterdir()] == ["data"]


# ------------------------------------------------- what the page says of a folder of no use


def lose(folder):
    shutil.rmtree(folder)


def be_a_file(folder):
    lose(folder)
    folder.write_text("no folder")


def break_list(folder):
    (folder / "features" / "current.json").write_text("{")


def break_layer(folder):
    for file in (folder / "features").glob("charging_stations.*.parquet"):
        file.write_bytes(file.read_bytes()[:100])


def break_cases(folder):
    (folder / "cases.sqlite").write_bytes(b"no database" * 100)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("harm", [lose, be_a_file, break_list, break_layer, break_cases])
def test_a_data_folder_that_cannot_be_used_is_named_with_what_to_do(data, harm, language):
    harm(data)
    at = AppTest.from_file(MAIN, default_timeout=120)
    at.query_params["lang"] = language
    at.run()
    (said,) = at.error
    assert said.proto.title == say("frame.trouble", language)
    assert "PIM_DATA_FOLDER" in said.value
    assert data.name in said.value
    assert not at.exception
