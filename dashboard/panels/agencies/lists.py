"""Lists that went to agencies: how each stands, the items behind each figure, one item in full."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from html import escape

import pandas as pd
import streamlit as st

from dashboard.actions.agencies import words_of
from dashboard.desks.agencies import FIGURES, CaseWay, ListSeen
from dashboard.naming import Naming
from dashboard.panels.card import plain
from dashboard.panels.cases.entry_words import table
from dashboard.panels.visits.return_words import NOTHING, say_name, say_value
from dashboard.session import keep, kept, set_widget, widget
from geodata import Case
from geodata.lifecycle import OFFICE_TIME
from layers.agency_lists import AgencyList, Decision, Reply, Standing
from layers.reply_form import KIND_WORDS

OnEnterReply = Callable[[Decision, Case, str, str, date], None]
TABLE_PX, ROW_PX = 250, 36
STATE_SIGNS: Mapping[str, str] = {"open": "○", "taken": "●", "again": "↺", "refused": "✕"}
"""A sign for each state, so that colour alone never tells it."""

REPLY_DAYS = 15
FILES: Mapping[str, str] = {
    "form": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv",
    "letter": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "second": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "open_form": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
ENDINGS: Mapping[str, str] = {
    "form": "xlsx",
    "csv": "csv",
    "letter": "docx",
    "second": "docx",
    "open_form": "xlsx",
}


def show_no_lists(names: Naming) -> None:
    """Say how a first list comes about."""
    st.info(names.word("agencies.none"), icon=":material/outgoing_mail:")


def tabulate_lists(lists: Sequence[ListSeen], names: Naming) -> pd.DataFrame:
    """Return every list with its figures, in words; no office is held against another."""
    rows = [
        (
            one.told.number,
            names.office(one.told.office),
            one.told.agency,
            one.told.subject,
            one.told.made_on,
            one.sent_on,
            one.told.reply_by,
            *(one.counts[name] for name in FIGURES),
            one.reminded,
            names.word("frame.demonstration_short") if one.told.is_demonstration else "",
        )
        for one in lists
    ]
    facts = ("number", "office", "agency", "subject", "made_on", "sent_on", "reply_by")
    heads = (*facts, *FIGURES, "reminded", "nature")
    words = [names.word(f"agencies.column.{one}") for one in heads]
    return pd.DataFrame(rows, columns=words, dtype=object)


def show_lists(
    lists: Sequence[ListSeen], batch: str, names: Naming, on_open: Callable[[str], None]
) -> None:
    """Show every list; the one that is picked is looked at alone, picked again all are."""
    key = f"agency-lists-{len(lists)}-{batch}"
    numbers = [one.told.number for one in lists]

    def tell() -> None:
        rows = widget(key)["selection"]["rows"]
        on_open(numbers[rows[0]] if rows else "")

    frame = tabulate_lists(lists, names)
    st.dataframe(
        frame.map(_on_screen),
        key=key,
        hide_index=True,
        height=min(TABLE_PX, ROW_PX * (len(lists) + 1) + 2),
        on_select=tell,
        selection_mode="single-row",
    )
    st.caption(names.word("agencies.lists_about"))


def show_list_choice(
    lists: Sequence[ListSeen], batch: str, names: Naming, on_open: Callable[[str], None]
) -> None:
    """Show which list is looked at, or all of them."""
    numbers = ["", *(one.told.number for one in lists)]
    titles = {one.told.number: f"{one.told.number} · {one.told.agency}" for one in lists}
    set_widget("agency-list", batch if batch in numbers else "")
    st.selectbox(
        names.word("agencies.which"),
        numbers,
        format_func=lambda one: titles.get(one) or names.word("agencies.all_lists"),
        key="agency-list",
        label_visibility="collapsed",
        on_change=lambda: on_open(widget("agency-list") or ""),
    )


def show_figures(
    counts: Mapping[str, int], figure: str, names: Naming, on_figure: Callable[[str], None]
) -> None:
    """Show every figure; each opens the items behind it."""
    set_widget("agency-figure", figure)
    st.segmented_control(
        names.word("agencies.figures"),
        FIGURES,
        format_func=lambda one: f"{say_figure(one, names)} {counts[one]}",
        key="agency-figure",
        label_visibility="collapsed",
        on_change=lambda: on_figure(widget("agency-figure") or figure),
    )
    st.caption(names.word(f"agencies.figure_about.{figure}"))


def say_figure(figure: str, names: Naming) -> str:
    """Return what a figure is called, a state with its sign."""
    sign = {**STATE_SIGNS, "overdue": "▲"}.get(figure, "")
    return f"{sign} {names.word(f'agencies.figure.{figure}')}".strip()


def tabulate_items(
    rows: Sequence[tuple[ListSeen, Standing]], names: Naming, *, is_whole: bool = False
) -> pd.DataFrame:
    """Return items in words, each with its newest reply; whole, with all that the reply says."""
    told = [_item_row(a_list, one, names, is_whole=is_whole) for a_list, one in rows]
    heads = ["code", "name", "township", "state", "kind", "day", "measures", "reply_by", "agency"]
    heads += ["contact", "remark", "why", "decided", "file"] if is_whole else []
    words = [names.word(f"agencies.column.{one}") for one in heads]
    return pd.DataFrame(told, columns=words, dtype=object)


def _item_row(
    a_list: ListSeen, one: Standing, names: Naming, *, is_whole: bool
) -> tuple[object, ...]:
    last = one.decisions[-1] if one.decisions else None
    reply = last.reply if last else None
    late = f" ▲ {names.word('agencies.figure.overdue')}" if one.is_overdue else ""
    row: tuple[object, ...] = (
        one.item.code,
        one.item.told.get("name") or one.item.ref,
        one.item.told.get("township", ""),
        f"{STATE_SIGNS[one.state]} {names.word(f'agencies.figure.{one.state}')}{late}",
        say_kind(reply, names) if reply else "",
        reply.day if reply else None,
        reply.measures if reply else "",
        one.reply_by,
        a_list.told.agency,
    )
    if not is_whole:
        return row
    more = (reply.contact, reply.remark) if reply else ("", "")
    decided = (last.why, say_decided(last, names), last.file) if last else ("", "", "")
    return (*row, *more, *decided)


def show_items_behind(
    rows: Sequence[tuple[ListSeen, Standing]], names: Naming, on_item: Callable[[str], None]
) -> None:
    """Show the items behind a figure; the one that is picked is opened."""
    if not rows:
        st.info(names.word("agencies.nothing"), icon=":material/inbox:")
        return
    codes = [one.item.code for _, one in rows]
    key = f"agency-rows-{hash(tuple(codes))}"

    def tell() -> None:
        for place in widget(key)["selection"]["rows"]:
            on_item(codes[place])

    st.dataframe(
        tabulate_items(rows, names).map(_on_screen),
        key=key,
        hide_index=True,
        height=min(TABLE_PX, ROW_PX * (len(rows) + 1) + 2),
        on_select=tell,
        selection_mode="single-row",
    )


# -------------------------------------------------------------------------- one item


def show_item(
    a_list: ListSeen,
    one: Standing,
    now: Mapping[str, str] | None,
    cases: Mapping[str, Case],
    names: Naming,
    *,
    on_map: Callable[[str], None],
) -> None:
    """Show one item: what was known when it went out, what is known now, every reply to it."""
    title = one.item.told.get("name") or one.item.ref
    left, right = st.columns([0.8, 0.2], vertical_alignment="center")
    left.markdown(f"**{plain(title)}** · {one.item.code} · {plain(a_list.told.agency)}")
    right.button(
        names.word("agencies.on_map"),
        key=f"agency-map-{one.item.code}",
        icon=":material/map:",
        width="stretch",
        on_click=on_map,
        args=(one.item.ref,),
    )
    show_then_and_now(one.item.known, now, one.item.ref.partition(":")[0], cases, names)
    for decision in one.decisions:
        st.markdown(
            f"{STATE_SIGNS[_state(decision)]} {plain(say_decided(decision, names))}  \n"
            f"{plain(say_reply(decision.reply, names))}"
            + (f"  \n{plain(decision.why)}" if decision.why else "")
        )
    if not one.decisions:
        st.caption(names.word("agencies.no_reply"))
    st.caption(f":material/gavel: {names.word('agencies.four_facts')}")


def _state(decision: Decision) -> str:
    return {"take": "taken", "change": "taken", "refuse": "refused"}.get(decision.choice, "again")


def show_then_and_now(
    then: Mapping[str, str],
    now: Mapping[str, str] | None,
    layer: str,
    cases: Mapping[str, Case],
    names: Naming,
) -> None:
    """Show what was known when a list was made beside what is known now; what differs is bold."""
    rows = []
    for name in dict.fromkeys([*then, *(now or {})]):
        before, after = then.get(name, ""), (now or {}).get(name, "")
        said = [escape(say_value(name, value, layer, cases, names)) for value in (before, after)]
        if now is None:
            said[1] = escape(names.word("visit_return.gone"))
        if before != after:
            said[1] = f"<strong>≠ {said[1]}</strong>"
        rows.append([escape(say_name(name, names)), *said])
    heads = [names.word(f"agencies.known.{one}") for one in ("fact", "then", "now")]
    st.html(table(heads, rows))


def say_kind(reply: Reply, names: Naming) -> str:
    """Return what kind of reply it is: as the form has it, and in the visitor's language."""
    if names.language == "zh":
        return KIND_WORDS[reply.kind]
    return names.word(f"agencies.kind.{reply.kind}")


def say_reply(reply: Reply, names: Naming) -> str:
    """Return all that a reply says in one line."""
    parts = [say_kind(reply, names)]
    parts += [reply.day.isoformat()] if reply.day else []
    parts += [one for one in (reply.measures, reply.remark) if one]
    people = " ".join(one for one in (reply.contact, reply.phone) if one)
    parts += [people] if people else []
    parts += [f"{name}：{text}" for name, text in reply.more]
    return " · ".join(parts)


def say_decided(decision: Decision, names: Naming) -> str:
    """Return who decided what on a reply, when, and from which file."""
    at = decision.at.astimezone(OFFICE_TIME).strftime("%Y-%m-%d %H:%M") if decision.at else ""
    choice = names.word(f"agencies.choice.{decision.choice}")
    facts = {"who": decision.who, "at": at, "choice": choice, "file": decision.file or NOTHING}
    return names.word("agencies.decided_by", **facts)


def show_replies_on(
    replies: Sequence[tuple[AgencyList, Decision]], names: Naming, on_open: Callable[[str], None]
) -> None:
    """Show on the card of a hazard what agencies said of it, each with the way to its list."""
    if not replies:
        return
    st.markdown(f"**{names.word('agencies.on_card', count=len(replies))}**")
    for a_list, one in replies:
        said, button = st.columns([0.72, 0.28], vertical_alignment="center")
        said.markdown(plain(f"{a_list.agency} · {say_reply(one.reply, names)}"))
        button.button(
            names.word("agencies.open_list"),
            key=f"card-list-{one.code}-{one.seen}",
            width="stretch",
            on_click=on_open,
            args=(a_list.number,),
        )
    st.caption(names.word("agencies.four_facts"))


# ------------------------------------------------------------------------- into cases


def show_ways_into_cases(
    one: Standing,
    ways: Sequence[CaseWay],
    day: date,
    names: Naming,
    *,
    on_enter: OnEnterReply,
    on_case: Callable[[str], None],
) -> None:
    """Show for each case of a hazard how a reply that was taken becomes the reply to an item."""
    taken = one.taken
    for way in ways if taken else ():
        assert taken is not None
        with st.container(border=True):
            left, right = st.columns([0.74, 0.26], vertical_alignment="center")
            left.markdown(f"**{plain(names.title(way.case.title))}** · {way.case.id}")
            right.button(
                names.word("agencies.open_case"),
                key=f"agency-case-{one.item.code}-{way.case.id}",
                icon=":material/folder_open:",
                width="stretch",
                on_click=on_case,
                args=(way.case.id,),
            )
            if way.entered:
                numbers = names.list_of(f"#{number}" for number in way.entered)
                st.caption(names.word("agencies.entered", numbers=numbers))
            elif not (way.is_lawful and way.items):
                word = "agencies.no_items" if way.is_lawful else "agencies.reply_first"
                st.caption(f":material/info: {names.word(word)}")
            elif not way.may_enter:
                st.caption(names.word("agencies.no_right"))
            else:
                _ask_entry(taken, way, day, names, on_enter)


def _ask_entry(
    taken: Decision,
    way: CaseWay,
    day: date,
    names: Naming,
    on_enter: OnEnterReply,
) -> None:
    law = names.under(way.case.rule_set)
    codes = law.rules.codes["item_answers"]
    key = f"agency-enter-{taken.code}-{way.case.id}"
    keys = {name: f"{key}-{name}" for name in ("item", "answer", "on")}

    def tell() -> None:
        """Enter it into the case as it was shown: what others have entered since is no surprise."""
        said = widget(keys["answer"])
        keep(f"{key}.lacks", not said)
        if said:
            on_enter(taken, way.case, str(widget(keys["item"])), str(said), widget(keys["on"]))

    with st.form(key, border=False):
        item, answer, on = st.columns([0.46, 0.3, 0.24])
        titles = {one.number: f"{one.number}. {one.text}" for one in way.items}
        item.selectbox(
            names.word("agencies.item"),
            list(titles),
            format_func=lambda one: titles[one],
            key=keys["item"],
        )
        answer.selectbox(
            names.word("agencies.answer"),
            list(codes),
            index=None,
            placeholder=names.word("agencies.answer_choose"),
            format_func=lambda one: names.title(codes[one]),
            key=keys["answer"],
        )
        on.date_input(names.word("agencies.entered_on"), day, format="YYYY-MM-DD", key=keys["on"])
        st.caption(plain(names.word("agencies.enters", text=words_of(taken))))
        st.form_submit_button(
            names.word("agencies.enter"), icon=":material/edit_note:", on_click=tell
        )
    if kept(f"{key}.lacks"):
        st.warning(names.word("agencies.answer_choose"), icon=":material/help:")


# ------------------------------------------------------------------------------ files


def ask_file(seen: ListSeen, names: Naming) -> str:
    """Ask which file of a list is to be made; those for a second letter where items are open."""
    files = [one for one in FILES if one not in {"second", "open_form"} or seen.unanswered]
    picked = st.selectbox(
        names.word("agencies.file"),
        files,
        format_func=lambda one: names.word(f"agencies.files.{one}"),
        key=f"agency-file-{seen.told.number}-{len(files)}",
    )
    st.caption(names.word(f"agencies.file_about.{picked or 'form'}"))
    return str(picked or "form")


def file_name(seen: ListSeen, file: str, names: Naming) -> str:
    """Return what a file is called: what it is, its number, for whom, whether it is invented."""
    del names  # files for agencies are Chinese
    what = {"letter": "联系函", "second": "第二次函", "open_form": "未答复条目"}.get(file, "答复表")
    agency = "".join(one for one in seen.told.agency if one.isalnum())
    mark = "_演示" if seen.told.is_demonstration else ""
    return f"{what}_{seen.told.number}_{agency}{mark}.{ENDINGS[file]}"


def show_remind(
    seen: ListSeen,
    last: date | None,
    first_day: date,
    entries: int,
    names: Naming,
    *,
    is_off: bool,
    on_remind: Callable[[str, date, int], None],
) -> None:
    """Show the button by which an agency is asked again for what it has not answered."""
    if last is not None:
        st.caption(names.word("agencies.reminded_last", count=seen.reminded, day=last))
    if not seen.unanswered:
        st.caption(names.word("agencies.all_answered"))
        return
    day, button = st.columns([0.4, 0.6], vertical_alignment="bottom")
    wished = day.date_input(
        names.word("agencies.reply_by"),
        first_day + timedelta(days=REPLY_DAYS),
        format="YYYY-MM-DD",
        key=f"agency-remind-by-{seen.told.number}",
    )
    button.button(
        names.word("agencies.remind", count=len(seen.unanswered)),
        key=f"agency-remind-{seen.told.number}",
        icon=":material/notification_important:",
        width="stretch",
        disabled=is_off,
        help=names.word("visits.sign_first") if is_off else None,
        on_click=on_remind,
        args=(seen.told.number, wished, entries),
    )


def _on_screen(value: object) -> object:
    """Return a cell as it is shown: days as YYYY-MM-DD, what is missing as a dash."""
    if value is None:
        return NOTHING
    return value.isoformat() if isinstance(value, date) else value
