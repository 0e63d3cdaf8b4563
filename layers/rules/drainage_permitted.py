"""Dischargers against drainage permits: restaurants, hospitals, works and building sites.

Housing estates are not asked for a permit of their own; the businesses in them are.
"""

from geodata.model import Title
from geodata.schema import Column
from layers.law import OURS, Law
from layers.matching import Side
from layers.papers import Papers
from layers.records import PAIR_FACTS, Row
from layers.rule import Ask, Match, Need, Outcome, Parameter, Rule

ASKED_KINDS = frozenset({"catering", "medical", "industry", "construction", "market"})
"""Those that the regulations name, and markets, where such businesses are; from memory."""


def is_asked(user: Row) -> bool:
    """Return whether a discharger needs a permit by its kind; one of no stated kind is not asked.

    >>> is_asked({"kind": "catering"}), is_asked({"kind": "residential"})
    (True, False)
    """
    return user["kind"] in ASKED_KINDS


PAPERS = Papers(
    things="users",
    papers="permits",
    ask="permitted",
    number="permit_no",
    missing="no_drainage_permit",
    expired="permit_expired",
    to_decide="permit_to_decide",
    grace="grace_days",
    is_asked=is_asked,
)
SAYS = Side(name="name", address="address", operator="operator", locality="township")

RULE = Rule(
    id="drainage_permitted",
    version="1",
    layer="mixed_drainage",
    title=Title("排水户与排水许可比对", "Dischargers and drainage permits"),
    point=Title(
        "城镇排水主管部门是否依法许可和监督检查；小区内商户污水是否接入雨水管网",
        "Whether the drainage authority licensed and inspected; whether businesses in estates "
        "discharge into rain pipes",
    ),
    needs=(
        Need("users", "drainage_users", fresh_months=24, columns=("kind",)),
        Need("permits", "drainage_permits", fresh_months=12),
    ),
    questions=(Ask("permitted", Match("users", "permits", SAYS, SAYS, is_of_records=True)),),
    judge=PAPERS.judge,
    outcomes=(
        Outcome(
            "no_drainage_permit",
            Title("无排水许可", "No drainage permit"),
            Title(
                "许可清单中查无该排水户（自报许可证号 {stated_permit_no}），请核对排水去向和许可",
                "No permit of this discharger on the list (number it states: {stated_permit_no}); "
                "check where it drains and whether it is permitted",
            ),
            severity="major",
            hazard_kind="no_drainage_licence",
        ),
        Outcome(
            "permit_expired",
            Title("排水许可过期", "Drainage permit expired"),
            Title(
                "许可 {paper_no} 有效期至 {valid_until}，至清单日已过期，请核对是否已换证",
                "Permit {paper_no} ran until {valid_until}, before the day of the list; check for "
                "a new one",
            ),
            hazard_kind="no_drainage_licence",
        ),
        Outcome(
            "permit_to_decide",
            Title("许可是否属于该排水户待判断", "Whose permit, to be decided"),
            Title(
                "有一项许可可能属于该排水户，名称、地址不足以认定，请人工判断；判断会被记住",
                "A permit may be of this discharger; name and address do not settle it. A person "
                "decides, and it is remembered",
            ),
            decides="permitted",
        ),
    ),
    facts=(
        Column("stated_permit_no", Title("自报许可证号", "Permit number stated")),
        Column("paper_no", Title("许可证号", "Permit number")),
        Column("valid_until", Title("有效期至", "Valid until"), "date"),
        *PAIR_FACTS,
    ),
    parameters=(
        Parameter(
            "grace_days",
            Title("许可到期宽限", "Grace after a permit ends"),
            default=0,
            minimum=0,
            maximum=180,
            unit="日",
            source=OURS,
        ),
    ),
    legal_basis=(
        Law(
            Title(
                "城镇排水与污水处理条例 第19、20、49条",
                "Urban Drainage and Sewage Regulations, art. 19, 20, 49",
            ),
            "confirmed",
        ),
        Law(
            Title(
                "城镇排水与污水处理条例 第21条（许可对象，待核对）",
                "Urban Drainage and Sewage Regulations, art. 21 (who needs one; to be checked)",
            ),
            "memory",
        ),
    ),
)
