"""The deck as another program reads it: whole, signed, within its pages, and with no secrets."""

from dataclasses import dataclass, replace
from datetime import date
from io import BytesIO
from zipfile import ZipFile

import pytest
from PIL import Image
from pptx import Presentation
from pptx.util import Emu
from pypdf import PdfReader

from dashboard.decks.pages import BODY_END_IN, Column, Row, paginate
from dashboard.decks.pdf import render_pdf
from dashboard.decks.picture import Supply
from dashboard.decks.pptx import render_pptx
from dashboard.decks.slides import FONT
from dashboard.naming import Naming
from dashboard.telling.drafts import draft_story
from dashboard.telling.story import (
    AgendaRow,
    AgendaScene,
    ChartScene,
    Fact,
    FactsScene,
    MapScene,
    PairScene,
    Picture,
    Scene,
    Series,
    Step,
    Story,
    TableScene,
    TextScene,
    TimelineScene,
    TitleScene,
)
from geodata import Scope, load_rule_set, open_city
from geodata.sample import SAMPLE_ON, sample_cases, sample_features
from layers.catalog import all_layers
from layers.situation import collect_features
from tests.layers.pictures import look_at

RULES = load_rule_set()
CASES = {case.id: case for case in sample_cases()}
TOLD = ("LZ-XG-2025-001", "LZ-HG-2025-001", "LZ-GL-2025-002")
PICTURE, TABLE = 13, 19
LANGUAGES = ("zh", "en")
MARKS = {"zh": ("演示数据 · 均为虚构", "内部使用"), "en": ("all invented", "Internal use")}


def names(language="zh"):
    return Naming(open_city(), RULES, all_layers(), language)


@pytest.fixture(scope="module")
def whole():
    return look_at(collect_features(sample_features()), sample_cases(), as_of=SAMPLE_ON)


@pytest.fixture(scope="module", params=LANGUAGES)
def told(request, whole):
    """Return language, story and pages of three cases: points, counts, no hazard at all."""
    cases = [CASES[one] for one in TOLD]
    story = draft_story(cases, whole, names(request.param), SAMPLE_ON, "rev-7")
    return request.param, story, pages_of(story, whole)


def pages_of(story, situation):
    return opened(render_pptx(story, situation, names(story.language))).slides


def opened(file):
    return Presentation(BytesIO(file))


def story_of(*scenes, language="zh", is_demonstration=False):
    return Story("讲述", scenes, language, date(2025, 12, 17), "rev-7", is_demonstration)


def frames_on(page):
    for shape in page.shapes:
        if shape.has_text_frame:
            yield shape.text_frame
        if shape.shape_type == TABLE:
            yield from (cell.text_frame for row in shape.table.rows for cell in row.cells)


def text_of(page):
    return "\n".join(frame.text for frame in frames_on(page))


def tables_on(pages):
    return [shape.table for page in pages for shape in page.shapes if shape.shape_type == TABLE]


def without_space(text):
    return "".join(text.split())


def test_every_page_has_a_title_its_marks_its_day_and_its_revision(told):
    language, story, pages = told
    assert len(pages) >= len(story.scenes)
    for page in pages:
        assert page.shapes.title.text_frame.text
        text = text_of(page)
        for words in (*MARKS[language], "2025-12-17", "rev-7"):
            assert words in text


def test_every_page_or_its_picture_says_where_the_map_comes_from(told):
    _, _, pages = told
    for page in pages:
        said = [shape._element.nvPicPr.cNvPr.get("descr") for shape in page.shapes
                if shape.shape_type == PICTURE]  # fmt: skip
        assert "GS（2024）0650号" in "".join([text_of(page), *said])


def test_every_case_has_a_map_fit_for_print_in_its_own_proportions(told):
    _, _, pages = told
    pictures = [shape for page in pages for shape in page.shapes if shape.shape_type == PICTURE]
    # A map of each case, and the map of today beside the one of before where there are hazards.
    assert len(pictures) == len(TOLD) + len([one for one in TOLD if CASES[one].hazards])
    for shape in pictures:
        picture = Image.open(BytesIO(shape.image.blob))
        assert picture.width / Emu(shape.width).inches == pytest.approx(200, abs=1)
        assert picture.height / Emu(shape.height).inches == pytest.approx(200, abs=1)


def test_every_word_of_the_story_is_on_some_page(told):
    _, story, pages = told
    everything = without_space("".join(text_of(page) for page in pages))
    for scene in story.scenes:
        assert without_space(scene.heading) in everything
        for fact in getattr(scene, "facts", ()):
            assert without_space(fact.value) in everything
        for step in getattr(scene, "steps", ()):
            assert without_space(step.document) in everything
            assert without_space(step.note) in everything


def test_what_the_speaker_is_reminded_of_stands_in_the_notes(told):
    _, story, pages = told
    notes = {page.notes_slide.notes_text_frame.text for page in pages if page.has_notes_slide}
    assert {scene.notes for scene in story.scenes if scene.notes} == notes


def test_nothing_stands_beyond_the_edge_of_a_page_or_over_its_foot(told):
    _, _, pages = told
    for page in pages:
        for shape in page.shapes:
            assert shape.left >= 0
            assert Emu(shape.left + shape.width).inches <= 13.34
            if shape.shape_type == TABLE:
                high_in = sum(Emu(row.height).inches for row in shape.table.rows)
                assert Emu(shape.top).inches + high_in <= BODY_END_IN + 0.01


def test_every_letter_is_set_in_a_font_for_chinese(told):
    _, _, pages = told
    for page in pages:
        for frame in frames_on(page):
            for run in (run for paragraph in frame.paragraphs for run in paragraph.runs):
                fonts = {child.get("typeface") for child in run._r.rPr if child.get("typeface")}
                tags = {child.tag.rpartition("}")[2] for child in run._r.rPr}
                assert fonts == {FONT}
                assert {"latin", "ea"} <= tags


def test_pages_are_wide_and_show_their_numbers_as_fields(told, whole):
    language, story, _ = told
    file = render_pptx(story, whole, names(language))
    deck = opened(file)
    assert deck.slide_width / deck.slide_height == pytest.approx(16 / 9, rel=1e-3)
    with ZipFile(BytesIO(file)) as parts:
        slides = [one for one in parts.namelist() if one.startswith("ppt/slides/slide")]
        assert all(b'type="slidenum"' in parts.read(one) for one in slides)


def test_the_file_brings_nothing_of_its_template_and_asks_for_nothing_from_outside(whole):
    story = draft_story([CASES[TOLD[2]]], whole, names(), SAMPLE_ON, "rev-7")
    file = render_pptx(story, whole, names())
    facts = opened(file).core_properties
    assert (facts.author, facts.last_modified_by, facts.title) == ("", "", story.title)
    assert facts.created.date() == SAMPLE_ON
    with ZipFile(BytesIO(file)) as parts:
        assert not [one for one in parts.namelist() if "thumbnail" in one]
        links = [one for one in parts.namelist() if one.endswith(".rels")]
        assert not [one for one in links if b'TargetMode="External"' in parts.read(one)]


def test_real_data_bears_no_mark_of_invention(whole):
    pages = pages_of(story_of(FactsScene("案情", facts=(Fact("院", "西固"),))), whole)
    assert "虚构" not in text_of(pages[0])
    assert "内部使用" in text_of(pages[0])


def test_a_fact_too_long_for_a_page_goes_on_to_the_next_under_its_name(whole):
    long = "".join(f"第{number}处隐患已经核实。" for number in range(300))
    pages = pages_of(story_of(FactsScene("案情", facts=(Fact("隐患", long),))), whole)
    assert len(pages) > 1
    assert pages[0].shapes.title.text_frame.text == f"案情（1/{len(pages)}）"
    rows = [row.cells for table in tables_on(pages) for row in table.rows]
    assert [row[0].text for row in rows] == ["隐患", *["隐患（续）"] * (len(pages) - 1)]
    assert "".join(row[1].text for row in rows) == long


def test_a_heading_too_long_for_its_line_is_set_smaller_and_kept_whole(whole):
    heading = "督促整治西固区电动汽车充电设施消防安全隐患行政公益诉讼案" * 4
    pages = pages_of(story_of(FactsScene(heading)), whole)
    title = pages[0].shapes.title.text_frame
    assert title.text == heading
    assert title.paragraphs[0].runs[0].font.size.pt < 28


def test_a_timeline_of_many_steps_repeats_its_head_on_every_page(whole):
    steps = tuple(Step(date(2025, 1, day), f"第{day}步") for day in range(1, 32)) * 2
    pages = pages_of(story_of(TimelineScene("时间线", steps=steps, basis_note="R：规则")), whole)
    assert len(pages) > 1
    told_steps = []
    for page, table in zip(pages, tables_on(pages), strict=True):
        head, *rows = ([cell.text for cell in row.cells] for row in table.rows)
        assert head == ["日期", "事项", "文书与依据", "说明"]
        assert "R：规则" in text_of(page)
        told_steps += [row[1] for row in rows]
    assert told_steps == [step.text for step in steps]


def test_a_timeline_of_nothing_says_so(whole):
    (page,) = pages_of(story_of(TimelineScene("时间线")), whole)
    assert "没有记录" in text_of(page)


def test_a_map_of_hazards_that_are_gone_shows_the_district(whole):
    scene = MapScene("案件", caption="另有 1 处", refs=("wells:1",), jurisdiction="LZ-YZ")
    (page,) = pages_of(story_of(scene), whole)
    assert [shape for shape in page.shapes if shape.shape_type == PICTURE]


@dataclass(frozen=True)
class SceneOfTomorrow(Scene):
    """A kind of scene that this version has never heard of."""


def test_a_scene_of_a_kind_not_known_keeps_its_place_and_its_heading(whole):
    pages = pages_of(story_of(SceneOfTomorrow("整改前后"), FactsScene("案情")), whole)
    assert [page.shapes.title.text_frame.text for page in pages] == ["整改前后", "案情"]
    assert "不认识" in text_of(pages[0])


def test_whoever_waits_is_told_how_many_scenes_are_done(whole):
    heard = []
    story = story_of(FactsScene("一"), FactsScene("二"))
    render_pptx(story, whole, names(), on_scene=heard.append)
    assert heard == [0, 1, 2]


COLUMNS = (Column(2.0, is_name=True), Column(8.0))


@pytest.mark.parametrize(("count", "expected"), [(12, (16, 1)), (15, (12, 1)), (40, (14, 3))])
def test_letters_are_as_large_as_the_fewest_pages_allow(count, expected):
    rows = [Row((f"{number}", "一行")) for number in range(count)]
    size_pt, pages = paginate(rows, COLUMNS, 5.0, (16, 14, 12), str)
    assert (size_pt, len(pages)) == expected
    assert [row for page in pages for row in page] == rows
    assert max(map(len, pages)) - min(map(len, pages)) <= 2


def test_letters_are_small_enough_to_break_no_word_and_no_date():
    rows = [Row(("2025-05-12", "authorisation of the agency"))]
    narrow = (Column(1.2, is_name=True), Column(1.6))
    size_pt, _ = paginate(rows, narrow, 5.0, (18, 14, 10), str)
    assert size_pt == 10
    assert paginate(rows, COLUMNS, 5.0, (18, 14, 10), str)[0] == 18


def test_a_row_is_split_only_if_no_page_could_hold_it():
    high = Row(("长", "字" * 2000))
    rows = [Row(("短", "一行")), high, replace(high, cells=("短", "一行"))]
    _, pages = paginate(rows, COLUMNS, 3.0, (12,), lambda name: f"{name}…")
    cells = [row.cells for page in pages for row in page]
    assert "".join(text for name, text in cells if name.startswith("长")) == "字" * 2000
    assert [name for name, _ in cells if name == "短"] == ["短", "短"]


AGENDA = AgendaScene("议程", rows=(AgendaRow("", "开场", "", 0, 5),
                                   AgendaRow("西固", "甲案", "王某", 5, 8, "A")))  # fmt: skip
TABLE_SCENE = TableScene(
    "四要件",
    columns=("要件", "评估"),
    rows=(("适格", "具备"), ("损害", "未记载")),
    faint=(1,),
    note="不求和",
)
CHART = ChartScene(
    "立案",
    categories=("一月", "二月"),
    series=(Series("件", (3.0, None)),),
    unit="件",
    note="截至十二月",
)
PAIR = PairScene("前后", before=Picture("整改前 2025-06-01", item=1, sha256="a"), after=None,
                 caption="同一处")  # fmt: skip


def photograph(_picture):
    file = BytesIO()
    Image.new("RGB", (400, 300), "#336699").save(file, "JPEG")
    return file.getvalue()


@pytest.fixture(scope="module")
def every_kind(whole):
    """Return a story of every kind of scene that is no map, and where its pictures come from."""
    story = story_of(
        AGENDA, TABLE_SCENE, CHART, PAIR, TextScene("导语", paragraphs=("第一段", "第二段"))
    )
    return story, Supply(whole, read_picture=photograph)


def test_tables_and_charts_are_native_and_can_be_edited(every_kind):
    story, supply = every_kind
    agenda, table, chart, pair, text = opened(render_pptx(story, supply, names())).slides
    assert [[cell.text for cell in row.cells] for row in tables_on([agenda])[0].rows] == [
        ["起始（时:分）", "检察院", "事项", "讲述人", "分钟"],
        ["0:00", "", "开场", "", "5"],
        ["0:05", "西固", "甲案", "王某", "8"],
    ]
    assert "不求和" in text_of(table)
    (drawn,) = [shape.chart for shape in chart.shapes if shape.has_chart]
    assert list(drawn.plots[0].categories) == ["一月", "二月"]
    assert list(drawn.plots[0].series[0].values) == [3.0, None]
    assert [shape for shape in pair.shapes if shape.shape_type == PICTURE]
    assert "没有可以放入的图片" in text_of(pair)
    assert "整改前 2025-06-01" in text_of(pair)
    assert "第一段\n第二段" in text_of(text)
    for page in (agenda, table, chart, pair, text):
        assert page.shapes.title.is_placeholder


def test_a_pdf_has_the_pages_of_the_deck_its_words_bookmarks_and_fonts(every_kind):
    story, supply = every_kind
    slides = opened(render_pptx(story, supply, names())).slides
    pdf = PdfReader(BytesIO(render_pdf(story, supply, names())))
    assert len(pdf.pages) == len(slides)
    assert [one.title for one in pdf.outline] == [
        one.shapes.title.text_frame.text for one in slides
    ]
    assert pdf.metadata.title == story.title
    for page, slide in zip(pdf.pages, slides, strict=True):
        words = without_space(page.extract_text())
        assert without_space(slide.shapes.title.text_frame.text) in words
        assert "内部使用" in words
        fonts = [one.get_object() for one in page["/Resources"]["/Font"].values()]
        assert all("/FontFile2" in one["/FontDescriptor"] for one in fonts)
    assert "甲案" in pdf.pages[0].extract_text()
    assert len(pdf.pages[3].images) == 1


@pytest.mark.parametrize("words", ["字" * 4000, "word " * 1500])
def test_a_text_however_long_goes_on_to_further_pages_and_none_of_it_is_lost(whole, words):
    scenes = (
        TextScene("导语", paragraphs=(words,)),
        TableScene("表", columns=("甲", "乙"), rows=(("一", words),), note=words),
        TitleScene("讲述", subheading=words),
    )
    for scene in scenes:
        pages = pages_of(story_of(scene), whole)
        assert len(pages) > 1
        said = without_space("".join(text_of(page) for page in pages)).replace("（续）", "")
        wanted = without_space(words)
        times = 2 if isinstance(scene, TableScene) else 1
        letter = wanted[0]
        assert said.count(letter) >= times * wanted.count(letter)
        for page in pages:
            for shape in page.shapes:
                if shape.has_text_frame and shape.text_frame.text:
                    lines = sum(
                        Emu(one.line_spacing).inches for one in shape.text_frame.paragraphs
                        if one.line_spacing
                    )  # fmt: skip
                    assert Emu(shape.top).inches + lines <= 7.5


def test_a_map_of_another_day_needs_somebody_who_knows_that_day(whole):
    scene = MapScene("当时", refs=("wells:1",), jurisdiction="LZ-YZ", as_of=date(2025, 1, 2))
    (page,) = pages_of(story_of(scene), whole)
    assert not [shape for shape in page.shapes if shape.shape_type == PICTURE]
    assert "没有可以放入的图片" in text_of(page)
    asked = []

    def see(scope, on):
        asked.append((scope, on))
        return whole

    pages = opened(render_pptx(story_of(scene), Supply(whole, see), names())).slides
    assert [shape for shape in pages[0].shapes if shape.shape_type == PICTURE]
    assert asked[0] == (Scope(), date(2025, 1, 2))


def test_a_name_longer_than_a_page_goes_on_like_any_other_text_and_comes_to_an_end():
    name, columns = "名" * 3000, (Column(2.4, is_name=True), Column(9.0))
    _, parts = paginate([Row((name, "值"))], columns, 5.0, (12.0,), lambda one: f"{one}（续）")
    assert "".join(row.cells[0] for part in parts for row in part) == name
    assert [row.cells[1] for part in parts for row in part if row.cells[1]] == ["值"]
    high = (Column(2.4, "头" * 3000), Column(9.0))
    _, parts = paginate([Row(("甲", "乙"))], high, 5.0, (12.0,), str)
    assert [row.cells for part in parts for row in part] == [("甲", "乙")]
