"""The overlay command says totals by class and every doubt, in both languages, as CSV and JSON."""

import json
from datetime import date

import pandas as pd
import pytest
import shapely

from geodata.__main__ import main
from geodata.engines.folder import create_feature_store
from tests.geodata.test_overlay_engines import parcels, yards
from tests.geodata.test_revisions import a_note


@pytest.fixture
def url(tmp_path, monkeypatch):
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    monkeypatch.delenv("LC_ALL", raising=False)
    store = create_feature_store(tmp_path / "features")
    store.write("yards", yards([shapely.box(103.8, 36, 103.802, 36.001), None]), a_note(0))
    land = [shapely.box(103.8 + n / 1000, 36, 103.801 + n / 1000, 36.001) for n in range(3)]
    store.write("parcels", parcels(land), a_note(1))
    return f"file:{tmp_path / 'features'}"


def test_totals_stand_by_class_in_square_metres_and_mu(url, capsys):
    assert main(["overlay", "yards", "parcels", "--by", "class_code", "--store", url]) == 1
    out = capsys.readouterr().out.splitlines()
    assert [line.split("：")[0] for line in out[:2]] == ["0101", "0102"]
    assert "1 对，10,0" in out[0]
    assert "15.0" in out[0]
    assert out[2:] == ["没有参加计算：yards Y1，没有位置"]
    assert main(["overlay", "yards", "parcels", "--store", url, "--language", "en"]) == 1
    assert capsys.readouterr().out.startswith("total: 2 pairs, 20,0")


def test_pairs_go_to_csv_and_json(url, capsys, tmp_path):
    file = tmp_path / "pairs.csv"
    asked = ["overlay", "yards", "parcels", "--by", "class_code", "found_on", "--store", url]
    main([*asked, "--csv", str(file), "--json"])
    told = json.loads(capsys.readouterr().out)
    table = pd.read_csv(file, dtype={"class_code": str})
    assert [one["second_id"] for one in told["pairs"]] == list(table["second_id"]) == ["P0", "P1"]
    assert [one["area_m2"] for one in told["pairs"]] == pytest.approx(list(table["area_m2"]))
    assert told["doubts"] == [{"layer": "yards", "id": "Y1", "what": "left_out", "why": "no_place"}]
    assert sum(one["area_m2"] for one in told["totals"]) == pytest.approx(table["area_m2"].sum())
    assert list(table["found_on"]) == [str(date(2026, 1, 1)), str(date(2026, 1, 2))]


def test_dask_says_the_same(url, capsys):
    asked = ["overlay", "yards", "parcels", "--by", "class_code", "--store", url]
    told = []
    for more in ([], ["--dask"]):
        assert main([*asked, *more]) == 1
        told.append(capsys.readouterr().out)
    assert told[0] == told[1]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--relation", "near"], "within_m"),
        (["--by", "klass"], "klass"),
        (["--dask", "somewhere"], "scheduler"),
    ],
)
def test_what_cannot_be_asked_is_said_and_ends_with_2(url, capsys, more, said):
    assert main(["overlay", "yards", "parcels", "--store", url, *more]) == 2
    assert said in capsys.readouterr().err
    assert main(["overlay", "yards", "nowhere", "--store", url]) == 2


def test_nothing_that_meets_is_said(url, capsys):
    asked = ["overlay", "yards", "parcels", "--store", url, "--office", "LZ-GL"]
    assert main(asked) == 0
    assert capsys.readouterr().out == "没有相遇的要素。\n"
