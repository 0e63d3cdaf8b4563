"""Orchards of a product with a protected geographical indication, and gaps in its protection."""

from geodata.model import Title
from geodata.schema import Column, Schema
from layers.law import Law
from layers.layer import Layer, Style

HAZARD_KINDS = {
    "mark_misused": Title("擅用专用标志", "Official mark used without authorisation"),
    "origin_mislabelled": Title("产地标注不实", "False indication of origin"),
    "no_authorisation": Title("未获用标授权", "Not authorised to use the mark"),
    "no_quality_control": Title("未按标准管控品质", "Quality not controlled to the standard"),
    "no_traceability": Title("无追溯记录", "No traceability record"),
    "other": Title("其他", "Other"),
}

LAYER = Layer(
    id="gi_product",
    title=Title("地理标志产品", "Geographical-indication product"),
    order=13,
    field="agri_product_quality",
    schema=Schema(
        geometry="polygon",
        hazard_kinds=HAZARD_KINDS,
        own=(
            Column("product", Title("产品", "Product")),
            Column("growers", Title("种植户数", "Growers"), "whole", minimum=0),
            Column("is_authorised", Title("已获用标授权", "Authorised to use the mark"), "yes_no"),
            Column("area_m2", Title("测算面积", "Area (geodesic)"), "number", unit="m²", minimum=0),
            Column("last_sampled_on", Title("最近抽检", "Last sampled on"), "date"),
        ),
    ),
    style=Style(colour="#a8568c", pattern="dots"),
    card=("product", "growers", "is_authorised", "area_m2", "last_sampled_on"),
    measuring=Title("影像勾绘果园边界", "Orchard digitised from imagery"),
    legal_basis=(
        Law(
            Title("农产品质量安全法 第79条", "Agricultural Product Quality Law, art. 79"),
            "confirmed",
        ),
        Law(
            Title("地理标志产品保护办法", "Measures on the Protection of GI Products"),
            "memory",
        ),
    ),
)
