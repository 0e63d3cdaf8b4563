"""The filters in one line above the map; what is set is always visible, one click clears it."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import streamlit as st

from dashboard.naming import Naming
from dashboard.session import (
    hear_seldom_filters,
    seldom_filters_number,
    set_widget,
    widget,
)
from geodata import Scope
from layers.drawing.symbols import COLOUR_BY, ColourBy

CODE_FILTERS = ("jurisdictions", "layers", "stage_groups", "hazard_kinds", "fields")
DAY_FILTERS = ("from_on", "to_on")
SELDOM = ("hazard_kinds", "fields", *DAY_FILTERS)
"""Filters in a popover. A browser does not hear what became of them while it is closed and would
say again what it knew: they are new ones, under another key, where somebody else changed them."""


def show_filters(
    scope: Scope,
    colour_by: ColourBy,
    names: Naming,
    on_change: Callable[[Scope, ColourBy], None],
    show_more: Callable[[], None] = lambda: None,
) -> None:
    """Show the filters set to a scope; each tells the new scope and colouring when it is moved.

    `show_more` shows what else is to stand among the filters that are seldom used.
    """
    number = seldom_filters_number(_seldom(scope))
    _give_widgets(scope, colour_by, number)

    def tell() -> None:
        asked = _asked(scope, number)
        hear_seldom_filters(_seldom(asked))
        on_change(asked, widget("filter-colour") or colour_by)

    places = st.columns([1.5, 1.6, 1.6, 1.6, 0.9, 2.3], vertical_alignment="top")
    words, offices, layers, groups, more, colour = places
    words.text_input(
        names.word("filters.text"),
        key="filter-text",
        placeholder=names.word("filters.text"),
        label_visibility="collapsed",
        icon=":material/search:",
        on_change=tell,
    )
    options = filter_options(names)
    _pick(offices, "jurisdictions", options, names, tell)
    _pick(layers, "layers", options, names, tell)
    _pick(groups, "stage_groups", options, names, tell)
    set_count = sum(map(bool, (scope.hazard_kinds, scope.fields, scope.from_on, scope.to_on)))
    label = names.word("filters.more") + (f" ({set_count})" if set_count else "")
    with more.popover(label, width="stretch"):
        for name in ("hazard_kinds", "fields"):
            _pick(st, name, options, names, tell, number=number)
        for name in DAY_FILTERS:
            label = names.word(f"filters.{name}")
            st.date_input(label, key=_key(name, number), value=None, on_change=tell)
        show_more()
    colour.segmented_control(
        names.word("filters.colour_by"),
        COLOUR_BY,
        format_func=lambda one: names.word(f"filters.colour.{one}"),
        key="filter-colour",
        label_visibility="collapsed",
        on_change=tell,
    )


def show_scope(
    scope: Scope, colour_by: ColourBy, names: Naming, on_change: Callable[[Scope, ColourBy], None]
) -> None:
    """Show a button that clears the filters, if any is set."""
    if scope == Scope():
        return
    parts = [names.word("filters.within")] if scope.within else []
    label = " · ".join([names.word("filters.clear"), *parts])
    st.button(
        label,
        key="clear-filters",
        icon=":material/filter_alt_off:",
        type="tertiary",
        on_click=on_change,
        args=(Scope(), colour_by),
    )


def _give_widgets(scope: Scope, colour_by: ColourBy, number: int) -> None:
    """Set the widgets to the scope, whoever changed it."""
    for name in CODE_FILTERS:
        set_widget(_key(name, number), sorted(getattr(scope, name)))
    for name in DAY_FILTERS:
        set_widget(_key(name, number), getattr(scope, name))
    set_widget("filter-text", scope.text)
    set_widget("filter-colour", colour_by)


def _key(name: str, number: int) -> str:
    return f"filter-{name}-{number}" if name in SELDOM else f"filter-{name}"


def _seldom(scope: Scope) -> tuple[object, ...]:
    return tuple(getattr(scope, name) for name in SELDOM)


def filter_options(names: Naming) -> dict[str, dict[str, str]]:
    """Return what each filter offers: ids with their names, each in its own fixed order."""
    return {
        "jurisdictions": {one: names.office(one) for one in names.city.jurisdiction_ids},
        "layers": {one.id: names.title(one.title) for one in names.layers},
        "stage_groups": names.groups,
        "hazard_kinds": {
            code: names.title(title)
            for layer in names.layers
            for code, title in layer.hazard_kinds.items()
        },
        "fields": names.titles(names.rules.codes["fields"]),
    }


def _asked(scope: Scope, number: int) -> Scope:
    """Return the scope that the widgets now ask for; a drawn area stays."""
    codes: dict[str, Any] = {
        name: frozenset(widget(_key(name, number), ())) for name in CODE_FILTERS
    }
    first, last = (widget(_key(name, number)) for name in DAY_FILTERS)
    words = widget("filter-text", "").strip()
    return replace(scope, **codes, from_on=first, to_on=last, text=words)


def _pick(
    place: Any,
    name: str,
    options: Mapping[str, Mapping[str, str]],
    names: Naming,
    tell: Callable[[], None],
    *,
    number: int = 0,
) -> None:
    titles = options[name]
    place.multiselect(
        names.word(f"filters.{name}"),
        list(titles),
        format_func=lambda one: titles.get(one, one),
        key=_key(name, number),
        placeholder=names.word(f"filters.{name}"),
        label_visibility="collapsed",
        on_change=tell,
    )
