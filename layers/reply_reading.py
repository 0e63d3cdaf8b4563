"""A file of replies comes back: every row of it is matched rightly or kept aside.

A row is recognised by the code of its item, wherever in the row that stands; its order, its
headings and further columns mean nothing. What cannot be matched or understood keeps its cells
and says why, so that it can be mended and put in again.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from geodata.case_sheets import Sheet, read_sheets, text_of
from geodata.errors import GeodataError
from layers.agency_lists import AgencyList, ListItem, Reply, ReplyKind, codes_in
from layers.reply_form import ASKED, COLUMNS, FILE_ROW, KIND_WORDS, REASON, SAID

MOST_ROWS = 5000
MOST_LETTERS = 2000
REASONS = (
    *("no_code", "edited_code", "several_codes", "other_list", "mixed_row"),
    *("kind_missing", "kind_unknown", "day_unreadable", "double", "too_long"),
)
"""Why a row is kept aside."""

HEADINGS: Mapping[str, tuple[str, ...]] = {
    "row": ("序号", "no"),
    "code": ("条目编码", "编码", "条目编号", "识别码", "itemcode", "code"),
    "ref": ("隐患编号", "编号"),
    "layer": ("领域", "图层", "隐患类别"),
    "name": ("名称", "隐患名称", "点位名称", "点位"),
    "township": ("乡镇街道", "街道", "乡镇"),
    "place": ("位置", "坐标", "地点"),
    "hazards": ("隐患情况", "隐患类型", "存在问题", "问题"),
    "found_on": ("发现日期",),
    "now": ("我院掌握的现状", "现状"),
    "kind": ("答复类别", "答复类型", "答复", "答复意见", "办理情况", "办理结果", "整改情况"),
    "day": (
        *("完成或计划完成日期", "计划完成日期", "完成日期", "计划日期", "完成时限", "整改时限"),
        *("计划完成时间", "完成时间"),
    ),
    "measures": ("整改措施或理由", "整改措施", "措施", "具体措施", "理由", "情况说明"),
    "contact": ("经办人", "联系人", "承办人"),
    "phone": ("办公电话", "联系电话", "电话", "手机", "手机号"),
    "remark": ("备注",),
    "aside": (REASON, FILE_ROW, SAID),
}
SYNONYMS: Mapping[str, ReplyKind] = {
    **{word: kind for kind, word in KIND_WORDS.items()},
    **dict.fromkeys(
        ("已完成", "整改完成", "已整改完成", "完成整改", "已办结", "整改到位"), "rectified"
    ),
    **dict.fromkeys(("已部分整改", "部分完成"), "partly"),
    **dict.fromkeys(("正在整改", "未完成", "进行中", "办理中"), "rectifying"),
    **dict.fromkeys(("不能整改", "暂无法整改"), "cannot"),
    **dict.fromkeys(("不属本部门", "不属于本部门", "不属于本部门职责", "非本部门职责"), "not_ours"),
    **dict.fromkeys(("不属实", "情况不属实", "不存在"), "not_so"),
}
KIND_SIGNS = re.compile(r"[\s()（）。.,，;；:：、“”\"'*＊√✓]+")
DAY_FORMS = (
    re.compile(
        r"(20\d\d|19\d\d)[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T]\d\d?:\d\d(?::\d\d)?(?:\.0+)?)?"
    ),
    re.compile(r"(20\d\d|19\d\d)(\d\d)(\d\d)"),
)
SERIAL = re.compile(r"[3-6]\d{4}(?:\.0+)?")
SERIAL_START = date(1899, 12, 30).toordinal()
"""A spreadsheet's day as a number, where a cell lost its format."""

NAMELESS = re.compile(r"#\d+| #\d+$")


class NotAReply(GeodataError):
    """A file in which no row bears the code of an item: `file`."""


class TooManyRows(GeodataError):
    """A file with more rows than any list can have: `file`, `rows`, `most`."""


@dataclass(frozen=True)
class ReadRow:
    """A row that was matched: its item, its place in the file, and what the agency says.

    `changed` are cells of ours that came back otherwise: column, ours, theirs.
    """

    code: str
    sheet: str
    row: int
    reply: Reply
    cells: tuple[tuple[str, str], ...] = ()
    changed: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True)
class BadRow:
    """A row that is kept aside: where it stood, all its cells, and why."""

    sheet: str
    row: int
    cells: tuple[tuple[str, str], ...]
    reasons: tuple[str, ...]
    code: str = ""

    @property
    def told(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {
            "sheet": self.sheet,
            "row": self.row,
            "cells": [list(pair) for pair in self.cells],
            "reasons": list(self.reasons),
            "code": self.code,
        }


@dataclass(frozen=True)
class ReadReplies:
    """All that a file of replies holds; every row that is not blank is in one of the four.

    `silent` are the codes of rows without any reply, `repeated` those of rows that say what
    another says. `unknown` are headings that mean nothing to us: their cells stay with the reply.
    """

    name: str
    sha256: str
    rows: tuple[ReadRow, ...]
    bad: tuple[BadRow, ...] = ()
    silent: tuple[str, ...] = ()
    repeated: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()

    @property
    def numbers(self) -> tuple[str, ...]:
        """Return the numbers of the lists that it answers, each once."""
        codes = (*(one.code for one in self.rows), *self.silent, *(one.code for one in self.bad))
        return tuple(dict.fromkeys(one.rsplit("-", 2)[0] for one in codes if one))


@dataclass
class _Reading:
    """A file on its way: what was found so far."""

    lists: Mapping[str, AgencyList]
    rows: list[ReadRow] = field(default_factory=list)
    bad: list[BadRow] = field(default_factory=list)
    silent: list[str] = field(default_factory=list)
    unknown: dict[str, None] = field(default_factory=dict)


@dataclass(frozen=True)
class _Line:
    """One row of a sheet as texts by heading, and what its columns mean."""

    sheet: str
    row: int
    cells: tuple[tuple[str, str], ...]
    meanings: tuple[str, ...]

    def text(self, meaning: str) -> str:
        """Return the cell of a column, blank where there is none."""
        return next(
            (
                text
                for (_, text), one in zip(self.cells, self.meanings, strict=True)
                if one == meaning
            ),
            "",
        )

    def bad(self, *reasons: str, code: str = "") -> BadRow:
        """Return it as a row that is kept aside."""
        return BadRow(self.sheet, self.row, self.cells, reasons, code)


def read_replies(name: str, content: bytes, lists: Mapping[str, AgencyList]) -> ReadReplies:
    """Return what a file of replies says of items on these lists.

    Raises UnreadableFile, TooManyRows, and NotAReply where no row of it bears a code.
    """
    sheets = read_sheets(name, content)
    count = sum(len(one.rows) for one in sheets)
    if count > MOST_ROWS:
        raise TooManyRows(file=name, rows=count, most=MOST_ROWS)
    reading = _Reading(lists)
    for lines in filter(None, map(_lines_of, sheets)):
        reading.unknown.update(dict.fromkeys(_unknown(lines)))
        for line in lines:
            _read_line(line, reading)
    if not (reading.rows or reading.silent or any(one.code for one in reading.bad)):
        raise NotAReply(file=name)
    rows, doubles, repeated = _apart(reading.rows)
    return ReadReplies(
        name=name,
        sha256=hashlib.sha256(content).hexdigest(),
        rows=tuple(rows),
        bad=tuple(sorted([*reading.bad, *doubles], key=lambda one: (one.sheet, one.row))),
        silent=tuple(reading.silent),
        repeated=tuple(repeated),
        unknown=tuple(reading.unknown),
    )


# ------------------------------------------------------------------------------- columns


def _lines_of(sheet: Sheet) -> list[_Line]:
    """Return the rows of a sheet; nothing for one that is no table of replies.

    Where the headings were cut off, the first row of the table stands in their place: it counts
    as a row, and columns mean what they meant when the form went out.
    """
    heads = ["" if NAMELESS.fullmatch(one) else NAMELESS.sub("", one) for one in sheet.headings]
    rows = [(number, tuple(map(_plain, cells))) for number, cells in sheet.rows]
    if any(codes_in(one) for one in heads):
        first = min((number for number, _ in rows), default=2) - 1
        rows = [(first, tuple(map(_plain, heads))), *rows]
        heads = [one.title for one in COLUMNS[: len(heads)]]
        heads += [f"#{at}" for at in range(len(heads) + 1, len(rows[0][1]) + 1)]
    meanings = _meanings(heads, [cells for _, cells in rows])
    has_codes = any(codes_in(text) for _, cells in rows for text in cells)
    if not has_codes and not {"code", "kind"} <= set(meanings):
        return []
    plain_heads = tuple(_heading(one) for one in heads)
    return [
        _Line(sheet.name, number, tuple(zip(heads, cells, strict=True)), meanings)
        for number, cells in rows
        if any(cells) and tuple(map(_heading, cells)) != plain_heads
    ]


def _meanings(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """Return what each column is: by its heading, else by what stands in it, else nothing."""
    known = {_heading(word): name for name, words in HEADINGS.items() for word in words}
    found: list[str] = []
    for head in heads:
        meaning = known.get(_heading(head), "")
        found.append("" if meaning in found and meaning != "aside" else meaning)
    columns = list(zip(*rows, strict=True)) if rows else []
    for name, fits in (("code", _is_code), ("kind", _is_kind)):
        if name not in found:
            place = next(
                (
                    at
                    for at, cells in enumerate(columns)
                    if not found[at] and any(cells) and all(map(fits, filter(None, cells)))
                ),
                None,
            )
            if place is not None:
                found[place] = name
    return tuple(found)


def _heading(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text).casefold()
    return re.sub(r"\(.*?\)|[\W_]", "", plain)


def _is_code(text: str) -> bool:
    return bool(codes_in(text))


def _is_bare_code(text: str) -> bool:
    """Return whether a text is a code and nothing else, so that leaving it out loses no word."""
    found = codes_in(text)
    return len(found) == 1 and len(re.sub(r"\s+", "", text)) == len(found[0][0])


def _is_kind(text: str) -> bool:
    return _kind(text) is not None


def _unknown(lines: Sequence[_Line]) -> Iterator[str]:
    for at, meaning in enumerate(lines[0].meanings if lines else ()):
        head = lines[0].cells[at][0]
        if not meaning and any(one.cells[at][1] for one in lines):
            yield head


def _plain(value: Any) -> str:
    """Return a cell as a text: days as YYYY-MM-DD, no blanks around it."""
    if isinstance(value, datetime) and not (value.hour or value.minute or value.second):
        value = value.date()
    return text_of(value).strip()


# ---------------------------------------------------------------------------------- rows


def _read_line(line: _Line, reading: _Reading) -> None:
    """Put a row where it belongs: matched, silent, or aside."""
    item, trouble = _item_of(line, reading.lists)
    if item is None:
        reading.bad.append(trouble)  # type: ignore[arg-type]
        return
    more = tuple(
        (head, text)
        for (head, text), meaning in zip(line.cells, line.meanings, strict=True)
        if not meaning and text and not _is_bare_code(text)
    )
    if not more and not any(line.text(name) for name in ASKED):
        reading.silent.append(item.code)
        return
    reply, reasons = _reply(line, more)
    if reply is None:
        reading.bad.append(line.bad(*reasons, code=item.code))
        return
    reading.rows.append(
        ReadRow(item.code, line.sheet, line.row, reply, line.cells, _changed(line, item))
    )


def _item_of(line: _Line, lists: Mapping[str, AgencyList]) -> tuple[ListItem | None, BadRow | None]:
    """Return the item that a row is about, or the row as one that is kept aside."""
    told = line.text("code")
    found = codes_in(told) if told else _codes_elsewhere(line)
    if not found:
        return None, line.bad("edited_code" if told else "no_code")
    if len(found) > 1:
        return None, line.bad("several_codes")
    code, number = found[0]
    known = {one.upper(): told for one, told in lists.items()}
    if number not in known:
        return None, line.bad("other_list")
    own = known[number]
    item = {one.code.upper(): one for one in own.items}.get(code)
    if item is None:
        return None, line.bad("edited_code")
    if _is_mixed(line, item, own):
        return None, line.bad("mixed_row", code=item.code)
    return item, None


def _codes_elsewhere(line: _Line) -> tuple[tuple[str, str], ...]:
    found = (one for _, text in line.cells for one in codes_in(text))
    return tuple(dict.fromkeys(found))


def _is_mixed(line: _Line, item: ListItem, own: AgencyList) -> bool:
    """Return whether the cells beside a code are those of another item: columns sorted apart."""
    ref, name = line.text("ref"), line.text("name")
    others = [one for one in own.items if one.code != item.code]
    if ref and ref != item.told.get("ref"):
        return any(ref == one.told.get("ref") for one in others)
    if ref or not name or name == item.told.get("name"):
        return False
    return any(name == one.told.get("name") for one in others)


def _changed(line: _Line, item: ListItem) -> tuple[tuple[str, str, str], ...]:
    """Return the cells of ours that came back otherwise; one that is blank or gone is none."""
    found = []
    for name in ("ref", "layer", "name", "township", "place", "hazards", "found_on", "now"):
        ours, theirs = item.told.get(name, ""), line.text(name)
        if theirs and _heading(theirs) != _heading(ours):
            found.append((name, ours, theirs))
    return tuple(found)


def _reply(line: _Line, more: tuple[tuple[str, str], ...]) -> tuple[Reply | None, tuple[str, ...]]:
    """Return what an agency says in a row, or why that is not understood."""
    kind, day = _kind(line.text("kind")), _day(line.text("day"))
    reasons = []
    if kind is None:
        reasons.append("kind_unknown" if line.text("kind") else "kind_missing")
    if day is None and line.text("day"):
        reasons.append("day_unreadable")
    if any(len(text) > MOST_LETTERS for _, text in line.cells):
        reasons.append("too_long")
    if kind is None or reasons:
        return None, tuple(reasons)
    texts = {name: line.text(name) for name in ("measures", "contact", "phone", "remark")}
    return Reply(kind, day, **texts, more=more), ()


def _kind(text: str) -> ReplyKind | None:
    plain = KIND_SIGNS.sub("", unicodedata.normalize("NFKC", text))
    return SYNONYMS.get(plain)


def _day(text: str) -> date | None:
    """Return a day as people write it, or as a spreadsheet's number; None for none.

    >>> _day("2026年1月5日"), _day("2026/1/5"), _day("46027"), _day("月底")
    (datetime.date(2026, 1, 5), datetime.date(2026, 1, 5), datetime.date(2026, 1, 5), None)
    """
    plain = re.sub(r"\s*([-/.年月日])\s*", r"\1", unicodedata.normalize("NFKC", text).strip())
    for form in DAY_FORMS:
        found = form.fullmatch(plain)
        if found:
            try:
                return date(*map(int, found.groups()))
            except ValueError:
                return None
    if SERIAL.fullmatch(plain):
        return date.fromordinal(SERIAL_START + int(float(plain)))
    return None


def _apart(
    rows: Iterable[ReadRow],
) -> tuple[list[ReadRow], list[BadRow], list[str]]:
    """Return rows once each, rows on one item that say different things, and what is said twice."""
    by_code: dict[str, list[ReadRow]] = {}
    for one in rows:
        by_code.setdefault(one.code, []).append(one)
    kept: list[ReadRow] = []
    doubles: list[BadRow] = []
    repeated: list[str] = []
    for code, some in by_code.items():
        if len({one.reply.digest for one in some}) == 1:
            kept.append(some[0])
            repeated += [code] * (len(some) - 1)
        else:
            doubles += [BadRow(one.sheet, one.row, one.cells, ("double",), code) for one in some]
    return kept, doubles, repeated
