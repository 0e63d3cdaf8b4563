"""A story for outside: hidden, coarse, checked; what is made for the inside raises no alarm."""

import hashlib
import zipfile
from dataclasses import replace
from io import BytesIO

import pytest

from dashboard.decks.pptx import render_pptx
from dashboard.naming import Naming
from dashboard.telling.drafts import draft_story
from dashboard.telling.outside import story_for_outside
from dashboard.telling.story import Fact, MapScene, PairScene, Story
from dashboard.words.disclosure import (
    say_check,
    say_class,
    say_leak,
    say_precision,
    say_where,
    table_headings,
)
from geodata import load_rule_set, open_city
from geodata.sample import SAMPLE_ON, sample_cases, sample_features
from geodata.selection import have_place
from layers.catalog import all_layers
from layers.disclosure import (
    Leak,
    check_export,
    context_for,
    entities_of_cases,
    entities_of_city,
    entities_of_features,
    leak_kinds,
    make_aliases,
)
from layers.disclosure.spelling import fold
from layers.situation import collect_features
from tests.layers.pictures import look_at

CITY = open_city()
LANGUAGES = ("zh", "en")
MAPS, FEW = 2, 4
"""So many maps are drawn, and scenes in English: they differ in nothing that is checked."""


@pytest.fixture(scope="module")
def whole():
    return look_at(collect_features(sample_features()), sample_cases(), as_of=SAMPLE_ON)


def names(language="zh"):
    return Naming(CITY, load_rule_set(), all_layers(), language)


def drafted(whole, language="zh"):
    return draft_story(sample_cases(), whole, names(language), SAMPLE_ON, "rev-7")


def with_few_maps(story):
    maps = [one for one in story.scenes if isinstance(one, MapScene)]
    left_out = [*maps[MAPS:], *(one for one in story.scenes if isinstance(one, PairScene))]
    return replace(story, scenes=tuple(one for one in story.scenes if one not in left_out))


@pytest.fixture(scope="module")
def record():
    frames = sample_features().values()
    return [
        *entities_of_cases(sample_cases(), CITY),
        *entities_of_features(frames, CITY),
        *entities_of_city(CITY),
    ]


@pytest.fixture(scope="module")
def story(whole):
    return drafted(whole)


def texts_of(story):
    for scene in story.scenes:
        yield scene.heading
        yield scene.notes
        yield getattr(scene, "caption", "")
        yield from (fact.value for fact in getattr(scene, "facts", ()))
        yield from (step.note for step in getattr(scene, "steps", ()))


def test_a_whole_story_is_hidden_and_still_finds_its_cases_and_places(record, story):
    told = make_aliases(record)
    hidden = told.hide_in(story, dropped=frozenset({"notes"}))
    assert isinstance(hidden, Story)
    assert [scene.case_id for scene in hidden.scenes] == [scene.case_id for scene in story.scenes]
    maps = [one.refs for one in hidden.scenes if isinstance(one, MapScene)]
    assert maps == [one.refs for one in story.scenes if isinstance(one, MapScene)]
    assert not any(scene.notes for scene in hidden.scenes)
    assert [seen.written for text in texts_of(hidden) for seen in told.find(text)] == []
    assert "某局" in "".join(texts_of(hidden))


def test_blind_no_office_and_no_district_can_be_told(record, story):
    told = make_aliases(record, is_blind=True, seed="竞赛")
    hidden = told.hide_in(story, dropped=frozenset({"notes"}))
    text = fold("\n".join(texts_of(hidden))).letters
    for one in CITY.jurisdictions:
        assert one.short.zh not in text, one.short.zh
    offices = [alias for kind, _, alias, _ in told.table() if kind == "office"]
    assert len(set(offices)) == len(CITY.jurisdictions)
    assert all(alias.endswith("院") for alias in offices)


def test_blind_an_office_and_its_district_share_a_letter_that_only_the_seed_tells(record):
    firsts = set()
    for seed in "abcdefgh":
        table = {name: alias for _, name, alias, _ in
                 make_aliases(record, is_blind=True, seed=seed).table()}  # fmt: skip
        assert table["兰州市城关区人民检察院"][0] == table["城关区"][0]
        firsts.add(table["城关区"])
    assert len(firsts) > 1


def test_the_table_of_who_became_what_is_written_only_where_it_is_asked_for(record):
    told = make_aliases(record)
    table = told.render_table(table_headings("zh")).decode("utf-8-sig").splitlines()
    assert table[0] == "类别,名称,化名（中文）,化名（英文）"
    assert "agency,红古区民政局,红古区某局B,Agency B" in table
    assert told.hide_in(Fact("机关", "红古区民政局")).value == "红古区某局B"


@pytest.fixture(scope="module")
def deck(whole, story):
    return render_pptx(with_few_maps(story), whole, names())


def test_the_deck_of_all_cases_raises_no_alarm_inside(deck, record):
    context = context_for("internal", CITY, make_aliases(record), is_demonstration=True)
    assert check_export(deck, "讲案.pptx", context) == ()


def test_nor_does_a_deck_in_english(whole, record):
    story = drafted(whole, "en")
    short = replace(story, scenes=story.scenes[:FEW])
    deck = render_pptx(short, whole, names("en"))
    context = context_for("internal", CITY, make_aliases(record), is_demonstration=True)
    assert check_export(deck, "story.pptx", context) == ()


def test_a_story_for_outside_may_leave_once_its_maps_were_looked_at(whole, record, story):
    told = make_aliases(record)
    shown, coarse = story_for_outside(with_few_maps(story), whole, told, names())
    deck = render_pptx(shown, coarse, names(), is_internal=False)
    context = context_for("outside", CITY, told, is_demonstration=True)
    leaks = check_export(deck, "讲案.pptx", context)
    assert {one.kind for one in leaks} == {"picture_unseen"}
    assert len(leaks) == MAPS
    assert check_export(deck, "讲案.pptx", replace(context, seen_pictures=pictures_in(deck))) == ()


@pytest.mark.parametrize("way", ["grid", "township", "district"])
def test_the_maps_of_a_story_for_outside_are_coarse_and_say_so(whole, record, story, way):
    shown, coarse = story_for_outside(story, whole, make_aliases(record), names(), way)
    maps = [one for one in shown.scenes if isinstance(one, MapScene)]
    assert maps
    assert all(one.caption.endswith(say_precision(way, "zh")) for one in maps)
    placed = coarse.features[have_place(coarse.features)]
    assert len(coarse.features) == len(whole.features)
    assert {round(one.x, 2) == one.x for one in placed.geometry} == {True}
    assert set(placed["name"]) == {""}
    assert "某停车场 1 号充电站" in set(whole.features["name"])


def test_blind_there_are_no_maps(whole, record, story):
    told = make_aliases(record, is_blind=True, seed="竞赛")
    shown, _ = story_for_outside(story, whole, told, names())
    assert not [one for one in shown.scenes if isinstance(one, MapScene)]
    assert len(shown.scenes) > len(sample_cases())


def test_the_deck_for_the_inside_may_not_go_outside(deck, record):
    context = context_for("outside", CITY, make_aliases(record), is_demonstration=True)
    kinds = {one.kind for one in check_export(deck, "讲案.pptx", context)}
    assert {"name", "notes", "mark_internal"} <= kinds


def pictures_in(deck):
    with zipfile.ZipFile(BytesIO(deck)) as archive:
        media = [one for one in archive.namelist() if "/media/" in one]
        return frozenset(hashlib.sha256(archive.read(one)).hexdigest() for one in media)


# ------------------------------------------------------------------------------ words


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", leak_kinds())
def test_every_kind_of_leak_is_said_with_place_class_and_remedy(kind, language):
    leak = Leak(kind, (("slide", "3"), ("notes", "")), "王**", "stops", 2)
    line = say_leak(leak, language)
    assert "王**" in line
    assert "3" in line
    assert "{" not in line
    assert say_class(leak, language).startswith(leak.disclosure_class)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_outcome_of_a_check_is_said_with_its_counts(language):
    leaks = (Leak("name", (), "王**", "stops"), Leak("link", (), "x.org", "asks"))
    assert "a.pptx" in say_check("a.pptx", "outside", (), language)
    told = say_check("a.pptx", "outside", leaks, language)
    assert told.count("1") == len(leaks)
    assert say_where((), language)


def test_the_precision_of_coarse_places_is_said():
    assert "2200" in say_precision("grid", "zh")
    assert "district" in say_precision("district", "en")
