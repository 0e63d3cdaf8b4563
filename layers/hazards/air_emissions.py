"""Outlets that send more into the air than their permit allows, or whose records do not hold."""

from geodata.model import Title
from geodata.schema import Column, Schema
from layers.law import Law
from layers.layer import Layer, Style

HAZARD_KINDS = {
    "over_limit": Title("超标排放", "Emission over the limit"),
    "no_permit": Title("无排污许可", "No discharge permit"),
    "monitor_faulty": Title("监测设备不正常运行", "Monitoring equipment faulty"),
    "record_doubtful": Title("监测数据存疑", "Monitoring record doubtful"),
    "treatment_idle": Title("治理设施停用", "Treatment plant idle"),
    "other": Title("其他", "Other"),
}

POLLUTANT = {
    "so2": Title("二氧化硫", "Sulphur dioxide"),
    "nox": Title("氮氧化物", "Nitrogen oxides"),
    "particles": Title("颗粒物", "Particulates"),
    "voc": Title("挥发性有机物", "Volatile organic compounds"),
}

AVERAGING = {
    "hour": Title("小时均值", "Hourly mean"),
    "day": Title("日均值", "Daily mean"),
}

LAYER = Layer(
    id="air_emissions",
    title=Title("大气排放", "Air emissions"),
    order=16,
    field="ecological_environment_resources",
    schema=Schema(
        geometry="point",
        hazard_kinds=HAZARD_KINDS,
        own=(
            Column("pollutant", Title("污染物", "Pollutant"), "code", codes=POLLUTANT),
            Column("averaging", Title("均值周期", "Averaging"), "code", codes=AVERAGING),
            Column(
                "highest_mg_m3", Title("最高值", "Highest value"), "number", unit="mg/m³", minimum=0
            ),
            Column("limit_mg_m3", Title("许可限值", "Limit"), "number", unit="mg/m³", minimum=0),
            Column("oxygen_corrected", Title("已折算含氧量", "Oxygen-corrected"), "yes_no"),
            Column("hours_over", Title("超标小时数", "Hours over the limit"), "whole", minimum=0),
        ),
    ),
    style=Style(colour="#5c4b00", shape="pentagon"),
    card=(
        "pollutant",
        "averaging",
        "highest_mg_m3",
        "limit_mg_m3",
        "oxygen_corrected",
        "hours_over",
    ),
    measuring=Title("在线监测原始数据", "Raw data of continuous monitoring"),
    legal_basis=(
        Law(
            Title("大气污染防治法 第99条", "Air Pollution Prevention Law, art. 99"),
            "confirmed",
            valid_to="2026-08-15",
        ),
        Law(
            Title(
                "生态环境法典 第1076、1086、1103、1107、1108条（2026年8月15日起）",
                "Ecological and Environmental Code, art. 1076, 1086, 1103, 1107, 1108 "
                "(from 15 August 2026)",
            ),
            "confirmed",
        ),
    ),
)
