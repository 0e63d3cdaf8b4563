"""Signing in by OpenID Connect: a small provider on this machine, the app's own way through it."""

import json
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey
from playwright.sync_api import expect

from dashboard.text import say
from geodata.accounts import Accounts
from tests.browser import server
from tests.browser.chromium import visitor

CLIENT = "public-interest-map"


class Provider(BaseHTTPRequestHandler):
    """As much of a provider as a relying party asks: it lets in whoever it was told to."""

    key = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
    user: dict[str, object] = {}  # noqa: RUF012 - set by the test
    nonces: dict[str, str] = {}  # noqa: RUF012

    def do_GET(self):
        asked = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(asked.query).items()}
        if asked.path == "/authorize":
            self.nonces["code"] = query.get("nonce", "")
            back = urlencode({"code": "code", "state": query["state"]})
            self.send_response(302)
            self.send_header("Location", f"{query['redirect_uri']}?{back}")
            self.end_headers()
        elif asked.path == "/keys":
            self._tell({"keys": [self.key.as_dict(private=False)]})
        else:
            here = f"http://{self.headers['Host']}"
            self._tell({
                "issuer": here,
                "authorization_endpoint": f"{here}/authorize",
                "token_endpoint": f"{here}/token",
                "jwks_uri": f"{here}/keys",
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
            })  # fmt: skip

    def do_POST(self):
        now = int(time.time())
        claims = {
            "iss": f"http://{self.headers['Host']}",
            "aud": CLIENT,
            "iat": now,
            "exp": now + 600,
            "nonce": self.nonces["code"],
            **self.user,
        }
        token = jwt.encode({"alg": "RS256", "kid": "one"}, claims, self.key)
        self._tell({"access_token": "a", "token_type": "Bearer", "id_token": token})

    def _tell(self, told):
        body = json.dumps(told).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Say nothing."""


@contextmanager
def provider():
    serving = ThreadingHTTPServer(("127.0.0.1", 0), Provider)
    thread = threading.Thread(target=serving.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{serving.server_port}"
    finally:
        serving.shutdown()
        serving.server_close()
        thread.join()


@pytest.mark.thorough
def test_whom_the_provider_knows_and_we_know_comes_in_and_nobody_else(
    browser, tmp_path, monkeypatch
):
    port = server._free_port()
    monkeypatch.setattr(server, "_free_port", lambda: port)
    accounts = Accounts(tmp_path / "accounts.sqlite")
    accounts.add("zhao@yongdeng.example", "赵某", "prosecutor", "LZ-YD")
    with provider() as issuer:
        secrets = tmp_path / ".streamlit" / "secrets.toml"
        secrets.parent.mkdir()
        secrets.write_text(
            "[auth]\n"
            f'redirect_uri = "http://127.0.0.1:{port}/oauth2callback"\n'
            'cookie_secret = "0123456789012345678901234567890123456789"\n'
            f'client_id = "{CLIENT}"\nclient_secret = "a secret of tests"\n'
            f'server_metadata_url = "{issuer}/.well-known/openid-configuration"\n',
            "utf-8",
        )
        told = {"PIM_ACCOUNTS_FILE": str(accounts.file), "PIM_SIGN_IN": "oidc"}
        with server.running_app(tmp_path, **told) as address:
            for user, wanted in (
                ({"sub": "1", "email": "zhao@yongdeng.example"}, "永登检察院所见"),
                ({"sub": "2", "email": "nobody@example"}, say("access.refused.unknown", "zh")),
                (
                    {"sub": "3", "email": "zhao@yongdeng.example", "email_verified": False},
                    say("access.refused.unknown", "zh"),
                ),
            ):
                Provider.user = user
                with visitor(browser, address) as (context, _):
                    page = context.new_page()
                    page.goto(address)
                    page.get_by_role("button", name=say("access.provider", "zh")).click()
                    expect(page.get_by_text(wanted)).to_be_visible()
