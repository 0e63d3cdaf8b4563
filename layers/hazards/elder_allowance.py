"""Old-age allowances paid on after death: no place, only a count per township."""

from geodata.model import Title
from geodata.schema import Column, Schema
from layers.law import Law
from layers.layer import Layer, Style
from layers.rules import allowance_after_death

HAZARD_KINDS = {
    "paid_after_death": Title("去世后继续发放", "Paid after death"),
    "paid_twice": Title("重复发放", "Paid twice"),
    "not_entitled": Title("不符合条件", "Not entitled"),
    "other": Title("其他", "Other"),
}

LAYER = Layer(
    id="elder_allowance",
    title=Title("高龄津贴", "Elder allowance"),
    order=14,
    field="state_property",
    schema=Schema(
        geometry="none",
        hazard_kinds=HAZARD_KINDS,
        own=(Column("count", Title("人数", "Persons"), "whole", required=True, minimum=0),),
    ),
    style=Style(colour="#3a5c5a"),
    card=("count",),
    measuring=Title(
        "名册比对，只计人数，少于三人不显示",
        "Rosters compared; counts only, none under three shown",
    ),
    legal_basis=(
        Law(Title("老年人权益保障法 第33条", "Elderly Persons Law, art. 33"), "confirmed"),
        Law(
            Title("行政诉讼法 第25条第4款", "Administrative Litigation Law, art. 25, paragraph 4"),
            "confirmed",
        ),
    ),
    rules=(allowance_after_death.RULE,),
)
