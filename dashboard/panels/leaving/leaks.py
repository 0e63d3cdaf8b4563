"""What the check of a file found: by how grave it is, where it stands, and what mends it."""

from collections.abc import Iterator, Sequence
from html import escape
from itertools import groupby

import streamlit as st

from dashboard.leaving import Checked
from dashboard.naming import Naming
from dashboard.panels.card import plain
from dashboard.words.disclosure import say_class, say_kind, say_remedy, say_what, say_where
from layers.disclosure import Leak, Severity, audience_titles, disclosure_classes, leak_kinds

SHOWN = 6
"""So many places of one kind stand open; the rest is folded away."""

SIGNS: dict[Severity, str] = {"stops": "■", "asks": "▲"}
"""How grave a leak is, told by a shape beside its words."""


def show_checked(checked: Checked, names: Naming, *, is_released: bool) -> None:
    """Show what a check came to: clean, leaks, or that it broke off; and what was looked for."""
    title, _ = audience_titles()[checked.audience]
    facts = {"file": plain(checked.name), "audience": names.title(title)}
    if checked.trouble:
        st.error(
            names.word("leaving.broke_off", **facts, trouble=plain(checked.trouble)),
            icon=":material/report:",
        )
    elif checked.is_clean:
        st.success(names.word("leaving.clean", **facts), icon=":material/verified:")
    elif is_released:
        st.warning(
            names.word("leaving.overruled", **facts, count=len(checked.leaks)),
            icon=":material/lock_open:",
        )
    else:
        asks = len(checked.leaks) - checked.stops
        show = st.error if checked.stops else st.warning
        show(
            names.word("leaving.found", **facts, stops=checked.stops, asks=asks),
            icon=":material/block:",
        )
    _show_looked_for(checked, names)


def _show_looked_for(checked: Checked, names: Naming) -> None:
    """Show what was looked for, kind by kind, with how grave each is for this audience."""
    seconds = f"{checked.seconds:.1f}"
    kb = max(1, round(len(checked.content) / 1000))
    with st.expander(
        names.word("leaving.looked_for", names=checked.names_known, seconds=seconds, kb=f"{kb:,}")
    ):
        rows = "".join(
            f"<tr><td>{escape(name)}</td><td>{escape(names.list_of(kinds))}</td></tr>"
            for name, kinds in _by_severity(checked, names)
        )
        st.html(f'<div class="pim-card"><table>{rows}</table></div>')
        st.caption(names.word("leaving.cannot"))


def _by_severity(checked: Checked, names: Naming) -> Iterator[tuple[str, list[str]]]:
    for severity in ("stops", "asks", "passes"):
        kinds = [
            names.word(f"disclosure.kind.{kind}")
            for kind, told in leak_kinds().items()
            if told.severity(checked.audience) == severity
        ]
        if kinds:
            yield names.word(f"disclosure.severity.{severity}"), kinds


def show_leaks(leaks: Sequence[Leak], names: Naming) -> None:
    """Show leaks as a table, those that stop first; of many alike the rest can be unfolded."""
    by_kind = sorted(leaks, key=lambda one: (one.severity != "stops", _order(one.kind)))
    heads = "".join(
        f"<th>{escape(names.word(f'leaving.column.{one}'))}</th>"
        for one in ("severity", "kind", "where", "remedy")
    )
    rows = "".join(
        _row(list(alike), names) for _, alike in groupby(by_kind, key=lambda one: one.kind)
    )
    st.html(
        f'<div class="pim-leaks"><table class="pim-table"><thead><tr>{heads}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )


def _order(kind: str) -> int:
    return list(leak_kinds()).index(kind)


def _row(alike: Sequence[Leak], names: Naming) -> str:
    """Return one kind of leak as a row: how grave, what it is, every place, what mends it."""
    first = alike[0]
    count = sum(one.count for one in alike)
    title = names.word("leaving.kind", kind=say_kind(first, names.language), count=count)
    of_class = say_class(first, names.language)
    covers = disclosure_classes().get(first.disclosure_class)
    hint = escape(names.title(covers.covers), quote=True) if covers else ""
    severity = names.word(f"disclosure.severity.{first.severity}")
    cells = (
        f"<b>{SIGNS.get(first.severity, '')} {escape(severity)}</b>",
        f'{escape(title)}<br><small title="{hint}">{escape(of_class)}</small>',
        _places(alike, names),
        escape(say_remedy(first, names.language)),
    )
    return f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"


def _places(alike: Sequence[Leak], names: Naming) -> str:
    lines = [_place(one, names) for one in alike]
    told = "".join(f"<li>{line}</li>" for line in lines[:SHOWN])
    if len(lines) > SHOWN:
        more = "".join(f"<li>{line}</li>" for line in lines[SHOWN:])
        words = escape(names.word("leaving.more", count=len(lines) - SHOWN))
        told += f"<li><details><summary>{words}</summary><ul>{more}</ul></details></li>"
    return f"<ul>{told}</ul>"


def _place(leak: Leak, names: Naming) -> str:
    told = say_what(leak, names.language)
    what = f" <code>{escape(told)}</code>" if told else ""
    count = f" ×{leak.count}" if leak.count > 1 else ""
    return f"{escape(say_where(leak.where, names.language))}{what}{count}"
