"""What is looked at on site, layer by layer, as data: questions, what each proves, on which law.

One TOML file per layer beside this one; `common.toml` holds what every visit records (result,
inquest record, two officers) and is joined to each. A layer without a file has the common part.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, get_args

from geodata.errors import GeodataError
from geodata.model import Title
from layers.law import Law

FOLDER = Path(__file__).parent
COMMON = "common"

Kind = Literal["yes_no", "number", "choice", "text", "photo", "distance"]
Certainty = Literal["confirmed", "secondary", "memory"]

KINDS: tuple[Kind, ...] = get_args(Kind)
MEASURED: frozenset[Kind] = frozenset({"number", "distance"})
"""Kinds that are answered by a number with a unit."""

ID = re.compile(r"[a-z][a-z0-9_]*")


class BrokenChecklist(GeodataError):
    """A checklist that cannot be used: `file`, `place` in it, `reason` as a code, `value`."""


@dataclass(frozen=True)
class Choice:
    """One answer of several."""

    id: str
    title: Title


YES_NO = (
    Choice("yes", Title("是", "Yes")),
    Choice("no", Title("否", "No")),
    Choice("na", Title("不适用", "Not applicable")),
)
METHODS = (
    Choice("tape", Title("钢卷尺", "Steel tape")),
    Choice("laser", Title("激光测距仪", "Laser distance meter")),
    Choice("rtk", Title("RTK 测量", "RTK survey")),
    Choice("gnss", Title("手持定位仪", "Hand-held GNSS")),
    Choice("paced", Title("步测（估计）", "Paced (estimate)")),
)
"""How a distance on site was measured; a distance without a method proves little."""


@dataclass(frozen=True)
class Question:
    """One thing to be looked at, answered or photographed.

    `proves` is the fact that the answer stands for, `laws` are names in the checklist's own
    table of laws. A number or a distance has a `unit` and may have bounds, both included;
    `is_whole` asks for a whole number, which may be a count without unit. `shows` is the
    hazard kind that an answer `shows_when` (yes or no) speaks for.
    """

    id: str
    title: Title
    kind: Kind
    proves: Title
    laws: tuple[str, ...] = ()
    unit: str = ""
    minimum: float | None = None
    maximum: float | None = None
    is_whole: bool = False
    choices: tuple[Choice, ...] = ()
    is_required: bool = False
    shows: str = ""
    shows_when: str = ""

    @property
    def answers(self) -> tuple[Choice, ...]:
        """Return what can be chosen: of a yes-or-no question, of a choice; else nothing."""
        return YES_NO if self.kind == "yes_no" else self.choices


@dataclass(frozen=True)
class Section:
    """Questions that belong together."""

    id: str
    title: Title
    questions: tuple[Question, ...]


@dataclass(frozen=True)
class Checklist:
    """All that a visit to a place of one layer looks at and records."""

    layer: str
    version: str
    title: Title
    laws: Mapping[str, Law]
    sections: tuple[Section, ...]

    @property
    def questions(self) -> tuple[Question, ...]:
        """Return every question in order."""
        return tuple(one for section in self.sections for one in section.questions)

    def find(self, question_id: str) -> Question | None:
        """Return the question of an id, or None."""
        return next((one for one in self.questions if one.id == question_id), None)


def known_layers() -> tuple[str, ...]:
    """Return the layers that have questions of their own."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.toml") if path.stem != COMMON))


@cache
def read_checklist(layer: str) -> Checklist:
    """Return the checklist of a layer: its own questions, then the common ones."""
    common = _parse(COMMON)
    if layer not in known_layers():
        return Checklist(layer, common.version, common.title, common.laws, common.sections)
    return joined(_parse(layer, common.laws), common)


def joined(own: Checklist, common: Checklist) -> Checklist:
    """Return a layer's checklist with the common part after it; raise BrokenChecklist.

    Its version names both, so that a change of either is seen.
    """
    both = Checklist(
        own.layer,
        f"{own.version}+{common.version}",
        own.title,
        {**common.laws, **own.laws},
        own.sections + common.sections,
    )
    check(both)
    return both


def parse_checklist(
    text: str, layer: str, beside: Mapping[str, Law] = MappingProxyType({})
) -> Checklist:
    """Return the checklist that a TOML text declares; raise BrokenChecklist naming the place.

    Its questions may name laws of its own table and those `beside`.
    """
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as broken:
        raise BrokenChecklist(file=layer, place="", reason="no_toml", value=str(broken)) from broken
    reading = _Reading(layer)
    checklist = Checklist(
        layer,
        str(reading.need(table, "version", "")),
        reading.title(table, "title", ""),
        {name: reading.law(one, f"laws.{name}") for name, one in table.get("laws", {}).items()},
        tuple(
            reading.section(name, one) for name, one in reading.need(table, "section", "").items()
        ),
    )
    check(checklist, beside)
    return checklist


def check(checklist: Checklist, beside: Mapping[str, Law] = MappingProxyType({})) -> None:
    """Raise BrokenChecklist at the first thing that makes a checklist unusable."""
    for place, reason, value in _faults(checklist, {**beside, **checklist.laws}):
        raise BrokenChecklist(file=checklist.layer, place=place, reason=reason, value=value)


def _parse(layer: str, beside: Mapping[str, Law] = MappingProxyType({})) -> Checklist:
    return parse_checklist((FOLDER / f"{layer}.toml").read_text("utf-8"), layer, beside)


def _faults(checklist: Checklist, laws: Mapping[str, Law]) -> Iterator[tuple[str, str, str]]:
    sections = [section.id for section in checklist.sections]
    ids = [question.id for question in checklist.questions]
    for name in (*_twice(sections), *_twice(ids)):
        yield name, "twice", name
    for name in (*sections, *ids):
        if not ID.fullmatch(name):
            yield name, "bad_id", name
    for question in checklist.questions:
        for reason, value in _faults_of(question, laws):
            yield question.id, reason, value


def _faults_of(question: Question, laws: Mapping[str, Law]) -> Iterator[tuple[str, str]]:
    if question.kind not in KINDS:
        yield "unknown_kind", question.kind
    for law in question.laws:
        if law not in laws:
            yield "unknown_law", law
    yield from _faults_of_numbers(question)
    if (question.kind == "choice") != bool(question.choices):
        yield "choices", ""
    for name in _twice([choice.id for choice in question.choices]):
        yield "twice", name
    is_half_said = bool(question.shows) != bool(question.shows_when)
    if is_half_said or (question.shows_when and question.kind != "yes_no"):
        yield "shows", question.shows or question.shows_when
    if not (question.title.zh and question.title.en):
        yield "no_title", question.title.zh or question.title.en


def _faults_of_numbers(question: Question) -> Iterator[tuple[str, str]]:
    low, high = question.minimum, question.maximum
    is_measured = question.kind in MEASURED
    if is_measured and not (question.unit or question.is_whole):
        yield "no_unit", ""
    if not is_measured and (question.unit or low is not None or high is not None):
        yield "no_number", question.unit
    if low is not None and high is not None and low > high:
        yield "bounds", f"{low} > {high}"


def _twice(names: Iterable[str]) -> list[str]:
    seen: set[str] = set()
    return [name for name in names if name in seen or seen.add(name)]  # type: ignore[func-returns-value]


KNOWN_WORDS = frozenset(
    "zh en kind proves laws unit minimum maximum whole choices required shows when".split()
)


@dataclass(frozen=True)
class _Reading:
    """Takes tables apart and says of which place in which file a fault is."""

    file: str

    def section(self, name: str, table: Mapping[str, Any]) -> Section:
        questions = self.need(table, "questions", name)
        return Section(
            name,
            self.title(table, "title", name),
            tuple(self.question(key, one) for key, one in questions.items()),
        )

    def question(self, name: str, table: Mapping[str, Any]) -> Question:
        for word in table.keys() - KNOWN_WORDS:
            raise self.fault(name, "strange_word", word)
        return Question(
            id=name,
            title=Title(str(self.need(table, "zh", name)), str(self.need(table, "en", name))),
            kind=self.need(table, "kind", name),
            proves=self.title(table, "proves", name),
            laws=tuple(table.get("laws", ())),
            unit=str(table.get("unit", "")),
            minimum=self.number(table, "minimum", name),
            maximum=self.number(table, "maximum", name),
            is_whole=bool(table.get("whole", False)),
            choices=tuple(
                Choice(key, Title(one["zh"], one["en"]))
                for key, one in table.get("choices", {}).items()
            ),
            is_required=bool(table.get("required", False)),
            shows=str(table.get("shows", "")),
            shows_when=str(table.get("when", "")),
        )

    def law(self, table: Mapping[str, Any], place: str) -> Law:
        certainty = self.need(table, "certainty", place)
        if certainty not in get_args(Certainty):
            raise self.fault(place, "certainty", str(certainty))
        title = Title(str(self.need(table, "zh", place)), str(self.need(table, "en", place)))
        return Law(title, certainty)

    def title(self, table: Mapping[str, Any], word: str, place: str) -> Title:
        names = self.need(table, word, place)
        if not isinstance(names, Mapping) or not {"zh", "en"} <= names.keys():
            raise self.fault(place, "no_title", word)
        return Title(str(names["zh"]), str(names["en"]))

    def number(self, table: Mapping[str, Any], word: str, place: str) -> float | None:
        value = table.get(word)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
            raise self.fault(place, "no_number", str(value))
        return None if value is None else float(value)

    def need(self, table: Mapping[str, Any], word: str, place: str) -> Any:
        if word not in table:
            raise self.fault(place, "word_missing", word)
        return table[word]

    def fault(self, place: str, reason: str, value: str) -> BrokenChecklist:
        return BrokenChecklist(file=self.file, place=place, reason=reason, value=value)
