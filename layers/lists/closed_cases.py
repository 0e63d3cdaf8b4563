"""Hazards of cases that were closed, with the day of closing: made of the cases, never imported."""

from geodata.closed_cases import SCHEMA, TABLE
from geodata.model import Title
from layers.rule import SourceList

LIST = SourceList(
    id=TABLE,
    title=Title("已办结案件的隐患", "Hazards of closed cases"),
    keeper=Title("本院（由案件自动生成）", "The office (made of its cases)"),
    schema=SCHEMA,
    is_imported=False,
)
