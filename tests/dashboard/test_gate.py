"""The gate, asked over HTTP as browsers and others ask: who comes in, by what, and who does not."""

import asyncio
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.client import HTTPConnection
from urllib.parse import quote, urlencode, urlsplit

import pytest

from dashboard.doors.gate import Gate
from dashboard.doors.visitors import is_local
from dashboard.routes.plain_pages import local_query
from geodata import open_journal
from geodata.accounts import FREE_TRIES, Accounts
from tests.browser.server import running_app

PASSWORD = "correct horse battery"  # noqa: S105 - of accounts made here
HTML = {"Accept": "text/html"}


@dataclass
class Browser:
    """As much of a browser as the gate looks at: cookies, Origin, and no step by itself."""

    address: str
    cookies: dict[str, str] = field(default_factory=dict)

    def ask(self, path, body=None, **headers):
        host = urlsplit(self.address).netloc
        line = HTTPConnection(host, timeout=30)
        told = HTML | {name.replace("_", "-"): value for name, value in headers.items()}
        if self.cookies:
            told["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if body is not None:
            told.setdefault("Origin", self.address)
            told["Content-Type"] = "application/x-www-form-urlencoded"
        line.request("GET" if body is None else "POST", path, body and urlencode(body), told)
        answer = line.getresponse()
        text = answer.read().decode("utf-8", "replace")
        line.close()
        for cookie in answer.headers.get_all("Set-Cookie") or ():
            name, value = cookie.split(";")[0].split("=", 1)
            self.cookies[name] = value
            if "max-age=0" in cookie.lower():
                del self.cookies[name]
        return answer.status, answer.headers, text

    def form(self, path="/sign-in"):
        return re.search(r'name="token" value="([^"]+)"', self.ask(path)[2])[1]

    def sign_in(self, account="wang", password=PASSWORD, path="/sign-in", **headers):
        form = {"account": account, "password": password, "token": self.form()}
        return self.ask(path, form, **headers)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("office")
    accounts = Accounts(folder / "accounts.sqlite")
    accounts.add("wang", "王某", "prosecutor", "LZ-XG", PASSWORD)
    accounts.add("held", "张某", "prosecutor", "LZ-XG", PASSWORD)
    accounts.add("vol", "赵某", "volunteer", "LZ-XG", PASSWORD)
    environment = {
        "PIM_SIGN_IN": "accounts",
        "PIM_ACCOUNTS_FILE": str(folder / "accounts.sqlite"),
        "PIM_SECRET": "0123456789abcdef0123456789abcdef",
    }
    with running_app(folder, **environment) as address:
        yield address, folder


@pytest.fixture
def browser(server):
    return Browser(server[0])


def test_without_signing_in_nothing_is_shown_and_the_way_in_is(browser):
    status, headers, _ = browser.ask("/?screen=overdue&sel=case:LZ-XG-2025-001")
    assert status == 303
    asked = quote("/?screen=overdue&sel=case:LZ-XG-2025-001", safe="")
    assert headers["Location"] == f"/sign-in?to={asked}"
    for path in ("/media/x.csv", "/_stcore/upload_file/a/b", "/nowhere", "/%2e%2e/etc/passwd"):
        assert browser.ask(path, Accept="*/*")[0] in {401, 403, 404}
    for path in ("/tiles/x/1-1/1/1/1.mvt", "/shown/x.json", "/evidence/a/large.jpg"):
        assert browser.ask(path)[0] == 403
    assert browser.ask("/healthz")[0] == 200


def test_a_socket_is_refused_as_a_page_is(browser):
    status, _, _ = browser.ask(
        "/_stcore/stream",
        Connection="Upgrade",
        Upgrade="websocket",
        Sec_WebSocket_Version="13",
        Sec_WebSocket_Key="dGhlIHNhbXBsZSBub25jZQ==",
    )
    assert status == 403


def test_the_right_password_opens_and_leads_back_to_the_page_that_was_asked_for(browser):
    to = quote("/?screen=overdue&lang=en", safe="")
    status, headers, _ = browser.sign_in(path=f"/sign-in?to={to}")
    assert (status, headers["Location"]) == (303, "/?screen=overdue&lang=en")
    cookie = next(one for one in headers.get_all("Set-Cookie") if one.startswith("pim_session="))
    assert "HttpOnly" in cookie
    assert "samesite=strict" in cookie.lower()
    status, _, text = browser.ask("/")
    assert status == 200
    assert "<title>Streamlit" in text
    assert browser.ask("/sign-in")[0] == 303


def test_a_volunteer_comes_in_and_takes_nothing_away(server):
    volunteer = Browser(server[0])
    assert volunteer.sign_in("vol")[0] == 303
    assert volunteer.ask("/")[0] == 200
    assert volunteer.ask("/media/x.csv", Accept="*/*")[0] == 403
    for path in ("/tiles/x/1-1/1/1/1.mvt", "/shown/x.json", "/evidence/a/large.jpg"):
        assert volunteer.ask(path, Accept="*/*")[0] == 403


@pytest.mark.parametrize(
    "to",
    ["//evil.example/?a=b", "https://evil.example/?x", "/\\evil.example?x", "/other?x=1",
     "javascript:alert(1)?x", "/?a=b\r\nSet-Cookie: x=y", "?next=//evil.example"],
)  # fmt: skip
def test_no_way_leads_outside(browser, to):
    status, headers, _ = browser.sign_in(path=f"/sign-in?to={quote(to, safe='')}")
    assert status == 303
    place = urlsplit(headers["Location"])
    assert (place.scheme, place.netloc, place.path) == ("", "", "/")
    assert "\r" not in headers["Location"]
    assert local_query(to) == place.query


def test_a_wrong_password_and_an_unknown_account_get_the_same_answer(server):
    answers = []
    for account in ("wang", "nope"):
        status, headers, text = Browser(server[0]).sign_in(account, "wrong password")
        told = re.sub(r'value="[^"]+"', "", text)
        answers.append((status, told, headers["Content-Length"]))
    assert answers[0] == answers[1]
    assert answers[0][0] == 403


def test_the_account_that_was_typed_stays_in_the_form_as_text_and_the_password_does_not(browser):
    _, _, text = browser.sign_in('"><b>{token}', "wrong password")
    assert "&quot;&gt;&lt;b&gt;&#123;token}" in text
    assert "<b>" not in text.partition("<main>")[2]
    assert "wrong password" not in text


def test_after_several_failures_even_the_right_password_waits(browser):
    for _ in range(FREE_TRIES):
        browser.sign_in("held", "wrong password")
    status, _, text = browser.sign_in("held")
    assert status == 403
    assert "分钟后再试" in text
    assert "pim_session" not in browser.cookies


@pytest.mark.parametrize(
    ("spoil", "headers"),
    [
        (lambda form: form, {"Origin": "https://evil.example"}),
        (lambda form: form, {"Origin": "null"}),
        (lambda form: form | {"token": form["token"][:-2] + "xx"}, {}),
        (lambda form: {name: value for name, value in form.items() if name != "token"}, {}),
        (lambda form: form | {"account": "w" * 20_000}, {}),
    ],
)
def test_a_form_from_elsewhere_signs_nobody_in(browser, spoil, headers):
    form = {"account": "wang", "password": PASSWORD, "token": browser.form()}
    browser.ask("/sign-in", spoil(form), **headers)
    assert "pim_session" not in browser.cookies


def test_a_token_of_one_browser_is_worth_nothing_in_another(server):
    mine, other = Browser(server[0]), Browser(server[0])
    token = mine.form()
    other.form()
    other.ask("/sign-in", {"account": "wang", "password": PASSWORD, "token": token})
    assert "pim_session" not in other.cookies


def test_who_signs_out_is_out_in_every_window(browser):
    browser.sign_in()
    kept = dict(browser.cookies)
    assert browser.ask("/")[0] == 200
    assert browser.ask("/sign-out", {"token": "forged"}, Origin="https://evil.example")[0] == 403
    assert browser.ask("/")[0] == 200
    status, headers, _ = browser.ask("/sign-out", {"token": browser.form("/sign-out")})
    assert (status, headers["Location"]) == (303, "/sign-in?lang=zh&out=1")
    stale = Browser(browser.address, kept)
    assert stale.ask("/")[0] == 303


def test_what_happened_is_on_record_and_tells_no_secret(server, browser):
    gateway = {"X_Forwarded_For": "10.1.2.3"}  # on this machine, whose word on addresses counts
    browser.sign_in("wang", "my own wrong secret", **gateway)
    browser.sign_in()
    address, folder = server
    journal = open_journal(f"sqlite:{folder / 'data' / 'journal.sqlite'}")
    entries = journal.entries()
    kinds = {one.kind for one in entries}
    assert {"act_signed_in", "act_sign_in_failed"} <= kinds
    assert "10.1.2.3" in {one.told.get("address") for one in entries}
    assert journal.damage() == ()
    texts = "\n".join(one.text for one in entries) + (folder / "log").read_text()
    for secret in (PASSWORD, "my own wrong secret", browser.cookies["pim_session"], "0123456789ab"):
        assert secret not in texts
    assert address


def test_a_link_that_never_was_a_guests_is_refused_in_one_sentence(browser):
    for secret in ("", "nonsense", "WyJ4IiwxXQ.abc"):
        status, _, text = browser.ask("/guest", {"secret": secret, "token": browser.form("/guest")})
        assert status == 403
        assert "过期" in text


# ----------------------------------------------------------- without signing in, in one process


def asked_from(client, headers=(), path="/", kind="http"):
    """Return the status that the gate gives to somebody, 200 if it lets them through."""
    sent = []

    async def app(_scope, _receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def receive():
        return {"type": "http.request" if kind == "http" else "websocket.connect"}

    async def send(message):
        sent.append(message)

    scope = {
        "type": kind,
        "method": "GET",
        "path": path,
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in headers],
        "client": (client, 1),
        "scheme": "http",
        "server": ("127.0.0.1", 1),
    }
    with ThreadPoolExecutor(1) as own:  # a browser of other tests may have a loop in this thread
        own.submit(lambda: asyncio.run(Gate(app)(scope, receive, send))).result()
    return sent[0].get("status", sent[0].get("code"))


@pytest.fixture
def own_machine(monkeypatch):
    monkeypatch.setenv("PIM_SIGN_IN", "none")
    monkeypatch.setattr("dashboard.doors.gate.listens_locally", lambda: True)


@pytest.mark.usefixtures("own_machine")
def test_without_signing_in_the_app_is_for_its_own_machine_alone():
    assert asked_from("127.0.0.1") == 200
    assert asked_from("::1") == 200
    assert asked_from("10.0.0.7") == 403
    assert asked_from("10.0.0.7", kind="websocket") == 1008
    assert asked_from("127.0.0.1", [("x-forwarded-for", "10.0.0.7")]) == 403
    assert asked_from("10.0.0.7", path="/healthz") == 200


def test_a_server_that_listens_to_all_says_what_to_set(monkeypatch):
    monkeypatch.setenv("PIM_SIGN_IN", "none")
    monkeypatch.setattr("dashboard.doors.gate.listens_locally", lambda: False)
    assert asked_from("127.0.0.1") == 403


@pytest.mark.parametrize("client", ["", "testclient", "127.0.0.1.evil", "0.0.0.0"])  # noqa: S104
def test_what_is_no_address_of_this_machine_is_none(client):
    assert not is_local(client, {})
