"""Two pictures of one place on two days, one over the other, with a slider between them.

A figure is HTML by itself: it needs STYLE and SCRIPT beside it, and no network. `draw_page` puts
all of it into one file. Where the pictures lie (`src`) is the caller's: an address of this host, or
`data:`. The slider is a range input, so that mouse, touch and keyboard move it.
"""

from base64 import b64encode
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path

from geodata.model import Language

FOLDER = Path(__file__).with_name("browser")
NEVER_ASKED = (
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'"
)
"""The policy of a file that stands alone: whatever it might ask of a network is refused."""

PAGE_STYLE = "body{max-width:60rem;margin:1rem auto;padding:0 1rem;font-family:sans-serif}"


@dataclass(frozen=True)
class Half:
    """One of the two pictures: where it lies, its day as it stands on it, and what is said below.

    `told` says the source and whatever else belongs to the picture; `alt` is for those who cannot
    see it.
    """

    src: str
    day: str
    told: str
    alt: str


@dataclass(frozen=True)
class SliderWords:
    """What the slider is called, how far it stands (`%` for the number), and a lost picture."""

    name: str
    share: str
    lost: str


def draw_figure(before: Half, after: Half, words: SliderWords) -> str:
    """Return two pictures as HTML; nothing of what is said in them can become markup."""
    return (
        '<figure class="before-after"><div class="pictures">'
        f"{_half('after', after)}{_half('before', before)}"
        f'<input type="range" min="0" max="100" value="50" step="1"'
        f' aria-label="{escape(words.name)}" data-told="{escape(words.share)}">'
        f'<div class="edge"></div><p class="lost" role="alert">{escape(words.lost)}</p></div>'
        f"<figcaption><span>{escape(before.told)}</span><span>{escape(after.told)}</span>"
        "</figcaption></figure>"
    )


def draw_page(
    title: str, before: Half, after: Half, words: SliderWords, *, language: Language, note: str = ""
) -> str:
    """Return a whole page that opens from a disk, pictures given as `data:` and all within it."""
    lang = "zh-CN" if language == "zh" else "en"
    noted = f"<p>{escape(note)}</p>" if note else ""
    return (
        f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{NEVER_ASKED}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{PAGE_STYLE}{style()}</style></head><body><h1>{escape(title)}</h1>"
        f"{draw_figure(before, after, words)}{noted}"
        f"<script>{script()}beforeAfter(document);</script></body></html>\n"
    )


def as_data(picture: bytes, mime: str) -> str:
    """Return a picture as the address that holds it.

    >>> as_data(b"GIF89a", "image/gif")
    'data:image/gif;base64,R0lGODlh'
    """
    return f"data:{mime};base64,{b64encode(picture).decode()}"


@cache
def style() -> str:
    """Return the style sheet of the figures."""
    return (FOLDER / "before_after.css").read_text("utf-8")


@cache
def script() -> str:
    """Return the script that defines `beforeAfter(root)`, which wakes all figures below a root."""
    return (FOLDER / "before_after.js").read_text("utf-8")


def _half(name: str, half: Half) -> str:
    return (
        f'<div class="half {name}"><img src="{escape(half.src)}" alt="{escape(half.alt)}"'
        f' draggable="false"><span class="day">{escape(half.day)}</span></div>'
    )
