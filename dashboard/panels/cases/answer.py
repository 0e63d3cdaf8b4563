"""What became of something that was sent: entered, refused by which article, or overtaken."""

from collections.abc import Callable
from dataclasses import replace
from html import escape

import streamlit as st

from dashboard.actions.cases import Answer
from dashboard.draft import Around, Draft
from dashboard.naming import Naming
from dashboard.panels.card import plain
from dashboard.panels.cases.entry_words import Entry, facts_of, title_of
from dashboard.panels.cases.moves import OnEnter
from dashboard.text import say_error
from geodata import Case, GeodataError
from geodata.errors import StaleEdit


def show_answer(
    answer: Answer | None,
    case: Case,
    names: Naming,
    around: Around,
    *,
    on_enter: OnEnter,
    on_open: Callable[[str], None],
) -> None:
    """Show the answer to what was last sent for a case: done, refused, or overtaken by others."""
    if answer is None or not _is_about(answer, case):
        return
    if isinstance(answer.trouble, StaleEdit) and isinstance(answer.wanted, Draft):
        _show_overtaken(answer, answer.wanted, (case, names, around), on_enter)
    elif answer.trouble is not None:
        st.error(
            plain(say_error(answer.trouble, names.language, names.rules)), icon=":material/gavel:"
        )
    elif isinstance(answer.wanted, Draft):
        _show_entered(answer, answer.wanted, names, around, on_open)
    else:
        st.success(names.word("case_file.answer.registered", case=plain(case.id)))


def show_refusal(answer: Answer | None, names: Naming) -> None:
    """Show why a lead was not registered."""
    if answer is not None and answer.trouble is not None:
        st.error(
            plain(say_error(answer.trouble, names.language, names.rules)), icon=":material/gavel:"
        )


def _is_about(answer: Answer, case: Case) -> bool:
    if isinstance(answer.wanted, Draft):
        return answer.wanted.case_id == case.id
    return answer.wanted.same_harm_as == case.id or case.id in {one.id for one in answer.written}


def _show_entered(
    answer: Answer,
    draft: Draft,
    names: Naming,
    around: Around,
    on_open: Callable[[str], None],
) -> None:
    what = plain(title_of(draft.kind, names))
    said = [names.word("case_file.answer.entered", what=what, day=draft.occurred_on)]
    if draft.occurred_on > around.as_of:
        said.append(names.word("case_file.answer.later", day=around.as_of))
    st.success(" ".join(said), icon=":material/check:")
    for received in answer.written[1:]:
        office = names.office(received.jurisdiction)
        st.button(
            names.word("case_file.answer.open_received", office=office, case=received.id),
            key=f"open-{received.id}",
            icon=":material/folder_open:",
            on_click=on_open,
            args=(received.id,),
        )


def _show_overtaken(
    answer: Answer, draft: Draft, about: tuple[Case, Naming, Around], on_enter: OnEnter
) -> None:
    case, names, around = about
    trouble = answer.trouble
    assert trouble is not None
    sentence = plain(say_error(trouble, names.language, names.rules))
    st.warning(sentence, icon=":material/sync_problem:")
    theirs, yours = st.columns(2)
    with theirs:
        st.markdown(f"**{names.word('case_file.answer.theirs', count=len(answer.meanwhile))}**")
        for event in answer.meanwhile:
            st.html(_entry(event, case, names, around, event.recorded_by))
    with yours:
        st.markdown(f"**{names.word('case_file.answer.yours')}**")
        st.html(_entry(draft, case, names, around, ""))
        st.button(
            names.word("case_file.answer.enter_anyway"),
            key="enter-anyway",
            type="primary",
            on_click=on_enter,
            args=(replace(draft, seen=_stored(trouble, case)),),
        )


def _stored(trouble: GeodataError, case: Case) -> int:
    """Return how many entries had been stored when the draft was refused: those were shown."""
    stored = trouble.facts.get("stored")
    return stored if isinstance(stored, int) else case.revision


def _entry(entry: Entry, case: Case, names: Naming, around: Around, by: str) -> str:
    head = " · ".join(filter(None, (str(entry.occurred_on), title_of(entry.kind, names), by)))
    rows = "".join(
        f"<tr><td>{escape(name)}</td><td>{escape(value)}</td></tr>"
        for name, value in facts_of(entry, case, names, around)
    )
    return f'<div class="pim-card"><h4>{escape(head)}</h4><table>{rows}</table></div>'
