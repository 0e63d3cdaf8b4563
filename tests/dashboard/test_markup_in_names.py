"""Names that are scripts, markup or letters of no file are words on all that is made of them.

One office is made whose case, hazards, evidence, meeting and story bear such names. Each document
is made once and read by a program of others. docs/security_attacks.md has the row.
"""

import json
import re
import zipfile
from base64 import b64decode
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser
from io import BytesIO

import pytest
import streamlit as st
from docx import Document
from docx.oxml.ns import qn
from lxml import etree
from PIL import Image
from pptx import Presentation
from pypdf import PdfReader
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject
from streamlit.testing.v1 import AppTest

from dashboard import PRINT_FONTS, holdings, reads
from dashboard.decks.pdf import render_pdf
from dashboard.decks.picture import Supply
from dashboard.decks.pptx import render_pptx
from dashboard.decks.stage_page import render_stage
from dashboard.desks import documents as documents_desk
from dashboard.desks import stories as story_desk
from dashboard.doors.guests import GuestLink, shown_cases
from dashboard.reports.blocks import Contents, Gap, Heading, Paper, Para, Table
from dashboard.reports.blocks import Picture as PaperPicture
from dashboard.reports.casepack import Wish
from dashboard.reports.docx import render_docx
from dashboard.reports.mappicture import edition_of
from dashboard.reports.meeting import Meeting, draft_minutes
from dashboard.routes.guests import _body
from dashboard.routes.plain_pages import plain_page
from dashboard.telling.story import (
    AgendaRow,
    AgendaScene,
    ChartScene,
    Fact,
    FactsScene,
    MapScene,
    PairScene,
    Picture,
    Series,
    Step,
    TableScene,
    TextScene,
    TimelineScene,
    TitleScene,
)
from geodata import Scope, Title, open_cases
from geodata.engines.folder import create_feature_store
from geodata.sample import SAMPLE_ON, sample_cases, sample_features
from layers.disclosure.aliases import Alias, Aliases
from layers.disclosure.entities import Entity
from layers.drawing.fonts import find_lettering
from layers.drawing.paper import Paper as Sheet
from layers.drawing.paper import lay_sheet
from layers.drawing.printmap import compose_map
from layers.stories import Edit, OwnText, Place, StoryPlan, keep_story
from tests.dashboard.test_case_file import MAIN
from tests.geodata.test_revisions import a_note

PIECES = (
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "</script><svg/onload=alert(1)>",
    "]]>", "<![CDATA[x", "--><b>", "javascript:alert(1)", "[a](javascript:alert(1))",
    "![a](http://192.0.2.1/x)", "&lt;b&amp;", "\"' onmouseover='x", "{{7*7}}${x}%s%n",
    r"$\frac{", "=cmd|'/C'!A0", "</w:t></w:r>", "</a:t>", "(x) Tj /JavaScript", "a\u202egnp.exe",
    "控\x0b制\x1b符", "W" * 90 + "长" * 90,
)  # fmt: skip
NAME = " ".join(PIECES)
NUL = "空\0字"
"""No store takes it; who makes a story by hand could hand it to a maker."""

CASE, AGENCY, OTHER = "LZ-XG-2025-001", "西固区某局", "换"
YEAR = (date(2025, 1, 1), date(2025, 12, 31))
NOTED_ON = date(2025, 11, 27)
NO_LETTERS = re.compile("[\\s\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\ufffe\uffff]")
"""What parts words, or is no letter that a file keeps or a page shows."""

ACTIVE_TAGS = frozenset({"img", "svg", "iframe", "object", "embed", "base", "math"})


def letters(text):
    return NO_LETTERS.sub("", text)


def lost(text, pieces=PIECES):
    """Return the pieces that a text does not hold letter by letter, wherever its lines break."""
    told = letters(text)
    return [one for one in pieces if letters(one) not in told]


def spoilt(case):
    """Return a case whose names, documents and notes are markup; the first entry of each kind."""
    seen, events = set(), []
    for one in case.events:
        if one.kind not in seen:
            told = tuple(
                (name, f"{value} {NAME}" if re.search("[\u4e00-\u9fff]", value) else value)
                for name, value in one.details
            )
            more = {"note": NAME, "document": NAME} if len(seen) in {1, 4} else {}
            one = replace(one, details=told, **more)  # noqa: PLW2901
        seen.add(one.kind)
        events.append(one)
    hazards = case.hazards[:2]
    name = Title(NAME, NAME)
    return replace(
        case, title=name, summary=name, agency=AGENCY, hazards=hazards, events=tuple(events)
    )


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    """The folder of an office with one case and its two hazards, all of ill names."""
    folder = tmp_path_factory.mktemp("names") / "data"
    case = spoilt(next(one for one in sample_cases() if one.id == CASE))
    stations = sample_features()["charging_stations"]
    stations = stations[stations["id"].isin([one.id for one in case.hazards])]
    texts = [one for one in ("name", "township", "source") if one in stations]
    spoilt_rows = stations.assign(**dict.fromkeys(texts, NAME))
    create_feature_store(folder / "features").write("charging_stations", spoilt_rows, a_note())
    open_cases(f"sqlite:{folder / 'cases.sqlite'}").add(case)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PIM_DATA_FOLDER", str(folder))
        st.cache_resource.clear()
        yield folder
    st.cache_resource.clear()


@pytest.fixture(scope="module")
def state(office):
    return reads.data_state()


def photograph():
    made = BytesIO()
    Image.new("RGB", (60, 40), "#805030").save(made, "JPEG")
    return made.getvalue()


def own_scenes():
    """Return a scene of every kind with ill names in every text."""
    words = (NAME, NAME)
    photo = Picture(NAME, item=1, sha256="a" * 64, copy_sha256="b" * 64)
    told = (
        TitleScene(NAME, NAME, subheading=NAME),
        AgendaScene(NAME, NAME, rows=(AgendaRow(NAME, NAME, NAME, 8, 5, CASE),)),
        FactsScene(NAME, NAME, facts=(Fact(NAME, NAME), Fact(NUL, NUL))),
        TimelineScene(NAME, steps=(Step(SAMPLE_ON, *words, NAME),), basis_note=NAME),
        TextScene(NAME, NUL, paragraphs=words),
        TableScene(NUL, columns=words, rows=(words, (NUL, NUL)), note=NAME),
        ChartScene(NAME, categories=(NAME, NUL), series=(Series(NAME, (1, 2)),), unit=NAME,
                   note=NAME),
        PairScene(NAME, before=photo, after=replace(photo, caption=NUL), caption=NAME,
                  missing=(NAME,)),
        MapScene(NUL, caption=f"{NAME} {NUL}", refs=("charging_stations:XG-CS-001",)),
    )  # fmt: skip
    return tuple(replace(one, id=f"own/{at}") for at, one in enumerate(told))


@pytest.fixture(scope="module")
def story(state):
    """The story of the case as it is drafted, with an edit, an alias, and scenes of one's own."""
    plan = StoryPlan("", NAME, cases=(CASE,), places=(
        Place("opening", edit=Edit(heading=NAME, text=NAME, notes=NAME)),))  # fmt: skip
    told = story_desk.open_story(plan, state, "zh").story
    aliases = Aliases((Alias(Entity("agency", AGENCY), Title(f"{OTHER}{NAME}", NAME)),))
    words = [one for one in told.scenes if not isinstance(one, (MapScene, PairScene))]
    hidden = aliases.hide_in(replace(told, scenes=tuple(words)))
    assert f"{OTHER}<script>" in repr(hidden)
    return replace(hidden, scenes=(*hidden.scenes, *own_scenes()), title=f"{NAME}{NUL}")


@pytest.fixture(scope="module")
def supply(state):
    return Supply(story_desk.whole_on(state.as_of, state), read_picture=lambda _: photograph())


# ----------------------------------------------------------------------------- Office files


def parts_of(file):
    with zipfile.ZipFile(BytesIO(file)) as package:
        return {name: package.read(name) for name in package.namelist()}


def check_package(file):
    """Hold a file of Office: every part is whole, none is a program, none leads outside."""
    parts = parts_of(file)
    assert not [one for one in parts if re.search("vba|activeX|oleObject|ctrlProp", one)]
    for name, content in parts.items():
        if name.endswith((".xml", ".rels")):
            tree = etree.fromstring(content, etree.XMLParser(resolve_entities=False))
            assert not tree.getroottree().docinfo.doctype, name
            assert not tree.findall(".//*[@TargetMode='External']"), name
            inside = {etree.QName(one).localname for one in tree.iter(etree.Element)}
            assert not inside & {"script", "img", "hlinkClick", "hlinkHover", "altChunk"}, name
    return parts


@pytest.fixture(scope="module")
def deck(story, supply, state):
    return render_pptx(story, supply, reads.naming("zh"))


def test_a_slide_deck_holds_ill_names_as_words_and_nothing_that_runs(deck):
    check_package(deck)
    slides = Presentation(BytesIO(deck)).slides
    told = []
    for page in slides:
        told.append(page.notes_slide.notes_text_frame.text if page.has_notes_slide else "")
        for shape in page.shapes:
            if shape.has_text_frame:
                told.append(shape.text_frame.text)
            if shape.has_table:
                told += [cell.text for row in shape.table.rows for cell in row.cells]
            if shape.has_chart:
                told += [str(one) for one in shape.chart.plots[0].categories]
    assert lost("\n".join(told), (*PIECES, NUL)) == []
    assert f"{OTHER}<script>" in letters("".join(told))


def test_the_numbers_behind_a_chart_hold_no_formula(deck):
    (book,) = (content for name, content in parts_of(deck).items() if name.endswith(".xlsx"))
    for name, content in check_package(book).items():
        if name.startswith("xl/worksheets/"):
            assert not list(etree.fromstring(content).iter("{*}f")), name


@pytest.fixture(scope="module")
def paper(state):
    """One paper: the pack of the case, the minutes of its meeting, and a block of each kind."""
    names, imprint = reads.naming("zh"), reads.imprint(state)
    case = reads.case(CASE, state.revision)
    packed = documents_desk._packed([case], Wish(is_blind=False), names, state)
    minutes = draft_minutes(Meeting(NOTED_ON, (case,), SAMPLE_ON), names, imprint)
    yearly = documents_desk.yearly_paper("LZ-XG", YEAR, state, "zh", (CASE,))
    png = BytesIO()
    Image.new("RGB", (8, 8)).save(png, "PNG")
    words = (NAME, NUL)
    own = (Contents(NAME), Heading(NAME), Heading(NUL, 2), Para(NAME), Para(NUL, "mark"),
           Gap(NAME, NUL), Table(NAME, words, (words,), (5.0, 5.0)),
           PaperPicture(png.getvalue(), 2.0, f"{NUL}{NAME}"))  # fmt: skip
    blocks = (*own, *packed.papers[0].blocks, *minutes.blocks, *yearly.blocks)
    return Paper(f"{NAME}{NUL}", blocks, imprint, "zh", subtitle=NAME)


def test_a_paper_holds_ill_names_as_words_and_no_field_of_theirs(paper):
    file = render_docx(paper)
    check_package(file)
    document = Document(BytesIO(file))
    told = "".join(one.text or "" for one in document.element.iter(qn("w:t")))
    told += "".join(one.get("descr") for one in document.element.iter(qn("wp:docPr")))
    for wanted in paper.texts():
        assert lost(told, [wanted]) == []
    fields = {one.text.split()[0] for one in document.element.iter(qn("w:instrText"))}
    assert fields == {"TOC", "SEQ"}
    links = {one.get(qn("w:anchor")) for one in document.element.iter(qn("w:hyperlink"))}
    marks = {one.get(qn("w:name")) for one in document.element.iter(qn("w:bookmarkStart"))}
    assert links <= marks


# ------------------------------------------------------------------------------------- PDF


def keys_of(thing, seen):
    """Yield the name of every entry of a PDF, from its root on."""
    if isinstance(thing, IndirectObject):
        if thing.idnum in seen:
            return
        seen.add(thing.idnum)
        thing = thing.get_object()
    if isinstance(thing, DictionaryObject):
        for key, value in thing.items():
            yield key
            yield from keys_of(value, seen)
    elif isinstance(thing, ArrayObject):
        for one in thing:
            yield from keys_of(one, seen)


def test_a_pdf_holds_ill_names_as_words_and_nothing_that_runs(story, supply):
    reader = PdfReader(BytesIO(render_pdf(story, supply, reads.naming("zh"))), strict=True)
    told = "\n".join(page.extract_text() for page in reader.pages)
    assert lost(told, (*PIECES, NUL)) == []
    actions = {"/JS", "/JavaScript", "/AA", "/OpenAction", "/URI", "/Launch", "/SubmitForm",
               "/EmbeddedFiles", "/AcroForm", "/RichMedia", "/GoToR", "/ImportData"}  # fmt: skip
    assert actions.isdisjoint(keys_of(reader.trailer, set()))
    titles = [one.title for one in reader.outline if not isinstance(one, list)]
    assert lost("".join(titles), (*PIECES, NUL)) == []


# ------------------------------------------------------------------------------------ HTML


class Page(HTMLParser):
    """What a browser makes of a page: tags that could act, and the words between tags."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.acting, self.words = [], [], []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        ill = [name for name, value in attrs if name.startswith("on")
               or (value or "").strip().lower().startswith("javascript:")]  # fmt: skip
        if tag in ACTIVE_TAGS or ill:
            self.acting.append((tag, attrs))

    def handle_data(self, data):
        self.words.append(data)

    def unknown_decl(self, data):
        self.acting.append(("declaration", data))

    def handle_comment(self, data):
        self.acting.append(("comment", data))


def texts_in(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, (list, tuple)):
        for one in value:
            yield from texts_in(one)
    elif isinstance(value, dict):
        for one in value.values():
            yield from texts_in(one)


def test_the_offline_file_holds_ill_names_as_data_and_no_tag_of_theirs(story, state):
    def look(scope, day):
        return reads.situation(scope, day, state.revision, state.known_at)

    made = render_stage(story, look, reads.naming("zh"), read_picture=lambda _: photograph())
    clean = render_stage(replace(story, title="讲案", scenes=()), look, reads.naming("zh"))
    page, bare = Page(made.decode()), Page(clean.decode())
    assert page.acting == bare.acting == []
    assert page.tags == bare.tags
    (held,) = re.findall(r'(?s)type="application/json" id="story">(.*?)</script>', made.decode())
    data = json.loads(held)
    told = list(texts_in(data["scenes"]))
    assert {NAME, NUL} <= set(told)
    cards = "".join(texts_in(data["map"]["features"]))
    assert lost(cards) == []
    assert all(b64decode(one.partition(",")[2]).startswith(b"\xff\xd8") for one in data["pictures"])


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_guest_reads_ill_names_as_words(state, language):
    now = datetime.now(UTC)
    link = GuestLink("1", NAME, NUL, (CASE,), now + timedelta(days=1), NAME, "LZ-XG", now)
    shown = shown_cases(link, language)
    assert "<script>" in shown[0].title  # with aliases for what may be people and places in it
    answer = plain_page(NAME, _body(link, shown, language), language, other=f"guest?x={NAME}")
    page = Page(answer.body.decode())
    plain = Page(plain_page("客", "", language, other="guest").body.decode())
    assert page.acting == []
    assert "script" not in page.tags
    assert page.tags.count("b") == plain.tags.count("b")
    told = "".join(page.words)
    assert lost(told, (NAME, NUL, shown[0].title)) == []


def test_the_story_board_shows_ill_names_as_words(state):
    own = Place("own/1", own=OwnText(), heading=NAME, edit=Edit(text=NAME, notes=NAME))
    on = datetime(2025, 12, 18, tzinfo=UTC)
    plan = StoryPlan("2025-12-18-01", NAME, cases=(CASE,), places=(own,), who=NAME, why=NAME, at=on)
    kept = keep_story(holdings.journal(), plan)
    at = AppTest.from_file(MAIN, default_timeout=90)
    at.query_params.update({"screen": "story_board", "story": kept.id})
    at.run()
    assert not at.exception
    shown = []
    for one in at.get("html"):
        page = Page(one.proto.body)
        assert page.acting == []
        assert "script" not in page.tags
        shown += page.words
    assert lost("".join(shown)) == []
    for one in (*at.markdown, *at.caption, *at.error, *at.warning, *at.info, *at.success):
        assert not getattr(one, "allow_html", False), one
        check_markdown(str(one.value))


def check_markdown(text):
    """Hold that of ill names in a text of Markdown no letter works: each sign has its stroke."""
    for ill in ("<script", "<img", "](javascript", "![a](", "<svg"):
        for found in re.finditer(re.escape(ill), text):
            assert text[found.start() - 1 : found.start()] == "\\", text


# ------------------------------------------------------------------------------------- maps


def test_a_printed_map_bears_ill_names_as_letters(state):
    names, imprint = reads.naming("zh"), reads.imprint(state)
    ill = replace(imprint, revision=NAME)
    shown = reads.situation(Scope(), state.as_of, state.revision, state.known_at).features
    sheet = lay_sheet(Sheet(900, 600, 100), find_lettering(PRINT_FONTS["regular"]), "zh")
    compose_map(sheet, shown, edition_of(names, ill, "status"), title=NAME)
    told = "".join(text.get_text() for axes in sheet.figure.axes for text in axes.texts)
    for piece in PIECES[:8]:
        assert letters(piece) in letters(told), piece
    picture = Image.open(BytesIO(sheet.png()))
    assert picture.size == (900, 600)
    assert "script" not in "".join(map(str, picture.info.values()))
