"""The pack of a case for a competition: facts, evidence, timeline, four elements, blank sheets.

Blind, everything that tells whose case it is has become an alias, the cases stand in an order that
only the seed tells, and there are no maps.
"""

import hmac
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

import geopandas as gpd

from dashboard.naming import Naming
from dashboard.panels.cases.readiness import SIGNS
from dashboard.panels.cases.timeline import words_of
from dashboard.panels.figures.words import NOTHING
from dashboard.reports.blocks import (
    Block,
    Gap,
    Heading,
    Margins,
    Paper,
    Para,
    Picture,
    Table,
    Turn,
)
from dashboard.reports.docx import EARLIEST, render_docx
from dashboard.words.law import say_basis
from geodata import Case, City, Language, stage_of
from geodata.case_file import elements_of, evidence_of, items_of, outcomes_of
from geodata.gazetteer import Named
from geodata.lifecycle import known_on
from layers.disclosure import (
    Aliases,
    Entity,
    entities_of_cases,
    entities_of_city,
    entities_of_features,
    make_aliases,
)
from layers.imprint import Imprint

FACT_WIDTHS = (3.4, 12.2)
EVIDENCE_WIDTHS = (1.2, 4.3, 1.7, 2.6, 1.6, 2.2, 2.0)
TIME_WIDTHS = (2.6, 4.5, 3.7, 4.8)
ITEM_WIDTHS = (1.0, 5.2, 3.4, 2.6, 3.4)
ELEMENT_WIDTHS = (2.6, 4.4, 2.0, 3.4, 3.2)
SHEET_WIDTHS = (3.0, 3.0, 2.6, 7.0)
CRITERIA_WIDTHS = (3.2, 12.4)
CRITERIA = ("lawful", "orderly", "precise", "effective", "drafting", "defence")
"""What a case and its telling are commented on, without points (domain notes: no public sheet)."""

REVIEW_ROWS = ("merits", "problems", "correction", "due", "who")
MAP_CM = 15.0
MARGINS = Margins(2.5, 2.2, 2.8, 2.6)
QUOTED = re.compile(r"[“「]([^”」]{2,20})[”」]")
"""What stands in quotes may be the name of a product or a campaign, which no column declares."""


@dataclass(frozen=True)
class Wish:
    """How a pack is wished: blind or not, with which seed, with the record's assessment or blank.

    `extra` are further words that must not be read in a blind pack.
    """

    is_blind: bool = True
    seed: str = ""
    with_assessment: bool = False
    extra: tuple[str, ...] = ()


@dataclass(frozen=True)
class Packed:
    """The packs of some cases: a paper each in the order of their numbers, and who became what.

    `suspects` are texts that look like names and that nobody declared: for a person to look at.
    """

    papers: tuple[Paper, ...]
    case_ids: tuple[str, ...]
    aliases: Aliases
    suspects: tuple[str, ...] = ()


def blind_order(case_ids: Iterable[str], seed: str) -> tuple[str, ...]:
    """Return ids in an order that only the seed tells.

    >>> blind_order(["a", "b", "c"], "x") == blind_order(["c", "a", "b"], "x")
    True
    """
    return tuple(
        sorted(case_ids, key=lambda one: hmac.digest(seed.encode(), one.encode(), "sha256"))
    )


def draft_packs(
    cases: Sequence[Case],
    names: Naming,
    imprint: Imprint,
    wish: Wish,
    *,
    features: gpd.GeoDataFrame,
    places: Iterable[Named] = (),
    maps: Mapping[str, bytes] | None = None,
    known_at: datetime | None = None,
) -> Packed:
    """Return a pack for each case: blind ones in the order of the seed, others in that given.

    `features` are the hazards of the cases and `places` the townships and villages of the city,
    both for the names that a blind pack hides; `maps` are pictures by the ids of cases, and blind
    packs have none, whatever is given.
    """
    ids = [one.id for one in cases]
    order = blind_order(ids, wish.seed) if wish.is_blind else tuple(ids)
    by_id = {one.id: one for one in cases}
    papers = []
    for number, case_id in enumerate(order, start=1):
        case = by_id[case_id]
        png = None if wish.is_blind or maps is None else maps.get(case_id)
        writing = _Pack(case, names.under(case.rule_set), imprint.as_of, wish, known_at, png)
        papers.append(_paper(number, writing, names, imprint))
    plain = Packed(tuple(papers), order, Aliases())
    if not wish.is_blind:
        return plain
    aliases = _aliases(plain, cases, features, city=names.city, places=places, wish=wish)
    return _blind(plain, aliases, names.language)


def _aliases(
    plain: Packed,
    cases: Sequence[Case],
    features: gpd.GeoDataFrame,
    *,
    city: City,
    places: Iterable[Named],
    wish: Wish,
) -> Aliases:
    """Return what offices, districts, agencies, people, places and numbers become."""
    told = "\n".join(text for paper in plain.papers for text in paper.texts())
    met = [one for one in places if one.name in told]
    declared = [
        *entities_of_city(city, met),
        *entities_of_cases(cases, city),
        *entities_of_features([features], city),
        *(Entity("other", one) for one in wish.extra),
    ]
    return make_aliases(declared, is_blind=True, seed=wish.seed)


def _blind(plain: Packed, aliases: Aliases, language: Language) -> Packed:
    papers = tuple(_hidden(one, aliases, language) for one in plain.papers)
    suspects: dict[str, None] = {}
    for text in (text for paper in papers for text in paper.texts()):
        suspects |= dict.fromkeys(one.text for one in aliases.suspects(text))
        suspects |= dict.fromkeys(QUOTED.findall(text))
    return Packed(papers, plain.case_ids, aliases, tuple(suspects))


def render_one(packed: Packed, title: str) -> bytes:
    """Return all packs as one DOCX, each beginning on a new page."""
    first, *others = packed.papers
    blocks: list[Block] = [Heading(first.title), *first.blocks]
    for paper in others:
        blocks += [Turn(), Heading(paper.title), *paper.blocks]
    return render_docx(replace(first, title=title, subtitle=first.subtitle, blocks=tuple(blocks)))


def render_zip(packed: Packed, file_name: str) -> bytes:
    """Return a ZIP with a DOCX for each pack; `file_name` takes the number of the case."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as file:
        for number, paper in enumerate(packed.papers, start=1):
            part = zipfile.ZipInfo(file_name.format(number=f"{number:02d}"), EARLIEST)
            part.compress_type = zipfile.ZIP_DEFLATED
            file.writestr(part, render_docx(paper))
    return whole.getvalue()


def key_table(packed: Packed, headings: Sequence[str], names: Naming) -> bytes:
    """Return who became what as CSV, the numbers of the cases first; it stays inside."""
    table = packed.aliases.render_table(headings).decode("utf-8-sig")
    lines = table.splitlines(keepends=True)
    numbers = [
        f"{names.word('documents.pack.key_case')},{case_id},"
        f"{names.word('documents.pack.number', number=f'{n:02d}')},{n:02d}\r\n"
        for n, case_id in enumerate(packed.case_ids, start=1)
    ]
    return "".join([*lines[:1], *numbers, *lines[1:]]).encode("utf-8-sig")


def _hidden(paper: Paper, aliases: Aliases, language: Language) -> Paper:
    """Return a paper in which nothing tells whose case it is; its imprint names no place."""
    blocks = aliases.hide_in(paper.blocks, language)
    return replace(
        paper,
        blocks=blocks,
        title=aliases.hide(paper.title, language),
        subtitle=aliases.hide(paper.subtitle, language),
        imprint=replace(paper.imprint, sources=(), is_internal=False),
    )


def _paper(number: int, pack: "_Pack", names: Naming, imprint: Imprint) -> Paper:
    title = names.word("documents.pack.number", number=f"{number:02d}")
    if not pack.wish.is_blind:
        title = f"{title}　{names.title(pack.case.title)}"
    return Paper(
        title=title,
        blocks=tuple(pack.blocks()),
        imprint=imprint,
        language=names.language,
        letter_pt=12.0,
        line_pt=20.0,
        title_pt=18.0,
        margins=MARGINS,
        indents=False,
    )


@dataclass(frozen=True, eq=False)
class _Pack:
    """The pack of one case on its way into blocks."""

    case: Case
    names: Naming
    as_of: date
    wish: Wish
    known_at: datetime | None
    map_png: bytes | None

    def blocks(self) -> Iterator[Block]:
        """Yield the pack: facts, harm, evidence, days, items, elements, sheets."""
        yield Para(self._word("about_blind" if self.wish.is_blind else "about"), "mark")
        yield Heading(self._word("part.facts"), 2)
        yield self._facts()
        if self.map_png:
            described = self._word("map", case=self.names.title(self.case.title))
            yield Picture(self.map_png, MAP_CM, described)
        yield Heading(self._word("part.evidence"), 2)
        yield from self._evidence()
        yield Heading(self._word("part.timeline"), 2)
        yield self._timeline()
        if items_of(self.case, self.as_of, self.known_at):
            yield Heading(self._word("part.items"), 2)
            yield self._items()
        yield Turn()
        yield Heading(self._word("part.elements"), 2)
        yield self._elements()
        yield Para(self._word("elements_about"), "small")
        yield Turn()
        yield Heading(self._word("part.sheet"), 2)
        yield from self._sheet()

    def _facts(self) -> Table:
        case, names = self.case, self.names
        stage = stage_of(case, names.rules, self.as_of, self.known_at)
        summary = names.title(case.summary)
        facts = (
            ("title", names.title(case.title)),
            ("office", names.office_title(case.jurisdiction)),
            ("kind", names.code("case_kinds", case.kind)),
            ("field", names.code("fields", case.field)),
            ("agency", case.agency),
            ("lead", names.code("lead_sources", case.lead_source)),
            ("stage", names.title(stage.title) if stage else ""),
            ("summary", summary),
            ("outcome", self._outcomes()),
        )
        nothing = names.word("documents.gap_mark")
        rows = tuple((self._word(f"fact.{name}"), value or nothing) for name, value in facts)
        return Table("", ("", ""), rows, FACT_WIDTHS)

    def _outcomes(self) -> str:
        names = self.names
        return "\n".join(
            f"{names.code('outcome_kinds', one.kind)} {one.amount:,.2f}".rstrip("0").rstrip(".")
            + f" · {names.code('outcome_states', one.state)}"
            for one in outcomes_of(self.case, self.as_of, self.known_at)
        )

    def _evidence(self) -> Iterator[Block]:
        names = self.names
        found = evidence_of(self.case, self.as_of, self.known_at)
        if not found:
            yield Gap(self._word("no_evidence"), names.word("documents.gap_mark"))
            return
        columns = ("number", "title", "kind", "on", "people", "proves", "verified")
        rows = tuple(
            (
                str(one.number),
                " · ".join(filter(None, (one.title or NOTHING, one.place))),
                names.code("evidence_kinds", one.kind),
                one.on.isoformat(),
                self._word("few" if one.lacks_collectors else "two", count=len(one.collectors)),
                names.code("elements", one.element),
                self._word("yes" if one.is_verified else "no")
                + (self._word("hashed") if one.sha256 else ""),
            )
            for one in found
        )
        head = tuple(self._word(f"column.{one}") for one in columns)
        yield Table("", head, rows, EVIDENCE_WIDTHS, 9.5)

    def _timeline(self) -> Table:
        names = self.names
        rows = tuple(
            (
                event.occurred_on.isoformat(),
                names.title(names.rules.event_title(event.kind)),
                event.document or NOTHING,
                words_of(event) or NOTHING,
            )
            for event in known_on(self.case, self.as_of, self.known_at).events
            if names.rules.kind(event.kind).category != "file"
        )
        head = tuple(self._word(f"column.{one}") for one in ("on", "step", "document", "note"))
        return Table("", head, rows, TIME_WIDTHS, 9.5)

    def _items(self) -> Table:
        names = self.names
        rows = tuple(
            (
                one.number,
                one.text or NOTHING,
                _said(
                    names.code("item_answers", one.answer) if one.answer else "", one.answer_text
                ),
                one.claimed_text or (one.claimed_on.isoformat() if one.claimed_on else NOTHING),
                _said(
                    names.code("item_results", one.result) if one.result else "", one.result_text
                ),
            )
            for one in items_of(self.case, self.as_of, self.known_at)
        )
        columns = ("item", "asked", "replied", "claimed", "checked")
        head = tuple(self._word(f"column.{one}") for one in columns)
        return Table("", head, rows, ITEM_WIDTHS, 9.5)

    def _elements(self) -> Table:
        names, shown = self.names, self.wish.with_assessment
        rows = tuple(
            (
                f"{names.title(one.title)}\n"
                + say_basis(
                    names.rules.entries["elements"][one.id].basis,
                    names.rules,
                    names.language,
                    names.rules.entries["elements"][one.id].certainty,
                ),
                self._word(f"question.{one.id}"),
                f"{SIGNS.get(one.state, '?')} {names.code('element_states', one.state)}"
                if shown
                else "",
                _said(one.text, "、".join(f"#{n}" for n in one.evidence)) if shown else "",
                (one.gap or NOTHING) if shown else "",
            )
            for one in elements_of(self.case, names.rules, self.as_of, self.known_at)
        )
        columns = ("element", "question", "state", "grounds", "gap")
        head = tuple(self._word(f"column.{one}") for one in columns)
        return Table("", head, rows, ELEMENT_WIDTHS, 9.5, is_form=not shown)

    def _sheet(self) -> Iterator[Block]:
        names = self.names
        yield Para(self._word("sheet_about"), "small")
        states = names.rules.codes["element_states"]
        boxes = "\n".join(f"□ {names.title(title)}" for title in states.values())
        head = tuple(self._word(f"column.{one}") for one in ("element", "state", "ids", "opinion"))
        rows = tuple(
            (names.title(title), boxes, "", "") for title in names.rules.codes["elements"].values()
        )
        yield Table("", head, rows, SHEET_WIDTHS, 9.5)
        criteria = tuple((self._word(f"criterion.{one}"), "") for one in CRITERIA)
        head = (self._word("column.criterion"), self._word("column.opinion"))
        yield Table("", head, criteria, CRITERIA_WIDTHS, 10.0, is_form=True)
        review = tuple((names.word(f"documents.review.column.{one}"), "") for one in REVIEW_ROWS)
        yield Table("", ("", ""), review, CRITERIA_WIDTHS, 10.0, is_form=True)
        yield Para(self._word("signed"), "plain")

    def _word(self, key: str, **facts: object) -> str:
        return self.names.word(f"documents.pack.{key}", **facts)


def _said(*parts: str) -> str:
    return "\n".join(filter(None, parts)) or NOTHING
