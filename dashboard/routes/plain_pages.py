"""Pages outside of the app's own frame: signing in and out, refusals, what a guest may read.

Plain HTML without a script of ours where none is needed; every fact is escaped.
"""

from html import escape
from importlib.resources import files
from urllib.parse import quote

from starlette.responses import HTMLResponse, Response

from dashboard.text import say
from geodata import Language

STYLE = files("dashboard.panels").joinpath("plain.css").read_text("utf-8")
HEADERS = {"Cache-Control": "no-store"}


def plain_page(
    title: str, body: str, language: Language, *, status: int = 200, other: str = ""
) -> Response:
    """Return a page; `body` is HTML, `other` the address of the same page in the other language."""
    there: Language = "en" if language == "zh" else "zh"
    switch = f'<a class="lang" lang="{there}" href="{escape(other)}">' if other else ""
    link = f"{switch}{escape(say('frame.this_language', there))}</a>" if other else ""
    text = f"""<!doctype html>
<html lang="{"zh-CN" if language == "zh" else "en"}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="same-origin"><meta name="robots" content="noindex">
<title>{escape(title)} · {escape(say("frame.title", language))}</title>
<style>{STYLE}</style></head>
<body><header><b>{escape(say("frame.title", language))}</b>{link}</header>
<main><h1>{escape(title)}</h1>{body}</main></body></html>"""
    return HTMLResponse(text, status, headers=HEADERS)


def paragraphs(*texts: str) -> str:
    """Return texts as paragraphs of HTML."""
    return "".join(f"<p>{escape(one)}</p>" for one in texts if one)


def language_of_page(asked: str) -> Language:
    """Return the language that an address asks for."""
    return "en" if asked == "en" else "zh"


def refusal_page(reason: str, language: Language, path: str = "", **facts: object) -> Response:
    """Return why nothing is shown here, and what to do; nothing of what there is behind the door.

    `reason` is one of those that `dashboard.doors.visitors` knows.
    """
    said = say(f"access.refused.{reason}", language, **facts)
    other = f"{path}?lang={'en' if language == 'zh' else 'zh'}"
    title = say("access.refused.title", language)
    return plain_page(title, paragraphs(said), language, status=403, other=other)


def local_query(address: str) -> str:
    """Return the query of an address of this app, blank for anything else: no way leads outside.

    >>> local_query("/?screen=overdue"), local_query("//evil.example/?x"), local_query("/?a= b")
    ('screen=overdue', '', 'a=%20b')
    """
    start, mark, query = address.partition("?")
    if start not in {"", "/"} or not mark:
        return ""
    return quote(query[:4000], safe="=&%,.:;-_~+!*()'/@")
