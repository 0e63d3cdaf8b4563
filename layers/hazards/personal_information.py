"""Personal information made public without need: no place, only a count per township."""

from geodata.model import Title
from geodata.schema import Column, Schema
from layers.law import Law
from layers.layer import Layer, Style

HAZARD_KINDS = {
    "published_unmasked": Title("公示未去标识化", "Published without de-identification"),
    "kept_too_long": Title("超期留存", "Kept too long"),
    "collected_without_need": Title("超范围收集", "Collected beyond need"),
    "leaked": Title("泄露", "Leaked"),
    "other": Title("其他", "Other"),
}

LAYER = Layer(
    id="personal_information",
    title=Title("个人信息", "Personal information"),
    order=22,
    field="personal_information",
    schema=Schema(
        geometry="none",
        hazard_kinds=HAZARD_KINDS,
        own=(Column("count", Title("处数", "Instances"), "whole", required=True, minimum=0),),
    ),
    style=Style(colour="#4a4a52"),
    card=("count",),
    measuring=Title(
        "公开页面核查，只计处数，少于三处不显示",
        "Public pages checked; counts only, none under three shown",
    ),
    legal_basis=(
        Law(
            Title(
                "个人信息保护法 第34、36、70、73条", "Personal Information Law, art. 34, 36, 70, 73"
            ),
            "confirmed",
        ),
    ),
)
