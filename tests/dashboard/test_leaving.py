"""The one door: nothing is given to anybody before it was checked and its release written down."""

import hashlib
import shutil
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path

import pytest
import streamlit
from hypothesis import assume, given
from hypothesis import strategies as st
from openpyxl import load_workbook
from PIL import Image
from pptx import Presentation
from pptx.enum.shapes import MSO_SHAPE_TYPE
from streamlit.testing.v1 import AppTest

from dashboard import holdings, reads
from dashboard.actions import cases as case_actions
from dashboard.actions import evidence as evidence_actions
from dashboard.decks.pptx import render_pptx
from dashboard.decks.stage_page import render_stage
from dashboard.desks import evidence as evidence_desk
from dashboard.desks import leaving as leaving_desk
from dashboard.desks import stories as story_desk
from dashboard.leaving import (
    LEAST_REASON,
    Asked,
    Manner,
    check_file,
    digest_of,
    names_in,
    release_of,
    says_enough,
    told_of,
)
from dashboard.naming import Naming
from dashboard.telling.drafts import draft_story
from dashboard.telling.outside import PROCESS, evidence_in, prepare, supply_for, suppress_cells
from dashboard.telling.story import (
    AgendaRow,
    AgendaScene,
    ChartScene,
    ClosingScene,
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
from dashboard.text import all_words
from geodata import load_rule_set, open_city, open_journal
from geodata.errors import BrokenStore, CheckFailed, ExportHeld, ReasonTooShort
from geodata.sample import SAMPLE_ON, sample_cases, sample_features
from layers.catalog import all_layers
from layers.disclosure import (
    Aliases,
    check_export,
    context_for,
    entities_of_cases,
    entities_of_city,
    entities_of_persons,
    entity,
    make_aliases,
    traces_of,
)
from layers.disclosure.pictures import is_unreadable
from layers.disclosure.release_book import (
    Decision,
    decisions,
    keep_decision,
    keep_release,
    kept_releases,
    releases_of,
)
from layers.situation import collect_features
from tests.geodata.histories import event
from tests.layers.pictures import look_at

MAIN = str(Path(__file__).parents[2] / "dashboard" / "main.py")
CITY = open_city()
STATION = "LZ-XG-2025-001"
ID_NUMBER, COMPANY, PERSON = "11010519491231002X", "兰州宏达化工有限公司", "欧阳明月"
NOW = datetime(2026, 1, 5, 8, tzinfo=UTC)
WHY = "省院要求当日报送原件，经分管副检察长同意"
ALIASES = make_aliases(
    [entity("company", COMPANY, CITY), *entities_of_persons([PERSON])], seed="door"
)
every_language = pytest.mark.parametrize("language", ["zh", "en"])


def names(language="zh"):
    return Naming(CITY, load_rule_set(), all_layers(), language)


def word(key, language="zh", **facts):
    return all_words(language)[f"leaving.{key}"].format(**facts)


def slides(*titles, notes=""):
    deck = Presentation()
    for title in titles:
        page = deck.slides.add_slide(deck.slide_layouts[5])
        page.shapes.title.text = title
        if notes:
            page.notes_slide.notes_text_frame.text = notes
    file = BytesIO()
    deck.save(file)
    return file.getvalue()


def checked(content, name="讲案.pptx", audience="outside", aliases=ALIASES):
    return check_file(content, name, audience, lambda: context_for(audience, CITY, aliases))


# ----------------------------------------------------------------------- what lets a file go


def test_a_check_that_breaks_off_holds_the_file_and_no_reason_lets_it_go():
    def broken():
        raise ZeroDivisionError

    held = check_file(slides("甲"), "讲案.pptx", "outside", broken)
    assert held.trouble == "ZeroDivisionError"
    assert not held.is_clean
    with pytest.raises(CheckFailed):
        release_of(held, "王某", NOW, WHY)


def test_what_was_checked_and_what_leaves_are_the_same_bytes():
    seen = checked(slides("甲"))
    with pytest.raises(CheckFailed):
        release_of(replace(seen, content=slides("乙")), "王某", NOW, WHY)


@pytest.mark.parametrize(
    ("reason", "refusal"),
    [
        ("", ExportHeld),
        (" \n", ExportHeld),
        ("同意", ReasonTooShort),
        ("急急急急急急急", ReasonTooShort),
    ],
)
def test_a_leak_is_let_go_for_no_reason_that_says_nothing(reason, refusal):
    with pytest.raises(refusal):
        release_of(checked(slides(f"身份证 {ID_NUMBER}")), "王某", NOW, reason)


@given(st.text(alphabet="同意发 。，\n.", max_size=LEAST_REASON + 3))
def test_points_and_blanks_make_no_reason(reason):
    letters = [one for one in reason if one not in " 。，\n."]
    if len(letters) < LEAST_REASON:
        assert not says_enough(reason)


def test_a_release_is_kept_with_its_leaks_masked_and_its_reason(tmp_path):
    journal = open_journal(f"sqlite:{tmp_path / 'journal.sqlite'}")
    seen = checked(slides(f"{COMPANY} {ID_NUMBER}", notes="请示"))
    told = release_of(seen, "王某", NOW, f" {WHY} ")
    keep_release(journal, told, told_of(seen, {"what": "story", "cases": [STATION]}, ALIASES))
    (kept,) = kept_releases(journal)
    assert (kept.who, kept.name, kept.audience, kept.reason) == (
        "王某",
        "讲案.pptx",
        "outside",
        WHY,
    )
    assert kept.leaks == seen.leaks
    assert kept.sha256 == hashlib.sha256(seen.content).hexdigest()
    assert kept.about["aliases_sha256"] == digest_of(ALIASES) != digest_of(None)
    assert releases_of(journal, kept.sha256) == (kept,)
    written = "".join(text for _, text, _ in journal.rows())
    assert COMPANY not in written
    assert ID_NUMBER not in written
    assert journal.damage() == ()


def test_the_newest_decision_on_a_name_counts_and_can_be_taken_back(tmp_path):
    journal = open_journal(f"sqlite:{tmp_path / 'journal.sqlite'}")
    for ruling in ("name", "kept", "open", "kept"):
        keep_decision(journal, Decision("某某合作社", ruling, "company", "王某", NOW))
    assert [one.ruling for one in decisions(journal)] == ["kept"]
    keep_decision(journal, Decision("某某合作社", "open", "", "王某", NOW))
    assert decisions(journal) == ()


def test_past_releases_are_found_by_who_whom_sort_day_and_words(tmp_path):
    journal = open_journal(f"sqlite:{tmp_path / 'journal.sqlite'}")
    clean = replace(checked(slides("甲"), "甲.pptx", "internal", Aliases()))
    clean = replace(clean, looked=replace(clean.looked, leaks=()))
    leaky = checked(slides(f"{ID_NUMBER}"), "乙.pptx")
    keep_release(journal, release_of(clean, "王某", NOW))
    keep_release(journal, release_of(leaky, "李某", NOW.replace(day=9), WHY))
    one, two = kept_releases(journal)

    def found(**asked):
        return [kept for kept in (one, two) if Asked(**asked).fits(kept)]

    assert found() == [one, two]
    assert found(who="李某") == found(sort="overruled") == found(audience="outside") == [two]
    assert found(sort="clean") == found(text="甲.PPTX") == [one]
    assert found(text="当日报送") == found(days=(date(2026, 1, 9), date(2026, 1, 9))) == [two]
    assert found(days=(date(2026, 1, 5),)) == [one]


# -------------------------------------------------------------- stories for whoever they are


SECRET = f"{COMPANY}的{PERSON}"


def every_scene():
    """Return a scene of every kind with the secret in every text that it can hold."""
    inner = MapScene(SECRET, notes=SECRET, caption=SECRET, refs=("charging_stations:1",))
    picture = Picture(f"整改前 · {PERSON}.jpg · SHA-256 00", sha256="ab", item=3)
    told = {"notes": SECRET, "missing": (SECRET,)}
    return (
        TitleScene(SECRET, subheading=SECRET, **told),
        AgendaScene(SECRET, rows=(AgendaRow(SECRET, SECRET, SECRET),), **told),
        replace(inner, position=None),
        TextScene(SECRET, paragraphs=(SECRET, SECRET), **told),
        TableScene(SECRET, columns=(SECRET,), rows=((SECRET,),), note=SECRET, **told),
        ChartScene(SECRET, categories=(SECRET,), series=(Series(SECRET, (5.0,)),), unit=SECRET,
                   note=SECRET, **told),
        PairScene(SECRET, before=picture, after=Picture(SECRET, map=inner), caption=SECRET, **told),
        FactsScene(SECRET, facts=(Fact(SECRET, SECRET),), **told),
        TimelineScene(SECRET, steps=(Step(SAMPLE_ON, SECRET, SECRET, SECRET),), basis_note=SECRET,
                      **told),
        ClosingScene(SECRET, facts=(Fact(SECRET, SECRET),), **told),
    )  # fmt: skip


def a_story(*scenes):
    return Story(SECRET, scenes, "zh", SAMPLE_ON, "rev-7", warnings=(SECRET,))


@pytest.fixture(scope="module")
def whole():
    return look_at(collect_features(sample_features()), sample_cases(), as_of=SAMPLE_ON)


def texts_in(value):
    if isinstance(value, str):
        yield value
    elif is_dataclass(value):
        for one in fields(value):
            yield from texts_in(getattr(value, one.name))
    elif isinstance(value, (tuple, list)):
        for one in value:
            yield from texts_in(one)


def test_every_kind_of_scene_is_tried_here():
    ours = {one for one in Scene.__subclasses__() if one.__module__.startswith("dashboard.")}
    assert {type(one) for one in every_scene()} == ours


@pytest.mark.parametrize("blind", [False, True])
@pytest.mark.parametrize("scene", every_scene(), ids=lambda one: type(one).__name__)
def test_no_kind_of_scene_tells_a_name_outside(scene, blind, whole):
    manner = Manner("outside", is_blind=blind)
    told = replace(ALIASES, is_blind=blind)
    ready = prepare(a_story(scene), whole, names(), manner, told, copies={"ab": "cd"})
    texts = "\n".join(texts_in(ready.story))
    assert list(told.find(texts)) == []
    assert not any(one.notes for one in ready.story.scenes)
    assert ready.story.warnings == ()


@pytest.mark.parametrize("scene", every_scene(), ids=lambda one: type(one).__name__)
def test_within_the_system_persons_and_notes_stay_away_and_parties_are_told(scene, whole):
    ready = prepare(a_story(scene), whole, names(), Manner("system"), ALIASES)
    texts = "\n".join(texts_in(ready.story))
    assert COMPANY in texts
    assert PERSON not in texts
    assert not any(one.notes for one in ready.story.scenes)
    assert ready.situation is whole


def test_inside_nothing_is_changed(whole):
    story = a_story(*every_scene())
    ready = prepare(story, whole, names(), Manner(), None)
    assert ready.story is story
    assert ready.situation is whole


def test_a_photograph_is_shown_by_its_copy_or_not_at_all(whole):
    pair = next(one for one in every_scene() if isinstance(one, PairScene))
    story, manner = a_story(pair), Manner("outside")
    with_copy = prepare(story, whole, names(), manner, ALIASES, copies={"ab": "cd"})
    without = prepare(story, whole, names(), manner, ALIASES)
    assert [one.sha256 for one in evidence_in(with_copy.story)] == ["cd"]
    assert evidence_in(without.story) == ()
    assert [one.sha256 for one in without.uncopied] == ["ab"]
    assert with_copy.uncopied == ()
    assert "SHA-256" not in "".join(texts_in(with_copy.story))


def test_reviews_and_reports_to_superiors_are_the_offices_own_business(whole):
    kept = Fact("公益损害", "三处")
    process = [Fact(names().word(key), "某检委会意见") for key in PROCESS]
    story = a_story(FactsScene("甲", facts=(kept, *process)))
    (scene,) = prepare(story, whole, names(), Manner("outside"), ALIASES).story.scenes
    assert scene.facts == (kept,)


def test_blind_neither_maps_nor_ids_of_cases_are_left(whole):
    case = sample_cases()[0]
    aliases = make_aliases(leaving_entities(), is_blind=True, seed="竞赛")
    pair = PairScene("甲", after=Picture("图", map=MapScene("图", case_id=case.id)))
    scenes = (MapScene("图", case_id=case.id), pair, TextScene("乙", case_id=case.id, id=case.id))
    ready = prepare(a_story(*scenes), whole, names(), Manner("outside", is_blind=True), aliases)
    assert case.id not in "".join(texts_in(ready.story))
    assert not [one for one in ready.story.scenes if isinstance(one, MapScene)]
    assert [one.after for one in ready.story.scenes if isinstance(one, PairScene)] == [None]


def test_blind_the_offline_page_holds_no_map_at_all_and_passes_its_check(whole):
    aliases = make_aliases(leaving_entities(), is_blind=True, seed="竞赛")
    scenes = (MapScene("图"), TextScene("甲", paragraphs=("督促履职",)))
    manner = Manner("outside", is_blind=True, seed="竞赛")
    ready = prepare(a_story(*scenes), whole, names(), manner, aliases)
    page = render_stage(ready.story, lambda _, __: ready.situation, names(), is_internal=False)
    context = context_for("outside", CITY, aliases)
    assert check_export(page, "讲案.html", context) == ()
    assert not [one for one in CITY.jurisdictions if f'"{one.short.zh}"' in page.decode()]


def leaving_entities():
    return [*entities_of_cases(sample_cases(), CITY), *entities_of_city(CITY)]


counts = st.lists(st.integers(0, 20), min_size=2, max_size=8)


@given(counts, st.booleans())
def test_no_count_of_one_or_two_can_be_told_from_a_table(numbers, has_total):
    rows = [(f"甲{place}", str(one)) for place, one in enumerate(numbers)]
    rows += [("合计", str(sum(numbers)))] if has_total else []
    shown = [cell for _, cell in suppress_cells(("院", "人数"), tuple(rows))]
    told = numbers if not has_total else [*numbers, sum(numbers)]
    assume(told != list(range(1, len(told) + 1)))  # a column that numbers the rows
    assert not {"1", "2"} & set(shown)
    if has_total and any(one in {1, 2} for one in numbers) and len(numbers) > 1:
        assert not shown[-1].isdigit()


def test_a_chart_says_where_counts_under_three_are_left_out(whole):
    chart = ChartScene("甲", categories=("一", "二", "三"), series=(Series("件", (7.0, 2.0, 0.0)),))
    share = ChartScene("乙", categories=("一",), series=(Series("率", (1.5,)),))
    ready = prepare(a_story(chart, share), whole, names(), Manner("outside"), ALIASES)
    small, rate = ready.story.scenes
    assert small.series[0].values == (7.0, None, 0.0)
    assert word("suppressed") in small.note
    assert rate.series == share.series
    assert rate.note == ""


def test_the_table_tells_of_a_story_who_became_what_and_nobody_else(whole):
    story = a_story(TextScene("甲", paragraphs=(COMPANY,)))
    rows = names_in(replace(story, title="", warnings=()), ALIASES)
    assert [row[1] for row in rows] == [COMPANY]


# ------------------------------------------------------------------------------- the screens


@pytest.fixture
def data(sample, tmp_path, monkeypatch):
    """A copy of the demonstration of this test's own."""
    shutil.copytree(sample, tmp_path / "data")
    monkeypatch.setenv("PIM_DATA_FOLDER", str(tmp_path / "data"))
    streamlit.cache_resource.clear()
    yield tmp_path / "data"
    streamlit.cache_resource.clear()


def opened(screen, language="zh", writer="王某", audience="outside", **address):
    at = AppTest.from_file(MAIN, default_timeout=120)
    at.query_params.update({"screen": screen, "lang": language, **address})
    at.session_state["kept.writer"] = writer
    at.session_state["kept.manner"] = Manner(audience)
    at.session_state["kept.board_part"] = "out"
    at.run()
    assert not at.exception
    return at


def dropped(at, content, name="讲案.pptx"):
    at.file_uploader(key="file-to-leave").set_value((name, content, "application/octet-stream"))
    at.run()
    assert not at.exception
    return at


def text_of(at):
    kinds = ("markdown", "caption", "info", "warning", "error", "success")
    said = [str(one.value) for kind in kinds for one in at.get(kind)]
    said += [str(getattr(one.proto, "body", "")) for one in at.get("html")]
    return "\n".join(said).replace("\\", "")


def downloads(at):
    return [one.key for one in at.get("download_button")]


def keyed(widgets, start):
    return next(one for one in widgets if str(one.key).startswith(start))


def give_reason(at, reason):
    keyed(at.text_area, "reason-").set_value(reason)
    release = next(one for one in at.button if one.label == word("release"))
    release.click().run()
    assert not at.exception
    return at


def test_a_planted_secret_stops_the_download_until_a_reason_stands_in_the_journal(data):
    content = slides(f"证件 {ID_NUMBER}", "103.638631, 36.081457", notes="请示")
    at = dropped(opened("leaving"), content)
    assert downloads(at) == []
    told = text_of(at)
    assert "身份证号" in told
    assert ID_NUMBER not in told
    for reason in ("", "  ", "同意"):
        assert downloads(give_reason(at, reason)) == []
        assert kept_releases(holdings.journal()) == ()
    give_reason(at, WHY)
    (kept,) = kept_releases(holdings.journal())
    assert downloads(at) == ["download-file"]
    assert (kept.reason, kept.who, kept.sha256) == (
        WHY,
        "王某",
        hashlib.sha256(content).hexdigest(),
    )
    assert {"resident_id", "position", "notes"} <= {one.kind for one in kept.leaks}
    at.session_state["kept.leaving_part"] = "past"
    at.run()
    assert WHY in text_of(at)


def test_what_was_released_is_these_bytes_for_this_audience_and_no_others(data):
    at = give_reason(dropped(opened("leaving"), slides(ID_NUMBER)), WHY)
    assert downloads(at) == ["download-file"]
    assert downloads(dropped(at, slides(f"{ID_NUMBER} "))) == []
    at.session_state["kept.manner"] = Manner("system")
    assert downloads(dropped(at, slides(ID_NUMBER))) == []


def test_nobody_takes_a_file_who_has_not_said_who_they_are(data):
    at = dropped(opened("leaving", writer=""), slides(ID_NUMBER))
    keyed(at.text_area, "reason-").set_value(WHY)
    release = next(one for one in at.button if one.label == word("release"))
    assert release.disabled
    board = opened("story_board", writer="", cases=STATION)
    assert board.button(key="make-deck").disabled


def test_where_the_journal_cannot_be_written_nothing_leaves(data):
    at = dropped(opened("leaving"), slides(ID_NUMBER))
    file = next(data.glob("journal*"))
    for one in data.glob("journal*"):
        one.unlink()
    file.mkdir()
    streamlit.cache_resource.clear()
    keyed(at.text_area, "reason-").set_value(WHY)
    next(one for one in at.button if one.label == word("release")).click().run()
    assert downloads(at) == []
    with pytest.raises(BrokenStore):
        kept_releases(holdings.journal())


@every_language
def test_a_clean_file_is_released_when_somebody_asks_for_it(language, data):
    at = dropped(opened("leaving", language, audience="internal"), "甲".encode(), "说明.txt")
    assert downloads(at) == []
    assert word("held_clean", language)
    at.button(key="release-file").click().run()
    (kept,) = kept_releases(holdings.journal())
    assert downloads(at) == ["download-file"]
    assert kept.leaks == ()
    assert kept.reason == ""


def test_a_suspect_becomes_an_alias_or_an_ordinary_word_for_all(data):
    at = dropped(opened("leaving"), "兰州新远方物流有限公司".encode(), "说明.txt")
    assert "P2" in text_of(at)
    at.button(key="suspect-word-file-0").click().run()
    assert downloads(at) == []
    assert any(one.key == "release-file" for one in at.button)
    at.run()
    (decided,) = decisions(holdings.journal())
    assert (decided.text, decided.ruling) == ("兰州新远方物流有限公司", "kept")
    again = dropped(opened("leaving"), "天水远望建材有限公司".encode(), "说明.txt")
    again.button(key="suspect-name-file-0").click().run()
    assert "须改正" in text_of(again)


# ------------------------------------------------------------------------- the story board


def test_a_secret_in_an_entry_stops_the_deck_inside_and_a_reason_releases_it(data):
    _, store = holdings.stores()
    entry = event("consultation", "2025-12-10", note=f"证人证件 {ID_NUMBER}")
    entry = replace(entry, recorded_at=datetime(2025, 12, 10, 8, tzinfo=UTC))
    case_actions.record_entry(STATION, entry, store.get(STATION).revision)
    at = opened("story_board", audience="internal", cases=STATION)
    at.button(key="make-deck").click().run()
    assert not at.exception
    assert downloads(at) == []
    give_reason(at, WHY)
    assert downloads(at) == ["download-deck"]
    (kept,) = kept_releases(holdings.journal())
    assert {one.kind for one in kept.leaks} == {"resident_id"}
    assert kept.about["cases"] == [STATION]
    assert kept.sha256 == at.session_state["kept.take.deck"].checked.sha256


def test_a_deck_for_outside_leaves_once_its_pictures_were_looked_at(data):
    at = opened("story_board", cases=STATION)
    at.button(key="make-deck").click().run()
    assert downloads(at) == []
    made = at.session_state["kept.take.deck"].checked
    assert {one.kind for one in made.leaks} == {"picture_unseen"}
    at.toggle(key="pictures-deck").set_value(True).run()
    assert not at.exception
    keyed(at.checkbox, "looked-deck").check().run()
    assert downloads(at) == ["download-deck"]
    (kept,) = kept_releases(holdings.journal())
    assert kept.leaks == ()
    assert kept.about["pictures"]
    deck = at.session_state["kept.take.deck"].checked.content
    context = context_for("outside", CITY, aliases_for(STATION), is_demonstration=True)
    assert {one.kind for one in check_export(deck, made.name, context)} == {"picture_unseen"}


def aliases_for(*told):
    revision = reads.data_state().revision
    return leaving_desk.aliases_of(revision, told, is_blind=False, seed="", decided=())


def test_the_table_of_who_became_what_is_shown_on_request_recorded_and_never_in_the_deck(data):
    at = opened("story_board", cases=STATION)
    assert "download-alias-table" not in downloads(at)
    at.button(key="take-alias-table").click().run()
    assert not at.exception
    assert "download-alias-table" in downloads(at)
    (entry,) = holdings.journal().entries(kind="alias_table_taken")
    assert entry.who == "王某"
    table = at.session_state["kept.alias_table"]
    book = load_workbook(BytesIO(table.content))
    cells = [str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row]
    assert word("table_mark") in cells
    assert entry.subject == f"table:{table.sha256}"
    leaks = check_export(
        table.content, "化名表.xlsx", context_for("outside", CITY, aliases_for(STATION))
    )
    assert {"name", "mark_internal"} <= {one.kind for one in leaks}


def test_letters_begin_with_the_names_of_the_cases_that_are_told(data):
    told = next(case for case in sample_cases() if case.agency == "红古区民政局")
    table = dict(row[1:3] for row in aliases_for(told.id).table())
    assert table[told.agency] == "红古区某局A"
    others = dict(row[1:3] for row in aliases_for(STATION).table())
    assert others[told.agency] != table[told.agency]


def test_a_photograph_gets_a_copy_for_outside_that_carries_nothing(data):
    item = next(one for one in evidence_desk.all_items() if one.mime == "image/jpeg")
    before = holdings.evidence().read(item.sha256)
    box = (0, 0, 60, 60)
    done = evidence_actions.keep_photo_for_outside(item.number, item.seen, (box,), "王某")
    copy = evidence_desk.find_item(done.numbers[0])
    made = holdings.evidence().read(copy.sha256)
    assert traces_of(made) == ()
    assert made != before
    assert leaving_desk.copies_for_showing()[item.sha256] == copy.sha256


def test_a_deck_for_outside_shows_the_copy_of_a_photograph_and_coarse_maps_of_any_day(data):
    item = next(one for one in evidence_desk.all_items() if one.mime == "image/jpeg")
    width, height = evidence_desk.shown_size(item)
    whole_picture = (0, 0, width, height)
    evidence_actions.keep_photo_for_outside(item.number, item.seen, (whole_picture,), "王某")
    state, day = reads.data_state(), date(2025, 6, 1)
    photo = Picture("整改前", item=item.number, sha256=item.sha256)
    shown = MapScene("当时", refs=("charging_stations:XG-CS-001",), as_of=day)
    pair = PairScene("甲", before=photo, after=Picture("当时", map=shown))
    story = replace(a_story(pair), title="甲")
    ready = prepare(
        story,
        story_desk.whole_on(state.as_of, state),
        names(),
        Manner("outside"),
        ALIASES,
        copies=leaving_desk.copies_for_showing(),
    )
    supply = supply_for(ready, story_desk.supply(state))
    then = supply.for_map(shown).features
    assert set(then["name"]) == {""}
    deck = Presentation(BytesIO(render_pptx(ready.story, supply, names(), is_internal=False)))
    pictures = [shape.image for page in deck.slides for shape in page.shapes
                if shape.shape_type == MSO_SHAPE_TYPE.PICTURE]  # fmt: skip
    photos = [one.blob for one in pictures if one.content_type == "image/jpeg"]
    assert len(photos) == 1
    with Image.open(BytesIO(photos[0])) as copy:
        all_of_it = (0, 0, *copy.size)
    assert is_unreadable(photos[0], all_of_it)
    assert not is_unreadable(holdings.evidence().read(item.sha256), whole_picture)


@pytest.mark.thorough
def test_the_whole_meeting_raises_no_alarm_inside_and_only_asks_for_eyes_outside(data):
    whole = look_at(collect_features(sample_features()), sample_cases(), as_of=SAMPLE_ON)
    aliases = aliases_for(*sorted(case.id for case in sample_cases()))
    story = draft_story(sample_cases(), whole, names(), SAMPLE_ON, "rev-7")
    expected = {"internal": set(), "system": set(), "outside": {"picture_unseen"}}
    for audience, kinds in expected.items():
        ready = prepare(story, whole, names(), Manner(audience), aliases)
        deck = render_pptx(ready.story, ready.situation, names(), is_internal=audience != "outside")
        context = context_for(audience, CITY, aliases, is_demonstration=True)
        leaks = check_export(deck, "讲案.pptx", context)
        assert {one.kind for one in leaks} == kinds, audience
