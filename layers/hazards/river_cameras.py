"""Cameras that watch a river: where they stand, whether they see, and what they leave unseen."""

from geodata.model import Title
from geodata.schema import Column, Schema
from layers.law import Law
from layers.layer import Layer, Style
from layers.rules import river_blind_stretches

HAZARD_KINDS = {
    "offline": Title("离线", "Offline"),
    "blind_stretch": Title("有监控盲区", "Stretch left unseen"),
    "view_blocked": Title("视野被遮挡", "View blocked"),
    "not_shared": Title("画面未共享", "Picture not shared across the border"),
    "other": Title("其他", "Other"),
}

LAYER = Layer(
    id="river_cameras",
    title=Title("河道摄像头", "River cameras"),
    order=12,
    field="ecological_environment_resources",
    schema=Schema(
        geometry="point",
        hazard_kinds=HAZARD_KINDS,
        own=(
            Column("river", Title("河流", "River"), aliases=("河名",)),
            Column("chainage_m", Title("桩号", "Chainage"), "number", unit="m", minimum=0),
            Column("keeper", Title("管护单位", "Kept by")),
            Column("installed_on", Title("安装日期", "Installed on"), "date"),
            Column("is_online", Title("在线", "Online"), "yes_no"),
            Column("is_shared", Title("两地共享", "Shared across the border"), "yes_no"),
            Column("unseen_m", Title("盲区长度", "Unseen stretch"), "number", unit="m", minimum=0),
        ),
    ),
    style=Style(colour="#3d4451", shape="cross", size=5.0),
    card=("river", "chainage_m", "keeper", "installed_on", "is_online", "is_shared", "unseen_m"),
    measuring=Title("现场定位", "Positioned on site"),
    legal_basis=(
        Law(Title("黄河保护法 第67条", "Yellow River Protection Law, art. 67"), "confirmed"),
        Law(
            Title("公益诉讼办案规则 第15、17条（跨区域）", "Case-handling Rules, art. 15, 17"),
            "confirmed",
        ),
    ),
    rules=(river_blind_stretches.RULE,),
)
