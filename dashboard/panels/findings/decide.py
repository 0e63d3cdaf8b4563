"""Deciding on findings: confirm, reject with reason, reopen, or open one case from several."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date

import streamlit as st

from dashboard.actions.findings import MODEL_LEAD, Decided, Together, differing
from dashboard.draft import NewLead, fields_of
from dashboard.naming import Naming
from dashboard.panels.findings.words import say_name
from dashboard.session import finding_form_number, is_signed_in, widget
from dashboard.text import say_error
from geodata import GeodataError
from geodata.findings import EntryKind
from layers.dossier import MOVES, NEED_REASON, Standing
from layers.pair_decisions import asks_pair
from layers.rule import Rule

MOST_NAMED = 6
ICONS: Mapping[EntryKind, str] = {
    "confirmed": ":material/check:",
    "rejected": ":material/close:",
    "reopened": ":material/undo:",
}


def show_decided(
    answer: Decided | GeodataError | None, names: Naming, on_case: Callable[[str], None]
) -> None:
    """Show what became of the last decision: entered, or why it was refused."""
    if isinstance(answer, GeodataError):
        st.error(say_error(answer, names.language), icon=":material/block:")
    elif answer is not None:
        said = names.word(f"findings.done.{answer.kind}", count=answer.count, case=answer.case)
        st.success(said, icon=":material/check_circle:")
        if answer.case:
            st.button(
                names.word("findings.open_case_file", case=answer.case),
                key="decided-case",
                icon=":material/folder_open:",
                on_click=on_case,
                args=(answer.case,),
            )


def show_picked(picked: Sequence[Standing], names: Naming) -> None:
    """Show on which findings is decided."""
    named = [say_name(one) for one in picked[:MOST_NAMED]]
    more = "…" if len(picked) > MOST_NAMED else ""
    said = names.word("findings.picked", count=len(picked), names=names.list_of(named) + more)
    st.markdown(f"**{said}**")


def show_decision(
    picked: Sequence[Standing],
    writer: str,
    names: Naming,
    *,
    on_sign: Callable[[str], None],
    on_decide: Callable[[EntryKind, Mapping[str, int], str], None],
) -> None:
    """Show who decides and why, and a button for each decision that all picked ones allow."""
    number = finding_form_number()
    seen = {one.finding.id: one.seen for one in picked}
    who, why = st.columns([0.34, 0.66])
    who.text_input(
        f"{names.word('findings.who')} *",
        value=writer,
        key="finding-writer",
        max_chars=40,
        disabled=is_signed_in(),
        on_change=lambda: on_sign(widget("finding-writer", "")),
    )
    key = f"finding-why-{number}"
    why.text_input(
        names.word("findings.why"),
        key=key,
        max_chars=300,
        placeholder=names.word("findings.why_hint"),
    )
    said = str(widget(key) or "").strip()
    kinds: tuple[EntryKind, ...] = ("confirmed", "rejected", "reopened")
    for place, kind in zip(st.columns(len(kinds)), kinds, strict=True):
        allowed = all(kind in MOVES[one.state] for one in picked)
        lacks_reason = kind in NEED_REASON and not said
        place.button(
            names.word(f"findings.decide.{kind}"),
            key=f"finding-{kind}",
            icon=ICONS[kind],
            width="stretch",
            help=names.word(f"findings.decide_help.{kind}"),
            disabled=not (picked and allowed and writer) or lacks_reason,
            on_click=on_decide,
            args=(kind, seen, said),
        )
    st.caption(names.word("findings.decide_about"))


def show_pair_question(
    one: Standing, writer: str, names: Naming, on_word: Callable[[str, bool], None]
) -> None:
    """Show the question whether two rows are one thing, where a finding asks it."""
    if not asks_pair(one.finding):
        return
    st.info(names.word("findings.pair_asked"), icon=":material/join:")
    answers = ((True, "same"), (False, "different"))
    for place, (is_same, word) in zip(st.columns(2), answers, strict=True):
        place.button(
            names.word(f"findings.pair_{word}"),
            key=f"finding-pair-{word}",
            width="stretch",
            disabled=not writer,
            on_click=on_word,
            args=(one.finding.id, is_same),
        )


def show_case_form(
    picked: Sequence[Standing],
    groups: Sequence[Together],
    rules: Mapping[str, Rule],
    writer: str,
    names: Naming,
    *,
    usual_day: date,
    today: date,
    propose: Callable[[str, date], str],
    on_only: Callable[[Sequence[str]], None],
    on_open: Callable[[NewLead, Mapping[str, int]], None],
) -> None:
    """Show the form by which one case is opened from all picked findings (R69).

    Where they would be several cases, it says so and offers each of them alone.
    """
    if len(groups) > 1:
        _show_several(groups, names, on_only)
        return
    if not all("became_case" in MOVES[one.state] for one in picked):
        st.info(names.word("findings.case.not_now"), icon=":material/gavel:")
        return
    rule = rules[picked[0].finding.rule]
    note = names.word("findings.case.note", model=names.title(rule.title), count=len(picked))
    lead = _ask_lead(groups[0], names, note, usual_day=usual_day, today=today, propose=propose)
    st.button(
        names.word("findings.case.open", count=len(picked)),
        key="finding-open-case",
        type="primary",
        icon=":material/create_new_folder:",
        disabled=not writer,
        on_click=lambda: on_open(lead, {one.finding.id: one.seen for one in picked}),
    )
    source = names.code("lead_sources", MODEL_LEAD)
    st.caption(names.word("findings.case.about", source=source))


def _ask_lead(
    group: Together,
    names: Naming,
    note: str,
    *,
    usual_day: date,
    today: date,
    propose: Callable[[str, date], str],
) -> NewLead:
    """Show what is asked of a case beyond the findings it is made of; return what was said."""
    key = f"finding-case-{finding_form_number()}"
    first, second, third = st.columns(3)
    first.text_input(
        names.word("case_file.lead.office"),
        value=names.office(group.office),
        disabled=True,
        key=f"{key}-office",
    )
    on = second.date_input(
        names.word("case_file.moves.day"), value=usual_day, max_value=today, key=f"{key}-day"
    )
    proposed = propose(group.office, on)
    third.text_input(
        f"{names.word('case_file.lead.id')} *", value=proposed, key=f"{key}-{proposed}"
    )
    kinds = names.titles(names.rules.codes["case_kinds"])
    kind = first.selectbox(
        f"{names.word('case_file.lead.kind')} *",
        list(kinds),
        index=None,
        format_func=lambda one: kinds.get(one, one),
        key=f"{key}-kind",
        placeholder=names.word("case_file.moves.choose"),
    )
    fields = fields_of(names.rules.entries["fields"], kind or "admin_pil")
    field = second.selectbox(
        f"{names.word('case_file.lead.field')} *",
        list(fields),
        index=None,
        format_func=lambda one: names.code("fields", one),
        key=f"{key}-field",
        placeholder=names.word("case_file.moves.choose"),
    )
    third.text_input(names.word("case_file.lead.agency"), value=group.agency, key=f"{key}-agency")
    st.text_input(
        f"{names.word('case_file.lead.title')} *",
        key=f"{key}-title",
        placeholder=names.word("case_file.lead.title_placeholder"),
    )
    return NewLead(
        id=str(widget(f"{key}-{proposed}") or "").strip(),
        title_zh=str(widget(f"{key}-title") or "").strip(),
        office=group.office,
        kind=kind or "",  # type: ignore[arg-type]  # checked by the action
        field=field or "",
        lead_source=MODEL_LEAD,
        occurred_on=on,
        agency=str(widget(f"{key}-agency") or "").strip(),
        note=note,
    )


def _show_several(
    groups: Sequence[Together], names: Naming, on_only: Callable[[Sequence[str]], None]
) -> None:
    """Say that the picked findings are several cases, and offer each alone."""
    differs = names.list_of(names.word(f"findings.differs.{one}") for one in differing(groups))
    said = names.word("findings.case.several", count=len(groups), differs=differs)
    st.warning(said, icon=":material/call_split:")
    for place, group in enumerate(groups):
        layer = names.layer(group.layer)
        kind = layer.hazard_kinds.get(group.kind)
        told = [names.office(group.office), names.title(layer.title)]
        told += [names.title(kind)] if kind else []
        told += [group.agency] if group.agency else []
        st.button(
            names.word("findings.case.only", what=" · ".join(told), count=len(group.ids)),
            key=f"finding-only-{place}",
            icon=":material/filter_alt:",
            on_click=on_only,
            args=(group.ids,),
        )
