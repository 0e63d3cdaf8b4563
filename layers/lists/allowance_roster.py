"""Who is paid an old-age allowance, and until which day: persons, counted only."""

from geodata.model import Title
from geodata.schema import LIST_COLUMNS, Column, Schema
from layers.rule import SourceList

LIST = SourceList(
    id="allowance_roster",
    title=Title("高龄津贴发放名册", "Roster of old-age allowances"),
    keeper=Title("民政部门、乡镇街道", "Civil affairs, townships and streets"),
    is_personal=True,
    schema=Schema(
        geometry="none",
        common=LIST_COLUMNS,
        own=(
            Column(
                "person",
                Title("身份证号", "ID number"),
                "identity",
                required=True,
                aliases=("公民身份号码", "身份证号码", "证件号码"),
            ),
            Column(
                "paid_until",
                Title("最后发放日期", "Last paid on"),
                "date",
                required=True,
                aliases=("发放至", "最后发放月份"),
            ),
        ),
    ),
)
