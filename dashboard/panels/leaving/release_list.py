"""What left, as the journal holds it: who took which file when, for whom, and for what reason."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date
from html import escape

import streamlit as st

from dashboard.leaving import Asked
from dashboard.naming import Naming
from dashboard.session import set_widget, widget
from dashboard.words.disclosure import say_leak
from geodata.lifecycle import OFFICE_TIME
from layers.disclosure import AUDIENCES, audience_titles
from layers.disclosure.release_book import KeptRelease

MOST_ROWS = 200
SHORT_HASH = 12
SORTS = ("all", "overruled", "clean")


def show_release_filters(
    asked: Asked, people: Iterable[str], names: Naming, on_ask: Callable[[Asked], None]
) -> None:
    """Show by whom, for whom, which sort, between which days and with which words."""
    who, whom, sort, days, text = st.columns([0.18, 0.18, 0.24, 0.2, 0.2])
    titles = {one: names.title(title) for one, (title, _) in audience_titles().items()}
    set_widget("releases-who", asked.who or None)
    who.selectbox(
        names.word("leaving.column.who"),
        sorted(people),
        key="releases-who",
        placeholder=names.word("leaving.anybody"),
        on_change=lambda: on_ask(replace(asked, who=widget("releases-who") or "")),
    )
    set_widget("releases-whom", asked.audience or None)
    whom.selectbox(
        names.word("leaving.audience"),
        AUDIENCES,
        format_func=lambda one: titles[one],
        key="releases-whom",
        placeholder=names.word("leaving.anybody"),
        on_change=lambda: on_ask(replace(asked, audience=widget("releases-whom") or "")),
    )
    set_widget("releases-sort", asked.sort)
    sort.segmented_control(
        names.word("leaving.sort"),
        SORTS,
        format_func=lambda one: names.word(f"leaving.sorts.{one}"),
        key="releases-sort",
        on_change=lambda: on_ask(replace(asked, sort=widget("releases-sort") or "all")),
    )
    set_widget("releases-days", asked.days)
    days.date_input(
        names.word("leaving.days"),
        key="releases-days",
        on_change=lambda: on_ask(replace(asked, days=_two_days(widget("releases-days")))),
    )
    set_widget("releases-text", asked.text)
    text.text_input(
        names.word("leaving.search"),
        key="releases-text",
        placeholder=names.word("leaving.search_in"),
        on_change=lambda: on_ask(replace(asked, text=widget("releases-text") or "")),
    )


def _two_days(told: object) -> tuple[date, ...]:
    return tuple(told) if isinstance(told, (tuple, list)) else ()


def show_releases(
    releases: Sequence[KeptRelease], count: int, names: Naming, *, is_damaged: bool
) -> None:
    """Show releases, the newest first; `count` is how many there are in all."""
    if is_damaged:
        st.error(names.word("leaving.journal_damaged"), icon=":material/report:")
    if not count:
        st.info(names.word("leaving.none_yet"), icon=":material/inbox:")
        return
    st.markdown(f"**{names.word('leaving.found_of', shown=len(releases), count=count)}**")
    if not releases:
        st.caption(names.word("leaving.none_fits"))
        return
    heads = ("number", "at", "who", "file", "whom", "reason")
    cells = "".join(f"<th>{escape(names.word(f'leaving.column.{one}'))}</th>" for one in heads)
    rows = "".join(_row(one, names) for one in releases[:MOST_ROWS])
    st.html(
        f'<div class="pim-leaks long"><table class="pim-table"><thead><tr>{cells}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )
    if len(releases) > MOST_ROWS:
        st.caption(names.word("leaving.more", count=len(releases) - MOST_ROWS))


def _row(one: KeptRelease, names: Naming) -> str:
    at = one.at.astimezone(OFFICE_TIME)
    title, _ = audience_titles()[one.audience]
    kb = f"{max(1, round(one.about.get('bytes', 0) / 1000)):,}"
    pictures = len(one.about.get("pictures", ()))
    looked = f" · {names.word('leaving.looked_at', count=pictures)}" if pictures else ""
    file = (
        f"{escape(one.name)}<br><small>{kb} KB · SHA-256 "
        f'<span title="{escape(one.sha256)}">{escape(one.sha256[:SHORT_HASH])}…</span>'
        f"{escape(looked)}</small>"
    )
    cells = (
        str(one.number),
        f"<time>{at:%Y-%m-%d %H:%M}</time>",
        escape(one.who),
        file,
        escape(names.title(title)),
        _why(one, names),
    )
    return f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"


def _why(one: KeptRelease, names: Naming) -> str:
    if not one.is_overruled:
        return f"✓ {escape(names.word('leaving.was_clean'))}"
    lines = "".join(f"<li>{escape(say_leak(leak, names.language))}</li>" for leak in one.leaks)
    count = escape(names.word("leaving.in_spite_of", count=sum(leak.count for leak in one.leaks)))
    return f"▲ {escape(one.reason)}<details><summary>{count}</summary><ul>{lines}</ul></details>"
