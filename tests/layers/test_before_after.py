"""The figure of two pictures and its page: whole by itself, harmless, and asking for nothing."""

import re
from base64 import b64decode
from datetime import UTC, date, datetime
from html.parser import HTMLParser

from geodata.engines.folder import create_feature_store
from geodata.evidence_store import open_evidence
from geodata.model import RevisionNote
from geodata.photographs import can_be_shown, pair_before_after
from geodata.sample import sample_features
from layers.drawing.before_after import (
    Half,
    SliderWords,
    as_data,
    draw_figure,
    draw_page,
    script,
    style,
)
from layers.invented_evidence import NOTE, PIECES, write_invented_evidence

WORDS = SliderWords("前后对比", "之前的照片显示 %", "照片没有取到")
EVIL = '"><script>alert(1)</script>'


class Parts(HTMLParser):
    """The elements of a page, with what they say of themselves."""

    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def all(self, tag):
        return [facts for name, facts in self.found if name == tag]


def half(day, src="data:image/gif;base64,R0lGODlh"):
    return Half(src, day, f"{day} · 来源", f"照片 {day}")


def test_both_days_stand_on_their_own_picture_and_the_earlier_lies_above():
    figure = draw_figure(half("2025-04-09"), half("2025-11-12"), WORDS)
    assert figure.index('class="half after"') < figure.index('class="half before"')
    before = figure[figure.index('class="half before"') :]
    assert "2025-04-09" in before.split("<input")[0]
    assert "2025-11-12" not in before.split("<input")[0]
    (slider,) = Parts(figure).all("input")
    assert slider["type"] == "range"
    assert slider["aria-label"] == WORDS.name


def test_nothing_that_is_told_of_a_picture_becomes_markup():
    evil = Half(EVIL, EVIL, EVIL, EVIL)
    parts = Parts(draw_figure(evil, evil, SliderWords(EVIL, EVIL, EVIL)))
    assert parts.all("script") == []
    assert [one["src"] for one in parts.all("img")] == [EVIL, EVIL]


def test_the_page_stands_alone_and_its_own_policy_lets_it_ask_for_nothing():
    page = draw_page("对比", half("a"), half("b"), WORDS, language="zh", note=EVIL)
    assert re.findall(r"https?://|//cdn|@import|url\(", page) == []
    parts = Parts(page)
    assert all(one["src"].startswith("data:") for one in parts.all("img"))
    (policy,) = [one["content"] for one in parts.all("meta") if "http-equiv" in one]
    assert policy.startswith("default-src 'none'")
    assert len(parts.all("script")) == 1
    assert script() in page
    assert style() in page


def test_a_picture_within_an_address_comes_back_as_it_was():
    address = as_data(b"\xff\xd8\xff picture", "image/jpeg")
    kind, _, told = address.partition(",")
    assert kind == "data:image/jpeg;base64"
    assert b64decode(told) == b"\xff\xd8\xff picture"


# ------------------------------------------------------------- the invented pictures


def invented(tmp_path, name="evidence"):
    features = create_feature_store(tmp_path / f"{name}-features")
    for layer, rows in sample_features().items():
        if layer in {one.hazard.partition(":")[0] for one in PIECES}:
            note = RevisionNote("t", "t", datetime(2025, 12, 17, tzinfo=UTC))
            features.write(layer, rows, note)
    store = open_evidence("memory:")
    write_invented_evidence(store, features)
    return store


def test_the_invented_pieces_show_what_the_screen_has_to_say(tmp_path):
    items = invented(tmp_path).items()
    assert len(items) == len(PIECES)
    assert all(one.facts.note == NOTE for one in items)
    assert all("演示" in one.facts.original_filename for one in items)
    (pair,) = pair_before_after(items)
    assert pair.unknown == ()
    assert pair.before.facts.captured_at.date() == date(2025, 4, 9)
    lacking = [one for one in items if one.lacks]
    assert [set(one.lacks) for one in lacking] == [{"second_collector", "captured_at", "place"}]
    assert [one.mime for one in items if not can_be_shown(one)] == ["text/plain"]


def test_the_invented_pieces_are_the_same_bytes_every_time(tmp_path):
    first, second = (invented(tmp_path, name) for name in ("one", "two"))
    assert [one.sha256 for one in first.items()] == [one.sha256 for one in second.items()]
    assert first.head() == second.head()
