"""The law in words: articles by name, and what a refused entry is about, in both languages."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date

from dashboard.text import all_words, say
from geodata import Language, RuleSet, Title, load_rule_set
from geodata.rule_set import UNSURE

SHORT = {
    "R": Title("《办案规则》", "PIL Rules"),
    "I": Title("《两高公益诉讼解释》", "PIL Interpretation"),
    "J": Title("《检察建议工作规定》", "Recommendation Provisions"),
    "ALL": Title("《行政诉讼法》", "Administrative Litigation Law"),
    "CPL": Title("《民事诉讼法》", "Civil Procedure Law"),
    "ALI": Title("《行诉法解释》", "ALL Interpretation"),
}
"""How the sources that articles are quoted by are called for short."""

READINGS = {
    "DRAFT": {"1": Title("一次审议稿", "first reading"), "2": Title("二次审议稿", "second reading")}
}
"""Sources whose number names a version of a text that has no articles yet."""

ARTICLE = re.compile(
    r"(?P<source>.*?)\s*(?P<first>\d+)(?:\((?P<item>\d+)\))?"
    r"(?:-[A-Z]*\s*(?P<last>\d+))?(?:\s*\((?P<since>\d{4}-\d{2}-\d{2})\))?"
)
NO_LAW = frozenset({"", "—", "-"})
KIND_FACTS = frozenset({"now", "to", "event", "cause", "allowed"})
MARKS = {"proposal": "card.unconfirmed", "memory": "certainty.memory"}


def say_basis(basis: str, rules: RuleSet, language: Language, certainty: str = "") -> str:
    """Return articles such as "R75(7), I21" in words; what is not sure is marked as such.

    A short name stands for a known source; a law that is not abbreviated keeps its own name.
    """
    words = "" if basis in NO_LAW else "；".join(_articles(basis, rules, language))
    words = words if language == "zh" else words.replace("；", "; ")
    if certainty not in UNSURE:
        return words or "—"
    mark = say(MARKS[certainty], language)
    brackets = "{}（{}）" if language == "zh" else "{} ({})"
    return brackets.format(words, mark) if words else mark


def say_facts(
    facts: Mapping[str, object], language: Language, rules: RuleSet | None = None
) -> dict[str, object]:
    """Return the facts of an error with the names that things have, in place of their ids."""
    wording = _Wording(facts, rules or load_rule_set(), language)
    return {name: wording.say(name, value) for name, value in facts.items()}


def say_field(name: str, rules: RuleSet, language: Language) -> str:
    """Return what a part of an entry is called: a detail by the rule set, the rest by us."""
    if name in rules.details:
        return rules.details[name].title.says(language)
    known = f"case_file.field.{name}" in all_words(language)
    return say(f"case_file.field.{name}", language) if known else name


def _articles(basis: str, rules: RuleSet, language: Language) -> Iterator[str]:
    """Yield the articles of each source in words; a source is named once for all of them."""
    numbers: dict[str, list[str]] = {}
    source = ""
    for part in re.split(r"\s*[;,，；]\s*", basis):
        found = ARTICLE.fullmatch(part)
        if found is None:
            numbers[part] = []
            continue
        source = found["source"] or source
        numbers.setdefault(source, []).append(_number(found, source, language))
    for name, told in numbers.items():
        gap = " " if told and language == "en" else ""
        law = _source(name, rules, language) if told else name
        yield f"{law}{gap}{_join(told, language)}"


def _source(source: str, rules: RuleSet, language: Language) -> str:
    if source in SHORT:
        return SHORT[source].says(language)
    if source in rules.sources:
        return rules.sources[source].says(language)
    return f"《{source}》" if language == "zh" else source


def _number(found: re.Match[str], source: str, language: Language) -> str:
    """Return an article; what stands in brackets is an item in the Rules, a paragraph elsewhere."""
    first, item, last, since = (found[name] for name in ("first", "item", "last", "since"))
    if source in READINGS and first in READINGS[source]:
        return READINGS[source][first].says(language)
    if language == "en":
        number = f"arts. {first}-{last}" if last else f"art. {first}"
        return number + (f"({item})" if item else "") + (f" (from {since})" if since else "")
    number = f"第{first}条至第{last}条" if last else f"第{first}条"
    part = "项" if source in {"R", "J"} else "款"
    return number + (f"第{item}{part}" if item else "") + (f"（{since}起）" if since else "")


def _kind(kind: str, rules: RuleSet, language: Language) -> str:
    known = kind in rules.stages or kind in rules.facts
    return rules.event_title(kind).says(language) if known else kind


def _parts(value: object) -> list[str]:
    return [one for one in str(value).split(", ") if one]


def _join(words: Iterable[str], language: Language) -> str:
    return ("、" if language == "zh" else ", ").join(words)


class _Wording:
    """Says the facts of one error in one language."""

    def __init__(self, facts: Mapping[str, object], rules: RuleSet, language: Language) -> None:
        self.facts, self.rules, self.language = facts, rules, language
        self.event = str(facts.get("event", ""))
        kinds = dict.fromkeys(KIND_FACTS, self._kinds)
        of_event = {"missing": self._fields, "ground": self._grounds, "known": self._grounds}
        of_detail = {"detail": self._fields, "form": self._form}
        self.wordings: dict[str, Callable[[str, object], object]] = {
            **kinds,
            **(of_event if self.event else {}),
            **(of_detail if "detail" in facts else {}),
            "kind": self._case_kind,
            "basis": self._basis,
            "cause_on": self._cause_on,
        }

    def say(self, name: str, value: object) -> object:
        if isinstance(value, date):
            return value.isoformat()
        return self.wordings[name](name, value) if name in self.wordings else value

    def _kinds(self, name: str, value: object) -> str:
        said = _join(
            (_kind(one, self.rules, self.language) for one in _parts(value)), self.language
        )
        return said or say("reasons.start" if name == "now" else "reasons.nothing", self.language)

    def _fields(self, _: str, value: object) -> str:
        fields = (say_field(one, self.rules, self.language) for one in _parts(value))
        return _join(fields, self.language)

    def _grounds(self, _: str, value: object) -> str:
        is_known = self.event in self.rules.stages or self.event in self.rules.facts
        codes = self.rules.kind(self.event).grounds if is_known else ""
        titles = self.rules.codes.get(codes, {})
        said = (titles[one].says(self.language) if one in titles else one for one in _parts(value))
        return _join(said, self.language)

    def _form(self, _: str, value: object) -> str:
        return say(f"reasons.form_{value}", self.language)

    def _case_kind(self, _: str, value: object) -> object:
        titles = self.rules.codes["case_kinds"]
        return titles[str(value)].says(self.language) if str(value) in titles else value

    def _basis(self, _: str, value: object) -> str:
        return say_basis(str(value), self.rules, self.language)

    def _cause_on(self, _: str, value: object) -> object:
        return value or say("reasons.not_entered", self.language)
