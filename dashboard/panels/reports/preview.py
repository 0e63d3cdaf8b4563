"""A paper on the screen as it will stand on its pages."""

from base64 import b64encode
from html import escape

import streamlit as st

from dashboard.naming import Naming
from dashboard.reports.blocks import Block, Gap, Heading, Paper, Para, Picture, Table

MOST_ROWS = 8
HEIGHT_PX = 560
LEVELS = {1: "h3", 2: "h4", 3: "h5"}


def show_paper(paper: Paper, names: Naming) -> None:
    """Show a paper to read: headings, text, marked gaps, tables with their first rows."""
    gaps = sum(isinstance(one, Gap) for one in paper.blocks)
    if gaps:
        st.caption(f":material/edit_note: {names.word('documents.gaps', count=gaps)}")
    listed = sum(not one.caption for one in paper.tables())
    if listed < len(paper.tables()):
        facts = {"annexes": listed, "tables": len(paper.tables()) - listed}
        st.caption(f":material/checklist: {names.word('documents.facts', **facts)}")
    st.caption(names.word("documents.draft"))
    head = "".join(f"<p class='pim-centre'>{escape(one)}</p>" for one in paper.subtitle.split("\n"))
    parts = [f"<h2>{escape(paper.title)}</h2>{head}"]
    parts += [_block(one, names) for one in paper.blocks]
    with st.container(height=HEIGHT_PX, border=True, key="paper-preview"):
        st.html(f'<article class="pim-paper">{"".join(parts)}</article>')


def _block(block: Block, names: Naming) -> str:
    if isinstance(block, Heading):
        tag = LEVELS[block.level]
        return f"<{tag}>{escape(block.text)}</{tag}>"
    if isinstance(block, Gap):
        return f"<p>{escape(block.about)}<mark>{escape(block.mark)}</mark></p>"
    if isinstance(block, Para):
        kind = f" class='pim-{block.look}'" if block.look != "body" else ""
        return f"<p{kind}>{escape(block.text)}</p>"
    if isinstance(block, Picture):
        data = b64encode(block.png).decode()
        return f'<img src="data:image/png;base64,{data}" alt="{escape(block.described)}">'
    return _table(block, names) if isinstance(block, Table) else ""


def _table(table: Table, names: Naming) -> str:
    head = "".join(f"<th>{escape(one)}</th>" for one in table.head)
    rows = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>"
        for row in table.rows[:MOST_ROWS]
    )
    more = ""
    if len(table.rows) > MOST_ROWS:
        count = names.word("documents.preview_cut", count=len(table.rows))
        more = f"<p class='pim-small'>{escape(count)}</p>"
    caption = f"<p class='pim-centre'><b>{escape(table.caption)}</b></p>" if table.caption else ""
    return f"{caption}<table class='pim-table'><tr>{head}</tr>{rows}</table>{more}"
