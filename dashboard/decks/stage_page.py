"""A story as one page: the player, Leaflet, styles, data and pictures in it, and no way outside.

The app serves this page as the stage, and it is the offline file. Its own policy allows just the
scripts and styles that are written into it, by their digests, and forbids every request.
"""

import re
from base64 import b64encode
from collections.abc import Callable
from functools import cache
from hashlib import sha256
from html import escape
from pathlib import Path

from dashboard import ASSETS
from dashboard.decks.stage import Look, stage_data
from dashboard.decks.stage_pictures import ReadPicture
from dashboard.naming import Naming
from dashboard.telling.story import Story
from layers.drawing import before_after
from layers.drawing.symbols import ColourBy
from layers.drawing.webmap import page_json

OWN = Path(__file__).parent
DRAWING = Path(before_after.__file__).with_name("browser")
SCRIPTS = (
    ASSETS / "leaflet" / "leaflet.js",
    DRAWING / "gis.js",
    DRAWING / "before_after.js",
    OWN / "stage_rows.js",
    OWN / "stage_chart.js",
    OWN / "stage_map.js",
    OWN / "stage_speaker.js",
    OWN / "stage.js",
)
STYLES = (
    ASSETS / "leaflet" / "leaflet.css",
    DRAWING / "gis.css",
    DRAWING / "before_after.css",
    OWN / "stage.css",
)

PICTURES = re.compile(r"url\([^)]*\)")
COMMENTS = re.compile(r"/\*.*?\*/\s*", re.DOTALL)
SOURCE_MAP = re.compile(r"//# sourceMappingURL=[^\n]*")
UNUSED = re.compile(r"https://leafletjs\.com|data:image/gif;base64,[\w+/=]+")
"""What Leaflet's files name besides themselves: pictures of controls and tiles unused here, bugs of
browsers, the map of its source, its home page. Nothing in the page may name what is not in it."""


def render_stage(
    story: Story,
    look: Look,
    names: Naming,
    *,
    colour_by: ColourBy = "status",
    is_internal: bool = True,
    read_picture: ReadPicture = lambda _: None,
    on_scene: Callable[[int], None] = lambda _: None,
) -> bytes:
    """Return a story as one HTML file that plays itself, also from a disk; see `stage_data`."""
    told = stage_data(
        story,
        look,
        names,
        colour_by=colour_by,
        is_internal=is_internal,
        read_picture=read_picture,
        on_scene=on_scene,
    )
    lang = "zh-CN" if names.language == "zh" else "en"
    marked = " · ".join([story.title, *told["marks"]])
    return (
        f'<!doctype html>\n<html lang="{lang}"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy()}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="referrer" content="no-referrer">'
        f'<title>{escape(marked)}</title><style id="look">{_style()}</style></head>'
        f"<body><noscript>{escape(names.word('stage.needs_script'))}</noscript>"
        f'<script type="application/json" id="story">{page_json(told)}</script>'
        f"{''.join(f'<script>{one}</script>' for one in _scripts())}</body></html>\n"
    ).encode()


@cache
def policy() -> str:
    """Return the page's Content-Security-Policy: only what is written into it, by digest."""
    scripts = " ".join(_digest(one) for one in _scripts())
    return (
        f"default-src 'none'; script-src {scripts}; style-src {_digest(_style())}; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


@cache
def _scripts() -> tuple[str, ...]:
    licence = (ASSETS / "licences" / "leaflet.txt").read_text("utf-8").strip()
    leaflet, *own = (SOURCE_MAP.sub("", file.read_text("utf-8")) for file in SCRIPTS)
    return (f"/*\n{licence}\n*/\n{UNUSED.sub('data:,', leaflet)}", *own)


@cache
def _style() -> str:
    return "\n".join(
        PICTURES.sub("none", COMMENTS.sub("", file.read_text("utf-8"))) for file in STYLES
    )


def _digest(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"
