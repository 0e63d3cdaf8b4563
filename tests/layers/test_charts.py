"""Charts begin at zero, reach no further than their box, and leave a gap where nothing is known."""

from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.drawing.charts import draw_chart, plan_plot, say_number, ticks_of

NUMBERS = st.floats(-1e6, 1e6, allow_nan=False).map(lambda one: round(one, 3))
VALUES = st.lists(st.none() | NUMBERS, min_size=1, max_size=30)


@given(VALUES, st.sampled_from(["bar", "line"]))
def test_every_known_value_stands_at_its_height_within_the_box(values, kind):
    plot = plan_plot(kind, [str(at) for at in range(len(values))], [values])
    (bars,) = plot.bars
    low, high = plot.ticks[0][0], plot.ticks[-1][0]
    for bar, value in zip(bars, values, strict=True):
        assert (bar is None) == (value is None)
        if bar is not None:
            assert 0 <= bar.left <= bar.left + bar.wide <= 1 + 1e-9
            assert -1e-9 <= bar.low <= bar.high <= 1 + 1e-9
            at = bar.high if value >= 0 or kind == "line" else bar.low
            assert low + at * (high - low) == pytest.approx(value, abs=1e-6 * (high - low))


@given(NUMBERS, NUMBERS)
def test_ticks_hold_both_ends_and_zero_is_one_of_them_if_it_lies_between(one, other):
    low, high = min(one, other, 0.0), max(one, other, 0.0)
    ticks = ticks_of(low, high)
    assert ticks[0] <= low + 1e-6
    assert ticks[-1] >= high - 1e-6
    assert 0.0 in ticks
    assert 2 <= len(ticks) <= 12


def test_a_chart_is_whole_svg_that_tells_every_value_and_asks_nobody():
    drawn = draw_chart("bar", ["<一>", "二"], [("立案", [1.0, None])], unit="件", title="图 & 表")
    root = ET.fromstring(drawn)  # noqa: S314 (what we have drawn ourselves)
    words = [one.text for one in root.iter() if one.text]
    assert {"<一>", "二", "件", "1"} <= set(words)
    assert len(root.findall("{*}rect")) == 1
    assert "href" not in drawn


def test_numbers_are_said_without_needless_digits():
    assert [say_number(one) for one in (0.0, 1234.5, 2.0)] == ["0", "1,234.5", "2"]
