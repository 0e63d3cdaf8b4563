"""Farmland and grassland that somebody has occupied, one parcel for each land class."""

from geodata.model import Title
from geodata.schema import Column, Schema
from layers.land_classes import CLASS_CODE, CLASS_SCHEME
from layers.law import Law
from layers.layer import Layer, Style
from layers.rules import yards_on_farmland

HAZARD_KINDS = {
    "coal_yard": Title("煤场占地", "Coal yard"),
    "hardened_surface": Title("硬化地面", "Paved over"),
    "waste_heap": Title("堆放弃渣、垃圾", "Spoil or waste piled up"),
    "building": Title("建房", "Buildings"),
    "excavation": Title("取土挖损", "Soil dug away"),
    "not_restored": Title("期满未复垦", "Not restored when due"),
    "dust_uncovered": Title("堆场扬尘未覆盖", "Heap not covered against dust"),
    "other": Title("其他", "Other"),
}

LAYER = Layer(
    id="occupied_farmland",
    title=Title("占用耕地草地", "Occupied farmland"),
    order=3,
    field="ecological_environment_resources",
    schema=Schema(
        geometry="polygon",
        hazard_kinds=HAZARD_KINDS,
        own=(
            Column("class_scheme", Title("地类标准", "Class scheme"), "code", codes=CLASS_SCHEME),
            Column(
                "class_code",
                Title("地类", "Land class"),
                "code",
                codes=CLASS_CODE,
                aliases=("dlbm", "地类编码"),
            ),
            Column(
                "is_permanent_basic_farmland",
                Title("永久基本农田", "Permanent basic farmland"),
                "yes_no",
            ),
            Column("area_m2", Title("测算面积", "Area (geodesic)"), "number", unit="m²", minimum=0),
            Column(
                "area_mu_stated",
                Title("材料所载面积", "Area as stated"),
                "number",
                unit="亩",
                minimum=0,
                aliases=("亩数",),
            ),
            Column("measured_on", Title("测量日期", "Measured on"), "date"),
            Column(
                "destruction_confirmed",
                Title("毁坏已鉴定", "Destruction confirmed by appraisal"),
                "yes_no",
            ),
            Column(
                "restored_area_m2",
                Title("已复垦面积", "Restored area"),
                "number",
                unit="m²",
                minimum=0,
            ),
        ),
    ),
    style=Style(colour="#8a6400", pattern="hatch"),
    card=(
        "class_code",
        "is_permanent_basic_farmland",
        "area_m2",
        "area_mu_stated",
        "restored_area_m2",
        "destruction_confirmed",
        "measured_on",
        "class_scheme",
    ),
    measuring=Title(
        "无人机正射影像勾绘，椭球面积；材料所载面积并列",
        "Digitised from drone imagery, geodesic area; the stated area stands beside it",
    ),
    legal_basis=(
        Law(
            Title(
                "土地管理法 第30、33、35、37、44、75、77条",
                "Land Administration Law, art. 30, 33, 35, 37, 44, 75, 77",
            ),
            "confirmed",
        ),
        Law(
            Title("草原法 第38、40、42、65、66条", "Grassland Law, art. 38, 40, 42, 65, 66"),
            "confirmed",
        ),
        Law(
            Title("法释〔2000〕14号 第3条（耕地）", "Judicial interpretation 14 of 2000, art. 3"),
            "confirmed",
        ),
        Law(
            Title("法释〔2012〕15号（草原）", "Judicial interpretation 15 of 2012 (grassland)"),
            "confirmed",
        ),
        Law(
            Title(
                "生态环境法典 第1130、1211、1212条（2026年8月15日起）",
                "Ecological and Environmental Code, art. 1130, 1211, 1212 (from 15 August 2026)",
            ),
            "confirmed",
        ),
        Law(
            Title("GB/T 21010-2017（草地细类待核对）", "GB/T 21010-2017 (grassland classes)"),
            "memory",
        ),
    ),
    rules=(yards_on_farmland.RULE,),
)
