"""Names become aliases: the same for the same, undone only inside, and no name is left."""

import string
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geodata import open_city
from layers.disclosure import (
    Entity,
    entities_of_persons,
    entity,
    make_aliases,
)
from layers.disclosure.spelling import fold

CITY = open_city()
NAMES = (
    ("company", "兰州宏达化工有限公司"),
    ("company", "甘肃恒源物业服务有限责任公司"),
    ("agency", "城关区住建局"),
    ("agency", "红古区民政局"),
    ("person", "王小明"),
    ("person", "李静"),
    ("person", "李志强"),
    ("township", "陈坪街道"),
    ("village", "西津村"),
    ("estate", "天庆花园"),
)


def entities(names=NAMES):
    return [entity(kind, name, CITY) for kind, name in names]


def aliases(**options):
    return make_aliases(entities(), **options)


def test_each_name_becomes_an_alias_of_its_kind_that_keeps_the_district_of_an_agency():
    assert {name: alias for _, name, alias, _ in aliases().table()} == {
        "兰州宏达化工有限公司": "某公司A",
        "甘肃恒源物业服务有限责任公司": "某公司B",
        "城关区住建局": "城关区某局A",
        "红古区民政局": "红古区某局B",
        "王小明": "王某某",
        "李静": "李某甲",
        "李志强": "李某乙",
        "陈坪街道": "某街道A",
        "西津村": "某村A",
        "天庆花园": "某小区A",
    }


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("兰州宏达化工有限公司倾倒固废", "某公司A倾倒固废"),
        ("宏达化工倾倒固废", "某公司A倾倒固废"),
        ("兰州 宏达\u3000化工\u200b有限公司", "某公司A"),
        ("兰州宏达化工\n有限公司", "某公司A"),
        ("向区住建局制发检察建议", "向某局制发检察建议"),
        ("城关区住建局、红古区民政局", "城关区某局A、红古区某局B"),
        ("由李静、李志强取证", "由李某甲、李某乙取证"),
        ("在陈坪街道天庆花园", "在某街道A某小区A"),
        ("宏达路", "宏达路"),
    ],
)
def test_a_name_is_met_in_each_form_and_the_longest_first(text, hidden):
    rivals = [*entities(), entity("agency", "西固区住建局", CITY)]
    hides = make_aliases(rivals).hide if "区住建局制发" in text else aliases().hide
    assert hides(text) == hidden


def test_names_in_other_widths_and_cases_are_met_and_words_are_not_torn():
    shop = make_aliases([Entity("company", "ABC Trading"), Entity("company", "DE")])
    assert shop.hide("ａｂｃ　ｔｒａｄｉｎｇ, abc trading") == "某公司A, 某公司A"
    assert shop.hide("under DE, model") == "under 某公司B, model"
    assert shop.hide("DE站", "en") == "Company B站"


def test_a_kept_word_stays_whole_although_it_holds_a_name():
    plain = make_aliases([Entity("person", "高原")])
    assert plain.hide("青藏高原") == "青藏高某"
    assert plain.but(["青藏高原"]).hide("青藏高原，高原说") == "青藏高原，高某说"


def test_a_short_name_that_goes_on_is_pointed_out():
    told = make_aliases([Entity("person", "王进")])
    assert [one.text for one in told.suspects("王进喜到场，王进说")] == ["王进喜"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("金城砂石有限公司与某公司", ["金城砂石有限公司"]),
        ("该村村民委员会、多家有限公司", []),
        ("兰城检建〔2025〕12号", ["兰城检建〔2025〕12号"]),
        ("审图号：GS（2024）0650号", []),
        ("兰州宏达化工有限公司", []),
    ],
)
def test_what_looks_like_a_name_and_is_not_declared_is_a_suspect(text, found):
    assert [one.text for one in aliases().suspects(text)] == found


@pytest.mark.parametrize("role", ["承办检察官", "检察官助理", "听证员", "某人", "某某", "王×"])
def test_a_role_or_a_disguised_name_is_nobody(role):
    assert entity("person", role) is None
    assert not list(entities_of_persons([role]))


def test_a_column_of_several_names_names_each_of_them():
    named = {one.name for one in entities_of_persons(["张伟、王芳；检察官助理"])}
    assert named == {"张伟", "王芳"}


# ------------------------------------------------------------------------- properties

LETTERS = st.text(alphabet="的了在是向与和查清整改到位，。 \n" + string.digits, max_size=8)
PIECES = st.lists(st.tuples(LETTERS, st.sampled_from([name for _, name in NAMES])), max_size=8)


def told_by(pieces):
    return "".join(f"{before}{name}，" for before, name in pieces)


@given(pieces=PIECES, is_blind=st.booleans(), seed=st.sampled_from(["", "a", "b"]))
def test_hiding_is_undone_inside_and_leaves_no_name(pieces, is_blind, seed):
    told, text = aliases(is_blind=is_blind, seed=seed), told_by(pieces)
    hidden = told.hide(text)
    assert told.reveal(hidden) == text
    assert not list(told.find(hidden))
    plain = fold(hidden).letters
    assert not [name for _, name in NAMES if fold(name).letters in plain]


@given(pieces=PIECES, gaps=st.lists(st.sampled_from(["", " ", "\u3000", "\u200b"]), min_size=1))
def test_no_gap_within_a_name_saves_it(pieces, gaps):
    text = told_by(pieces)
    spread = "".join(one + gaps[n % len(gaps)] for n, one in enumerate(text))
    hidden = fold(aliases().hide(spread)).letters
    assert not [name for _, name in NAMES if fold(name).letters in hidden]


@given(pieces=PIECES)
def test_hiding_twice_is_hiding_once(pieces):
    hidden = aliases().hide(told_by(pieces))
    assert aliases().hide(hidden) == hidden


@given(count=st.integers(1, 120))
def test_of_many_names_none_has_an_alias_that_begins_another(count):
    many = make_aliases(Entity("company", f"{n}号厂子有限公司") for n in range(count))
    written = [alias for _, _, alias, _ in many.table()]
    assert len(set(written)) == count
    ordered = sorted(written)
    assert not [one for one, other in pairwise(ordered) if other.startswith(one)]


def test_the_same_names_and_seed_give_the_same_aliases_and_another_seed_others():
    assert aliases().table() == aliases().table()
    assert aliases(seed="a").table() == aliases(seed="a").table()
    assert len({aliases(seed=seed).table() for seed in "abcdefgh"}) > 1


def test_an_alias_that_the_record_holds_already_is_not_given_again():
    told = make_aliases(entities(), taken=["某公司A已注销"])
    assert told.hide("兰州宏达化工有限公司") == "某公司B"
