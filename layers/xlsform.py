"""A checklist as an XLSForm and back, so that an ODK or Kobo form and ours are one.

What XLSForm has no word for (what an answer proves, on which law, for which hazard kind it
speaks) stands in columns that begin with `pim_`, which other programs pass over. A form of
ours comes back as it was; a foreign one is read as far as it is understood, and every cell
that is not is named by sheet, row and column.
"""

import re
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any
from zipfile import BadZipFile

from openpyxl import Workbook, load_workbook
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet.worksheet import Worksheet

from geodata.errors import GeodataError, UnreadableFile
from geodata.model import Title
from geodata.readers import refuse_bomb
from layers.checklists import METHODS, YES_NO, Checklist, Choice, Kind, Question, Section
from layers.law import Law

ZH, EN = "中文 (zh)", "English (en)"
YES_NO_LIST, METHOD_LIST = "pim_yes_no", "pim_methods"
METHOD = "_method"
SURVEY = (
    "type",
    "name",
    f"label::{ZH}",
    f"label::{EN}",
    f"hint::{ZH}",
    f"hint::{EN}",
    "required",
    "constraint",
    "pim_kind",
    "pim_unit",
    "pim_proves_zh",
    "pim_proves_en",
    "pim_laws",
    "pim_shows",
    "pim_shows_when",
)
CHOICES = ("list_name", "name", f"label::{ZH}", f"label::{EN}")
SETTINGS = ("form_title", "form_id", "version", "default_language", "pim_title_en")
LAWS = ("name", "zh", "en", "certainty")
MOST_ROWS = 5_000
MOST_BYTES = 50_000_000
"""How much a form may unpack to."""

NO_WORKBOOK = (
    BadZipFile, InvalidFileException, UnreadableFile, KeyError, ValueError, TypeError,
    OSError, EOFError, SyntaxError, AttributeError, NotImplementedError, RuntimeError, zlib.error,
)  # fmt: skip
"""What opening something ends with that is no workbook, a damaged one, or one that explodes."""

FORM = Section("form", Title("表单", "Form"), ())

_BOUND = re.compile(r"\.\s*(>=|<=)\s*(-?\d+(?:\.\d+)?)")
_YES = frozenset({"yes", "true", "true()", "1", "是"})


class BrokenForm(GeodataError):
    """A file that is no XLSForm: `reason` as a code, `sheet`, `value`."""


@dataclass(frozen=True)
class Unread:
    """One cell of a form that was not understood; rows count from 1, the head being the first."""

    sheet: str
    row: int
    column: str
    value: str
    reason: str


@dataclass(frozen=True)
class FormRead:
    """A form as far as it was understood, and every cell that was not."""

    checklist: Checklist
    unread: tuple[Unread, ...]


# ----------------------------------------------------------------------- writing


def render_form(checklist: Checklist) -> bytes:
    """Return a checklist as an XLSForm workbook in both languages."""
    book = Workbook()
    book.remove(book.active)
    _write(book, "survey", SURVEY, _survey_rows(checklist))
    _write(book, "choices", CHOICES, _choice_rows(checklist))
    settings = {
        "form_title": checklist.title.zh,
        "form_id": checklist.layer,
        "version": checklist.version,
        "default_language": ZH,
        "pim_title_en": checklist.title.en,
    }
    _write(book, "settings", SETTINGS, [settings])
    laws = (
        {"name": name, "zh": law.title.zh, "en": law.title.en, "certainty": law.certainty}
        for name, law in checklist.laws.items()
    )
    _write(book, "pim_laws", LAWS, laws)
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def _survey_rows(checklist: Checklist) -> Iterator[dict[str, str]]:
    for section in checklist.sections:
        yield {"type": "begin_group", "name": section.id, **_labels(section.title)}
        for question in section.questions:
            yield from _question_rows(question, checklist.laws)
        yield {"type": "end_group"}


def _question_rows(question: Question, laws: Mapping[str, Law]) -> Iterator[dict[str, str]]:
    yield {
        "type": _type_of(question),
        "name": question.id,
        **_labels(question.title),
        f"hint::{ZH}": _hint(question, laws, "zh"),
        f"hint::{EN}": _hint(question, laws, "en"),
        "required": "yes" if question.is_required else "",
        "constraint": _constraint(question),
        "pim_kind": question.kind,
        "pim_unit": question.unit,
        "pim_proves_zh": question.proves.zh,
        "pim_proves_en": question.proves.en,
        "pim_laws": " ".join(question.laws),
        "pim_shows": question.shows,
        "pim_shows_when": question.shows_when,
    }
    if question.kind == "distance":
        yield {
            "type": f"select_one {METHOD_LIST}",
            "name": f"{question.id}{METHOD}",
            f"label::{ZH}": f"{question.title.zh}：测量方法",
            f"label::{EN}": f"{question.title.en}: method",
            "pim_kind": "method",
        }


def _type_of(question: Question) -> str:
    if question.kind == "choice":
        return f"select_one {question.id}"
    number = "integer" if question.is_whole else "decimal"
    plain = {
        "yes_no": f"select_one {YES_NO_LIST}",
        "text": "text",
        "photo": "image",
        "number": number,
        "distance": number,
    }
    return plain[question.kind]


def _hint(question: Question, laws: Mapping[str, Law], language: Any) -> str:
    unit = [question.unit] if question.unit else []
    named = [laws[name].title.says(language) for name in question.laws if name in laws]
    return " · ".join([*unit, question.proves.says(language), *named])


def _constraint(question: Question) -> str:
    bounds = ((">=", question.minimum), ("<=", question.maximum))
    return " and ".join(f". {sign} {_digits(value)}" for sign, value in bounds if value is not None)


def _digits(value: float) -> str:
    return repr(value).removesuffix(".0")


def _choice_rows(checklist: Checklist) -> Iterator[dict[str, str]]:
    lists: dict[str, Sequence[Choice]] = {YES_NO_LIST: YES_NO, METHOD_LIST: METHODS}
    lists |= {one.id: one.choices for one in checklist.questions if one.kind == "choice"}
    for name, choices in lists.items():
        for choice in choices:
            yield {"list_name": name, "name": choice.id, **_labels(choice.title)}


def _labels(title: Title) -> dict[str, str]:
    return {f"label::{ZH}": title.zh, f"label::{EN}": title.en}


def _write(
    book: Workbook, name: str, head: Sequence[str], rows: Iterable[Mapping[str, str]]
) -> None:
    sheet = book.create_sheet(name)
    sheet.append(list(head))
    for row in rows:
        sheet.append([row.get(column) or None for column in head])
        for cell in sheet[sheet.max_row]:
            if cell.value is not None:
                cell.data_type = "s"  # a text stays a text, also where it looks like a formula
    sheet.freeze_panes = "A2"


# ----------------------------------------------------------------------- reading


def read_form(file: bytes) -> FormRead:
    """Return what an XLSForm asks; raise BrokenForm where it is none.

    The layer is the form's `form_id`. Nothing of a foreign form is guessed: what has no
    counterpart here is left out and named.
    """
    book = _open(file)
    if "survey" not in book.sheetnames:
        raise BrokenForm(reason="no_sheet", sheet="survey", value=", ".join(book.sheetnames))
    reading = _Reading()
    reading.note_sheets(book.sheetnames)
    lists = reading.choices(_table(book, "choices"))
    sections = reading.survey(_table(book, "survey"), lists)
    facts = next((row for _, row in _table(book, "settings")), {})
    laws = {
        row["name"]: Law(Title(row.get("zh", ""), row.get("en", "")), row["certainty"])  # type: ignore[arg-type]
        for _, row in _table(book, "pim_laws")
        if row.get("name") and row.get("certainty") in {"confirmed", "secondary", "memory"}
    }
    title = facts.get("form_title", "") or facts.get("form_id", "")
    checklist = Checklist(
        layer=facts.get("form_id", ""),
        version=facts.get("version", ""),
        title=Title(title, facts.get("pim_title_en", "") or title),
        laws=laws,
        sections=sections,
    )
    if not checklist.questions:
        raise BrokenForm(reason="no_question", sheet="survey", value="")
    return FormRead(checklist, tuple(reading.unread))


def _open(file: bytes) -> Workbook:
    try:
        refuse_bomb(BytesIO(file), len(file), MOST_BYTES)
        return load_workbook(BytesIO(file), read_only=False, data_only=True)
    except NO_WORKBOOK as no:
        raise BrokenForm(reason="no_workbook", sheet="", value=type(no).__name__) from no


def _table(book: Workbook, name: str) -> list[tuple[int, dict[str, str]]]:
    """Return the filled cells of a sheet by column name, with the number of each row."""
    if name not in book.sheetnames:
        return []
    sheet: Worksheet = book[name]
    if sheet.max_row > MOST_ROWS:
        raise BrokenForm(reason="too_long", sheet=name, value=str(sheet.max_row))
    rows = sheet.iter_rows(values_only=True)
    head = [_text(cell) for cell in next(rows, ())]
    filled = (
        (number, {name: _text(cell) for name, cell in zip(head, row, strict=False) if _text(cell)})
        for number, row in enumerate(rows, start=2)
    )
    return [(number, row) for number, row in filled if row]


def _text(cell: object) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return "" if cell is None else str(cell).strip()


_KNOWN_SHEETS = {"survey", "choices", "settings", "pim_laws"}
_TYPES: dict[str, tuple[Kind, bool]] = {
    "text": ("text", False),
    "string": ("text", False),
    "integer": ("number", True),
    "decimal": ("number", False),
    "image": ("photo", False),
    "photo": ("photo", False),
}
_GROUPS = {"begin_group": "begin", "begin group": "begin", "end_group": "end", "end group": "end"}
_REPEATS = {"begin_repeat", "begin repeat"}
_ENDS = {"end_repeat", "end repeat"}
_TAKEN = {"type", "name", "required", "constraint", "label", "hint"}


@dataclass
class _Reading:
    """Goes through the rows of a form and writes down what it does not understand."""

    unread: list[Unread] = field(default_factory=list)

    def note(self, sheet: str, row: int, column: str, value: str, reason: str) -> None:
        self.unread.append(Unread(sheet, row, column, value, reason))

    def note_sheets(self, names: Iterable[str]) -> None:
        for name in names:
            if name not in _KNOWN_SHEETS:
                self.note(name, 1, "", name, "sheet")

    def choices(self, rows: Iterable[tuple[int, dict[str, str]]]) -> dict[str, tuple[Choice, ...]]:
        lists: dict[str, list[Choice]] = {}
        for number, row in rows:
            name = row.get("list_name", "") or row.get("list name", "")
            if not (name and row.get("name")):
                self.note("choices", number, "name", "", "missing")
                continue
            choice = Choice(row["name"], self.title("choices", number, row, "label"))
            if choice.id in {one.id for one in lists.setdefault(name, [])}:
                self.note("choices", number, "name", choice.id, "twice")
                continue
            lists[name].append(choice)
        return {name: tuple(choices) for name, choices in lists.items()}

    def survey(
        self,
        rows: Iterable[tuple[int, dict[str, str]]],
        lists: Mapping[str, tuple[Choice, ...]],
    ) -> tuple[Section, ...]:
        open_: list[str] = []
        titles = {FORM.id: FORM.title}
        found: dict[str, list[Question]] = {}
        taken: set[str] = set()
        for number, row in rows:
            kind = row.get("type", "").lower()
            if _GROUPS.get(kind) == "begin" or kind in _REPEATS:
                name = row.get("name", "") or f"group_{number}"
                titles[name] = self.title("survey", number, row, "label")
                found.setdefault(name, [])
                open_.append(name)
                if kind in _REPEATS:
                    self.note("survey", number, "type", row["type"], "repeat")
                self.note_columns(number, row)
            elif _GROUPS.get(kind) == "end" or kind in _ENDS:
                if not open_:
                    self.note("survey", number, "type", row["type"], "not_open")
                open_ = open_[:-1]
            elif row.get("pim_kind") != "method":
                question = self.question(number, row, lists)
                if question and question.id in taken:
                    self.note("survey", number, "name", question.id, "twice")
                elif question:
                    taken.add(question.id)
                    found.setdefault(open_[-1] if open_ else FORM.id, []).append(question)
        return tuple(
            Section(name, titles[name], tuple(questions))
            for name, questions in found.items()
            if questions
        )

    def question(
        self, number: int, row: dict[str, str], lists: Mapping[str, tuple[Choice, ...]]
    ) -> Question | None:
        kind, is_whole, choices = self.kind(number, row, lists)
        if kind is None:
            return None
        if not row.get("name"):
            self.note("survey", number, "name", "", "missing")
            return None
        minimum, maximum = self.bounds(number, row, kind)
        self.note_columns(number, row)
        return Question(
            id=row["name"],
            title=self.title("survey", number, row, "label"),
            kind=kind,
            proves=self.proves(number, row),
            laws=tuple(row.get("pim_laws", "").split()),
            unit=row.get("pim_unit", ""),
            minimum=minimum,
            maximum=maximum,
            is_whole=is_whole,
            choices=choices,
            is_required=row.get("required", "").lower() in _YES,
            shows=row.get("pim_shows", ""),
            shows_when=row.get("pim_shows_when", ""),
        )

    def kind(
        self, number: int, row: dict[str, str], lists: Mapping[str, tuple[Choice, ...]]
    ) -> tuple[Kind | None, bool, tuple[Choice, ...]]:
        words = row.get("type", "").split()
        if len(words) >= 2 and words[0] == "select_one":  # noqa: PLR2004 - the type and its list
            if words[2:]:
                self.note("survey", number, "type", row["type"], "other")
            choices = lists.get(words[1], ())
            if not choices:
                self.note("survey", number, "type", row["type"], "no_list")
                return None, False, ()
            is_yes_no = {"yes", "no"} <= {one.id for one in choices} <= {"yes", "no", "na"}
            return ("yes_no", False, ()) if is_yes_no else ("choice", False, choices)
        plain = _TYPES.get(row.get("type", "").lower())
        if plain is None:
            self.note("survey", number, "type", row.get("type", ""), "kind")
            return None, False, ()
        kind: Kind = "distance" if row.get("pim_kind") == "distance" else plain[0]
        return kind, plain[1], ()

    def bounds(
        self, number: int, row: dict[str, str], kind: Kind
    ) -> tuple[float | None, float | None]:
        text = row.get("constraint", "")
        parts = [_BOUND.fullmatch(part.strip()) for part in text.split(" and ")] if text else []
        if not all(parts) or (parts and kind not in {"number", "distance"}):
            self.note("survey", number, "constraint", text, "constraint")
            return None, None
        by_sign = {part[1]: float(part[2]) for part in parts if part}
        return by_sign.get(">="), by_sign.get("<=")

    def proves(self, number: int, row: dict[str, str]) -> Title:
        if row.get("pim_kind"):
            return Title(row.get("pim_proves_zh", ""), row.get("pim_proves_en", ""))
        return self.title("survey", number, row, "hint", fallback="")

    def title(
        self, sheet: str, number: int, row: dict[str, str], word: str, fallback: str | None = None
    ) -> Title:
        """Return the words of a column in both languages; one stands for the other if alone."""
        said = {"zh": "", "en": ""}
        for column, text in row.items():
            name, _, language = column.partition("::")
            if name.strip() == word:
                known = _language(language)
                if known is None:
                    self.note(sheet, number, column, text, "language")
                else:
                    said[known] = said[known] or text
        plain = row.get(word, "") or (row.get("name", "") if fallback is None else fallback)
        return Title(said["zh"] or said["en"] or plain, said["en"] or said["zh"] or plain)

    def note_columns(self, number: int, row: dict[str, str]) -> None:
        for column, text in row.items():
            if column.partition("::")[0].strip() not in _TAKEN and not column.startswith("pim_"):
                self.note("survey", number, column, text, "column")


def _language(words: str) -> str | None:
    """Return zh or en for what a column says of its language; a plain column counts as Chinese."""
    plain = words.strip().lower()
    code = re.search(r"\(([a-z]+)\b", plain)
    said = code[1] if code else plain
    if not said or said.startswith(("zh", "chin", "中", "汉")):
        return "zh"
    return "en" if said in {"en", "eng"} or said.startswith("english") else None
