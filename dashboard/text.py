"""The one way a word reaches a screen or a page: `say("overview.title", "zh")`."""

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from geodata import GeodataError, Language, RuleSet

LOCALES = Path(__file__).parent / "locales"


def say(key: str, language: Language, /, **facts: object) -> str:
    """Return the words of a key in one language, its facts filled in; raise KeyError."""
    words = all_words(language)[key]
    return words.format(**facts) if facts else words


def say_error(error: GeodataError, language: Language, rules: RuleSet | None = None) -> str:
    """Return the sentence for an error: what is wrong and what to do about it.

    Stages, facts, grounds and articles are said by the names that the rule set gives them.
    """
    from dashboard.words.law import say_facts  # itself asks for words here

    words = all_words(language)
    facts = _Facts(say_facts(error.facts, language, rules))
    if "reason" in facts:
        facts["reason"] = words.get(f"reasons.{facts['reason']}", facts["reason"])
    for kind in type(error).__mro__:
        if f"errors.{kind.__name__}" in words:
            return words[f"errors.{kind.__name__}"].format_map(facts)
    return str(error)


@cache
def all_words(language: Language) -> Mapping[str, str]:
    """Return every word of a language by its dotted key."""
    files = sorted({LOCALES / f"{language}.toml", *LOCALES.glob(f"*.{language}.toml")})
    return dict(pair for file in files for pair in _flat(tomllib.loads(file.read_text("utf-8"))))


class _Facts(dict[str, object]):
    """Facts of an error; one that is not there is left out of the sentence."""

    def __missing__(self, name: str) -> str:
        return "—"


def _flat(table: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    for name, value in table.items():
        key = f"{above}{name}"
        if isinstance(value, Mapping):
            yield from _flat(value, f"{key}.")
        else:
            yield key, value
