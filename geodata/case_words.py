"""What keeps a case out, in words: the reason with its rule and article, and the remedy.

One wording serves the command, the screen and the files of kept rows.
"""

import re
import tomllib
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

from geodata.case_columns import ENTRY_COLUMNS
from geodata.case_draft import CaseProblem
from geodata.model import Language
from geodata.rule_set import RuleSet, load_rule_set, rule_set_ids

FILE = Path(__file__).with_name("command_words.toml")
KINDS = frozenset({"event", "now", "to", "cause", "allowed"})
NOTHING = "—"


def say_problem(problem: CaseProblem, language: Language) -> str:
    """Return what is wrong and what to do, without row, column and value."""
    stop, end = ("。", "。") if language == "zh" else (". ", ".")
    return f"{say_reason(problem, language)}{stop}{say_remedy(problem, language)}{end}"


def say_reason(problem: CaseProblem, language: Language) -> str:
    """Return what is wrong, with the names that steps, grounds and articles have."""
    facts = dict(problem.facts)
    known = facts.get("rules", "")
    rules = load_rule_set(known if known in rule_set_ids() else load_rule_set().id)
    said = {name: _said(name, value, facts, rules, language) for name, value in facts.items()}
    sentence = words(language)["case_reasons"][problem.reason]
    return sentence.format_map(_Facts(said))


def say_remedy(problem: CaseProblem, language: Language) -> str:
    """Return what is to be done about it."""
    return words(language)["case_remedies"][problem.reason]


def say_form(form: str, language: Language) -> str:
    """Return what the form of a file is called."""
    return words(language)["case_forms"][form]


@cache
def words(language: Language) -> Mapping[str, Mapping[str, str]]:
    """Return the sentences of the command in one language."""
    found: Mapping[str, Mapping[str, str]] = tomllib.loads(FILE.read_text("utf-8"))[language]
    return found


class _Facts(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return NOTHING


def _said(
    name: str, value: str, facts: Mapping[str, str], rules: RuleSet, language: Language
) -> str:
    ways: dict[str, Callable[[str], str]] = {
        "missing": lambda one: _part(one, rules, language),
        "detail": lambda one: _part(one, rules, language),
        "known": lambda one: _ground(one, facts.get("event", ""), rules, language),
    }
    if name in KINDS:
        return _joined([_kind(one, rules, language) for one in _parts(value)], language)
    if name == "known" and "\t" in value:
        column = 0 if language == "zh" else 1
        return _joined([one.split("\t")[column] for one in value.split("\n")], language)
    if name in ways:
        return _joined([ways[name](one) for one in _parts(value)], language)
    if name in {"there", "here"}:
        kind, _, day = value.partition(" ")
        return f"{_kind(kind, rules, language)} {day}"
    return _basis(value, rules, language) if name == "basis" else value or NOTHING


def _ground(code: str, event: str, rules: RuleSet, language: Language) -> str:
    grounds = rules.codes.get(rules.kind(event).grounds, {}) if event else {}
    return grounds[code].says(language) if code in grounds else code


def _kind(kind: str, rules: RuleSet, language: Language) -> str:
    is_known = kind in rules.stages or kind in rules.facts
    return rules.event_title(kind).says(language) if is_known else kind


def _part(name: str, rules: RuleSet, language: Language) -> str:
    if name in ENTRY_COLUMNS:
        return ENTRY_COLUMNS[name].title.says(language)
    return rules.details[name].title.says(language) if name in rules.details else name


def _basis(basis: str, rules: RuleSet, language: Language) -> str:
    """Return articles with the names of the laws that their letters stand for."""
    letters = dict.fromkeys(re.findall(r"[A-Z]+", basis))
    named = [
        f"{one}: {rules.sources[one].says(language)}" for one in letters if one in rules.sources
    ]
    return f"{basis} [{'; '.join(named)}]" if named else basis or NOTHING


def _parts(value: str) -> list[str]:
    return [one for one in value.split(", ") if one]


def _joined(words: list[str], language: Language) -> str:
    return ("、" if language == "zh" else ", ").join(words) or NOTHING
