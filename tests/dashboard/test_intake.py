"""The intake screen step by step: nothing is taken unasked, nothing lost, nothing doubled."""

import io
from datetime import date
from pathlib import Path

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from dashboard import reads, session
from dashboard.actions import cases as case_actions
from dashboard.desks import intake as intake_desk
from dashboard.desks.dropped import Choices, bundle
from dashboard.panels.intake.result import make_bad_csv, make_bad_xlsx
from dashboard.text import say
from geodata.crs import shift_to_bd09, shift_to_gcj02
from geodata.errors import (
    LaterWrites,
    NotAllowed,
    ReasonMissing,
    UnknownRevision,
    UnreadableFile,
)
from geodata.intake import understand_table
from geodata.problems import REMEDIES
from geodata.readers import REFUSALS
from geodata.wording import load_words
from layers.check_report import render_report
from layers.sheets import render_csv

MAIN = str(Path(__file__).parents[2] / "dashboard" / "main.py")
SHARED = Path(__file__).parents[2].parent / "shared" / "data"
LANGUAGES = ("zh", "en")
LAYER = "charging_stations"

pytestmark = pytest.mark.usefixtures("installation")
LIST = """编号,名称,经度,纬度,发现日期,区县,备注
T1,一号站,103.62,36.10,2025-11-03,西固区,甲
T2,二号站,103.63,36.11,十一月,西固区,=1+1
T3,三号站,,,2025-11-03,西固区,没有坐标
"""
UNNUMBERED = """名称,经度,纬度,发现日期
甲站,103.62,36.10,2025-11-03
乙站,103.62,36.10,十一月
丙站,103.64,36.12,十一月
"""


def screen(language="zh"):
    app = AppTest.from_file(MAIN, default_timeout=120)
    app.query_params.update({"screen": "intake", "lang": language})
    return checked(app.run())


def checked(app):
    assert not app.exception
    return app


def drop(app, text, name="台账.csv"):
    content = text if isinstance(text, bytes) else text.encode()
    return checked(app.file_uploader[0].upload(name, content).run())


def pick(app, begins, value):
    (box,) = [one for one in app.selectbox if (one.key or "").startswith(begins)]
    return checked(box.set_value(value).run())


def press(app, key):
    return checked(app.button(key=key).click().run())


def with_system(app, system):
    checked(app.radio[0].set_value(system).run())
    return press(app, "confirm-system")


def write(app, who="张三"):
    checked(app.text_input(key="intake-writer").set_value(who).run())
    return press(app, "intake-write")


def numbers(app):
    told = [one.value for one in app.markdown if one.value.startswith(":small[")]
    return [int(one.split("**")[1]) for one in told]


def stored(layer=LAYER):
    store, _ = reads.stores()
    return store.read(layer).set_index("id")


def headings(app):
    return [one.label for one in app.expander]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_file_goes_in_step_by_step_and_is_seen_on_the_overview(language):
    app = drop(screen(language), LIST)
    assert not app.radio, "no layer, nothing further"
    app = pick(app, "layer-", LAYER)
    assert not [one for one in app.button if one.key == "intake-write"], "no system, no writing"
    app = with_system(app, "gcj02")
    assert numbers(app) == [3, 2, 1, 1]
    app = write(app)
    assert not app.error
    rows = stored()
    assert {"T1", "T3"} <= set(rows.index)
    assert "T2" not in rows.index
    assert rows.loc["T1", "system_original"] == "gcj02"
    assert rows.loc["T1", "place_original"] == "103.62 36.10"
    assert rows.loc["T3"].geometry is None
    last = reads.stores()[0].revisions(LAYER)[-1]
    assert (last.note.who, last.note.source_name) == ("张三", "台账.csv")
    app = press(app, "intake-show")
    assert app.query_params["layers"] == LAYER
    assert "screen" not in app.query_params


INSPECTIONS = """名称,检察院,备案号,检查日期,检查结果
某充电站甲,西固,XG-0001,2025-11-03,合格
某充电站乙,西固,,十一月,
"""
INSPECTION_LIST = "fire_inspections"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_list_that_rules_compare_goes_in_with_the_day_it_is_of(language):
    app = pick(drop(screen(language), INSPECTIONS, "消防检查.csv"), "layer-", INSPECTION_LIST)
    assert not app.radio, "a list without places asks for no system"
    checked(app.date_input(key="intake-data-on").set_value(date(2025, 11, 30)).run())
    app = write(app)
    assert not app.error
    assert "某充电站甲" in set(stored(INSPECTION_LIST)["name"])
    last = reads.stores()[0].revisions(INSPECTION_LIST)[-1]
    assert (last.note.data_on, last.note.who) == (date(2025, 11, 30), "张三")
    assert {one.label for one in app.button if one.key == "intake-show"} == {
        say("intake.done.compare", language)
    }
    app = press(app, "intake-show")
    assert app.query_params["screen"] == "findings"


def test_a_layer_asks_for_no_day_and_lists_made_of_cases_are_not_offered():
    app = with_system(pick(drop(screen(), LIST), "layer-", LAYER), "EPSG:4490")
    assert not app.date_input
    (box,) = [one for one in app.selectbox if (one.key or "").startswith("layer-")]
    offered = " ".join(box.options)
    assert "消防监督检查记录" in offered
    assert "已办结案件的隐患" not in offered


def test_the_rows_of_a_list_of_persons_are_not_shown_among_the_writes():
    app = at_revisions(reads.stores()[0].revisions("death_records")[-1].id)
    assert any("个人信息" in one.value for one in app.info)
    assert len(app.dataframe) == 1, "the writes, and no rows"


def test_nobody_writes_without_a_name():
    app = with_system(pick(drop(screen(), LIST), "layer-", LAYER), "EPSG:4490")
    before = reads.data_revision()
    app = press(app, "intake-write")
    assert any("姓名" in one.value for one in app.error)
    assert reads.data_revision() == before


def test_the_columns_are_changed_by_hand_and_proposed_again_for_the_same_headings():
    text = "桩号,站名,lng,lat\nK1,一,103.62,36.1\nK2,二,103.63,36.1\n"
    app = pick(drop(screen(), text), "layer-", LAYER)
    (number,) = [one for one in app.selectbox if one.key.endswith(f"{LAYER}-0")]
    assert number.value == ""
    app = checked(number.set_value("id").run())
    write(with_system(app, "EPSG:4490"))
    assert {"K1", "K2"} <= set(stored().index)
    again = pick(drop(screen(), text.replace("103.63", "103.64"), "下月.csv"), "layer-", LAYER)
    (number,) = [one for one in again.selectbox if one.key.endswith(f"{LAYER}-0")]
    assert number.value == "id"
    assert any("张三" in one.value and "台账.csv" in one.value for one in again.caption)


def test_a_layer_whose_columns_are_missing_says_which():
    app = pick(drop(screen(), "名称,备注\n甲,乙\n"), "layer-", LAYER)
    assert any("经度" in one.value and "纬度" in one.value for one in app.error)
    assert not app.radio


def test_the_same_file_again_says_so_and_changes_nothing():
    write(with_system(pick(drop(screen(), LIST), "layer-", LAYER), "EPSG:4490"))
    before, count = reads.stores()[0].revisions(LAYER)[-1].id, len(stored())
    app = pick(drop(screen(), LIST), "layer-", LAYER)
    if app.radio and not [one for one in app.button if one.key == "intake-write"]:
        app = with_system(app, "EPSG:4490")
    assert any(before in one.value and "张三" in one.value for one in app.info)
    write(app)
    assert len(stored()) == count
    assert reads.stores()[0].revisions(LAYER)[-1].id == before


def test_a_declared_system_is_taken_and_can_be_changed():
    geojson = gpd.GeoDataFrame(
        {"id": ["G1"], "name": ["甲"]}, geometry=gpd.points_from_xy([103.62], [36.1]), crs=4326
    ).to_json()
    app = pick(drop(screen(), geojson, "点.geojson"), "layer-", LAYER)
    assert "声明" in headings(app)[0]
    assert numbers(app)[0] == 1
    app = with_system(app, "gcj02")
    assert "由您选定" in headings(app)[0]


def test_a_system_without_public_parameters_says_what_to_provide_and_takes_it():
    app = pick(drop(screen(), LIST), "layer-", LAYER)
    app = checked(app.radio[0].set_value("other").run())
    app = press(pick(app, "other-system", "EPSG:4610"), "confirm-system")
    assert any("七参数" in one.value for one in app.error)
    (box,) = app.text_area
    text = "+proj=helmert +x=10 +y=-20 +z=5 +convention=position_vector"
    app = press(checked(box.set_value(text).run()), "use-parameters")
    assert not app.error
    assert numbers(app)[0] == 3
    write(app)
    assert stored().loc["T1", "system_original"].startswith("EPSG:4610+towgs84=10")


def test_a_mixed_file_is_parted_and_each_row_keeps_its_own_system():
    lines = ["编号,名称,x,y"]
    for n in range(12):
        lon, lat = 103.60 + n / 200, 36.10 + n / 1000
        if n % 2:
            shifted = shift_to_gcj02(*map(pd.Series, ([lon], [lat])))
            lines.append(f"X{n},站{n},{float(shifted[0][0]):.7f},{float(shifted[1][0]):.7f}")
        else:
            x = gpd.GeoSeries(gpd.points_from_xy([lon], [lat]), crs=4490).to_crs(4523)[0]
            lines.append(f"X{n},站{n},{x.x:.3f},{x.y:.3f}")
    app = pick(drop(screen(), "\n".join(lines) + "\n"), "layer-", LAYER)
    assert app.button(key="confirm-systems").disabled
    for box in [one for one in app.selectbox if one.key.startswith("group-")]:
        wished = "EPSG:4523" if "EPSG:4523" in box.key else "gcj02"
        box.set_value(wished)
    app = press(checked(app.run()), "confirm-systems")
    assert numbers(app)[:3] == [12, 12, 0]
    write(app)
    rows = stored().loc[[f"X{n}" for n in range(12)]]
    assert rows["system_original"].tolist() == ["EPSG:4523", "gcj02"] * 6
    assert rows.geometry.x.round(6).tolist() == [round(103.60 + n / 200, 6) for n in range(12)]
    assert set(rows["geometry_status"]) == {"file", "app_converted"}


def test_of_several_sheets_one_is_asked_for():
    book = io.BytesIO()
    frame = pd.read_csv(io.StringIO(LIST))
    with pd.ExcelWriter(book) as opened:
        frame.to_excel(opened, sheet_name="甲", index=False)
        frame.head(1).to_excel(opened, sheet_name="乙", index=False)
    app = drop(screen(), book.getvalue(), "两表.xlsx")
    assert not [one for one in app.selectbox if one.key.startswith("layer-")]
    app = pick(pick(app, "part-", "乙"), "layer-", LAYER)
    assert any("1 行" in one.value and "乙" in one.value for one in app.caption)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("name", "content", "zh", "en"),
    [
        ("空.csv", b"", "空的", "empty"),
        ("照片.jpg", b"\xff\xd8", "不支持", "not supported"),
        ("假.xlsx", b"PK\x03\x04 nothing", "损坏", "broken"),
        ("x.kml", b'<!DOCTYPE a [<!ENTITY b "c">]><kml></kml>', "实体", "entities"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(language, name, content, zh, en):
    app = drop(screen(language), content, name)
    assert any((zh if language == "zh" else en) in one.value for one in app.error)
    assert all(name in one.value for one in app.error)
    assert not app.radio


def test_a_file_over_the_limit_of_the_settings_is_refused(monkeypatch):
    monkeypatch.setenv("PIM_MAX_FILE_MB", "1")
    reads.settings.clear()
    dropped = bundle([("大.csv", b"a,b\n" + b"1,2\n" * 300_000)])
    desk = intake_desk.look_at(dropped, Choices(), lambda _: None)
    assert desk.trouble.facts["reason"] == "too_large"
    assert "PIM_MAX_FILE_MB" in load_words("zh", on_screen=True).say_error(desk.trouble)


def test_only_the_parts_of_a_shapefile_come_together():
    one = bundle([("区.dbf", b"b"), ("../区.shp", b"a"), ("区.prj", b"c")])
    assert one.name == "区.shp"
    assert [ending for ending, _ in one.parts] == [".shp", ".dbf", ".prj"]
    with pytest.raises(UnreadableFile) as refused:
        bundle([("a.csv", b"a"), ("b.csv", b"b")])
    assert refused.value.facts["reason"] == "one_at_a_time"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_problem_remedy_and_refusal_is_worded_for_the_screen(language):
    sections = load_words(language, on_screen=True).sections
    for section in ("reasons", "kinds_of_problem"):
        assert set(REMEDIES) <= set(sections[section])
    assert set(REMEDIES.values()) <= set(sections["remedies"])
    assert {*REFUSALS, "one_at_a_time"} <= set(sections["refusals"])
    told = [
        text for name in ("remedies", "refusals", "detective") for text in sections[name].values()
    ]
    assert not [one for one in told if "--" in one], "the screen has no options of a command"


# ------------------------------------------------------------------- mended rows


def understood(content, name="台账.csv", system="EPSG:4490"):
    session.keep("once.whole", None)
    desk = intake_desk.look_at(bundle([(name, content)]), Choices(layer=LAYER), lambda _: None)
    layer = {one.id: one for one in reads.layers()}[LAYER]
    table = desk.table
    return understand_table(
        table, layer_id=LAYER, schema=layer.schema, city=reads.city(), system=system
    )


def write_plainly(found):
    session.sign("张三")
    case_actions.write_intake(found, reads.naming("zh"), "")
    return session.kept("intake_result")


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_bad_rows_mended_and_dropped_again_are_not_doubled_and_replace_nobody(form):
    names, before = reads.naming("zh"), len(stored())
    first = understood(UNNUMBERED.encode())
    write_plainly(first)
    assert len(stored()) == before + 1
    state = reads.data_state()
    if form == "csv":
        mended = make_bad_csv(first, names).replace("十一月".encode(), b"2025-11-04")
    else:
        book = openpyxl.load_workbook(io.BytesIO(make_bad_xlsx(first, names, reads.imprint(state))))
        for cell in book.worksheets[0]["D"][1:]:
            cell.value = "2025-11-04"
        book.save(saved := io.BytesIO())
        mended = saved.getvalue()
    for _ in range(2):
        again = understood(mended, f"改好.{form}")
        assert not again.checked.refused
        write_plainly(again)
        rows = stored()
        assert len(rows) == before + 3, "甲 stays, 乙 and 丙 come in once"
    whole = understood(UNNUMBERED.replace("十一月", "2025-11-04").encode())
    write_plainly(whole)
    assert len(stored()) == before + 3
    mine = stored()[lambda rows: rows["source"] == "台账.csv"]
    assert sorted(mine["name"]) == ["丙站", "乙站", "甲站"]


def test_bad_rows_of_a_file_with_shapes_are_offered_in_its_own_format(tmp_path):
    rows = pd.DataFrame({"名称": ["甲", "乙"], "发现日期": ["2025-11-03", "十一月"]})
    points = gpd.points_from_xy([103.6, 103.7], [36.1, 36.1])
    gpd.GeoDataFrame(rows, geometry=points, crs=4490).to_file(tmp_path / "站.gpkg")
    app = pick(drop(screen(), (tmp_path / "站.gpkg").read_bytes(), "站.gpkg"), "layer-", LAYER)
    labels = [one.proto.label for one in app.get("download_button")]
    assert labels == ["检查报告（XLSX）", "有问题的行（GeoPackage）", "有问题的行（XLSX）"]


def test_cells_that_look_like_formulas_are_harmless_in_the_file_and_the_same_when_read_back():
    bad = LIST.replace("二号站", "=cmd()").encode()
    content = make_bad_csv(understood(bad), reads.naming("zh"))
    assert b"'=cmd()" in content
    again = understood(content.replace("十一月".encode(), b"2025-11-04"), "改好.csv")
    assert again.checked.good["name"].tolist() == ["=cmd()"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_check_report_holds_every_problem_in_the_visitors_language(language):
    found, names = understood(LIST.encode()), reads.naming(language)
    content = render_report(found, "x", names.intake_words, reads.imprint(reads.data_state()))
    book = openpyxl.load_workbook(io.BytesIO(content))
    problems = list(book.worksheets[0].iter_rows(values_only=True))
    assert len(problems) == 1 + len(found.checked.problems)
    assert problems[1][:3] == (3, "发现日期", "十一月")
    assert problems[1][3] == {"zh": "不是日期", "en": "not a date"}[language]
    facts = dict(row[:2] for row in book.worksheets[1].iter_rows(values_only=True))
    assert found.table.source_sha256 in facts.values()


# -------------------------------------------------------------------------- tray


def test_a_row_without_a_place_is_put_on_the_map_by_hand():
    write(with_system(pick(drop(screen(), LIST), "layer-", LAYER), "EPSG:4490"))
    app = screen()
    app.session_state["kept.intake_part"] = "tray"
    app.session_state["kept.waiting"] = f"{LAYER}:T3"
    checked(app.run())
    way = [one for one in app.get("button_group") if "tray-way" in str(one.key)]
    checked(way[0].set_value("typed").run())
    checked(app.text_input(key=f"tray-said-{LAYER}:T3").set_value("103.63, 36.10").run())
    checked(app.selectbox(key="tray-system").set_value("bd09").run())
    checked(app.text_input(key="tray-writer").set_value("李四").run())
    app = press(app, "tray-confirm")
    row = stored().loc["T3"]
    lon, lat = shift_to_bd09(*map(pd.Series, ([row.geometry.x], [row.geometry.y])))
    assert (round(float(lon[0]), 6), round(float(lat[0]), 6)) == (103.63, 36.10)
    assert row["geometry_status"] == "by_hand"
    assert (row["system_original"], row["place_original"]) == ("bd09", "103.63, 36.10")
    last = reads.stores()[0].revisions(LAYER)[-1]
    assert (last.note.who, last.changed, last.added) == ("李四", 1, 0)
    assert f"{LAYER}:T3" not in set(reads.unplaced(reads.data_revision())["ref"])


@pytest.mark.parametrize("said", ["0, 0", "nowhere", "LINESTRING (103 36, 104 36)", "36.1, 103.6"])
def test_a_place_that_cannot_be_is_refused_and_the_row_keeps_waiting(said):
    write(with_system(pick(drop(screen(), LIST), "layer-", LAYER), "EPSG:4490"))
    session.sign("李四")
    before = reads.data_revision()
    case_actions.place_feature(f"{LAYER}:T3", said, "EPSG:4490", "")
    _, placed = session.kept("placed")
    assert placed.is_refused
    assert reads.data_revision() == before


def test_rows_set_aside_earlier_are_listed_and_can_be_taken():
    write(with_system(pick(drop(screen(), LIST), "layer-", LAYER), "EPSG:4490"))
    app = screen()
    app.session_state["kept.intake_part"] = "tray"
    app = checked(app.run())
    assert len(app.get("download_button")) == 1
    (aside,) = reads.kept_aside()
    rows = pd.read_csv(io.BytesIO(aside.content), dtype=str)
    assert rows["编号"].tolist() == ["T2"]
    assert b"'=1+1" in render_csv(rows)


# --------------------------------------------------------------------- revisions


def at_revisions(picked="", language="zh"):
    app = screen(language)
    app.session_state["kept.intake_part"] = "revisions"
    app.session_state["kept.revision"] = picked
    return checked(app.run())


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_write_is_listed_and_opens_what_it_changed(language):
    write(with_system(pick(drop(screen(), LIST), "layer-", LAYER), "gcj02"))
    last = reads.stores()[0].revisions(LAYER)[-1]
    app = at_revisions(last.id, language)
    listed, changed = (one.value for one in app.dataframe)
    assert len(listed) == len(reads.stores()[0].revisions())
    assert listed.iloc[0].tolist()[0] == last.id
    assert {"台账.csv", "张三"} <= set(listed.iloc[0])
    assert sorted(changed.iloc[:, 0]) == ["T1", "T3"]
    assert sorted(changed.iloc[:, 1]) == ["一号站", "三号站"]
    assert set(changed.iloc[:, 2]) == {{"zh": "新增", "en": "Added"}[language]}
    assert any("GCJ-02" in one.value and "经度 → x" in one.value for one in app.caption)


def test_a_write_is_taken_back_with_a_name_and_a_reason_and_nothing_is_erased():
    before = set(stored().index)
    write(with_system(pick(drop(screen(), LIST), "layer-", LAYER), "gcj02"))
    store, _ = reads.stores()
    last = store.revisions(LAYER)[-1]
    app = at_revisions(last.id)
    assert app.button(key="revision-take-back").disabled
    checked(app.text_input(key="revision-writer").set_value("李四").run())
    assert app.button(key="revision-take-back").disabled, "no reason, no taking back"
    checked(app.text_input(key=f"revision-why-{last.id}").set_value("取错了文件").run())
    app = press(app, "revision-take-back")
    assert not app.error
    made = store.revisions(LAYER)[-1]
    assert (made.takes_back, made.note.who, made.note.why) == (last.id, "李四", "取错了文件")
    assert set(stored().index) == before
    assert "T1" in set(store.state(LAYER, last.id).current["id"])
    assert "T3" not in " ".join(reads.unplaced(reads.data_revision())["ref"])


def test_what_stands_in_the_way_of_taking_back_is_said_in_words():
    write(with_system(pick(drop(screen(), LIST), "layer-", LAYER), "EPSG:4490"))
    store, _ = reads.stores()
    first = store.revisions(LAYER)[-1]
    session.sign("李四")
    case_actions.place_feature(f"{LAYER}:T3", "103.63, 36.10", "EPSG:4490", "")
    case_actions.take_back(first.id, "取错了文件")
    assert isinstance(session.kept("taken_back"), LaterWrites)
    app = at_revisions(first.id)
    app.session_state["kept.taken_back"] = session.kept("taken_back")
    (said,) = [one.value for one in checked(app.run()).error]
    assert "先撤回后来的修订" in said
    assert not [one for one in store.revisions(LAYER) if one.takes_back]


@pytest.mark.parametrize(
    ("who", "why", "trouble"),
    [("", "取错了文件", NotAllowed), ("李四", " ", ReasonMissing)],
)
def test_taking_back_is_checked_again_whatever_the_form_allowed(who, why, trouble):
    write(with_system(pick(drop(screen(), LIST), "layer-", LAYER), "gcj02"))
    before = reads.data_revision()
    session.sign(who)
    case_actions.take_back(reads.stores()[0].revisions(LAYER)[-1].id, why)
    assert isinstance(session.kept("taken_back"), trouble)
    case_actions.take_back("999", "取错了文件")
    assert isinstance(session.kept("taken_back"), UnknownRevision)
    assert reads.data_revision() == before


# ------------------------------------------------------------------- public files


@pytest.mark.skipif(not SHARED.is_dir(), reason="the public data is not beside the project")
@pytest.mark.parametrize("file", sorted(SHARED.glob("ugly_files/*")), ids=lambda one: one.name)
def test_every_ugly_public_file_is_shown_or_refused_in_words(file):
    if not file.is_file():
        pytest.skip("a folder")
    session.keep("once.whole", None)
    dropped = bundle([(file.name, file.read_bytes())])
    for layer in (LAYER, "rivers"):
        known = {one.id for one in reads.layers()}
        choices = Choices(layer=layer if layer in known else LAYER)
        desk = intake_desk.look_at(dropped, choices, lambda _: None)
        assert desk.trouble or desk.parts or desk.missing or desk.finding or desk.understood
        if desk.trouble is not None:
            told = reads.naming("zh").intake_words.say_error(desk.trouble)
            assert type(desk.trouble).__name__ not in told
