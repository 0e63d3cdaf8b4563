"""Everything that can go wrong with checklists, packs and returns is said in both languages."""

import inspect
import re

import pytest

from dashboard.text import all_words, say_error
from geodata.errors import GeodataError
from layers import checklists, map_links, return_pack, visit_pack, visit_writing, xlsform

MODULES = (checklists, map_links, return_pack, visit_pack, visit_writing, xlsform)
ERRORS = [
    kind
    for module in MODULES
    for kind in vars(module).values()
    if inspect.isclass(kind)
    and issubclass(kind, GeodataError)
    and kind.__module__ == module.__name__
]


def test_the_errors_of_visits_are_found():
    assert {one.__name__ for one in ERRORS} >= {
        "BrokenChecklist",
        "BrokenForm",
        "BrokenReturn",
        "ForeignReturn",
        "MapLinksOff",
        "TooFewOfficers",
        "UndecidedConflicts",
    }


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("error", ERRORS, ids=lambda one: one.__name__)
def test_an_error_is_worded_with_all_of_the_facts_it_names(error, language):
    words = all_words(language)[f"errors.{error.__name__}"]
    for fact in re.findall(r"\{(\w+)\}", words):
        assert f"`{fact}`" in error.__doc__, fact


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_reason_is_worded(language):
    sources = [inspect.getsource(module) for module in (checklists, return_pack, xlsform)]
    codes = {code for text in sources for code in re.findall(r'reason="(\w+)"', text)}
    codes |= set(re.findall(r'self\.fault\([^)]*?"(\w+)", ', sources[0]))
    codes |= set(re.findall(r'yield (?:name, )?"(\w+)", ', sources[0]))
    assert {"no_zip", "no_workbook", "no_unit", "twice", "word_missing"} <= codes
    assert {f"reasons.{code}" for code in codes} <= set(all_words(language))


def test_a_refusal_says_what_to_do():
    error = return_pack.BrokenReturn(reason="no_sums", value="")
    assert "sha256sums.txt" in say_error(error, "zh")
    assert "重新导出" in say_error(error, "zh")
    few = visit_pack.TooFewOfficers(officers=["甲"], team="A")
    assert "第36条" in say_error(few, "zh")
