"""What the app opens when it starts: data that is there, a first start, and what is neither."""

import pytest

from dashboard import holdings
from dashboard.text import say_error
from geodata import Settings
from geodata.errors import BrokenStore


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
