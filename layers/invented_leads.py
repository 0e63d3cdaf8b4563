"""A few invented leads of the demonstration, so that the inbox shows what it is for; marked so.

They lie where invented hazards lie or in the middle of nothing, come from a volunteer who is not
there and from a hotline, and stand in several ways.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageDraw

from geodata.evidence_store import EvidenceFacts, EvidenceStore
from geodata.journal import Draft, Journal
from geodata.lifecycle import OFFICE_TIME
from geodata.sample import SAMPLE_ON
from layers.invented_evidence import NOTE, draw_mark
from layers.leads import (
    PUBLIC_ORIGIN,
    SUBJECT,
    VOLUNTEER,
    Act,
    Decision,
    Lead,
    Report,
    Voice,
    draft_of_decision,
    draft_of_lead,
    draft_of_voice,
)

VOLUNTEERS = (("demo.volunteer", "演示志愿者甲"), ("demo.volunteer.2", "演示志愿者乙"))
CLERK, JUDGE = "演示书记员", "演示检察官"
HOTLINE = "hotline_12345"
SIZE = (640, 480)
MARK = "（演示，虚构）"


@dataclass(frozen=True)
class Invented:
    """One lead to invent: how many days before the day of the data, where, what, what became of it.

    `joined` is what a second volunteer said of it.
    """

    days_ago: int
    office: str
    kind: str
    text: str
    lon: float | None
    lat: float | None
    place: str = ""
    source: str = VOLUNTEER
    ticket: str = ""
    has_photo: bool = False
    joined: str = ""
    act: Act | None = None
    reason: str = ""
    why: str = ""
    told: str = ""


LEADS = (
    Invented(
        2, "LZ-XG", "charging", "小区门口的充电桩线缆裸露，旁边没有灭火器，电动车排得很满。",
        103.6215, 36.0932, "西固城街道某小区南门", has_photo=True,
        joined="我也看到了，晚上充电时线缆发热，有焦味。",
    ),
    Invented(
        5, "LZ-QLH", "drinking_water", "楼顶水箱盖子没有盖严，放出来的水发黄，有异味。",
        103.7862, 36.0671, "西站街道某小区3号楼", source=HOTLINE, ticket="演示-12345-0001",
    ),
    Invented(
        9, "LZ-YD", "river", "河滩上新倒了几车建筑垃圾，靠近水边，下雨会冲进河里。",
        103.2588, 36.7353, "庄浪河边，公路桥下游", has_photo=True, act="evaluate",
        told="已收到，正在核实现场情况，谢谢。",
    ),
    Invented(
        12, "LZ-CG", "barrier_free", "公交站旁的盲道被共享单车和报刊亭占了一大半。",
        103.8357, 36.0588, "某公交站西侧",
    ),
    Invented(
        16, "LZ-AN", "waste", "楼下邻居把旧家具堆在楼道里，请帮忙清走。",
        103.7196, 36.1037, "某小区", act="not_take", reason="private_dispute",
        why="楼道堆物属于邻里和物业管理事项，不涉及不特定多数人的公共利益。",
        told="这件事可以请物业或社区处理，涉及消防通道的可向消防救援机构反映。",
    ),
    Invented(
        20, "LZ-YZ", "farmland", "来电反映村北头的地里堆了煤，占了不少耕地，具体位置说不清。",
        None, None, "榆中县某村北", source=HOTLINE, ticket="演示-12345-0002",
    ),
)  # fmt: skip


def write_invented_leads(
    journal: Journal, evidence: EvidenceStore, font: Path | None = None
) -> int:
    """Enter the invented leads in one go; return how many. Raise StaleEntry where one is there."""
    font = font if font is not None and font.is_file() else None
    drafts: list[Draft] = []
    seen: dict[str, int] = {}
    for one in sorted(LEADS, key=lambda lead: -lead.days_ago):
        on = SAMPLE_ON - timedelta(days=one.days_ago)
        at = datetime.combine(on, time(9, 12), OFFICE_TIME).astimezone(UTC)
        photos = (_keep_photo(evidence, one, at, font),) if one.has_photo else ()
        lead = _lead_of(one, f"{on.isoformat()}-01", at, photos)
        drafts += [draft_of_lead(lead), *_more(one, lead, on)]
        seen[f"{SUBJECT}:{lead.id}"] = 0
    journal.append(drafts, seen)
    return len(LEADS)


def _lead_of(one: Invented, lead_id: str, at: datetime, photos: tuple[int, ...]) -> Lead:
    account, name = VOLUNTEERS[0] if one.source == VOLUNTEER else ("", CLERK)
    return Lead(
        id=lead_id,
        source=one.source,
        office=one.office,
        report=Report(
            kind=one.kind,
            text=f"{one.text}{MARK}",
            seen_on=at.astimezone(OFFICE_TIME).date() - timedelta(days=1),
            lon=one.lon,
            lat=one.lat,
            said=f"{one.lon}, {one.lat}" if one.lon else "",
            system="EPSG:4490" if one.lon else "",
            place=one.place,
            photos=photos,
            contact="" if one.source == VOLUNTEER else f"演示来电人 000-0000000{MARK}",
        ),
        account=account,
        who=name,
        at=at,
        ticket=one.ticket,
        is_counted=one.source == VOLUNTEER,
        is_demonstration=True,
    )


def _more(one: Invented, lead: Lead, on: date) -> list[Draft]:
    """Return what was entered after an invented lead: a further voice, a decision."""
    drafts = []
    if one.joined:
        at = lead.at + timedelta(hours=20)
        report = Report(one.kind, f"{one.joined}{MARK}", on, lead.report.lon, lead.report.lat)
        account, name = VOLUNTEERS[1]
        drafts.append(draft_of_voice(lead, Voice(account, name, at, report)))
    if one.act is not None:
        at = lead.at + timedelta(days=1)
        decision = Decision(one.act, one.why, one.reason, one.told, who=JUDGE, at=at)
        drafts.append(draft_of_decision(lead, decision))
    return drafts


def _keep_photo(store: EvidenceStore, one: Invented, at: datetime, font: Path | None) -> int:
    """Keep a drawn picture as the photograph of an invented lead; return its number."""
    picture = Image.new("RGB", SIZE, "#d9e2d0")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 330, *SIZE), fill="#9a9387")
    if one.kind == "charging":
        for left in (120, 300, 480):
            draw.rectangle((left, 170, left + 60, 340), fill="#e9edf0", outline="#46586a", width=3)
            draw.line((left + 30, 260, left + 90, 380), fill="#111111", width=7)
    else:
        draw.rectangle((0, 380, *SIZE), fill="#7fa6c4")
        for left in (80, 240, 400):
            draw.polygon([(left, 380), (left + 90, 250), (left + 190, 380)], fill="#7a6a58")
    draw_mark(draw, f"{at.astimezone(OFFICE_TIME):%Y-%m-%d}", font)
    made = BytesIO()
    picture.save(made, "JPEG", quality=80)
    facts = EvidenceFacts(
        original_filename="演示-线索照片-虚构.jpg",
        received_by=VOLUNTEERS[0][1],
        received_at=at,
        collectors=(VOLUNTEERS[0][1],),
        few_collectors=NOTE,
        access_class="P0",
        origin=PUBLIC_ORIGIN,
        note=NOTE,
    )
    sha256 = store.put(made.getvalue(), facts)
    return store.items(sha256=sha256)[-1].number
