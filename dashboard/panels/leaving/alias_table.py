"""Who became what: for the inside alone, shown only where somebody asks for it in their name."""

from collections.abc import Callable
from html import escape

import streamlit as st

from dashboard.leaving import TakenTable
from dashboard.naming import Naming
from dashboard.panels.deadlines.files import MIMES
from dashboard.text import say_error
from dashboard.words.disclosure import say_rows, table_headings
from geodata import GeodataError


def show_alias_table(
    table: TakenTable | GeodataError | None,
    count: int,
    writer: str,
    names: Naming,
    on_take: Callable[[], None],
) -> None:
    """Show the button that shows the table, and once it was asked for, the table and its file."""
    st.button(
        names.word("leaving.table", count=count),
        key="take-alias-table",
        icon=":material/key:",
        disabled=not writer or not count,
        help=names.word("leaving.table_about" if writer else "leaving.sign_first"),
        on_click=on_take,
    )
    if isinstance(table, GeodataError):
        st.error(say_error(table, names.language), icon=":material/lock:")
    elif table is not None:
        st.warning(names.word("leaving.table_mark"), icon=":material/lock:")
        heads = "".join(f"<th>{escape(one)}</th>" for one in table_headings(names.language))
        rows = "".join(
            f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>"
            for row in say_rows(table.rows, names.language)
        )
        st.html(
            f'<div class="pim-leaks long"><table class="pim-table"><thead><tr>{heads}</tr></thead>'
            f"<tbody>{rows}</tbody></table></div>"
        )
        st.download_button(
            names.word("leaving.take_table"),
            data=table.content,
            file_name=names.word("leaving.table_file", key=table.sha256[:8]),
            mime=MIMES["xlsx"],
            key="download-alias-table",
            icon=":material/download:",
            on_click="ignore",
        )
        st.caption(names.word("leaving.table_recorded", number=table.number))
