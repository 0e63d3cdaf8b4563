"""A stop is opened in each map app where it really is: its datum, its order of numbers."""

import re
from io import BytesIO
from urllib.parse import parse_qs, urlsplit

import coord_convert.transform as other
import pytest
from PIL import Image

from geodata.errors import BadSetting
from geodata.settings import VARIABLES
from layers.map_links import (
    PROVIDERS,
    VARIABLE,
    MapLinksOff,
    PlaceOutOfRange,
    are_links_allowed,
    code_png,
    code_svg,
    link,
)

PLACE = (103.62, 36.2)
NAME = "西固，某站;1号,A|b&c"


def asked(app, purpose="show"):
    address = link(app, PLACE, NAME, purpose=purpose, is_allowed=True)
    parts = urlsplit(address)
    return parts, {name: one[0] for name, one in parse_qs(parts.query).items()}


def test_amap_is_told_that_the_numbers_are_wgs84_east_first():
    parts, facts = asked("amap")
    assert parts.netloc + parts.path == "uri.amap.com/marker"
    assert facts["position"] == "103.620000,36.200000"
    assert facts["coordinate"] == "wgs84"


def test_the_way_in_amap_has_no_datum_to_name_and_gets_its_own():
    lon, lat = other.wgs2gcj(*PLACE)
    facts = asked("amap", "drive")[1]
    east, north, name = facts["to"].split(",")
    assert (float(east), float(north)) == pytest.approx((lon, lat), abs=2e-6)
    assert name == "西固，某站 1号 A b c"
    assert "coordinate" not in facts


def test_baidu_is_told_that_the_numbers_are_wgs84_north_first():
    parts, facts = asked("baidu")
    assert parts.netloc + parts.path == "api.map.baidu.com/marker"
    assert facts["location"] == "36.200000,103.620000"
    assert facts["coord_type"] == "wgs84"
    assert asked("baidu", "drive") == (parts, facts)


def test_tencent_gets_gcj02_north_first_as_another_program_converts_it():
    lon, lat = other.wgs2gcj(*PLACE)
    assert (lon, lat) != PLACE
    marker = asked("tencent")[1]["marker"]
    found = re.fullmatch(r"coord:([\d.]+),([\d.]+);title:西固，某站 1号 A b c;addr:.+", marker)
    assert (float(found[1]), float(found[2])) == pytest.approx((lat, lon), abs=2e-6)
    assert asked("tencent")[1]["coord_type"] == "2"
    assert asked("tencent", "drive")[1]["tocoord"] == f"{found[1]},{found[2]}"


@pytest.mark.parametrize("app", PROVIDERS)
@pytest.mark.parametrize("purpose", ["show", "drive"])
def test_a_name_can_not_slip_in_further_facts(app, purpose):
    evil = "a&coordinate=gaode;coord:0,0|latlng:1,1"
    address = link(app, PLACE, evil, purpose=purpose, is_allowed=True)
    facts = parse_qs(urlsplit(address).query)
    assert facts.get("coordinate", ["wgs84"]) == ["wgs84"]
    assert address.count("coord:") <= 1


def test_no_link_is_made_unless_the_installation_allows_it():
    assert VARIABLE in VARIABLES
    assert not are_links_allowed({})
    assert not are_links_allowed({VARIABLE: "off"})
    assert are_links_allowed({VARIABLE: "on"})
    with pytest.raises(BadSetting):
        are_links_allowed({VARIABLE: "yes"})
    with pytest.raises(MapLinksOff):
        link("amap", PLACE, NAME, is_allowed=False)


@pytest.mark.parametrize("place", [(36.2, 103.6), (181, 0), (float("nan"), 36.0)])
def test_a_place_that_is_none_is_refused(place):
    with pytest.raises(PlaceOutOfRange):
        link("amap", place, NAME, is_allowed=True)


def test_a_code_is_drawn_alike_as_svg_and_as_png():
    address = link("tencent", PLACE, NAME, is_allowed=True)
    side = int(re.search(r'viewBox="0 0 (\d+) \1"', code_svg(address))[1])
    picture = Image.open(BytesIO(code_png(address, pixels=3)))
    assert picture.size == (3 * side, 3 * side)
    dark = sum(1 for at in range(4 * 3, 11 * 3, 3) if not picture.convert("L").getpixel((at, 12)))
    assert dark == 7  # the edge of a finder pattern, seven modules long
    assert "style=" not in code_svg(address)
