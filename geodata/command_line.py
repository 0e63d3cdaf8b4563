"""Which language a command speaks, known before its arguments can be explained in it."""

import argparse
from collections.abc import Mapping, Sequence

from geodata.model import Language


def language_of(environment: Mapping[str, str]) -> Language:
    """Return the language a shell asks for: `en` if it says so, else `zh`."""
    names = (environment.get(name, "") for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    return "en" if next(filter(None, names), "").startswith("en") else "zh"


def language_in(argv: Sequence[str], otherwise: Language) -> Language:
    """Return the language that arguments ask for, else the other one."""
    early = argparse.ArgumentParser(add_help=False)
    early.add_argument("--language", choices=("zh", "en"), default=otherwise)
    language: Language = early.parse_known_args(argv)[0].language
    return language
