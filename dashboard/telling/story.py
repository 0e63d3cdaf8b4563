"""The telling of cases: a story and its scenes in words, before any page or file format.

`dashboard.telling` drafts them from the record; what people change is kept apart
(`layers.stories`) and laid over the draft (`dashboard.telling.storyline`).
"""

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from geodata import Language, Scope
from layers.drawing.symbols import ColourBy
from layers.drawing.webmap import Position

ChartKind = Literal["bar", "line"]
StoryKind = Literal["cases", "meeting"]

PARTS = (
    "header",
    "harm",
    "lead",
    "investigation",
    "law",
    "cooperation",
    "recommendation",
    "pair",
    "elements",
    "governance",
)
"""The parts in which a case is told, in their order (map, facts and days are part of them)."""


@dataclass(frozen=True)
class Fact:
    """One fact of a case, named; `is_missing` where the record holds nothing."""

    name: str
    value: str
    is_missing: bool = False


@dataclass(frozen=True)
class Step:
    """One dated step of a case: what happened, by which document and article, and a note."""

    on: date
    text: str
    document: str = ""
    note: str = ""
    is_stage: bool = False


@dataclass(frozen=True)
class Scene:
    """One page of a story; `notes` is what the speaker is reminded of, `case_id` whose it is.

    `id` stays the same however often a story is drafted anew; `part` is which part of a case
    it tells (PARTS), nothing for one that belongs to no case. `minutes` is the time planned
    for it, `missing` says in words what is gone or not recorded. `edited` names what somebody
    wrote otherwise than it was drafted, `is_stale` says that it would now be drafted otherwise
    than when they did; `is_own` is a scene that was not drafted at all.
    """

    heading: str
    notes: str = ""
    case_id: str = ""
    id: str = field(default="", kw_only=True)
    part: str = field(default="", kw_only=True)
    minutes: float = field(default=0.0, kw_only=True)
    missing: tuple[str, ...] = field(default=(), kw_only=True)
    edited: tuple[str, ...] = field(default=(), kw_only=True)
    is_stale: bool = field(default=False, kw_only=True)
    is_own: bool = field(default=False, kw_only=True)


@dataclass(frozen=True)
class TitleScene(Scene):
    """The page a story opens with, and each office of a meeting (`part` is then office)."""

    subheading: str = ""


@dataclass(frozen=True)
class AgendaRow:
    """One line of an agenda: when it begins, in minutes from the start, and for how long.

    A row without a `case_id` is a part of the meeting: the start, the remarks, the closing.
    """

    office: str
    text: str
    speaker: str = ""
    begins: float = 0.0
    minutes: float = 0.0
    case_id: str = ""


@dataclass(frozen=True)
class AgendaScene(Scene):
    """What is told when and by whom: the agenda of a meeting."""

    rows: tuple[AgendaRow, ...] = ()


@dataclass(frozen=True)
class MapScene(Scene):
    """A map framed on hazards (`layer:id`), or on the district of an office that has none.

    `layers` are those that are shown, empty for those of the hazards; `as_of` the day whose
    statuses the map has, None for that of the story; `position` where the map stands, None
    for around all that it shows. With a `scope` the map shows what lies in it, not `refs`.
    """

    caption: str = ""
    refs: tuple[str, ...] = ()
    jurisdiction: str = ""
    layers: tuple[str, ...] = ()
    as_of: date | None = None
    position: Position | None = None
    scope: Scope | None = None
    colour_by: ColourBy | None = None


@dataclass(frozen=True)
class TextScene(Scene):
    """Somebody's own text, paragraph by paragraph."""

    paragraphs: tuple[str, ...] = ()


@dataclass(frozen=True)
class TableScene(Scene):
    """A table: the names of its columns, and rows of as many texts each.

    `shares` are the widths of the columns as shares of the whole, empty for equal ones;
    `faint` are the numbers of the rows (from 0) that only say that nothing is recorded.
    """

    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    shares: tuple[float, ...] = ()
    faint: tuple[int, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class Series:
    """The values of one series of a chart, one for each category; None is no value."""

    name: str
    values: tuple[float | None, ...]


@dataclass(frozen=True)
class ChartScene(Scene):
    """Bars or lines over categories; `unit` is that of every value, `note` says the source."""

    kind: ChartKind = "bar"
    categories: tuple[str, ...] = ()
    series: tuple[Series, ...] = ()
    unit: str = ""
    note: str = ""


@dataclass(frozen=True)
class Picture:
    """One picture of a pair: a piece of evidence, or the map of hazards as of a day.

    A piece of evidence is told by its `item` (number in the evidence store) and `sha256`;
    `copy_sha256` is that of the copy made for showing outside, empty where there is none.
    A map is told by its `map`, whose `as_of` is the day. With neither, it is missing.
    """

    caption: str
    on: date | None = None
    item: int = 0
    sha256: str = ""
    copy_sha256: str = ""
    map: MapScene | None = None


@dataclass(frozen=True)
class PairScene(Scene):
    """Two pictures of one place, before and after; a picture that is not recorded is None."""

    before: Picture | None = None
    after: Picture | None = None
    caption: str = ""


@dataclass(frozen=True)
class FactsScene(Scene):
    """What is known of a case, fact by fact."""

    facts: tuple[Fact, ...] = ()


@dataclass(frozen=True)
class TimelineScene(Scene):
    """What happened in a case, day by day."""

    steps: tuple[Step, ...] = ()
    basis_note: str = ""


@dataclass(frozen=True)
class ClosingScene(Scene):
    """What the story comes to."""

    facts: tuple[Fact, ...] = ()


@dataclass(frozen=True)
class Story:
    """Scenes in the order of the telling, and the day and revision they were drafted from.

    `id` is that of the kept story, empty for one that nobody kept; `warnings` say that it was
    kept under an older rule set or revision, or that something it names is gone.
    """

    title: str
    scenes: tuple[Scene, ...]
    language: Language
    as_of: date
    revision: str
    is_demonstration: bool = field(default=False)
    id: str = ""
    kind: StoryKind = "cases"
    slot_minutes: float = 8.0
    warnings: tuple[str, ...] = ()

    @property
    def minutes(self) -> float:
        """Return the time planned for all scenes."""
        return sum(scene.minutes for scene in self.scenes)
