"""Ground on which solid waste has been dumped or kept against the rules."""

from geodata.model import Title
from geodata.schema import Column, Schema
from layers.law import Law
from layers.layer import Layer, Style
from layers.rules import yards_on_farmland

HAZARD_KINDS = {
    "illegal_dump": Title("非法倾倒", "Illegal dumping"),
    "construction_waste": Title("建筑垃圾堆放", "Construction waste piled up"),
    "household_waste": Title("生活垃圾堆放", "Household waste piled up"),
    "industrial_waste": Title("工业固废堆放", "Industrial waste piled up"),
    "no_cover": Title("未防扬散防渗漏", "Not sealed or covered"),
    "soil_polluted": Title("土壤受污染", "Soil polluted"),
    "other": Title("其他", "Other"),
}

WASTE = {
    "construction": Title("建筑垃圾", "Construction waste"),
    "household": Title("生活垃圾", "Household waste"),
    "industrial": Title("一般工业固废", "Industrial waste"),
    "hazardous": Title("危险废物", "Hazardous waste"),
    "mixed": Title("混合", "Mixed"),
}

LAYER = Layer(
    id="solid_waste",
    title=Title("固体废物", "Solid waste"),
    order=20,
    field="ecological_environment_resources",
    schema=Schema(
        geometry="polygon",
        hazard_kinds=HAZARD_KINDS,
        own=(
            Column("waste", Title("废物类别", "Waste"), "code", codes=WASTE),
            Column("area_m2", Title("测算面积", "Area (geodesic)"), "number", unit="m²", minimum=0),
            Column("volume_m3", Title("堆存量", "Volume"), "number", unit="m³", minimum=0),
            Column("cleared_t", Title("已清理", "Cleared"), "number", unit="t", minimum=0),
        ),
    ),
    style=Style(colour="#4d5560", pattern="cross_hatch"),
    card=("waste", "area_m2", "volume_m3", "cleared_t"),
    measuring=Title("无人机航测面积和堆高", "Area and height from a drone survey"),
    legal_basis=(
        Law(
            Title("固体废物污染环境防治法", "Solid Waste Pollution Law"),
            "confirmed",
            valid_to="2026-08-15",
        ),
        Law(
            Title("土壤污染防治法", "Soil Pollution Prevention Law"),
            "confirmed",
            valid_to="2026-08-15",
        ),
        Law(
            Title(
                "生态环境法典 第1076条（2026年8月15日起）",
                "Ecological and Environmental Code, art. 1076 (from 15 August 2026)",
            ),
            "confirmed",
        ),
    ),
    rules=(yards_on_farmland.WASTE,),
)
