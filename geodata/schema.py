"""What the table of a layer must hold: its columns, their kinds and their bounds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from geodata.model import Title

ColumnKind = Literal["text", "whole", "number", "date", "yes_no", "code", "codes", "identity"]
GeometryKind = Literal["point", "line", "polygon", "any", "none"]
"""`any` is for lists that rules compare; a layer that is drawn has one kind."""


@dataclass(frozen=True)
class Column:
    """One column: its id, its names, and what its values may be.

    `aliases` are further headings under which files bring the same column;
    `codes` lists the allowed values of `code` and of `codes` (joined by ";"). An `identity` is the
    number of a person, of which only a digest is kept (`geodata.identity`).
    """

    id: str
    title: Title
    kind: ColumnKind = "text"
    required: bool = False
    unit: str = ""
    minimum: float | None = None
    maximum: float | None = None
    codes: Mapping[str, Title] = field(default_factory=dict)
    aliases: tuple[str, ...] = ()

    def headings(self) -> tuple[str, ...]:
        """Return every heading that names this column, lower case."""
        names = (self.id, self.title.zh, self.title.en, *self.aliases)
        return tuple(name.casefold() for name in names)


GEOMETRY_STATUS = {
    "surveyed": Title("测绘", "Surveyed"),
    "imagery_digitised": Title("影像勾绘", "Digitised from imagery"),
    "app_converted": Title("导航应用转换", "Converted from a map app"),
    "centroid_of_admin": Title("区划中心点", "Centre of an administrative area"),
    "file": Title("来源文件", "From the source file"),
    "by_hand": Title("人工标注", "Put on the map by hand"),
    "village_named": Title("只知村社", "Only the village is known"),
    "township_named": Title("只知乡镇街道", "Only the township is known"),
    "unknown": Title("位置不明", "Place unknown"),
}

COMMON_COLUMNS: tuple[Column, ...] = (
    Column("id", Title("编号", "Number"), aliases=("station_id", "code", "编码")),
    Column("name", Title("名称", "Name"), aliases=("名字", "title")),
    Column("jurisdiction", Title("检察院", "Office"), "text", aliases=("院", "office", "区县")),
    Column("township", Title("乡镇街道", "Township"), aliases=("街道", "乡镇")),
    Column("hazard_kinds", Title("隐患类型", "Hazard kinds"), "codes", aliases=("隐患",)),
    Column("found_on", Title("发现日期", "Found on"), "date"),
    Column("rectified_on", Title("称已整改日期", "Reported rectified on"), "date"),
    Column("verified_on", Title("现场核实日期", "Verified on site on"), "date"),
    Column("relapsed_on", Title("反弹日期", "Relapsed on"), "date"),
    Column("source", Title("来源", "Source")),
    Column("measure_method", Title("测量方式", "Measuring method")),
    Column("accuracy_m", Title("位置精度", "Accuracy"), "number", unit="m", minimum=0),
    Column("geometry_status", Title("位置来历", "Origin of place"), "code", codes=GEOMETRY_STATUS),
)

OF_LISTS = frozenset(
    "id name jurisdiction township source measure_method accuracy_m geometry_status".split()
)
LIST_COLUMNS: tuple[Column, ...] = tuple(one for one in COMMON_COLUMNS if one.id in OF_LISTS)
"""What the rows of a list that an authority keeps have in common: no hazard, nothing found."""

UNPLACED = frozenset({"village_named", "township_named", "unknown"})
"""Origins of a place that is none: the row is counted, and waits to be put on the map."""

KEPT_COLUMNS: tuple[str, ...] = (
    "system_original",
    "place_original",
    "is_demonstration",
    "valid_from",
    "valid_to",
)
"""Columns that the intake itself writes on every row; no file brings them."""


@dataclass(frozen=True)
class Schema:
    """The columns of one layer or list, common ones first, and the kind of its geometry."""

    geometry: GeometryKind
    own: tuple[Column, ...] = ()
    hazard_kinds: Mapping[str, Title] = field(default_factory=dict)
    common: tuple[Column, ...] = COMMON_COLUMNS

    @property
    def columns(self) -> tuple[Column, ...]:
        """Return every column, the common ones first, hazard kinds bound to this layer's codes."""
        common = (
            Column(c.id, c.title, c.kind, codes=self.hazard_kinds, aliases=c.aliases)
            if c.id == "hazard_kinds"
            else c
            for c in self.common
        )
        return (*common, *self.own)

    @property
    def column_ids(self) -> tuple[str, ...]:
        """Return the ids of the columns and of those the intake adds, geometry last."""
        return (*(column.id for column in self.columns), *KEPT_COLUMNS, "geometry")

    @property
    def is_of_persons(self) -> bool:
        """Return whether rows are about persons, whose numbers are sealed when a file is read."""
        return any(column.kind == "identity" for column in self.own)

    def column(self, column_id: str) -> Column:
        """Return one column; raise KeyError if the schema has none of that id."""
        return {column.id: column for column in self.columns}[column_id]
