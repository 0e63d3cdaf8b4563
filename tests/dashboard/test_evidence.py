"""The screen of evidence: taken whatever it is, labelled, guarded, never changed."""

import csv
import io
import shutil
import zipfile
from dataclasses import replace
from datetime import UTC, date, datetime, time
from io import BytesIO
from pathlib import Path

import pytest
import streamlit
from PIL import Image
from starlette.requests import Request
from streamlit.testing.v1 import AppTest

from dashboard import holdings, reads
from dashboard.actions import evidence as evidence_actions
from dashboard.actions.evidence import Handed, HandIn
from dashboard.desks import evidence as evidence_desk
from dashboard.desks.evidence import CopyWork
from dashboard.naming import Naming
from dashboard.panels.evidence.list import PARTS
from dashboard.panels.evidence.words import say_lacks, say_source, say_taken, say_trouble
from dashboard.routes.picture_pass import check_picture_pass, write_picture_pass
from dashboard.routes.pictures import give_picture, hand_over_copy, picture_address, picture_routes
from dashboard.routes.tile_pass import LIFE_S, STEP_S, PassRefused, TilePass, write_pass
from geodata import load_rule_set, open_city, open_evidence
from geodata.errors import BadEvidence, EmptyBundle, NotAllowed, OriginalDamaged, StaleCustody
from geodata.evidence_needs import layers_with_needs, needs_of
from layers.catalog import all_layers
from layers.invented_evidence import PIECES

MAIN = str(Path(__file__).parents[2] / "dashboard" / "main.py")
STATION, HAZARD = "LZ-XG-2025-001", "charging_stations:XG-CS-001"
TOLD = HandIn(("王某", "李某"), case=STATION, hazard=HAZARD, layer="charging_stations",
              purpose="photo_east", access_class="P4", collection_place="场站东侧")  # fmt: skip
WRONG_PLACE, LACKING, GUARDED, LETTER = 3, 5, 7, 6
every_language = pytest.mark.parametrize("language", ["zh", "en"])


@pytest.fixture
def data(sample, tmp_path, monkeypatch):
    """A copy of the demonstration of this test's own."""
    shutil.copytree(sample, tmp_path / "data")
    monkeypatch.setenv("PIM_DATA_FOLDER", str(tmp_path / "data"))
    streamlit.cache_resource.clear()
    yield tmp_path / "data"
    streamlit.cache_resource.clear()


def naming(language="zh"):
    return Naming(open_city(), load_rule_set(), all_layers(), language)


def ask(address):
    """Return what the route answers to an address."""
    path, _, query = address.partition("?")
    scope = {"type": "http", "method": "GET", "path": path, "query_string": query.encode(),
             "headers": []}  # fmt: skip
    (route,) = picture_routes()
    _, more = route.matches(scope)
    return give_picture(Request({**scope, **more}))


def a_picture(size=(80, 60), colour="#336699", kind="PNG"):
    made = BytesIO()
    Image.new("RGB", size, colour).save(made, kind)
    return made.getvalue()


def handed(name, content):
    return Handed(name, BytesIO(content))


def keep(files, told=TOLD, who="王某"):
    heard = []
    done = evidence_actions.keep_files(files, told, who, lambda at, of: heard.append((at, of)))
    return done, heard


def state():
    return reads.data_state()


def shown(part="items", language="zh", **address):
    app = AppTest.from_file(MAIN, default_timeout=60)
    for name, value in {"screen": "evidence", "lang": language, **address}.items():
        app.query_params[name] = value
    app.session_state["kept.evidence_part"] = part
    app.session_state["kept.writer"] = "王某"
    app.run()
    assert [one.value for one in app.exception] == []
    return app


# ---------------------------------------------------------------------- handing in


def test_files_of_any_kind_are_kept_at_once_and_each_is_labelled(data):
    files = [
        handed("东面.png", a_picture()),
        handed("笔录.docx", b"PK\x03\x04 no picture"),
        handed("坏.jpg", a_picture(kind="JPEG")[:-200]),
        handed("空.jpg", b""),
    ]
    done, heard = keep(files)
    items = [holdings.evidence().item(number) for number in done.numbers]
    labels = [one.looked.label for one in items]
    assert labels == ["sound", "not_a_picture", "truncated", "empty"]
    assert items[0].looked.exif_state == "missing"
    assert items[0].facts.captured_at is None  # never the time of a file
    assert items[0].facts.collectors == ("王某", "李某")
    assert heard[0] == (0, 4)
    assert heard[-1] == (4, 4)


def test_a_large_file_is_kept_from_its_stream(data):
    class Large(io.RawIOBase):
        """Ten megabytes that are nowhere at once."""

        def __init__(self):
            self.left = 10_000_000

        def readable(self):
            return True

        def read(self, size=-1):
            assert size > 0, "the whole of it was asked for at once"
            taken = min(size, self.left)
            self.left -= taken
            return b"\0" * taken

    done, _ = keep([Handed("录像.bin", Large())])
    item = holdings.evidence().item(done.numbers[0])
    assert item.size == 10_000_000
    assert item.looked.label == "not_a_picture"


@pytest.mark.parametrize(
    ("told", "who", "error"),
    [
        (TOLD, " ", NotAllowed),
        (replace(TOLD, case="LZ-ZZ-1999-001", hazard=""), "王某", NotAllowed),
        (replace(TOLD, case="", hazard=""), "王某", BadEvidence),
        (replace(TOLD, collectors=("王某", "王某")), "王某", BadEvidence),
    ],
)
def test_nothing_is_kept_without_name_right_case_or_sense(data, told, who, error):
    before = holdings.evidence().head()
    with pytest.raises(error):
        keep([handed("a.png", a_picture())], told, who)
    assert holdings.evidence().head() == before


@every_language
def test_what_is_refused_is_said_in_words_with_what_to_do(data, language):
    with pytest.raises(BadEvidence) as refused:
        keep([handed("a.png", a_picture())], replace(TOLD, case="", hazard=""))
    said = say_trouble(refused.value, naming(language))
    assert ("案件" if language == "zh" else "case") in said
    assert "{" not in said


# ------------------------------------------------------------------------ changing


def test_what_is_told_anew_needs_a_reason_and_leaves_the_first_telling_on_record(data):
    store = holdings.evidence()
    item = store.item(LACKING)
    with pytest.raises(BadEvidence):
        evidence_actions.tell_anew(LACKING, item.seen, " ", {"collectors": ("甲", "乙")}, "王某")
    with pytest.raises(BadEvidence):
        evidence_actions.tell_anew(LACKING, item.seen, "补", {"note": item.facts.note}, "王某")
    evidence_actions.tell_anew(LACKING, item.seen, "补记", {"collectors": ("甲", "乙")}, "王某")
    assert store.item(LACKING).facts.collectors == ("甲", "乙")
    assert "second_collector" not in store.item(LACKING).lacks
    actions = [one.action for one in store.custody(LACKING)]
    assert actions == ["received", "described"]
    assert "演示员甲" in store.custody(LACKING)[0].told
    with pytest.raises(StaleCustody):
        evidence_actions.tell_anew(LACKING, item.seen, "又", {"note": "x"}, "李某")


def test_an_item_goes_to_another_case_only_where_both_are_ones_own(data):
    seen = holdings.evidence().item(LACKING).seen
    elsewhere = {"case": "LZ-ZZ-1999-001", "hazard": ""}
    with pytest.raises(NotAllowed):
        evidence_actions.tell_anew(LACKING, seen, "归错了", elsewhere, "王某")
    assert holdings.evidence().item(LACKING).facts.case == STATION


def test_handing_over_is_entered_once_and_not_over_what_others_did_meanwhile(data):
    store = holdings.evidence()
    seen = store.item(LETTER).seen
    evidence_actions.enter_hand_over(LETTER, seen, "案管部门", "原件一份", "王某")
    entry = store.custody(LETTER)[-1]
    assert (entry.action, entry.who) == ("handed_over", "王某")
    assert "案管部门" in entry.note
    with pytest.raises(StaleCustody):
        evidence_actions.enter_hand_over(LETTER, seen, "法院", "", "李某")
    with pytest.raises(BadEvidence):
        evidence_actions.enter_hand_over(LETTER, seen + 1, " ", "", "王某")


# -------------------------------------------------------------------------- copies


@pytest.mark.parametrize(
    ("work", "size"),
    [
        (CopyWork("blurred", ((100, 100, 300, 300),)), (640, 480)),
        (CopyWork("cropped", ((100, 50, 300, 200),)), (200, 150)),
        (CopyWork("rotated", (), 90), (480, 640)),
    ],
)
def test_a_copy_has_its_own_hash_points_at_its_original_and_leaves_it_alone(data, work, size):
    store = holdings.evidence()
    before = store.item(1)
    original = store.read(before.sha256)
    done = evidence_actions.keep_copy(
        1, before.seen, work, access_class="P4", note="遮挡车牌", who="王某"
    )
    copy = store.item(done.numbers[0])
    assert copy.facts.derived_from == before.sha256
    assert (copy.looked.width, copy.looked.height) == size
    assert copy.looked.exif_state == "missing"
    assert store.read(before.sha256) == original
    assert evidence_desk.copies_of(before)[0].number == copy.number
    assert evidence_desk.original_of(copy).number == 1
    assert [one.action for one in store.custody(1)] == ["received", "derived"]


def test_a_copy_of_nothing_and_of_no_picture_is_refused(data):
    store = holdings.evidence()
    for number, work in ((1, CopyWork("cropped")), (LETTER, CopyWork("rotated")),
                         (1, CopyWork("cropped", ((0, 0, 9999, 9999),)))):  # fmt: skip
        with pytest.raises(BadEvidence):
            evidence_actions.keep_copy(
                number, store.item(number).seen, work, access_class="", note="", who="王某"
            )
    assert len(store.items()) == len(PIECES)


# ---------------------------------------------------------------- what is said of it


@every_language
def test_time_zone_place_and_lacks_are_said_and_never_guessed(data, language):
    names, store = naming(language), holdings.evidence()
    assert say_taken(store.item(1).facts, names) == "2025-04-09 10:00:00 (UTC+08:00)"
    assert "EXIF" in say_source(store.item(1).facts, names)
    missing = names.shared_word("evidence_states", "missing")
    assert say_taken(store.item(LACKING).facts, names) == missing
    assert say_source(store.item(LACKING).facts, names) == missing
    assert any("36" in one for one in say_lacks(store.item(LACKING), names))


def test_a_place_that_contradicts_the_hazard_is_named_with_its_metres(data):
    found = evidence_desk.comparisons(evidence_desk.all_items(), state())
    against = {number: [one for one in told if one.contradicts] for number, told in found.items()}
    assert [number for number, told in against.items() if told] == [WRONG_PLACE]
    (differs,) = against[WRONG_PLACE]
    assert differs.kind == "place_differs"
    assert differs.metres == pytest.approx(2300, abs=5)
    assert found[LETTER] == ()


def test_a_time_that_was_told_is_held_against_that_of_exif(data):
    store = holdings.evidence()
    told = {"captured_at": datetime(2025, 4, 11, 2, tzinfo=UTC)}
    evidence_actions.tell_anew(1, store.item(1).seen, "按笔录", told, "王某")
    kinds = {one.kind for one in evidence_desk.comparisons([store.item(1)], state())[1]}
    assert "time_differs" in kinds
    assert "time_differs" not in {
        one.kind for one in evidence_desk.comparisons([store.item(2)], state())[2]
    }


def test_which_facts_are_proven_and_which_are_not_is_said_layer_by_layer(data):
    subject = evidence_desk.subject_of(f"case:{STATION}", state())
    items = evidence_desk.items_of(subject)
    (done,) = evidence_desk.completeness_of(subject, items).values()
    proven = {one.need.id: [item.number for item in one.items] for one in done.needs}
    assert proven["site_photos"] == [3, 4]
    assert {one.need.id for one in done.met} == {"extinguisher_label", "filing_reply"}
    assert [item.number for item, _ in done.flawed] == [LACKING]
    shares = {one.case: one for one in evidence_desk.shares(state())}
    assert (shares[STATION].met, shares[STATION].needs) == (2, len(done.needs))


def test_a_case_shows_what_belongs_to_its_hazards_and_names_no_case(data):
    done, _ = keep([handed("a.png", a_picture())], replace(TOLD, case=""))
    subject = evidence_desk.subject_of(f"case:{STATION}", state())
    assert done.numbers[0] in {one.number for one in evidence_desk.items_of(subject)}
    other = evidence_desk.subject_of("case:LZ-YD-2025-001", state())
    assert {one.number for one in evidence_desk.items_of(other)} == {1, 2}


# -------------------------------------------------------------- pictures and passes


def test_a_pass_is_for_one_picture_and_for_some_minutes():
    now = 1_700_000_000.0
    leave = write_picture_pass("abc/large", now)
    check_picture_pass(leave, "abc/large", now + LIFE_S)
    for text, name, at in (
        ("", "abc/large", now),
        (leave, "abc/thumb", now),
        (leave + "x", "abc/large", now),
        (leave, "abc/large", now + LIFE_S + STEP_S + 1),
        (write_pass(TilePass(), now), "abc/large", now),
    ):
        with pytest.raises(PassRefused):
            check_picture_pass(text, name, at)


def test_the_route_gives_a_small_upright_picture_without_exif_and_nothing_without_leave(data):
    sha256 = holdings.evidence().item(1).sha256
    answer = ask(f"/{picture_address(sha256, 'thumb')}")
    assert answer.status_code == 200
    with Image.open(BytesIO(answer.body)) as picture:
        assert max(picture.size) == 200
        assert dict(picture.getexif()) == {}
    assert ask(f"/evidence/{sha256}/large.jpg").status_code == 403
    thumb_pass = picture_address(sha256, "thumb").partition("?")[2]
    assert ask(f"/evidence/{sha256}/large.jpg?{thumb_pass}").status_code == 403
    letter = holdings.evidence().item(LETTER).sha256
    assert ask(f"/{picture_address(letter, 'large')}").status_code == 404
    assert ask(f"/{picture_address('0' * 64, 'large')}").status_code == 404
    assert ask(f"/{picture_address(sha256, 'huge')}").status_code == 404


def test_a_copy_in_work_is_given_as_long_as_it_is_at_hand(data):
    answer = ask(f"/{hand_over_copy(a_picture())}")
    assert answer.headers["content-type"] == "image/jpeg"
    assert "no-store" not in answer.headers["cache-control"]


def test_a_damaged_original_is_not_shown(data):
    sha256 = holdings.evidence().item(2).sha256
    file = data / "evidence" / "originals" / sha256[:2] / sha256
    file.chmod(0o644)
    file.write_bytes(a_picture(kind="JPEG"))
    assert ask(f"/{picture_address(sha256, 'large')}").status_code == 404


def test_a_guarded_picture_has_no_address_before_somebody_asks(data):
    sha256 = holdings.evidence().item(GUARDED).sha256
    app = shown(item=str(GUARDED))
    assert not any(f"evidence/{sha256}" in str(one.proto) for one in app.main)
    app.button(key=f"evidence-reveal-{GUARDED}").click().run()
    assert any(f"evidence/{sha256}" in str(one.proto) for one in app.get("html"))


# ---------------------------------------------------------------- bundle and check


def test_the_bundle_leaves_out_what_may_not_go_and_is_entered_in_custody(data):
    store = holdings.evidence()
    heard = []
    done = evidence_actions.make_bundle(
        [1, 2, GUARDED], "材料", (), who="王某", language="zh",
        progress=lambda at, of: heard.append((at, of)),
    )  # fmt: skip
    assert (done.numbers, done.withheld) == ((1, 2), (GUARDED,))
    assert heard[-1] == (3, 3)
    with zipfile.ZipFile(done.bundle) as archive:
        files = [one for one in archive.namelist() if one.startswith("files/")]
        listed = list(csv.reader(archive.read("证据目录.csv").decode("utf-8-sig").splitlines()))
    assert len(files) == 2
    assert len(listed) == 3
    assert [store.custody(one)[-1].action for one in (1, 2, GUARDED)] == [
        "bundled", "bundled", "received",
    ]  # fmt: skip
    assert done.sha256 in store.custody(1)[-1].note
    with pytest.raises(EmptyBundle):
        evidence_actions.make_bundle(
            [GUARDED], "材料", (), who="王某", language="zh", progress=lambda _at, _of: None
        )
    with pytest.raises(NotAllowed):
        evidence_actions.make_bundle(
            [1], "材料", (), who="", language="zh", progress=lambda _at, _of: None
        )


@every_language
def test_a_bundle_is_made_on_the_screen_and_offered_to_be_taken(data, language):
    app = shown("bundle", language, sel=f"case:{STATION}")
    app.button(key="evidence-bundle").click().run()
    assert [one.value for one in (*app.exception, *app.error)] == []
    made = app.session_state["kept.evidence_bundle"]
    assert made.numbers == (3, 4, 5, LETTER)
    assert any(made.sha256 in one.value for one in app.code)
    assert len(app.success) == 1
    with zipfile.ZipFile(made.bundle) as archive:
        page = archive.read("证据目录.html").decode()
    assert f'<html lang="{"zh-CN" if language == "zh" else "en"}">' in page


def test_the_check_names_the_original_that_is_not_what_it_was(data):
    assert evidence_actions.verify_all().is_sound
    head = holdings.evidence().head().chain
    sha256 = holdings.evidence().item(1).sha256
    file = data / "evidence" / "originals" / sha256[:2] / sha256
    file.chmod(0o644)
    file.write_bytes(b"changed")
    found = evidence_actions.verify_all(f" {head} ")
    assert [(one.kind, one.subject) for one in found.troubles] == [("original_changed", sha256)]
    with pytest.raises(OriginalDamaged):
        evidence_actions.enter_hand_over(1, 1, "法院", "", "王某")
    app = shown("bundle")
    app.button(key="evidence-verify").click().run()
    assert any(sha256 in one.value for one in app.warning)


# ---------------------------------------------------------------------- the screen


@pytest.mark.parametrize(
    ("selected", "language"),
    [("", "zh"), (f"case:{STATION}", "en"), ("case:GONE-1", "zh"), ("relics:YD-WW-01", "en")],
)
def test_every_part_shows_itself_whatever_is_chosen(data, selected, language):
    app = shown(language=language, **({"sel": selected} if selected else {}))
    for part in PARTS:
        app.session_state["kept.evidence_part"] = part
        app.run()
        assert [one.value for one in (*app.exception, *app.error)] == []
        assert app.segmented_control(key="evidence-part").value == part


@every_language
def test_an_item_shows_its_contradiction_and_its_lacks(data, language):
    app = shown(language=language, item=str(WRONG_PLACE))
    assert any("2,300" in one.value for one in app.error)
    app = shown(language=language, item=str(LACKING))
    assert any("36" in one.value for one in app.warning)


def test_handing_over_on_the_screen_writes_it_and_says_so(data):
    app = shown(item=str(LETTER))
    key = f"hand-over-{LETTER}-0"
    app.text_input(key=f"{key}-receiver").set_value("案管部门").run()
    app.button(key="evidence-hand-over").click().run()
    assert any(str(LETTER) in one.value for one in app.success)
    assert holdings.evidence().custody(LETTER)[-1].action == "handed_over"
    assert app.text_input(key=f"hand-over-{LETTER}-1-receiver").value == ""


def test_an_edit_that_others_overtook_is_refused_and_shown(data):
    app = shown(item=str(LETTER))
    app.text_input(key=f"describe-{LETTER}-1-0-note").set_value("新的备注").run()
    app.text_input(key=f"describe-{LETTER}-1-0-why").set_value("补").run()
    open_evidence(f"file:{data / 'evidence'}").record(
        LETTER, "checked", who="李某", at=datetime.now(UTC)
    )
    app.button(key="evidence-describe").click().run()
    assert holdings.evidence().item(LETTER).facts.note != "新的备注"
    assert [one.action for one in holdings.evidence().custody(LETTER)] == ["received", "checked"]
    assert app.session_state["kept.evidence_answer"].facts["stored"] == 2
    assert len(app.error) == 1


# ---------------------------------------------------------- the demonstration alone


@pytest.mark.parametrize("name", ["PIM_EVIDENCE_URL", "PIM_CASES_URL"])
def test_nothing_invented_is_kept_in_a_place_that_somebody_named(
    sample, tmp_path, monkeypatch, name
):
    shutil.copytree(sample, tmp_path / "data")
    shutil.rmtree(tmp_path / "data" / "evidence")
    monkeypatch.setenv("PIM_DATA_FOLDER", str(tmp_path / "data"))
    place = "file:{}/own" if name == "PIM_EVIDENCE_URL" else "sqlite:{}/data/cases.sqlite"
    monkeypatch.setenv(name, place.format(tmp_path))
    streamlit.cache_resource.clear()
    assert holdings.evidence().items() == ()
    streamlit.cache_resource.clear()


def test_a_time_told_anew_on_the_screen_fills_what_was_lacking(data):
    app = shown(item=str(LACKING))
    key = f"describe-{LACKING}-1-0"
    app.date_input(key=f"{key}-day").set_value(date(2025, 5, 20)).run()
    app.time_input(key=f"{key}-clock").set_value(time(9, 30)).run()
    app.text_input(key=f"{key}-why").set_value("按笔录补记").run()
    app.button(key="evidence-describe").click().run()
    item = holdings.evidence().item(LACKING)
    assert item.facts.captured_at.isoformat() == "2025-05-20T09:30:00+08:00"
    assert "captured_at" not in item.lacks
    assert holdings.evidence().custody(LACKING)[-1].note == "按笔录补记"


def test_nothing_is_told_anew_that_nobody_changed(data):
    app = shown(item="1")
    assert app.button(key="evidence-describe").disabled


@pytest.mark.parametrize("layer", layers_with_needs())
def test_every_purpose_that_a_minimum_asks_for_has_a_name_and_no_two_of_a_need_the_same(layer):
    for need in needs_of(layer):
        purposes = [one for part in need.parts for one in part]
        names = [evidence_desk.purpose_title(one, layer) for one in purposes]
        assert not set(purposes) & {one.zh for one in names}
        assert len({one.zh for one in names}) == len(purposes)
