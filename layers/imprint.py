"""What must stand on everything that leaves the house: sources, day, revision, and the mark."""

from dataclasses import dataclass
from datetime import date

from geodata.city import City
from geodata.model import Language, Source, Title

DATUM = Title("CGCS2000（EPSG:4490）", "CGCS2000 (EPSG:4490)")
DEMONSTRATION = Title("演示数据 · 均为虚构", "Demonstration data · all invented")
INTERNAL_USE = Title("内部使用", "Internal use")

SOURCE = Title("资料来源", "Sources")
APPROVAL = Title("审图号", "Map approval no.")
DATA_DATE = Title("数据日期", "Data date")
REVISION = Title("数据版本", "Data revision")
COORDINATES = Title("坐标系", "Coordinates")


@dataclass(frozen=True)
class Imprint:
    """The facts printed on a map, a slide or a file; `as_of` is the day the data is seen from.

    What is made for outside is not marked for internal use.
    """

    sources: tuple[Source, ...]
    as_of: date
    revision: str
    is_demonstration: bool
    is_internal: bool = True

    def facts(self, language: Language) -> tuple[tuple[str, str], ...]:
        """Return data date, revision, coordinate system and sources as pairs of name and value."""
        numbers = [one.map_approval_number for one in self.sources if one.map_approval_number]
        titles = "；" if language == "zh" else "; "
        pairs = (
            (DATA_DATE, self.as_of.isoformat()),
            (REVISION, self.revision),
            (COORDINATES, DATUM.says(language)),
            (SOURCE, titles.join(one.title.says(language) for one in self.sources)),
            (APPROVAL, "、".join(numbers)),
        )
        return tuple((title.says(language), value) for title, value in pairs if value)

    def line(self, language: Language, *, is_short: bool = False) -> str:
        """Return the facts as one line of print, or only day and revision."""
        colon, gap = ("：", "　") if language == "zh" else (": ", "  |  ")
        facts = self.facts(language)[: 2 if is_short else None]
        return gap.join(f"{name}{colon}{value}" for name, value in facts)

    def marks(self, language: Language) -> tuple[str, ...]:
        """Return the marks that stand out: for internal use, and invented where it is."""
        marks = {DEMONSTRATION: self.is_demonstration, INTERNAL_USE: self.is_internal}
        return tuple(mark.says(language) for mark, is_due in marks.items() if is_due)


def imprint_of(
    city: City, as_of: date, revision: str, *, is_demonstration: bool, is_internal: bool = True
) -> Imprint:
    """Return the imprint of what is made from a city's outlines and rivers."""
    sources = (city.outline_source, city.river_source)
    return Imprint(sources, as_of, revision, is_demonstration, is_internal)
