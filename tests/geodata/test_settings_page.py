"""The settings as people are told them: every one, in both languages, no secret shown."""

import json
import re
from pathlib import Path

import pytest

from geodata.__main__ import main
from geodata.settings import VARIABLES
from geodata.settings_page import explained, settings_page

ROOT = Path(__file__).parents[2]


def test_the_page_in_the_documentation_is_what_the_code_says():
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    assert page == settings_page(), "python -m geodata settings --page > docs/settings.md"


def test_every_variable_that_any_code_names_is_explained_in_both_languages():
    named = set()
    for folder in ("dashboard", "layers", "geodata"):
        for file in (ROOT / folder).rglob("*.py"):
            named |= set(re.findall(r'"(PIM_[A-Z_]+)"', file.read_text(encoding="utf-8")))
    assert named == VARIABLES.keys() == {one.name for one in explained()}
    for one in explained():
        assert re.search("[\u4e00-\u9fff]", one.title.zh), one.name
        assert one.title.en.isascii(), one.name


@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_is_set_on_this_machine_is_shown_without_any_secret(monkeypatch, capsys, language):
    monkeypatch.setenv("PIM_SECRET", "hidden-1")
    monkeypatch.setenv("PIM_CASES_URL", "postgresql://pim:hidden-2@host/name?password=hidden-3")
    assert main(["settings", "--language", language]) == 0
    told = capsys.readouterr().out
    assert "hidden" not in told
    assert "PIM_CASES_URL = postgresql://host/name" in told
    assert main(["settings", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts.keys() == VARIABLES.keys()
    assert "hidden" not in str(facts)
