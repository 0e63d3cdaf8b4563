"""The letter that goes with a list (工作联系函), and the second one (第二次函), as DOCX drafts.

A letter names no person, bears no number and no seal: people add them. It says that a wished day
binds nobody, and that a reply takes the place of no written reply to a recommendation.
"""

from collections.abc import Sequence
from datetime import date

from layers.agency_lists import AgencyList, ListItem
from layers.imprint import DATA_DATE, DEMONSTRATION
from layers.letters import (
    BLANK,
    CENTRE,
    RIGHT,
    SMALL_PT,
    TITLE_PT,
    add_line,
    add_rows,
    new_paper,
    to_bytes,
)

TITLE, SECOND = "工作联系函", "工作联系函（第二次）"
DRAFT = "草稿：由系统按清单生成，未经审核、未编号、未盖章，不具效力。空白处由承办人填写。"
MOST_NAMED = 60
"""So many items stand in the letter itself; more are in the form alone."""

FIRST_TEXT = (
    "我院在履行公益诉讼检察职责中，掌握下列可能与你单位职责有关的隐患 {count} 条{about}，"
    "现函送清单，商请核实处理，并于 {day} 前逐条答复。"
)
SECOND_TEXT = (
    "我院 {made} 函送隐患清单 {number}{about}，商请于 {first} 前答复。"
    "截至目前，下列 {count} 条尚未收到答复或尚需补充。现再次商请于 {day} 前答复。"
)
COMMON = (
    "答复请填写所附表格后发回（XLSX 或 CSV），可以只答复一部分，以后补充；“条目编码”请勿改动。",
    "清单所载为我院掌握的情况，不是对违法事实的认定；希望答复的日期为商请，不是法定期限。",
    "对表格的答复不代替对检察建议书的书面回复；整改是否到位，以现场核实为准。",
)
HEADS = ("序号", "条目编码", "名称", "乡镇街道", "隐患情况")
WIDTHS_CM = (1.1, 6.0, 3.4, 1.9, 2.6)


def render_letter(
    told: AgencyList,
    items: Sequence[ListItem],
    from_office: str,
    as_of: date,
    *,
    reply_by: date | None = None,
    is_second: bool = False,
) -> bytes:
    """Return the letter for some items of a list as a DOCX file.

    A second letter names the first day that was wished; `reply_by` is the new one.
    """
    title, day = (SECOND if is_second else TITLE), reply_by or told.reply_by
    paper = new_paper(f"{title}（草稿）")
    add_line(paper, DRAFT, SMALL_PT)
    if told.is_demonstration:
        add_line(paper, f"{DEMONSTRATION.zh}：本函依据演示数据生成。", SMALL_PT)
    add_line(paper, from_office or BLANK, align=CENTRE)
    add_line(paper, title, TITLE_PT, CENTRE)
    add_line(paper, f"{BLANK}〔{BLANK}〕{BLANK}号", align=RIGHT)
    add_line(paper, f"{told.agency}：")
    for line in _body(told, items, day, is_second=is_second):
        add_line(paper, f"　　{line}")
    rows = [HEADS, *(_row(one) for one in items[:MOST_NAMED])]
    add_rows(paper, rows, len(HEADS), WIDTHS_CM)
    if len(items) > MOST_NAMED:
        add_line(paper, f"　　其余 {len(items) - MOST_NAMED} 条见附表。", SMALL_PT)
    add_line(paper, f"　　附件：隐患清单答复表（{told.number}，{len(items)} 条）")
    add_line(paper, f"　　联系人：{BLANK}　　联系电话：{BLANK}")
    add_line(paper, f"（院印）{BLANK}年{BLANK}月{BLANK}日", align=RIGHT)
    add_line(paper, f"{DATA_DATE.zh}：{as_of.isoformat()}　清单编号：{told.number}", SMALL_PT)
    return to_bytes(paper)


def _body(told: AgencyList, items: Sequence[ListItem], day: date, *, is_second: bool) -> list[str]:
    about = f"（{told.subject}）" if told.subject else ""
    first = FIRST_TEXT.format(count=len(items), about=about, day=_day(day))
    if is_second:
        facts = {"made": _day(told.made_on), "number": told.number, "first": _day(told.reply_by)}
        first = SECOND_TEXT.format(**facts, about=about, count=len(items), day=_day(day))
    return [first, *COMMON]


def _row(one: ListItem) -> tuple[str, ...]:
    names = ("name", "township", "hazards")
    return (str(one.row), one.code, *(one.told.get(name, "") for name in names))


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
