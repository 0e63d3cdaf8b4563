"""Numbers of persons are sealed when a file is read, and are kept nowhere."""

from datetime import UTC, date, datetime

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata import open_features
from geodata.__main__ import ALL_IN, SOME_ASIDE, main
from geodata.city import open_city
from geodata.errors import BadSetting
from geodata.identity import SEALED, UNREADABLE, Key, key_of, open_key, read_number
from geodata.intake import understand, write
from geodata.sample.handed_over import invented_number
from layers.catalog import schema_of

KEY, OTHER = Key(b"a" * 32), Key(b"b" * 32)
NUMBER = invented_number(7)
CSV = "编号,区县,乡镇,姓名,身份证号,发放至,电话\n{}\n"


def roster(folder, *rows):
    file = folder / "名册.csv"
    file.write_text(CSV.format("\n".join(rows)), "utf-8")
    return file


def taken(file, layer="allowance_roster"):
    schema = schema_of(layer)
    return understand(file, layer_id=layer, schema=schema, city=open_city())


@given(serial=st.integers(0, 999_999))
@settings(max_examples=60, deadline=None)
def test_one_number_has_one_digest_however_it_is_written(serial):
    number = invented_number(serial)
    spaced = f" {number[:6]} {number[6:14]}-{number[14:]} ".lower()
    assert read_number(spaced) == number
    assert KEY.seal(spaced) == KEY.seal(number) == KEY.seal(KEY.seal(number))
    assert KEY.seal(number) != OTHER.seal(number)
    assert number not in KEY.seal(number)


@pytest.mark.parametrize(
    "wrong",
    ["12345", NUMBER[:-1], "110105194912310021", "1.10105E+17", "张三"],
)
def test_what_is_no_number_is_kept_as_unreadable_and_not_as_it_was(wrong):
    assert KEY.seal(wrong) == UNREADABLE


def test_a_number_whose_day_does_not_exist_is_none():
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    first = "99999919300230001"
    total = sum(int(one) * weight for one, weight in zip(first, weights, strict=True))
    assert read_number(first + "10X98765432"[total % 11]) is None


def test_the_key_is_made_once_for_its_owner_alone_and_a_short_one_is_refused(tmp_path):
    made = open_key(tmp_path, {})
    assert open_key(tmp_path, {}).id == made.id
    assert (tmp_path / "identity.key").stat().st_mode & 0o077 == 0
    assert key_of(made.seal(NUMBER)) == made.id
    assert made.secret.decode() not in repr(made)
    short = tmp_path / "short.key"
    short.write_text("secret")
    with pytest.raises(BadSetting):
        open_key(tmp_path, {"PIM_IDENTITY_KEY_FILE": str(short)})


@pytest.fixture
def data(tmp_path, monkeypatch):
    monkeypatch.setenv("PIM_DATA_FOLDER", str(tmp_path / "data"))
    return tmp_path / "data"


def test_a_check_makes_no_key_and_writes_nothing(tmp_path, data):
    people = roster(tmp_path, f"1,红古区,海石湾镇,某甲,{NUMBER},2025-02-28,139")
    assert main(["check", str(people), "--layer", "allowance_roster"]) == ALL_IN
    assert not data.exists()


def test_names_numbers_and_telephones_are_nowhere_in_what_was_understood(tmp_path, data):
    rows = (
        f"1,红古区,海石湾镇,某甲,{NUMBER},2025-02-28,13900000000",
        "2,红古区,海石湾镇,某乙,110105194912310021,2025-02-28,13900000001",
        f"3,红古区,{NUMBER},某丙,,2025-02-28,13900000002",
    )
    understood = taken(roster(tmp_path, *rows))
    store = open_features("memory:")
    written = write(understood, store, who="w", why="t", recorded_at=datetime.now(UTC))
    assert (written.rows_read, written.rows_written) == (3, 1)
    (aside,) = store.kept_aside()
    told = "\n".join(
        [
            understood.table.frame.to_csv(),
            store.read("allowance_roster").to_csv(),
            aside.content.decode("utf-8-sig"),
            *(f"{one.value} {one.facts}" for one in understood.checked.problems),
        ]
    )
    for secret in (NUMBER, "110105194912310021", "13900000000", "13900000001", "某甲", "某乙"):
        assert secret not in told
    assert {one.reason for one in understood.checked.problems} == {"not_identity", "missing"}
    assert SEALED.fullmatch(store.read("allowance_roster")["person"].iloc[0])


def test_rows_that_were_set_aside_are_mended_and_read_again_as_the_same_person(tmp_path, data):
    understood = taken(roster(tmp_path, f"1,红古区,海石湾镇,某甲,{NUMBER},不明,139"))
    store = open_features("memory:")
    write(understood, store, who="w", why="t", recorded_at=datetime.now(UTC))
    (aside,) = store.kept_aside()
    mended = tmp_path / "mended.csv"
    mended.write_bytes(aside.content.replace("不明".encode(), b"2025-02-28"))
    again = taken(mended)
    assert not again.checked.refused
    assert again.checked.good["person"].iloc[0] == open_key(data).seal(NUMBER)


def test_the_command_takes_lists_under_their_ids_from_csv_and_xlsx(tmp_path, data, capsys):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["备案编号", "名称", "运营单位", "地址", "区县", "经度", "纬度", "备案日期"])
    row = ["备〔2024〕1号", "某停车场1号充电站", "甲", "某路1号", "西固区", 103.62, 36.09]
    sheet.append([*row, date(2024, 1, 8)])
    book.save(tmp_path / "备案清单.xlsx")
    visits = tmp_path / "检查.csv"
    visits.write_text(
        "名称,单位地址,区县,监督检查日期,检查情况\n某停车场1号充电站,某路1号,西固区,2024年11月5日,未发现问题\n"
        "某停车场2号充电站,某路3号,西固区,不详,责令改正\n",
        "utf-8",
    )
    registry = ["import", str(tmp_path / "备案清单.xlsx"), "--layer", "charging_registry"]
    assert main([*registry, "--crs", "EPSG:4490", "--data-on", "2025-03-14"]) == ALL_IN
    assert main(["import", str(visits), "--layer", "fire_inspections"]) == SOME_ASIDE
    people = roster(tmp_path, f"1,红古区,海石湾镇,某甲,{NUMBER},2025-02-28,139")
    assert main(["import", str(people), "--layer", "allowance_roster", "--json"]) == ALL_IN
    told = capsys.readouterr()
    assert NUMBER not in told.out + told.err
    points = tmp_path / "导航.csv"
    points.write_text(
        "编号,名称,品牌,详细地址,经度,纬度\nP1,甲充电站,甲,某路1号,103.622,36.089\n", "utf-8"
    )
    of_app = ["import", str(points), "--layer", "charging_points", "--crs", "gcj02"]
    assert main(of_app) == ALL_IN
    store = open_features(f"file:{data / 'features'}")
    (point,) = store.read("charging_points").itertuples()
    assert (point.system_original, point.jurisdiction) == ("gcj02", "LZ-XG")
    assert 0.0005 < 103.622 - point.geometry.x < 0.004
    assert {"charging_registry", "fire_inspections", "allowance_roster"} <= set(store.layers())
    assert store.notes()["charging_registry"].data_on == date(2025, 3, 14)
    assert store.read("charging_registry")["filing_no"].tolist() == ["备〔2024〕1号"]
    assert store.read("fire_inspections")["inspected_on"].tolist() == [date(2024, 11, 5)]
    kept = b"".join(one.read_bytes() for one in data.rglob("*") if one.is_file())
    assert NUMBER.encode() not in kept
    assert "某甲".encode() not in kept
