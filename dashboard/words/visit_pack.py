"""The words that travel inside a visit pack, in both languages, by their short keys."""

from collections.abc import Mapping

from dashboard.text import all_words, say
from geodata.model import Language

ABOVE = "visit_pack."


def pack_words() -> dict[Language, Mapping[str, str]]:
    """Return the words of the pack's page in both languages."""
    keys = [key.removeprefix(ABOVE) for key in all_words("zh") if key.startswith(ABOVE)]
    return {
        language: {key: say(f"visit_pack.{key}", language) for key in keys}
        for language in ("zh", "en")
    }
