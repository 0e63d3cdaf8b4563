"""What is installed is past the weaknesses that `known_weaknesses.toml` tells of."""

import re
import tomllib
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

import pytest

KNOWN = tomllib.loads(Path(__file__).with_name("known_weaknesses.toml").read_text("utf-8"))


def numbers(text):
    """Return a version as numbers that can be compared; what comes before a release is below it."""
    parts = [int(one) for one in re.match(r"\d+(?:\.\d+)*", text)[0].split(".")]
    while len(parts) > 1 and not parts[-1]:
        parts.pop()
    return (
        (*parts[:-1], parts[-1] - 1, 9_999)
        if re.search(r"\d\.?(a|b|rc|dev)\d", text)
        else (*parts,)
    )


def declared(package):
    """Return the least version that this project asks for, None where it names none itself."""
    lines = requires("public-interest-map") or []
    found = [re.match(rf"{package}(?![\w-]).*?>=([\d.]+)", line, re.IGNORECASE) for line in lines]
    return next((one[1] for one in found if one), None)


@pytest.mark.parametrize("package", sorted(KNOWN))
def test_what_is_installed_is_past_a_known_weakness(package):
    told = KNOWN[package]
    try:
        installed = version(package)
    except PackageNotFoundError:
        pytest.fail(f"{package} is no longer needed: take it out of known_weaknesses.toml")
    assert numbers(installed) >= numbers(told["fixed_in"]), f"{package} {installed}: {told['what']}"


@pytest.mark.parametrize("package", sorted(KNOWN))
def test_what_this_project_asks_for_is_past_a_known_weakness(package):
    least = declared(package)
    assert least is None or numbers(least) >= numbers(KNOWN[package]["fixed_in"])


def test_an_older_version_would_be_found():
    assert numbers("6.4.9") < numbers("6.5.0") == numbers("6.5") < numbers("6.5.0.1")
    assert numbers("6.5.0rc1") < numbers("6.5.0")
    assert numbers("2026.10.19.post1") >= numbers("2026.10.19")
