"""A story on stage: its data, its one page, and the leave to open it."""

import asyncio
import json
import re
import time
from base64 import b64decode, b64encode
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import date
from hashlib import sha256
from html import escape
from html.parser import HTMLParser
from io import BytesIO

import pytest
from PIL import Image
from starlette.applications import Starlette

from dashboard.decks import stage_pictures
from dashboard.decks.stage import stage_data
from dashboard.decks.stage_page import policy, render_stage
from dashboard.doors.content_security import ContentSecurity
from dashboard.naming import Naming
from dashboard.routes.stage import offer_stage, stage_routes
from dashboard.routes.stage_pass import LIFE_S, STEP_S, write_stage_pass
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
from dashboard.text import say
from geodata import Scope, load_rule_set, open_city
from geodata.casebook import casebook_of
from geodata.sample import SAMPLE_ON, sample_cases, sample_features
from geodata.standing import judge
from layers.catalog import all_layers
from layers.disclosure import check_export, context_for, make_aliases
from layers.drawing.legend import build_legend
from layers.drawing.stagemap import MOST_DRAWN
from layers.drawing.symbols import OVERDUE_COLOUR
from layers.drawing.webmap import Position, base_lines
from layers.situation import collect_features, dress, see

NAMES = Naming(open_city(), load_rule_set(), all_layers(), "zh")
EARLIER = date(2025, 8, 1)
CASE = sample_cases()[1]
REFS = tuple(str(ref) for ref in CASE.hazards)
MARKUP = '</script><img src=x onerror=alert(1)> & "某"'


@pytest.fixture(scope="module")
def look():
    """The demonstration as a scope sees it on a day, each day judged once."""
    features, book, days = collect_features(sample_features()), casebook_of(sample_cases()), {}

    def seen(scope, day):
        if day not in days:
            standing = judge(book, load_rule_set, day)
            days[day] = (dress(features, standing), standing)
        return see(*days[day], scope)

    return seen


def story(*scenes, **more):
    return Story("讲案", scenes, "zh", SAMPLE_ON, "r7", is_demonstration=True, **more)


def told(look, *scenes, **how):
    return stage_data(story(*scenes), look, NAMES, **how)


def states_of(data, number):
    """Return the stage and the lateness of every hazard of a map, by its title."""
    shows = data["map"]["maps"][number]["shows"]
    return {
        data["map"]["features"][feature][0]: dict(data["map"]["states"][state])
        for feature, _, state in shows
    }


def photograph(width=2400, colour="#805030"):
    made = BytesIO()
    exif = Image.Exif()
    exif[0x010F] = "Camera of somebody"
    Image.new("RGB", (width, width * 2 // 3), colour).save(made, "JPEG", exif=exif)
    return made.getvalue()


# ------------------------------------------------------------------------------ scenes


def test_every_kind_of_scene_reaches_the_stage_and_an_unknown_one_keeps_its_heading(look):
    scenes = (
        TitleScene("开场", subheading="一\n二"),
        AgendaScene("议程", rows=(AgendaRow("城关", "某案", "某某", 68, 8, "c1"),)),
        MapScene("地图", refs=REFS),
        FactsScene("要点", facts=(Fact("机关", "无记录", is_missing=True),)),
        TimelineScene("时间线", steps=(Step(EARLIER, "立案", is_stage=True),)),
        TextScene("文字", paragraphs=("一段", "二段")),
        TableScene("表", columns=("甲", "乙"), rows=(("1", "2"),), faint=(0,)),
        ChartScene("图", categories=("城关",), series=(Series("2025", (None,)),), unit="件"),
        PairScene("对比"),
        Scene("别的", notes="话"),
    )
    data = told(look, *scenes)["scenes"]
    kinds = [
        "title",
        "table",
        "map",
        "table",
        "table",
        "table",
        "table",
        "chart",
        "pair",
        "unknown",
    ]
    assert [one["kind"] for one in data] == kinds
    assert [one["heading"] for one in data] == [scene.heading for scene in scenes]
    assert data[1]["rows"] == [["1:08", "城关", "某案", "某某", "8"]]
    assert data[3]["faint"] == [0]
    assert data[4]["strong"] == [0]
    assert data[7]["series"] == [{"name": "2025", "values": [None]}]
    assert data[8]["before"]["lost"] == say("stage.no_picture", "zh")


def test_scenes_carry_the_time_planned_what_is_missing_and_whose_case_they_are(look):
    one = MapScene("甲", case_id="LZ-1", minutes=1.5, missing=("隐患 a:1",), notes="提示")
    two = TextScene("乙", case_id="LZ-2")
    data = told(look, one, two, replace(one, heading="丙"), TextScene("丁"))["scenes"]
    assert [scene["case"] for scene in data] == [1, 2, 1, 0]
    assert (data[0]["seconds"], data[0]["missing"], data[0]["notes"]) == (90, ["隐患 a:1"], "提示")
    assert "LZ-1" not in json.dumps(data, ensure_ascii=False)


# -------------------------------------------------------------------------------- maps


def test_the_legend_of_a_map_on_stage_is_that_of_the_app(look):
    data = told(look, MapScene("全市", scope=Scope()))
    shown = look(Scope(), SAMPLE_ON).features
    parts = build_legend(
        shown,
        NAMES.layers,
        NAMES.rules.groups,
        "status",
        NAMES.legend,
        language="zh",
        rim=OVERDUE_COLOUR,
    )
    drawn = data["map"]["maps"][0]
    texts = [(part["title"], [text for _, text in part["entries"]]) for part in drawn["legend"]]
    assert texts == [(part.title, [one.caption() for one in part.entries]) for part in parts]
    signs = [
        data["map"]["signs"][number] for part in drawn["legend"] for number, _ in part["entries"]
    ]
    assert [sign["shape"] for sign in signs] == [
        one.sign.shape for part in parts for one in part.entries
    ]
    groups = sum(one.count for one in parts[0].entries if one.sign.rim == "")
    assert len(drawn["shows"]) == groups == int(shown.geometry.notna().sum())


def test_the_statuses_of_a_map_are_those_of_its_own_day(look):
    now, then = MapScene("现在", refs=REFS), MapScene("当时", refs=REFS, as_of=EARLIER)
    data = told(look, now, then)
    numbers = [scene["map"] for scene in data["scenes"]]
    stage = say("stage.card.state", "zh")
    for number, day in zip(numbers, (SAMPLE_ON, EARLIER), strict=True):
        features = look(Scope(), day).features
        wanted = features[features["ref"].isin(REFS)].set_index("name")["group"]
        drawn = {name: one[stage] for name, one in states_of(data, number).items()}
        assert drawn == {name: NAMES.group(group) for name, group in wanted.items()}
        assert day.isoformat() in data["map"]["maps"][number]["note"]
    assert states_of(data, numbers[0]) != states_of(data, numbers[1])


def test_two_days_of_one_case_are_framed_alike_so_that_they_can_be_compared(look):
    view = MapScene("", refs=REFS)
    pair = PairScene(
        "对比",
        before=Picture("立案前", on=EARLIER, map=view),
        after=Picture("现在", on=SAMPLE_ON, map=view),
    )
    data = told(look, pair)
    (scene,) = data["scenes"]
    before, after = (data["map"]["maps"][scene[side]["map"]] for side in ("before", "after"))
    assert before["bounds"] == after["bounds"]
    assert before["shows"] != after["shows"]
    assert (scene["before"]["day"], scene["after"]["day"]) == ("2025-08-01", "2025-12-17")


def test_a_map_says_how_many_it_does_not_draw_and_keeps_the_overdue(look, monkeypatch):
    monkeypatch.setattr("layers.drawing.stagemap.MOST_DRAWN", 20)
    drawn = told(look, MapScene("全市", scope=Scope()))["map"]["maps"][0]
    placed = look(Scope(), SAMPLE_ON).features.geometry.notna().sum()
    assert placed < MOST_DRAWN
    assert len(drawn["shows"]) == 20
    assert say("stage.left_out", "zh", count=placed - 20) in drawn["note"]
    late = say("map.legend_overdue", "zh")
    assert any(late in text for part in drawn["legend"] for _, text in part["entries"])


def test_a_map_shows_the_layers_and_the_place_that_its_scene_asks_for(look):
    scene = MapScene(
        "充电", scope=Scope(), layers=("charging_stations",), position=Position(12, 36.1, 103.6)
    )
    data = told(look, scene, MapScene("空", jurisdiction="LZ-YD"))
    first, bare, _ = data["map"]["maps"]
    assert len(first["shows"]) == 45
    assert first["view"] == [36.1, 103.6, 12]
    assert bare["shows"] == []
    assert bare["bounds"] != data["map"]["bounds"]


def test_outlines_and_rivers_come_back_exactly_as_they_were_published(look):
    base = told(look, MapScene("空"))["map"]["base"]
    lines = json.loads(base_lines(NAMES.city))

    def unpack(steps):
        x, y = (value * 100_000 for value in base["origin"])
        for east, north in zip(steps[::2], steps[1::2], strict=True):
            x, y = x + east, y + north
            yield [x / 100_000, y / 100_000]

    def flat(coordinates):
        if isinstance(coordinates[0], (int, float)):
            return [coordinates[:2]]
        return [point for part in coordinates for point in flat(part)]

    for name, given in lines.items():
        wanted = [flat(one["geometry"]["coordinates"]) for one in given["features"]]
        found = [[p for ring in parts for p in unpack(ring)] for parts in base[name]]
        assert found == [[[round(x, 5), round(y, 5)] for x, y in shape] for shape in wanted], name


def test_outside_a_card_tells_no_more_than_the_map_and_a_map_no_more_than_a_kilometre(look):
    data = told(look, MapScene("地图", refs=REFS), is_internal=False)
    layer = say("stage.card.layer", "zh")
    cards = [dict(card) for *_, card in data["map"]["features"]]
    assert cards
    assert all(card.keys() == {layer} for card in cards)
    assert CASE.id not in json.dumps(data, ensure_ascii=False)
    assert "内部使用" not in data["marks"]
    for corner in data["map"]["maps"][0]["bounds"]:
        assert corner == [round(value, 2) for value in corner]


# ------------------------------------------------------------------------------ pictures


def test_photographs_are_small_upright_without_exif_and_each_is_held_once(look):
    pair = PairScene(
        "照片",
        before=Picture("前", on=EARLIER, item=1, sha256="a" * 64),
        after=Picture("后", on=SAMPLE_ON, item=2, sha256="b" * 64),
    )
    made = {"a" * 64: photograph(), "b" * 64: photograph(colour="#308050")}
    data = told(look, pair, pair, read_picture=lambda one: made[one.sha256])
    assert len(data["pictures"]) == 2
    for address in data["pictures"]:
        held = b64decode(address.removeprefix("data:image/jpeg;base64,"))
        with Image.open(BytesIO(held)) as picture:
            assert max(picture.size) == 1600
            assert not picture.getexif()
        assert b"Camera of somebody" not in held


def test_many_photographs_are_scaled_down_until_they_fit_one_file():
    noisy = BytesIO()
    Image.effect_noise((1600, 1200), 90).convert("RGB").save(noisy, "JPEG", quality=85)
    many = [noisy.getvalue()] * 4
    most = sum(map(len, many)) // 2
    fitted = stage_pictures.fit_pictures(many, most)
    assert sum(map(len, fitted)) <= most
    assert stage_pictures.MOST_BYTES * 4 / 3 < 11_000_000


def test_outside_shows_the_copy_of_a_photograph_or_says_that_there_is_none(look):
    bare = Picture("前", item=1, sha256="a" * 64)
    copied = replace(bare, copy_sha256="c" * 64)
    asked = []

    def read(one):
        asked.append(one.copy_sha256)
        return photograph(600)

    data = told(
        look, PairScene("对", before=bare, after=copied), is_internal=False, read_picture=read
    )
    (scene,) = data["scenes"]
    assert asked == ["c" * 64]
    assert scene["before"]["lost"] == say("stage.for_outside_no_copy", "zh")
    assert scene["after"]["picture"] == 0


def test_a_photograph_that_is_gone_or_broken_leaves_its_scene_standing(look):
    pair = PairScene(
        "对", before=Picture("前", sha256="a" * 64), after=Picture("后", sha256="b" * 64)
    )
    answers = {"a" * 64: None, "b" * 64: b"no picture"}
    (scene,) = told(look, pair, read_picture=lambda one: answers[one.sha256])["scenes"]
    assert scene["before"]["lost"] == scene["after"]["lost"] == say("stage.no_picture", "zh")


# ---------------------------------------------------------------------------- the page


class Page(HTMLParser):
    """The tags of a page with their attributes, and the texts of scripts and styles."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.texts, self.open = [], [], ""
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.open = tag

    def handle_data(self, data):
        if self.open in {"script", "style"}:
            self.texts.append((self.open, data))
        self.open = ""


@pytest.fixture(scope="module")
def page(look):
    scenes = (
        TitleScene(MARKUP, subheading=MARKUP),
        MapScene("地图", refs=REFS, caption=MARKUP),
        FactsScene("要点", facts=(Fact(MARKUP, MARKUP),)),
    )
    return render_stage(replace(story(*scenes), title=MARKUP), look, NAMES).decode()


def test_no_name_in_a_story_can_close_a_tag_of_its_page(page):
    tags = Page(page).tags
    assert [name for name, _ in tags if name == "img"] == []
    assert [name for name, _ in tags].count("script") == 9
    held = re.search(r'<script type="application/json" id="story">(.*?)</script>', page, re.DOTALL)
    assert json.loads(held[1])["scenes"][0]["heading"] == MARKUP


def test_the_page_holds_everything_and_its_own_policy_allows_nothing_else(page):
    parsed = Page(page)
    for tag, facts in parsed.tags:
        assert not {"src", "href", "style", "onclick", "onload"} & facts.keys(), (tag, facts)
    (allowed,) = [facts["content"] for tag, facts in parsed.tags if tag == "meta" and
                  facts.get("http-equiv") == "Content-Security-Policy"]  # fmt: skip
    assert allowed == policy()
    assert "unsafe" not in allowed
    assert allowed.startswith("default-src 'none'")
    texts = [text for _, text in parsed.texts if not text.startswith("{")]
    assert len(texts) == 9
    for text in texts:
        digest = b64encode(sha256(text.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in allowed
    assert "sourceMappingURL" not in page
    assert re.findall(r"url\((?!#)[^)]*\)", page) == []
    assert re.findall(r"(?i)https?://(?!www\.w3\.org/)[\w.]+", page) == []


def test_the_page_names_source_day_revision_approval_number_and_marks(page):
    number = NAMES.city.outline_source.map_approval_number
    assert number
    for text in ("2025-12-17", "r7", number, "内部使用", "演示数据"):
        assert text in page


def test_what_must_not_leave_is_found_in_the_page_and_nothing_else_is(look):
    clean = story(
        TitleScene("开场"), MapScene("地图", refs=REFS), TextScene("文", paragraphs=("甲",))
    )
    planted = replace(clean.scenes[2], notes="联系 13900001234，身份证 11010519491231002X")
    context = context_for("internal", NAMES.city, make_aliases([]), is_demonstration=True)

    def kinds(told):
        leaks = check_export(render_stage(told, look, NAMES), "讲案.html", context)
        return {leak.kind for leak in leaks}

    assert kinds(clean) == set()
    found = kinds(replace(clean, scenes=(*clean.scenes[:2], planted)))
    assert found == {"resident_id", "phone"}


def test_26_cases_make_one_small_file(look):
    drafted = draft_story(sample_cases(), look(Scope(), SAMPLE_ON), NAMES, SAMPLE_ON, "r7")
    done = []
    page = render_stage(drafted, look, NAMES, on_scene=done.append)
    assert done[-1] == len(drafted.scenes)
    assert 300_000 < len(page) < 2_000_000


# --------------------------------------------------------------------------- the leave


APP = ContentSecurity(Starlette(routes=stage_routes()))


@dataclass
class Answer:
    """What the app answers: its status, headers and text."""

    status: int = 0
    headers: dict = field(default_factory=dict)
    text: str = ""


def ask(address):
    """Return the answer of the app to the address of a browser."""
    path, _, query = address.partition("?")
    scope = {"type": "http", "method": "GET", "path": path, "headers": []}
    answer = Answer()

    async def receive():
        return {"type": "http.request"}

    async def send(message):
        if message["type"] == "http.response.start":
            answer.status = message["status"]
            answer.headers = {name.decode(): value.decode() for name, value in message["headers"]}
        else:
            answer.text += message["body"].decode()

    asked = {**scope, "query_string": query.encode()}
    with ThreadPoolExecutor(1) as thread:  # in this one a browser's loop may be running
        thread.submit(lambda: asyncio.run(APP(asked, receive, send))).result()
    return answer


def test_who_has_the_address_opens_the_stage_under_its_own_stricter_policy():
    made = []
    address = offer_stage(("a story", 1), lambda: made.append(1) or b"<!doctype html>the page")
    for _ in range(2):
        answer = ask(f"/{address}")
        assert (answer.status, answer.text) == (200, "<!doctype html>the page")
    assert made == [1], "made anew although it was at hand"
    assert answer.headers["content-security-policy"] == f"{policy()}; frame-ancestors 'none'"
    assert "no-store" in answer.headers["cache-control"]


@pytest.mark.parametrize(
    ("change", "status", "reason"),
    [
        (lambda name, _: f"/stage/{name}.html", 403, "refused"),
        (lambda name, _: f"/stage/{name}.html?pass=invented", 403, "refused"),
        (lambda _, leave: f"/stage/{'0' * 40}.html?{leave}", 403, "refused"),
        (
            lambda name, _: f"/stage/{name}.html?pass={write_stage_pass(name, -LIFE_S - STEP_S)}",
            403,
            "expired",
        ),
        (
            lambda *_: f"/stage/{'f' * 40}.html?pass={write_stage_pass('f' * 40, time.time())}",
            404,
            "gone",
        ),
    ],
)
def test_a_wrong_or_old_address_is_refused_with_a_sentence(change, status, reason):
    address = offer_stage(("another", 2), lambda: b"the page")
    name, leave = re.fullmatch(r"stage/(\w+)\.html\?(.+)", address).groups()
    answer = ask(change(name, leave))
    assert answer.status == status
    for language in ("zh", "en"):
        assert escape(say(f"stage.door.{reason}", language)) in answer.text
    assert "the page" not in answer.text
