"""Numbers of places in every writing that lists bring."""

import math

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geodata.coordinates import read_degrees, split_pairs


def one(text):
    return float(read_degrees(pd.Series([text], dtype="str")).iloc[0])


@pytest.mark.parametrize(
    ("text", "degrees"),
    [
        ("103.8367", 103.8367),
        ("１０３.８３", 103.83),
        ("36°", 36.0),
        ("103°50′12.5″E", 103 + 50 / 60 + 12.5 / 3600),
        ("E103°50'12.5\"", 103 + 50 / 60 + 12.5 / 3600),
        ("东经103度50分12秒", 103 + 50 / 60 + 12 / 3600),
        ("北纬36度3分", 36.05),
        ("103:50:12", 103 + 50 / 60 + 12 / 3600),
        ("103 50 12", 103 + 50 / 60 + 12 / 3600),
        ("103-50-12", 103 + 50 / 60 + 12 / 3600),
        ("36°03.5′N", 36 + 3.5 / 60),
        ("N36.06", 36.06),
        ("36.06N", 36.06),
        ("36.06S", -36.06),
        ("-12°30′00″", -12.5),
        ("西经103度30分", -103.5),
        ("35,485,123.5", 35485123.5),
    ],
)
def test_a_number_is_read_in_the_way_it_was_written(text, degrees):
    assert one(text) == pytest.approx(degrees, abs=1e-9)


@pytest.mark.parametrize(
    "text", ["", "甘家巷", "103°60′00″", "103°10′61″", "103.5°30′", "1.2.3", "0x10", "nan", "inf"]
)
def test_what_is_no_number_is_none(text):
    assert math.isnan(one(text))


@given(st.integers(0, 179), st.integers(0, 59), st.integers(0, 5999))
def test_degrees_minutes_and_seconds_come_back(degrees, minutes, hundredths):
    text = f"{degrees}°{minutes:02d}′{hundredths / 100:05.2f}″E"
    assert one(text) == pytest.approx(degrees + minutes / 60 + hundredths / 360_000, abs=1e-9)


@given(st.lists(st.text(max_size=20), max_size=20))
def test_any_text_is_read_without_a_fault(texts):
    column = pd.Series(texts, dtype="str")
    assert len(read_degrees(column)) == len(texts)
    assert [len(half) for half in split_pairs(column)] == [len(texts)] * 2


@pytest.mark.parametrize(
    ("text", "halves"),
    [
        ("104.06,30.67", ("104.06", "30.67")),
        ("104.06，30.67", ("104.06", "30.67")),
        ("(104.06 30.67)", ("104.06", "30.67")),
        ("[104.06, 30.67]", ("104.06", "30.67")),
        ("103°50′12″E，36°03′20″N", ("103°50′12″E", "36°03′20″N")),
        ("104.06", ("", "")),
        ("1,2,3", ("", "")),
        ("", ("", "")),
    ],
)
def test_two_numbers_in_one_cell_are_told_apart(text, halves):
    first, second = split_pairs(pd.Series([text], dtype="str"))
    assert (first.iloc[0], second.iloc[0]) == halves
