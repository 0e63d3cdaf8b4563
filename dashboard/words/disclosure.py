"""Leaks, remedies and the table of aliases in words, for whoever looks at the check."""

from collections.abc import Iterable, Sequence
from hashlib import sha256

from dashboard.text import say
from geodata import Language
from layers.disclosure import Audience, Leak, audience_titles, disclosure_classes
from layers.disclosure.leak import Where
from layers.disclosure.places import PRECISION_M, Way


def say_leak(leak: Leak, language: Language) -> str:
    """Return one leak as a line: how grave, where, what it is (masked), what mends it."""
    told = say_what(leak, language)
    what = say("disclosure.what", language, what=told) if told else ""
    if leak.count > 1:
        what += say("disclosure.more", language, count=leak.count)
    return say(
        "disclosure.line",
        language,
        severity=say_severity(leak, language),
        where=say_where(leak.where, language),
        kind=say_kind(leak, language),
        what=what,
        remedy=say_remedy(leak, language),
    )


def say_what(leak: Leak, language: Language) -> str:
    """Return what a leak is, masked; of a position its form and how exact it is."""
    if leak.kind == "picture_unseen" and len(leak.what) == len(sha256().hexdigest()):
        return ""
    form, _, exact = leak.what.partition(" ±")
    if leak.kind == "position" and exact:
        return f"{say(f'disclosure.form.{form}', language)} ±{exact}"
    return leak.what


def say_kind(leak: Leak, language: Language) -> str:
    """Return what kind of leak it is."""
    return say(f"disclosure.kind.{leak.kind}", language)


def say_remedy(leak: Leak, language: Language) -> str:
    """Return what mends it."""
    return say(f"disclosure.remedy.{leak.remedy}", language)


def say_severity(leak: Leak, language: Language) -> str:
    """Return whether it must be mended or needs a reason."""
    return say(f"disclosure.severity.{leak.severity}", language)


def say_class(leak: Leak, language: Language) -> str:
    """Return the class P0 to P6 of a leak with its title, blank where it has none."""
    told = disclosure_classes().get(leak.disclosure_class)
    if told is None:
        return ""
    return say("disclosure.class", language, id=told.id, title=told.title.says(language))


def say_where(where: Where, language: Language) -> str:
    """Return where in a file something stands, from outside inwards."""
    steps = [
        say(
            "disclosure.step_value" if value else "disclosure.step",
            language,
            name=say(f"disclosure.where.{step}", language),
            value=value,
        )
        for step, value in where
    ]
    return say("disclosure.between", language).join(steps) or say("disclosure.whole", language)


def say_check(name: str, audience: Audience, leaks: Sequence[Leak], language: Language) -> str:
    """Return what a check came to: nothing, or how many must be mended and need a reason."""
    stops = sum(leak.severity == "stops" for leak in leaks)
    title, _ = audience_titles()[audience]
    facts = {"name": name, "audience": title.says(language)}
    if not leaks:
        return say("disclosure.clean", language, **facts)
    return say("disclosure.found", language, **facts, stops=stops, asks=len(leaks) - stops)


def say_precision(way: Way, language: Language) -> str:
    """Return how exact the places of a coarse map are: to be printed beside it."""
    if way == "district":
        return say("disclosure.precision_district", language)
    return say("disclosure.precision", language, metres=f"{round(PRECISION_M, -2):.0f}")


def say_entity(kind: str, language: Language) -> str:
    """Return what kind of party, person or place a name is."""
    return say(f"disclosure.entity.{kind}", language)


def say_rows(
    rows: Iterable[tuple[str, str, str, str]], language: Language
) -> tuple[tuple[str, str, str, str], ...]:
    """Return the rows of the table of who became what, their kinds in words."""
    return tuple((say_entity(kind, language), *names) for kind, *names in rows)  # type: ignore[misc]


def table_headings(language: Language) -> tuple[str, str, str, str]:
    """Return the headings of the table of who became what."""
    return (
        say("disclosure.table.kind", language),
        say("disclosure.table.name", language),
        say("disclosure.table.alias_zh", language),
        say("disclosure.table.alias_en", language),
    )
