"""A figure in words: its number and unit, numerator and denominator, how it has changed."""

from collections.abc import Callable, Mapping

from dashboard.naming import Naming
from geodata.crs import SQUARE_METRES_PER_MU
from layers.tally import Figure, Value

NOTHING = "—"


def say_title(figure: Figure, names: Naming) -> str:
    """Return what a figure is called, with its unit."""
    return names.word(f"figures.title.{figure.id}")


def say_value(figure: Figure, value: Value, names: Naming) -> str:
    """Return what a figure says: "12/15 = 80%", "23 (n=5)", "—" where nothing can be said."""
    if figure.shape == "none":
        return NOTHING
    if figure.shape == "rate":
        return NOTHING if value.number is None else f"{value.count}/{value.of} = {_share(value)}"
    if figure.shape == "median":
        said = (
            NOTHING
            if value.number is None
            else names.word("figures.days", days=_plain(value.number))
        )
        return names.word("figures.with_n", number=said, count=value.count)
    if figure.shape == "mean":
        said = NOTHING if value.number is None else f"{value.number:.2f}"
        return names.word("figures.with_n", number=said, count=value.of)
    number = value.number or 0
    if figure.unit == "m2":
        return names.word(
            "figures.area", m2=_plain(number), mu=f"{number / SQUARE_METRES_PER_MU:,.2f}"
        )
    return _plain(number)


def say_number(figure: Figure, number: float | None) -> str:
    """Return one number of a figure alone, as a course or a difference is labelled."""
    if number is None:
        return NOTHING
    return f"{number:.0%}" if figure.shape == "rate" else _plain(number)


def say_change(figure: Figure, now: Value, before: Value, names: Naming) -> str:
    """Return the difference from the year before, with its sign; "—" where either is missing."""
    if now.number is None or before.number is None:
        return NOTHING
    change = now.number - before.number
    if not change:
        return "0"
    if figure.shape == "rate":
        return names.word("figures.points", points=f"{100 * change:+.1f}")
    return f"{change:+,.0f}" if float(change).is_integer() else f"{change:+,.2f}"


def say_group(figure: Figure, group: str, names: Naming) -> str:
    """Return the name of a code that a figure is broken down by."""
    if not group:
        return names.word("figures.not_stated")
    if figure.by == "stages":
        return names.stage(group)
    if figure.by == "layers":
        return names.title(names.layer(group).title)
    if figure.by == "land_classes":
        return names.word("figures.land_class", code=group)
    said = names.code(figure.by, group) if figure.by else NOTHING
    return group if said == NOTHING else said


def say_groups(figure: Figure, groups: Mapping[str, Value], names: Naming) -> str:
    """Return the parts that a figure is broken down into, in one line."""
    say: Callable[[str], str] = lambda one: say_group(figure, one, names)  # noqa: E731
    parts = [f"{say(one)} {say_value(figure, value, names)}" for one, value in groups.items()]
    return " · ".join(parts)


def _share(value: Value) -> str:
    percent = 100.0 * (value.number or 0.0)
    return f"{percent:.0f}%" if percent.is_integer() else f"{percent:.1f}%"


def _plain(number: float) -> str:
    return f"{number:,.0f}" if float(number).is_integer() else f"{number:,.2f}"
