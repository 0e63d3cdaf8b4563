"""A stop opened in a map app: links and QR codes for AMap, Baidu, Tencent, each in its datum.

A link tells the provider where the office is going, so links and codes are made only where the
installation says so (`PIM_MAP_LINKS=on`). docs/visits.md names the documents the forms are from.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Literal
from urllib.parse import quote, urlencode

import numpy as np
import segno

from geodata.crs import shift_to_gcj02
from geodata.errors import BadSetting, GeodataError
from geodata.model import Title
from layers.routing import Place

App = Literal["amap", "baidu", "tencent"]
Purpose = Literal["show", "drive"]

VARIABLE = "PIM_MAP_LINKS"
SOURCE = "pim"
"""What the apps ask for: the name of the program that sends somebody to them."""

DIGITS = 6
MOST_LETTERS = 60
QUIET = 4
"""White modules round a code, as the standard asks."""


class MapLinksOff(GeodataError):
    """Links that carry coordinates are asked for, and the setting `name` does not allow them."""


class PlaceOutOfRange(GeodataError):
    """A place that is no longitude and latitude: `lon`, `lat`."""


PROVIDERS: dict[App, Title] = {
    "amap": Title("高德地图", "AMap"),
    "baidu": Title("百度地图", "Baidu Maps"),
    "tencent": Title("腾讯地图", "Tencent Maps"),
}


@dataclass(frozen=True)
class Form:
    """One kind of link: what it is made by, its datum, the order of its two numbers, its source.

    `address` takes the numbers and a name. `document` is the provider's own page.
    """

    address: Callable[[str, str], str]
    datum: Literal["wgs84", "gcj02"]
    is_north_first: bool
    document: str

    def numbers(self, place: Place) -> str:
        """Return a place (CGCS2000) as this link wants it: in its datum, in its order."""
        lon, lat = place
        if self.datum == "gcj02":
            east, north = shift_to_gcj02(np.array([lon]), np.array([lat]))
            lon, lat = float(east[0]), float(north[0])
        pair = (lat, lon) if self.is_north_first else (lon, lat)
        return ",".join(f"{degrees:.{DIGITS}f}" for degrees in pair)


def are_links_allowed(environment: Mapping[str, str] | None = None) -> bool:
    """Return whether links and codes with coordinates may be made; raise BadSetting."""
    given = os.environ if environment is None else environment
    value = given.get(VARIABLE, "").strip()
    if value not in {"", "on", "off"}:
        raise BadSetting(name=VARIABLE, value=value, form="on")
    return value == "on"


def link(app: App, place: Place, name: str, *, purpose: Purpose = "show", is_allowed: bool) -> str:
    """Return the address that opens a place (CGCS2000 longitude, latitude) in a map app.

    Raises MapLinksOff unless allowed, and PlaceOutOfRange.

    >>> link("amap", (103.62, 36.2), "A", is_allowed=True)
    'https://uri.amap.com/marker?position=103.620000,36.200000&name=A&src=pim&coordinate=wgs84&callnative=1'
    """
    if not is_allowed:
        raise MapLinksOff(name=VARIABLE)
    lon, lat = place
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):  # noqa: PLR2004 - degrees
        raise PlaceOutOfRange(lon=lon, lat=lat)
    form = FORMS[app, purpose]
    return form.address(form.numbers(place), _plain(name))


def _plain(name: str) -> str:
    """Return a name without the signs that the apps take for their own."""
    return "".join(" " if sign in ",;:|&" else sign for sign in name)[:MOST_LETTERS].strip()


def _amap_show(numbers: str, name: str) -> str:
    facts = {"position": numbers, "name": name, "src": SOURCE, "coordinate": "wgs84"}
    return _address("https://uri.amap.com/marker", facts | {"callnative": "1"})


def _amap_drive(numbers: str, name: str) -> str:
    facts = {"to": f"{numbers},{name}", "mode": "car", "src": SOURCE, "callnative": "1"}
    return _address("https://uri.amap.com/navigation", facts)


def _baidu_show(numbers: str, name: str) -> str:
    facts = {"location": numbers, "title": name, "content": name, "output": "html"}
    source = {"coord_type": "wgs84", "src": f"webapp.{SOURCE}.visits"}
    return _address("https://api.map.baidu.com/marker", facts | source)


def _tencent_show(numbers: str, name: str) -> str:
    facts = {"marker": f"coord:{numbers};title:{name};addr:{name}", "coord_type": "2"}
    return _address("https://apis.map.qq.com/uri/v1/marker", facts | {"referer": SOURCE})


def _tencent_drive(numbers: str, name: str) -> str:
    facts = {"type": "drive", "to": name, "tocoord": numbers, "coord_type": "2"}
    return _address("https://apis.map.qq.com/uri/v1/routeplan", facts | {"referer": SOURCE})


_AMAP = "https://lbs.amap.com/api/uri-api/guide"
_BAIDU = "https://lbsyun.baidu.com/docs/webapi?title=mapadjustment%2Furi%2Fweb"
_TENCENT = "https://lbs.qq.com/webApi/uriV1/uriGuide"

FORMS: dict[tuple[App, Purpose], Form] = {
    ("amap", "show"): Form(_amap_show, "wgs84", False, f"{_AMAP}/mobile-web/point"),  # noqa: FBT003
    # The page on routes documents no `coordinate`, so its numbers are AMap's own.
    ("amap", "drive"): Form(_amap_drive, "gcj02", False, f"{_AMAP}/travel/route"),  # noqa: FBT003
    ("baidu", "show"): Form(_baidu_show, "wgs84", True, _BAIDU),  # noqa: FBT003
    # Baidu's routes ask for a start, which is not known here: from the point one goes on.
    ("baidu", "drive"): Form(_baidu_show, "wgs84", True, _BAIDU),  # noqa: FBT003
    ("tencent", "show"): Form(_tencent_show, "gcj02", True, f"{_TENCENT}/uriWebMarker"),  # noqa: FBT003
    ("tencent", "drive"): Form(_tencent_drive, "gcj02", True, f"{_TENCENT}/uriWebRoute"),  # noqa: FBT003
}


def _address(base: str, facts: Mapping[str, str]) -> str:
    return f"{base}?{urlencode(facts, safe=',:;|', quote_via=quote)}"


def code_svg(text: str) -> str:
    """Return a text as a QR code, as SVG without style, size by its modules."""
    drawn: str = segno.make(text, error="m", micro=False).svg_inline(
        border=QUIET, omitsize=True, svgclass=None, lineclass=None
    )
    return drawn


def code_png(text: str, *, pixels: int = 6) -> bytes:
    """Return a text as a QR code in PNG, so many pixels to a module."""
    file = BytesIO()
    segno.make(text, error="m", micro=False).save(file, kind="png", scale=pixels, border=QUIET)
    return file.getvalue()
