"""A word of the map that comes late, with the address from before, takes no act back."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import reads

MAIN = str(Path(reads.__file__).with_name("main.py"))


@pytest.fixture
def page(installation):
    """The overview of the demonstration, at which an office has just been chosen."""
    at = AppTest.from_file(MAIN, default_timeout=120).run()
    at.multiselect(key="filter-jurisdictions").set_value(["LZ-XG"]).run()
    assert at.query_params["offices"] == "LZ-XG"
    return at


def offices(page):
    return page.session_state["view"].scope.jurisdictions


def test_a_run_that_the_map_caused_keeps_what_was_chosen_whatever_its_address(page):
    del page.query_params["offices"]
    page.session_state["heard"] = True  # as `session.hear_component` leaves it
    assert offices(page.run()) == {"LZ-XG"}


def test_a_step_back_that_arrives_with_a_word_of_the_map_is_a_step_back_all_the_same(page):
    page.query_params["layers"] = "charging_stations"
    page.run()  # by a link: nothing that an act has left is known any more
    del page.query_params["layers"]
    page.session_state["heard"] = True
    assert page.run().session_state["view"].scope.layers == frozenset()
    assert offices(page) == {"LZ-XG"}


def test_another_address_is_followed(page):
    del page.query_params["offices"]
    assert offices(page.run()) == frozenset()


def test_a_link_to_something_that_is_gone_says_so(page):
    page.query_params["sel"] = "charging_stations:NO-SUCH-1"
    page.run()
    said = [one.value for one in (*page.warning, *page.info, *page.error)]
    assert any("找不到" in one and "NO-SUCH-1" in one for one in said)


def test_a_list_asked_for_again_is_closed(page):
    page.button(key="indicator-leads").click().run()
    assert page.query_params["list"] == "leads"
    page.button(key="indicator-leads").click().run()
    assert "list" not in page.query_params
    assert not page.exception
