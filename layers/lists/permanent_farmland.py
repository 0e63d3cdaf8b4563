"""Permanent basic farmland as its own outlines, where the parcels do not say which it is."""

from geodata.model import Title
from geodata.schema import LIST_COLUMNS, Column, Schema
from layers.rule import SourceList

LIST = SourceList(
    id="permanent_farmland",
    title=Title("永久基本农田图斑", "Outlines of permanent basic farmland"),
    keeper=Title("自然资源部门", "Natural resources"),
    schema=Schema(
        geometry="polygon",
        common=LIST_COLUMNS,
        own=(Column("designated_on", Title("划定日期", "Designated on"), "date"),),
    ),
)
