"""The draft of the notice by which a lead goes to another office (移送案件线索通知书), as DOCX.

Rules for handling cases, art. 26: a lead that is not for this office goes to the office of the
same level that is competent, which must accept it. The draft holds what was found and nothing
else: what nobody has said stays a blank to be filled in by hand. The document is Chinese.
"""

from dataclasses import dataclass

from docx.document import Document as Paper

from geodata.city import open_city
from geodata.model import FOREIGN, is_foreign
from geodata.schema import Column
from layers.catalog import find_table
from layers.letters import (
    BLANK,
    CENTRE,
    RIGHT,
    SIZE_PT,
    SMALL_PT,
    TITLE_PT,
    add_line,
    add_list,
    add_rows,
    new_paper,
    to_bytes,
)
from layers.lists.river_duties import ROLES
from layers.reasons import explain, say_fact
from layers.river_network import Remark
from layers.rule import Fact, Finding, Numbers, Rule
from layers.upstream import Upstream

TITLE = "移送案件线索通知书"
DRAFT = "草稿：由系统按发现的事实生成，未经审核、未编号、未盖章，不具效力。空白处由承办人填写。"
DEMONSTRATION = "本件依据演示数据（虚构）生成。"
BASIS = (
    "依据《人民检察院公益诉讼办案规则》第二十六条，现将线索移送你院。受移送的人民检察院应当受理；"
    "认为不属于本院管辖的，应当报告上级人民检察院，不得退回或者再行移送。"
)
CERTAINTY = {"confirmed": "", "secondary": "（转引，待核）", "memory": "（待核）"}

REMARKS = {
    "loop": "{course} 与已走过的河段成环或汇合",
    "drawn_against": "{course} 的画线方向与水流相反，已按反向追溯，须核对",
    "gap": "{course} 与 {other} 之间缺 {metres} 米，已越过追溯，须核对",
    "branches_off": "{course} 自 {other} 起画，是分流还是反画的支流不明，未追溯",
    "ends_near": "{course} 止于距 {other} {metres} 米处，是否汇入不明，未追溯",
    "flow_unknown": "{course} 未载明流向，按画线方向追溯",
    "bridged": "{course} 有 {metres} 米没有画线",
}


@dataclass(frozen=True)
class Notice:
    """What a draft says, in Chinese; a blank text is a blank on the paper.

    `facts` are name and value, `rows` the list and number of each row that the finding rests on.
    """

    from_office: str
    to_office: str
    subject: str
    reasons: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    place: str
    rows: tuple[tuple[str, str], ...]
    made_by: str
    articles: tuple[str, ...]
    upstream: tuple[str, ...] = ()
    is_demonstration: bool = False


def draft_notice(
    finding: Finding,
    rule: Rule,
    numbers: Numbers,
    *,
    to_office: str = "",
    upstream: Upstream | None = None,
) -> Notice:
    """Return the draft for a finding, from its office to another, with the numbers of its run.

    Without `to_office` (an id of ours or `外地:name`) it goes to the neighbouring office that the
    finding names, if it names exactly one; else that stays a blank.
    """
    named = str(finding.fact("other_office") or "").split(";")
    receiver = to_office or (named[0] if len(named) == 1 else "")
    columns = {column.id: column for column in rule.facts}
    return Notice(
        from_office=office_name(finding.jurisdiction),
        to_office=office_name(receiver),
        subject=finding.name,
        reasons=tuple(one.replace(FOREIGN, "") for one in explain(finding, rule, numbers, "zh")),
        facts=tuple(
            (columns[name].title.zh, _said(value, columns[name]))
            for name, value in finding.facts
            if name in columns and value not in {None, ""}
        ),
        place=_place(finding),
        rows=tuple((find_table(row.table).title.zh, row.id) for row in finding.rows),
        made_by=f"{rule.title.zh}（{finding.rule} 第 {finding.version} 版，发现 {finding.id}）",
        articles=tuple(one.title.zh + CERTAINTY[one.certainty] for one in rule.legal_basis),
        upstream=() if upstream is None else tuple(_upstream(upstream)),
        is_demonstration=finding.is_demonstration,
    )


def office_name(office: str) -> str:
    """Return the Chinese name of an office: of one of ours, of a foreign one, or blank.

    >>> office_name("LZ-YD"), office_name("外地:某县人民检察院"), office_name("")
    ('永登县人民检察院', '某县人民检察院', '')
    """
    if is_foreign(office):
        return office.removeprefix(FOREIGN)
    return {one.id: one.title.zh for one in open_city().jurisdictions}.get(office, office)


def render_docx(notice: Notice) -> bytes:
    """Return the draft as a DOCX file; the same notice gives the same bytes."""
    paper = new_paper(f"{TITLE}（草稿）")
    add_line(paper, DRAFT, SMALL_PT)
    if notice.is_demonstration:
        add_line(paper, DEMONSTRATION, SMALL_PT)
    add_line(paper, notice.from_office or BLANK, SIZE_PT, CENTRE)
    add_line(paper, TITLE, TITLE_PT, CENTRE)
    add_line(paper, f"{BLANK}〔{BLANK}〕{BLANK}号", SIZE_PT, RIGHT)
    add_line(paper, f"{notice.to_office or BLANK}：", SIZE_PT)
    add_line(
        paper,
        f"　　本院发现下列线索，来源：{BLANK}。经审查，认为不属于本院管辖，理由：{BLANK}。{BASIS}",
        SIZE_PT,
    )
    add_line(paper, f"　　一、线索：{notice.subject or BLANK}", SIZE_PT)
    for reason in notice.reasons:
        add_line(paper, f"　　{reason}。", SIZE_PT)
    add_line(paper, f"　　位置：{notice.place or BLANK}", SIZE_PT)
    add_line(paper, "　　以上为数据比对结果，是待核实的线索，不是对违法事实的认定。", SIZE_PT)
    _table(paper, "二、所载和所测的事实", notice.facts)
    _table(paper, "三、依据的名单和编号", notice.rows)
    add_list(paper, "四、上游及责任单位（自近而远）", notice.upstream or (BLANK,))
    add_list(paper, "五、可能涉及的规定", notice.articles)
    add_line(paper, f"　　生成依据：{notice.made_by}", SMALL_PT)
    add_line(paper, f"　　附件：{BLANK}", SIZE_PT)
    add_line(paper, f"　　承办人：{BLANK}　　联系电话：{BLANK}", SIZE_PT)
    add_line(paper, f"（院印）{BLANK}年{BLANK}月{BLANK}日", SIZE_PT, RIGHT)
    return to_bytes(paper)


# ------------------------------------------------------------------------------- words


def _said(value: Fact, column: Column) -> str:
    if column.codes and isinstance(value, str):
        names = [column.codes[one].zh if one in column.codes else one for one in value.split(";")]
        return "、".join(office_name(one) for one in names)
    return f"{say_fact(value)} {column.unit}".strip()


def _place(finding: Finding) -> str:
    if finding.lon is None or finding.lat is None:
        return ""
    return f"东经 {finding.lon:.6f}°，北纬 {finding.lat:.6f}°（CGCS2000）"


def _upstream(told: Upstream) -> list[str]:
    lines = [f"自{told.river}桩号 {told.from_m:,.0f} 米起（距中心线 {told.distance_m:,.0f} 米）"]
    lines += [
        f"上游 {one.distance_up_m:,.0f} 米：{ROLES[one.role].zh if one.role in ROLES else ''}"
        f"{one.body or BLANK}（{one.river} {one.upper_chainage_m:,.0f}—"
        f"{one.lower_chainage_m:,.0f} 米{'' if one.is_sure else '，河线不连续，须核对'}）"
        for one in told.bodies
    ]
    lines += [
        f"上游 {one.distance_up_m:,.0f} 米：{office_name(one.office)}辖区（{one.river}）"
        for one in told.offices
    ]
    lines += [
        f"上游 {one.distance_up_m:,.0f} 米：{one.river or BLANK}汇入{one.into_river}"
        f"（{one.chainage_m:,.0f} 米）"
        for one in told.confluences
    ]
    return lines + [_remark(one) for one in told.remarks]


def _remark(remark: Remark) -> str:
    told = {"course": remark.course, "other": remark.other, "metres": f"{remark.metres:,.0f}"}
    return f"注：{REMARKS[remark.kind].format(**told)}"


def _table(paper: Paper, heading: str, rows: tuple[tuple[str, str], ...]) -> None:
    add_line(paper, f"　　{heading}")
    add_rows(paper, rows or ((BLANK, BLANK),), 2)
