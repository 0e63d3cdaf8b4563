"""Kitchens of elder care against food-business licences: none, run out, or not to be told."""

from geodata.model import Title
from geodata.schema import Column
from layers.law import OURS, Law
from layers.matching import Side
from layers.papers import Papers
from layers.records import PAIR_FACTS
from layers.rule import Ask, Match, Need, Outcome, Parameter, Rule

PAPERS = Papers(
    things="kitchens",
    papers="licences",
    ask="licensed",
    number="licence_no",
    missing="no_food_licence",
    expired="licence_expired",
    to_decide="licence_to_decide",
    grace="grace_days",
)
SAYS = Side(name="name", address="address", operator="operator", locality="township")

RULE = Rule(
    id="kitchens_licensed",
    version="1",
    layer="elder_care_food",
    title=Title("养老食堂食品经营许可比对", "Elder-care kitchens and food licences"),
    point=Title(
        "市场监管部门是否依法许可和监督检查，民政部门是否督促养老机构、长者食堂依法办证",
        "Whether market regulation licensed and inspected, and civil affairs saw to it that care "
        "homes and canteens have a licence",
    ),
    needs=(
        Need("kitchens", "care_kitchens", fresh_months=12),
        Need("licences", "food_licences", fresh_months=12),
    ),
    questions=(Ask("licensed", Match("kitchens", "licences", SAYS, SAYS, is_of_records=True)),),
    judge=PAPERS.judge,
    outcomes=(
        Outcome(
            "no_food_licence",
            Title("无食品经营许可", "No food licence"),
            Title(
                "许可清单中查无该机构（自报许可证号 {stated_licence_no}），请核对",
                "No licence of this kitchen on the list (number it states: {stated_licence_no}); "
                "to be checked",
            ),
            severity="major",
            hazard_kind="no_food_licence",
        ),
        Outcome(
            "licence_expired",
            Title("食品经营许可过期", "Food licence expired"),
            Title(
                "许可 {paper_no} 有效期至 {valid_until}，至清单日已过期，请核对是否已换证",
                "Licence {paper_no} ran until {valid_until}, before the day of the list; check for "
                "a new one",
            ),
            hazard_kind="licence_expired",
        ),
        Outcome(
            "licence_to_decide",
            Title("许可是否属于该机构待判断", "Whose licence, to be decided"),
            Title(
                "有一项许可可能属于该机构，名称、地址不足以认定，请人工判断；判断会被记住",
                "A licence may be of this kitchen; name and address do not settle it. A person "
                "decides, and it is remembered",
            ),
            decides="licensed",
        ),
    ),
    facts=(
        Column("stated_licence_no", Title("自报许可证号", "Licence number stated")),
        Column("paper_no", Title("许可证号", "Licence number")),
        Column("valid_until", Title("有效期至", "Valid until"), "date"),
        *PAIR_FACTS,
    ),
    parameters=(
        Parameter(
            "grace_days",
            Title("许可到期宽限", "Grace after a licence ends"),
            default=0,
            minimum=0,
            maximum=180,
            unit="日",
            source=OURS,
        ),
    ),
    legal_basis=(
        Law(Title("食品安全法 第35、57条", "Food Safety Law, art. 35, 57"), "confirmed"),
        Law(
            Title(
                "食品安全法实施条例 第28条",
                "Implementing Regulations of the Food Safety Law, art. 28",
            ),
            "confirmed",
        ),
    ),
)
