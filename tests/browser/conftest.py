"""One browser and one running app for all tests here; every visitor is new and is watched."""

import os
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.browser.chromium import INSTALL, WAIT_MS, find_chromium, launch, visitor
from tests.browser.overview import Overview
from tests.browser.server import running_app


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    path = find_chromium()
    if path is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(INSTALL)
    expect.set_options(timeout=WAIT_MS)
    with sync_playwright() as playwright:
        yield launch(playwright, path)


@pytest.fixture(scope="package")
def demonstration_app(browser, tmp_path_factory) -> Iterator[str]:
    """The address of the app as it is on a first start, with demonstration data made anew."""
    with running_app(tmp_path_factory.mktemp("first-start")) as address:
        yield address


@pytest.fixture
def visit(browser):
    """Open the overview for someone who was never here; all visitors keep the rules to the end."""
    watches = []
    with ExitStack() as visitors:

        def arrive(address: str, **how) -> Overview:
            context, watch = visitors.enter_context(visitor(browser, address, **how))
            watches.append(watch)
            return Overview(context.new_page(), address, watch)

        yield arrive
    assert [url for watch in watches for url in watch.foreign] == [], "asked another host"
    assert [said for watch in watches for said in watch.complaints] == [], "complained"


@pytest.fixture
def overview(visit, demonstration_app) -> Overview:
    """The overview of the demonstration, not yet opened."""
    return visit(demonstration_app)
