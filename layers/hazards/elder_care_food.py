"""Kitchens of elder-care homes and canteens for the elderly, and how safe their food is."""

from geodata.model import Title
from geodata.schema import Column, Schema
from layers.law import Law
from layers.layer import Layer, Style
from layers.rules import back_after_closing, kitchens_licensed

HAZARD_KINDS = {
    "no_food_licence": Title("无食品经营许可", "No food licence"),
    "licence_expired": Title("食品经营许可过期", "Food licence expired"),
    "no_health_certificate": Title("从业人员无健康证明", "Staff without health certificate"),
    "no_retained_samples": Title("未留样", "No food samples retained"),
    "no_purchase_ledger": Title("无进货台账", "No purchase ledger"),
    "expired_food": Title("食品过期", "Expired food"),
    "no_disinfection_record": Title("无消毒记录", "No disinfection record"),
    "kitchen_unhygienic": Title("后厨不卫生", "Kitchen not clean"),
    "fire_safety": Title("消防隐患", "Fire hazard"),
    "other": Title("其他", "Other"),
}

KIND = {
    "care_home": Title("养老机构", "Care home"),
    "canteen": Title("幸福互助长者食堂", "Canteen for the elderly"),
}

LAYER = Layer(
    id="elder_care_food",
    title=Title("养老食堂", "Elder-care food"),
    order=15,
    field="food_drug_safety",
    schema=Schema(
        geometry="point",
        hazard_kinds=HAZARD_KINDS,
        own=(
            Column("kind", Title("类别", "Kind"), "code", codes=KIND),
            Column("meals_a_day", Title("日供餐人次", "Meals a day"), "whole", minimum=0),
            Column("licence_until", Title("许可有效期至", "Licence until"), "date"),
            Column("last_inspection_on", Title("最近检查", "Last inspection"), "date"),
        ),
    ),
    style=Style(colour="#6a2c91", shape="star", size=7.0),
    card=("kind", "meals_a_day", "licence_until", "last_inspection_on"),
    measuring=Title("现场定位", "Positioned on site"),
    legal_basis=(
        Law(
            Title("食品安全法 第35、45、57、126条", "Food Safety Law, art. 35, 45, 57, 126"),
            "confirmed",
        ),
        Law(
            Title(
                "食品安全法实施条例 第28条",
                "Implementing Regulations of the Food Safety Law, art. 28",
            ),
            "confirmed",
        ),
    ),
    rules=(kitchens_licensed.RULE, back_after_closing.rule_of("elder_care_food", HAZARD_KINDS)),
)
