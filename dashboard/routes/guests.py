"""The door for guests: a link's secret stands behind its #, which no server and no log gets to see.

/guest   GET without a cookie: a page that sends on what stands behind the # as a form
POST: the secret is checked, and exchanged for a cookie; 303 to the same address
GET with the cookie: what the link shows, as long as it holds
"""

import time
from datetime import UTC, datetime
from html import escape

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from dashboard.doors import guests
from dashboard.doors.guests import GuestLink, ShownCase
from dashboard.routes.plain_pages import language_of_page, paragraphs, plain_page
from dashboard.routes.sign_in import NotOurForm, cookie_rules, home, read_form, with_form
from dashboard.text import say, say_error
from geodata import GeodataError, Language
from geodata.lifecycle import OFFICE_TIME

GUEST_COOKIE = "pim_guest"
SEND_ON = """<script>
const secret = location.hash.slice(1);
if (secret) {
  history.replaceState(null, "", location.pathname + location.search);
  const form = document.getElementById("guest");
  form.elements.secret.value = secret;
  form.submit();
}
</script>"""


def guest_routes() -> list[BaseRoute]:
    """Return the routes."""
    return [
        Route("/guest", show_guest, methods=["GET"]),
        Route("/guest", take_guest, methods=["POST"]),
    ]


async def show_guest(request: Request) -> Response:
    """Return what a guest may read, or the page that lets one in."""
    language = language_of_page(request.query_params.get("lang", ""))
    cookie = request.cookies.get(GUEST_COOKIE, "")
    try:
        link = await run_in_threadpool(_link_of, cookie)
        if link is None:
            return _door(request, language, "" if not cookie else say("guest.refused", language))
        shown = await run_in_threadpool(guests.shown_cases, link, language)
    except GeodataError as trouble:
        said = paragraphs(say_error(trouble, language))
        return plain_page(say("guest.title", language), said, language, status=503)
    there = "en" if language == "zh" else "zh"
    title, body = say("guest.title", language), _body(link, shown, language)
    return plain_page(title, body, language, other=f"{home()}guest?lang={there}")


async def take_guest(request: Request) -> Response:
    """Exchange the secret of a link for a cookie, put on record."""
    language = language_of_page(request.query_params.get("lang", ""))
    try:
        secret = (await read_form(request)).get("secret", "").strip().lstrip("#")
        link = await run_in_threadpool(_link_of, secret)
        if link is None:
            return _door(request, language, say("guest.refused", language), status=403)
        await run_in_threadpool(guests.note_use, link)
    except NotOurForm:
        return _door(request, language, say("access.sign_in.form_old", language), status=403)
    except GeodataError as trouble:
        return _door(request, language, say_error(trouble, language), status=503)
    answer = RedirectResponse(f"{home()}guest?lang={language}", 303)
    life = max(1, int(link.until.timestamp() - time.time()))
    answer.set_cookie(GUEST_COOKIE, secret, max_age=life, **cookie_rules(request))
    return answer


def _link_of(secret: str) -> GuestLink | None:
    return guests.read_token(secret, datetime.now(UTC)) if secret else None


def _door(request: Request, language: Language, trouble: str = "", status: int = 200) -> Response:
    wrong = f'<p class="trouble" role="alert">{escape(trouble)}</p>' if trouble else ""
    body = (
        f'{wrong}<form id="guest" method="post" action="{home()}guest?lang={language}">{{token}}'
        f'<label for="secret">{escape(say("guest.paste", language))}</label>'
        '<input type="password" id="secret" name="secret" autocomplete="off" required>'
        f"<button>{escape(say('guest.open', language))}</button></form>{SEND_ON}"
    )
    answer = with_form(request, say("guest.title", language), body, language, status)
    if trouble:
        answer.delete_cookie(GUEST_COOKIE, path=home())
    return answer


def _body(link: GuestLink, shown: tuple[ShownCase, ...], language: Language) -> str:
    until = link.until.astimezone(OFFICE_TIME).strftime("%Y-%m-%d %H:%M")
    facts = {"recipient": link.recipient, "purpose": link.purpose, "until": until}
    parts = [f'<p class="note">{escape(say("guest.note", language, **facts))}</p>']
    if any(one.is_demonstration for one in shown):
        parts.append(
            f'<p><span class="demo">{escape(say("guest.demonstration", language))}</span></p>'
        )
    parts += [_case(one, language) for one in shown] or paragraphs(say("guest.none", language))
    return "".join(parts)


def _case(shown: ShownCase, language: Language) -> str:
    def row(name: str, value: str) -> str:
        return f"<tr><td>{name}</td><td>{escape(value)}</td></tr>"

    facts = "".join(row(escape(say(f"guest.{name}", language)), told) for name, told in shown.facts)
    steps = "".join(row(f"<time>{escape(day)}</time>", step) for day, step in shown.steps)
    heads = "".join(f"<th>{escape(say(f'guest.{one}', language))}</th>" for one in ("day", "step"))
    return (
        f"<h2>{escape(shown.title)}</h2><table>{facts}</table>"
        f"<h2>{escape(say('guest.course', language))}</h2>"
        f"<table><tr>{heads}</tr>{steps}</table>"
    )
