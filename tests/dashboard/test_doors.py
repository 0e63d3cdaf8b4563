"""Every door asks the same: by a provider too, for files offered to others, for their sessions."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from streamlit.runtime.media_file_manager import MediaFileManager
from streamlit.runtime.memory_media_file_storage import MemoryMediaFileStorage
from streamlit.web.server.starlette.starlette_routes import create_media_routes

from dashboard import holdings
from dashboard.doors import acts, visitors
from dashboard.doors.access import NOBODY, Visitor
from dashboard.doors.gate import Gate
from dashboard.doors.offered import note_offers
from dashboard.routes import provider as provider_door
from dashboard.routes.named_pass import NamedPass
from dashboard.routes.provider import provider_routes
from dashboard.routes.sign_in import sign_in_routes
from geodata.accounts import Accounts
from geodata.journal import open_journal
from tests.provider import CLIENT, Provider, provider

HOST = "http://127.0.0.1:8501"
WANG = {"sub": "1", "preferred_username": "Wang"}


class Browser:
    """As much of a browser as the doors look at: cookies, and no step by itself."""

    def __init__(self, app):
        self.app, self.cookies = app, httpx.Cookies()

    def ask(self, method, path, **told):
        headers = {"Accept": "text/html", **told.pop("headers", {})}

        async def send():
            transport = httpx.ASGITransport(self.app)
            async with httpx.AsyncClient(transport=transport, base_url=HOST) as line:
                line.cookies = self.cookies
                answer = await line.request(method, path, headers=headers, **told)
                self.cookies = line.cookies
                return answer

        with ThreadPoolExecutor(1) as own:  # a browser of other tests may have a loop in this one
            return own.submit(lambda: asyncio.run(send())).result()

    def get(self, path, **told):
        return self.ask("GET", path, **told)

    def opens_socket(self):
        """Return whether a socket is opened to this browser."""
        told = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        scope = {
            "type": "websocket",
            "path": "/_stcore/stream",
            "query_string": b"",
            "headers": [(b"cookie", told.encode())],
            "subprotocols": [],
        }
        sent = []

        async def receive():
            return {"type": "websocket.connect"}

        async def send(message):
            sent.append(message["type"])

        with ThreadPoolExecutor(1) as own:
            own.submit(lambda: asyncio.run(self.app(scope, receive, send))).result()
        return sent[0] == "websocket.accept"


@pytest.fixture
def office(tmp_path, monkeypatch):
    """Three accounts in a folder of their own, and a journal that is no other test's."""
    monkeypatch.setenv("PIM_ACCOUNTS_FILE", str(tmp_path / "accounts.sqlite"))
    monkeypatch.setenv("PIM_SIGN_IN", "oidc")
    journal = open_journal(f"sqlite:{tmp_path / 'journal.sqlite'}")
    monkeypatch.setattr(holdings, "journal", lambda: journal)
    accounts = Accounts(tmp_path / "accounts.sqlite")
    accounts.add("wang", "王某", "prosecutor", "LZ-XG")
    accounts.add("zhao", "赵某", "chief", "LZ-YD")
    accounts.add("gone", "张某", "chief", "LZ-YD")
    accounts.lock("gone")
    return accounts


@pytest.fixture
def manager():
    note_offers()
    return MediaFileManager(MemoryMediaFileStorage("/media"))


@pytest.fixture
def app(office, manager):
    """The gate before what Streamlit serves: its own media route, and stand-ins for the others."""

    async def socket(websocket):
        await websocket.accept()
        await websocket.close()

    def upload(request):
        return PlainTextResponse(request.path_params["session"])

    return Starlette(
        routes=[
            *sign_in_routes(),
            *provider_routes(),
            *create_media_routes(manager._storage, ""),
            Route("/_stcore/upload_file/{session}/{file}", upload, methods=["PUT", "DELETE"]),
            WebSocketRoute("/_stcore/stream", socket),
            Route("/", lambda _: Response("the app")),
        ],
        middleware=[Middleware(Gate)],
    )


@pytest.fixture
def asked_by(app):
    """Return what makes a browser that was never here before."""
    return lambda: Browser(app)


@pytest.fixture
def issuer(monkeypatch):
    with provider() as address:
        told = {
            "redirect_uri": f"{HOST}/oauth2callback",
            "client_id": CLIENT,
            "client_secret": "a secret of tests",
            "server_metadata_url": f"{address}/.well-known/openid-configuration",
        }
        monkeypatch.setattr(provider_door.st, "secrets", {"auth": told})
        yield address


def go_out(browser, query=""):
    """Go out to the provider; return what it was asked with."""
    answer = browser.get(f"/sign-in/provider{query}")
    assert answer.status_code == 303
    asked = urlsplit(answer.headers["location"])
    return {name: values[0] for name, values in parse_qs(asked.query).items()}


def come_back(browser, asked, user, code="code", **spoiled):
    Provider.user = user
    Provider.nonces["code"] = spoiled.get("nonce", asked["nonce"])
    Provider.challenges["code"] = spoiled.get("challenge", asked["code_challenge"])
    state = spoiled.get("state", asked["state"])
    return browser.get(f"/oauth2callback?code={code}&state={state}")


def sign_in(browser, user=WANG):
    return come_back(browser, go_out(browser), user)


# ------------------------------------------------------------------------------ a provider


def test_by_a_provider_nothing_is_open_before_and_all_of_it_after(asked_by, issuer, manager):
    browser = asked_by()
    assert browser.get("/?screen=overdue").headers["location"].startswith("/sign-in?to=")
    assert browser.get("/media/x.csv", headers={"Accept": "*/*"}).status_code == 401
    upload = browser.ask("PUT", "/_stcore/upload_file/s/f", headers={"Accept": "*/*"})
    assert upload.status_code == 401
    assert not browser.opens_socket()
    asked = go_out(browser, "?to=/%3Fscreen%3Doverdue")
    assert asked["code_challenge_method"] == "S256"
    answer = come_back(browser, asked, WANG)
    assert answer.status_code == 200
    assert (
        "/?screen=overdue" in answer.text
    )  # a step of our own, which brings a strict cookie along
    assert "samesite=strict" in answer.headers["set-cookie"].lower()
    assert browser.get("/").text == "the app"
    assert browser.opens_socket()
    signed_in = holdings.journal().entries(kind="act_signed_in")
    assert [(one.who, one.told["office"], one.told["way"]) for one in signed_in] == [
        ("王某", "LZ-XG", "oidc")
    ]


def test_by_a_provider_a_pass_is_worth_nothing_to_another_account(asked_by, issuer):
    leaves, now = NamedPass("tests", 60, 10), time.time()
    written = leaves.write("one", now, "wang")
    cookies = {}
    for account in ("wang", "zhao"):
        browser = asked_by()
        sign_in(browser, {"sub": account, "preferred_username": account})
        cookies[account] = dict(browser.cookies)
    named = leaves.check(written, "one", now)
    assert visitors.check_bearer({}, cookies["wang"], named).name == "王某"
    with pytest.raises(visitors.PassRefused):
        visitors.check_bearer({}, cookies["zhao"], named)


@pytest.mark.parametrize(
    "spoiled",
    [
        *({"state": "another"}, {"state": ""}, {"nonce": "another"}, {"code": ""}),
        {"challenge": "another"},
    ],
)
def test_a_word_that_is_not_for_this_way_lets_nobody_in(asked_by, issuer, spoiled):
    browser = asked_by()
    answer = come_back(browser, go_out(browser), WANG, **spoiled)
    assert answer.status_code == 403
    assert visitors.SESSION_COOKIE not in browser.cookies
    other = asked_by()
    asked = go_out(browser)
    assert come_back(other, asked, WANG).status_code == 403  # another browser began this way


@pytest.mark.parametrize(
    "user",
    [
        {"sub": "2", "preferred_username": "nobody"},
        {"sub": "3", "preferred_username": "gone"},
        {"sub": "4", "email": "wang", "email_verified": False},
        {"sub": "5"},
    ],
)
def test_whom_we_do_not_know_or_have_locked_stays_out_and_is_on_record(asked_by, issuer, user):
    browser = asked_by()
    answer = sign_in(browser, user)
    assert answer.status_code == 403
    assert "没有在这里登记" in answer.text
    assert browser.get("/").status_code == 303
    assert holdings.journal().entries(kind="act_sign_in_failed")


def test_who_signed_in_by_a_provider_is_out_for_good_after_signing_out_or_being_locked(
    asked_by, issuer, office
):
    browser = asked_by()
    sign_in(browser)
    stale = dict(browser.cookies)
    token = browser.get("/sign-out").text.split('name="token" value="')[1].split('"')[0]
    answer = browser.ask("POST", "/sign-out", data={"token": token}, headers={"Origin": HOST})
    assert answer.headers["location"] == "/sign-in?lang=zh&out=1"
    assert "统一身份" in browser.get("/sign-in?lang=zh&out=1").text
    again = asked_by()
    again.cookies.update(stale)
    assert again.get("/").status_code == 303
    sign_in(browser)
    assert browser.get("/").status_code == 200
    office.lock("wang")
    assert browser.get("/").status_code == 303


def test_a_provider_that_does_not_answer_is_said_and_lets_nobody_in(asked_by, monkeypatch, office):
    monkeypatch.setattr(provider_door.st, "secrets", {})
    answer = asked_by().get("/sign-in/provider")
    assert answer.status_code == 503
    assert "联系不上" in answer.text


# --------------------------------------------------------------- files that were offered


@pytest.fixture
def run_for(monkeypatch):
    """Run something as the script does for an account."""

    def run(account, make):
        with monkeypatch.context() as patched:
            patched.setattr(visitors, "get_script_run_ctx", lambda **_: object())
            patched.setattr(visitors, "_of_this_session", lambda found: found)
            who = Visitor(account, account, "prosecutor", "LZ-XG", "oidc")
            patched.setattr(visitors, "_by_request", lambda _: who)
            return make()

    return run


@pytest.fixture
def two(asked_by, issuer):
    browsers = {}
    for account in ("wang", "zhao"):
        browsers[account] = asked_by()
        sign_in(browsers[account], {"sub": account, "preferred_username": account})
    return browsers


def offer(manager, content, place="1", name="数据.csv"):
    return manager.add(content, "text/csv", place, name, is_for_static_download=True)


def test_a_file_is_given_to_whom_it_was_offered_and_is_not_there_for_others(two, run_for, manager):
    address = run_for("wang", lambda: offer(manager, b"a,b"))
    taken, missing = two["wang"].get(address), two["zhao"].get(f"/media/{'1' * 40}.csv")
    assert taken.content == b"a,b"
    for method in ("GET", "HEAD"):
        foreign = two["zhao"].ask(method, address)
        assert foreign.status_code == missing.status_code == 404
        assert dict(foreign.headers) == dict(missing.headers)
    assert two["zhao"].get(address).content == missing.content
    run_for("zhao", lambda: offer(manager, b"a,b", "2"))
    assert two["zhao"].get(address).content == b"a,b"  # offered to both, under one name
    taken_by = [one.who for one in holdings.journal().entries(kind="act_file_taken")]
    assert taken_by == ["王某", "赵某"]


def test_a_file_made_when_it_is_asked_for_is_made_for_whom_it_was_offered(two, run_for, manager):
    def make():
        return f"made for {visitors.visitor().account}".encode()

    place = run_for("wang", lambda: manager.add_deferred(make, "text/plain", "1", "one.txt"))
    address = manager.execute_deferred(place)
    assert visitors.visitor() == NOBODY
    assert two["wang"].get(address).content == b"made for wang"
    assert two["zhao"].get(address).status_code == 404


def test_what_was_offered_to_nobody_is_given_to_nobody(two, manager):
    address = offer(manager, b"of no run")
    assert {two[one].get(address).status_code for one in two} == {404}


def test_a_file_is_put_into_ones_own_session_alone(two, monkeypatch):
    monkeypatch.setitem(visitors._SESSIONS, "session-of-wang", "wang")
    ways = {
        (account, session): two[account].ask("PUT", f"/_stcore/upload_file/{session}/f").text
        for account in two
        for session in ("session-of-wang", "nowhere")
    }
    assert ways["wang", "session-of-wang"] == "session-of-wang"
    assert set(ways.values()) == {"session-of-wang", "0" * 32}


def test_acts_of_files_name_who_took_them_whatever_the_way_of_signing_in(two, run_for, manager):
    address = run_for("zhao", lambda: offer(manager, b"for zhao", name="名单.csv"))
    two["zhao"].get(address)
    (entry,) = acts.find(acts.Filter(kind="file_taken"), Visitor(role="city", office="LZ"))
    assert (entry.who, entry.told["account"], entry.subject) == ("赵某", "zhao", "file:名单.csv")
