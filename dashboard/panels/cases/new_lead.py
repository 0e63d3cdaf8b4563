"""The pick list of case files, and the form by which a lead or a case received is registered."""

from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import islice
from typing import Any

import streamlit as st

from dashboard.draft import NewLead, fields_of
from dashboard.naming import Naming
from dashboard.panels.cases.entry_words import law_of, title_of
from dashboard.session import form_number, widget

MOST_CHOICES = 1000
"""How many cases a list offers at once; of more, those with the words that are typed."""

WAYS_IN = ("", "lead_received_from", "case_received", "handed_back")


def show_case_choice(
    titles: Mapping[str, str], names: Naming, on_pick: Callable[[str], None]
) -> None:
    """Show a searchable list of the cases, by office in administrative order."""
    offered = list(titles)
    if len(offered) > MOST_CHOICES:
        words = st.text_input(
            names.word("case_file.find", count=len(offered), most=MOST_CHOICES), key="find-case"
        )
        offered = find_cases(titles, words)
    st.selectbox(
        names.word("case_file.choose"),
        offered,
        index=None,
        format_func=lambda one: f"{one} · {titles[one]}",
        key="choose-case",
        placeholder=names.word("case_file.choose_placeholder"),
        on_change=lambda: on_pick(widget("choose-case") or ""),
    )


def find_cases(titles: Mapping[str, str], words: str, most: int = MOST_CHOICES) -> list[str]:
    """Return the first cases whose number or title holds every word, in their order.

    >>> find_cases({"XG-1": "充电站案", "XG-2": "河道案"}, "xg 河道")
    ['XG-2']
    """
    wanted = words.casefold().split()
    found = (
        one
        for one, title in titles.items()
        if all(word in f"{one} {title}".casefold() for word in wanted)
    )
    return list(islice(found, most))


def show_lead_form(
    names: Naming,
    hazards: Mapping[str, str],
    *,
    picked: Sequence[str],
    today: Any,
    usual_day: Any,
    propose: Callable[[str, Any], str],
    on_register: Callable[[NewLead], None],
) -> None:
    """Show the form for a new lead; `picked` hazards stand in it, `propose` gives a number.

    Field and kind are the office's own choice: nothing is guessed from the layer.
    """
    key = f"lead-{form_number()}"
    st.markdown(f"**{names.word('case_file.lead.heading')}**")
    first, second, third = st.columns(3)
    offices = {one: names.office(one) for one in names.city.jurisdiction_ids}
    office = _pick(first, "office", offices, names, key)
    on = second.date_input(
        names.word("case_file.moves.day"), value=usual_day, max_value=today, key=f"{key}-day"
    )
    way = third.selectbox(
        names.word("case_file.lead.came_by"),
        WAYS_IN,
        format_func=lambda one: title_of(one, names) if one else names.word("case_file.lead.own"),
        key=f"{key}-came_by",
    )
    proposed = propose(office, on) if office and on else ""
    first.text_input(
        f"{names.word('case_file.lead.id')} *", value=proposed, key=f"{key}-id-{proposed}"
    )
    kind = _pick(second, "kind", names.titles(names.rules.codes["case_kinds"]), names, key)
    fields = fields_of(names.rules.entries["fields"], kind or "admin_pil")
    titles = {one: names.code("fields", one) for one in fields}
    _pick(third, "field", titles, names, key)
    if way:
        _show_way_in(way, names, key)
    st.text_input(
        f"{names.word('case_file.lead.title')} *",
        key=f"{key}-title_zh",
        placeholder=names.word("case_file.lead.title_placeholder"),
    )
    left, right = st.columns(2)
    _pick(left, "lead_source", names.titles(names.rules.codes["lead_sources"]), names, key)
    right.text_input(names.word("case_file.lead.agency"), key=f"{key}-agency")
    offered = {**{one: hazards.get(one, one) for one in picked}, **hazards}
    st.multiselect(
        names.word("case_file.lead.hazards"),
        list(offered),
        default=[one for one in picked if one in hazards],
        format_func=lambda one: f"{offered[one]} · {one.partition(':')[2]}",
        key=f"{key}-hazards-{hash(tuple(picked))}",
        placeholder=names.word("case_file.moves.choose"),
    )
    with st.expander(names.word("case_file.lead.more")):
        st.text_input(names.word("case_file.lead.title_en"), key=f"{key}-title_en")
        st.text_area(names.word("case_file.lead.summary"), key=f"{key}-summary", height=68)
        st.text_area(names.word("case_file.field.note"), key=f"{key}-note", height=68)
        st.text_input(names.word("case_file.lead.series"), key=f"{key}-series")
        st.multiselect(
            names.word("case_file.lead.shared_with"),
            [one for one in offices if one != office],
            format_func=lambda one: offices[one],
            key=f"{key}-shared_with",
            placeholder=names.word("case_file.moves.choose"),
        )
    st.button(
        names.word("case_file.lead.register"),
        key="register-lead",
        type="primary",
        icon=":material/check:",
        on_click=lambda: on_register(_read(key, proposed, picked, usual_day)),
    )
    st.caption(names.word("case_file.lead.about", rule_set=names.title(names.rules.title)))


def _show_way_in(way: str, names: Naming, key: str) -> None:
    fact = names.rules.kind(way)
    left, right = st.columns(2)
    if "office" in fact.asks:
        offices = {one: names.office(one) for one in names.city.jurisdiction_ids}
        left.selectbox(
            f"{names.word('case_file.lead.received_from')} *",
            list(offices),
            index=None,
            format_func=lambda one: offices.get(one, one),
            key=f"{key}-received_from",
            placeholder=names.word("case_file.moves.choose_or_write"),
            accept_new_options=True,
        )
    star = " *" if "document" in fact.asks else ""
    right.selectbox(
        f"{names.word('case_file.field.document')}{star}",
        list(fact.documents),
        index=None,
        key=f"{key}-document-{way}",
        placeholder=names.word("case_file.moves.choose_or_write"),
        accept_new_options=True,
    )
    st.caption(law_of(fact, names))


def _pick(place: Any, name: str, options: Mapping[str, str], names: Naming, key: str) -> str:
    chosen = place.selectbox(
        f"{names.word(f'case_file.lead.{name}')} *",
        list(options),
        index=None,
        format_func=lambda one: options.get(one, one),
        key=f"{key}-{name}",
        placeholder=names.word("case_file.moves.choose"),
    )
    return chosen or ""


def _read(key: str, proposed: str, picked: Collection[str], usual_day: Any) -> NewLead:
    """Return what the form holds."""

    def told(name: str) -> str:
        return str(widget(f"{key}-{name}") or "").strip()

    way = told("came_by")
    return NewLead(
        id=told(f"id-{proposed}"),
        title_zh=told("title_zh"),
        title_en=told("title_en"),
        summary=told("summary"),
        office=told("office"),
        kind=told("kind"),  # type: ignore[arg-type]  # checked by the action
        field=told("field"),
        lead_source=told("lead_source"),
        occurred_on=widget(f"{key}-day") or usual_day,
        agency=told("agency"),
        hazards=tuple(widget(f"{key}-hazards-{hash(tuple(picked))}") or ()),
        came_by=way,
        received_from=told("received_from") if way else "",
        document=told(f"document-{way}") if way else "",
        note=told("note"),
        series=told("series"),
        shared_with=tuple(widget(f"{key}-shared_with") or ()),
    )
