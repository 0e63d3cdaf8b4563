"""Signing in by OpenID Connect: a small provider on this machine, the app's own way through it."""

import pytest
from playwright.sync_api import expect

from dashboard.text import say
from geodata.accounts import Accounts
from tests.browser import server
from tests.browser.chromium import visitor
from tests.provider import CLIENT, Provider, provider


@pytest.mark.thorough
def test_whom_the_provider_knows_and_we_know_comes_in_and_nobody_else(
    browser, tmp_path, monkeypatch
):
    port = server.free_port()
    monkeypatch.setattr(server, "free_port", lambda: port)
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
                    page.get_by_role("link", name=say("access.provider", "zh")).click()
                    expect(page.get_by_text(wanted)).to_be_visible()
