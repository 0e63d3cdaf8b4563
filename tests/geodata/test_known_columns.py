"""A mapping that was confirmed once is proposed for the next file with the same headings."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from geodata.known_columns import FILE, KnownColumns, recall, remember

NOW = datetime(2025, 12, 17, 8, 30, tzinfo=UTC)
HEADINGS = st.lists(st.text(min_size=1, max_size=8), unique=True, min_size=1, max_size=6)


def known(**mapping):
    return KnownColumns(mapping, "张三", NOW, "台账.csv")


@given(headings=HEADINGS)
def test_what_is_remembered_is_recalled_whatever_the_order_of_the_headings(
    headings, tmp_path_factory
):
    folder = tmp_path_factory.mktemp("columns")
    mapping = KnownColumns(dict.fromkeys(headings, "name"), "张三", NOW, "台账.csv")
    remember(folder, "stations", headings, mapping)
    assert recall(folder, "stations", headings[::-1]) == mapping
    assert recall(folder, "others", headings) is None
    assert recall(folder, "stations", [*headings, "one more column"]) is None


def test_the_last_one_counts_and_others_stay(tmp_path):
    remember(tmp_path, "stations", ["a"], known(a="id"))
    remember(tmp_path, "stations", ["b"], known(b="id"))
    remember(tmp_path, "stations", ["a"], known(a="name"))
    assert recall(tmp_path, "stations", ["a"]).mapping == {"a": "name"}
    assert recall(tmp_path, "stations", ["b"]).mapping == {"b": "id"}
    assert [one.name for one in tmp_path.iterdir() if not one.name.startswith(".")] == [FILE]


def test_a_broken_memory_holds_nothing_and_is_begun_anew(tmp_path):
    (tmp_path / FILE).write_text('{"x": ', "utf-8")
    assert recall(tmp_path, "stations", ["a"]) is None
    remember(tmp_path, "stations", ["a"], known(a="id"))
    assert recall(tmp_path, "stations", ["a"]).who == "张三"
