"""Secondary water supply of housing estates: pump rooms and tanks whose water may not be safe."""

from geodata.model import Title
from geodata.schema import Column, Schema
from layers.law import Law
from layers.layer import Layer, Style
from layers.rules import back_after_closing, water_supply_papers

HAZARD_KINDS = {
    "no_licence": Title("无卫生许可", "No hygiene licence"),
    "licence_expired": Title("卫生许可过期", "Hygiene licence expired"),
    "cleaning_overdue": Title("逾期未清洗消毒", "Cleaning overdue"),
    "cert_missing": Title("从业人员无健康证明", "Staff without health certificate"),
    "test_missing": Title("未做水质检测", "Water test missing"),
    "test_failed": Title("水质检测不合格", "Water test failed"),
    "tank_unsealed": Title("水箱未加盖加锁", "Tank not covered or locked"),
    "disinfection_idle": Title("消毒设备停用", "Disinfection equipment idle"),
    "pollution_near": Title("邻近污染源", "Source of pollution nearby"),
    "other": Title("其他", "Other"),
}

FAILING_INDEXES = {
    "colour": Title("色度", "Colour"),
    "turbidity": Title("浊度", "Turbidity"),
    "odour": Title("嗅味及肉眼可见物", "Odour and visible matter"),
    "ph": Title("pH", "pH"),
    "total_coliforms": Title("大肠菌群", "Coliforms"),
    "bacteria_count": Title("菌落总数", "Bacteria count"),
    "free_chlorine": Title("余氯", "Free chlorine"),
}

LAYER = Layer(
    id="water_supply_points",
    title=Title("二次供水", "Water-supply points"),
    order=4,
    field="ecological_environment_resources",
    schema=Schema(
        geometry="point",
        hazard_kinds=HAZARD_KINDS,
        own=(
            Column("tank_id", Title("水箱编号", "Tank number"), aliases=("泵房编号",)),
            Column("estate", Title("小区", "Housing estate"), aliases=("小区名称",)),
            Column(
                "households",
                Title("供水户数", "Households served"),
                "whole",
                minimum=0,
                maximum=50_000,
                aliases=("户数",),
            ),
            Column("last_cleaning_on", Title("最近清洗消毒", "Last cleaned on"), "date"),
            Column("last_test_on", Title("最近水质检测", "Last tested on"), "date"),
            Column(
                "failing_indexes",
                Title("不合格指标", "Failing indexes"),
                "codes",
                codes=FAILING_INDEXES,
            ),
            Column("failing_values", Title("检测值与限值", "Values and limits")),
            Column("licence_until", Title("卫生许可有效期至", "Hygiene licence until"), "date"),
        ),
    ),
    style=Style(colour="#008f86", shape="circle", size=5.0),
    card=(
        "estate",
        "tank_id",
        "households",
        "last_cleaning_on",
        "last_test_on",
        "failing_indexes",
        "failing_values",
        "licence_until",
    ),
    measuring=Title("现场定位泵房", "Pump room positioned on site"),
    legal_basis=(
        Law(
            Title(
                "传染病防治法（2025年9月1日起施行）第38、93、107条",
                "Infectious Diseases Law (in force since 1 September 2025), art. 38, 93, 107",
            ),
            "confirmed",
        ),
        Law(Title("城市供水条例 第20条", "Urban Water Supply Regulations, art. 20"), "confirmed"),
        Law(
            Title(
                "GB 17051-1997（每年至少清洗消毒一次）",
                "GB 17051-1997 (cleaning at least once a year)",
            ),
            "confirmed",
        ),
        Law(
            Title("GB 5749-2022 生活饮用水卫生标准", "GB 5749-2022, drinking-water quality"),
            "confirmed",
        ),
        Law(
            Title(
                "生活饮用水卫生监督管理办法",
                "Measures for the Hygienic Supervision of Drinking Water",
            ),
            "secondary",
        ),
    ),
    rules=(
        water_supply_papers.RULE,
        back_after_closing.rule_of("water_supply_points", HAZARD_KINDS),
    ),
)
