"""Ramps, tactile paving, lifts and toilets that disabled and elderly people cannot use."""

from geodata.model import Title
from geodata.schema import Column, Schema
from layers.law import Law
from layers.layer import Layer, Style

HAZARD_KINDS = {
    "no_ramp": Title("无坡道", "No ramp"),
    "ramp_too_steep": Title("坡道过陡", "Ramp too steep"),
    "paving_blocked": Title("盲道被占", "Tactile paving blocked"),
    "paving_broken": Title("盲道破损中断", "Tactile paving broken"),
    "lift_out_of_use": Title("无障碍电梯停用", "Lift out of use"),
    "toilet_unusable": Title("无障碍卫生间不可用", "Accessible toilet unusable"),
    "other": Title("其他", "Other"),
}

FACILITY = {
    "ramp": Title("坡道", "Ramp"),
    "tactile_paving": Title("盲道", "Tactile paving"),
    "lift": Title("电梯", "Lift"),
    "toilet": Title("卫生间", "Toilet"),
    "parking": Title("停车位", "Parking space"),
}

LAYER = Layer(
    id="accessibility",
    title=Title("无障碍设施", "Accessibility"),
    order=18,
    field="barrier_free",
    schema=Schema(
        geometry="point",
        hazard_kinds=HAZARD_KINDS,
        own=(
            Column("facility", Title("设施", "Facility"), "code", codes=FACILITY),
            Column("place", Title("场所", "Place")),
            Column(
                "slope_percent", Title("坡度", "Slope"), "number", unit="%", minimum=0, maximum=100
            ),
            Column("keeper", Title("管护单位", "Kept by")),
        ),
    ),
    style=Style(colour="#3f7a52", shape="hexagon"),
    card=("facility", "place", "slope_percent", "keeper"),
    measuring=Title("现场测量坡度和宽度", "Slope and width measured on site"),
    legal_basis=(
        Law(
            Title(
                "无障碍环境建设法 第63、64、65条",
                "Barrier-Free Environment Law, art. 63, 64, 65",
            ),
            "confirmed",
        ),
        Law(Title("GB 55019-2021（尺寸）", "GB 55019-2021 (dimensions)"), "memory"),
    ),
)
