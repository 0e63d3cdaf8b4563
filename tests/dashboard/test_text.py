"""Both languages are complete, and the code asks for no word that is missing."""

import ast
import re
from pathlib import Path

import pytest

from dashboard import reads
from dashboard.text import all_words, say, say_error
from geodata import errors

PROJECT = Path(__file__).parents[2]
LANGUAGES = ("zh", "en")
CALLS = {"say", "word"}


def files_of_the_dashboard():
    return sorted((PROJECT / "dashboard").rglob("*.py"))


def keys_asked_for(file):
    """Yield the constant keys of say() and word(), and the patterns of computed ones."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        if name in CALLS:
            yield from keys_in(node.args[0])


def keys_in(node):
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield re.escape(node.value)
    elif isinstance(node, ast.IfExp):
        yield from keys_in(node.body)
        yield from keys_in(node.orelse)
    elif isinstance(node, ast.JoinedStr):
        parts = (
            re.escape(part.value) if isinstance(part, ast.Constant) else r"[\w.]+"
            for part in node.values
        )
        yield "".join(parts)


def all_patterns():
    return {pattern for file in files_of_the_dashboard() for pattern in keys_asked_for(file)}


def all_constants():
    """Return every text in the code: a key may stand in a table before it is asked for."""
    return {
        node.value
        for file in files_of_the_dashboard()
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def test_both_languages_hold_the_same_keys():
    assert set(all_words("zh")) == set(all_words("en"))


def test_both_languages_take_the_same_facts():
    for key, words in all_words("zh").items():
        if key != "map.draw":
            fields = [set(re.findall(r"\{(\w+)\}", text)) for text in (words, say_raw(key))]
            assert fields[0] == fields[1], key


def say_raw(key):
    return all_words("en")[key]


def test_every_key_that_the_code_asks_for_exists():
    keys = all_words("zh")
    missing = [one for one in all_patterns() if not any(re.fullmatch(one, key) for key in keys)]
    assert missing == []


def test_every_key_is_asked_for_by_the_code():
    patterns = [*all_patterns(), r"errors\.\w+", r"reasons\.\w+"]
    named = all_constants()
    idle = [
        key
        for key in all_words("zh")
        if key not in named and not any(re.fullmatch(one, key) for one in patterns)
    ]
    assert idle == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_error_and_every_indicator_is_worded(language):
    kinds = [one for one in vars(errors).values() if isinstance(one, type)]
    named = {f"errors.{one.__name__}" for one in kinds if issubclass(one, errors.GeodataError)}
    named -= {"errors.Unknown"}
    assert named <= set(all_words(language))
    for indicator in reads.INDICATORS:
        assert say(f"indicators.{indicator}.title", language)
        assert say(f"indicators.{indicator}.definition", language)


def test_an_error_is_worded_with_its_facts_in_the_language_asked_for():
    error = errors.UnknownLayer("statoins", ["charging_stations"])
    assert "statoins" in say_error(error, "zh")
    assert "charging_stations" in say_error(error, "en")
    assert "图层" in say_error(error, "zh")


def test_no_english_text_holds_chinese_letters():
    chinese = re.compile(r"[\u4e00-\u9fff]")
    allowed = {"frame.this_language"}
    held = [key for key, text in all_words("en").items() if chinese.search(text)]
    assert set(held) <= allowed


def test_english_texts_have_quotation_marks_of_english():
    wide = {key: text for key, text in all_words("en").items() if re.search("[“”‘’]", text)}
    assert wide == {}, "Chinese fonts draw them as wide as a letter"


def test_no_field_for_choosing_speaks_in_the_words_of_streamlit():
    calls = [
        (f"{file.name} {node.lineno}", node)
        for file in files_of_the_dashboard()
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    ]
    wordless = []
    for where, call in calls:
        told = {one.arg: one.value for one in call.keywords}
        is_empty = isinstance(told.get("index"), ast.Constant) and told["index"].value is None
        asks = call.func.attr == "multiselect" or (call.func.attr == "selectbox" and is_empty)
        if asks and "placeholder" not in told:
            wordless.append(where)
    assert any(call.func.attr == "multiselect" for _, call in calls)
    assert wordless == []


def test_a_missing_key_is_a_mistake_of_ours_and_raises():
    with pytest.raises(KeyError):
        say("frame.nowhere", "zh")
