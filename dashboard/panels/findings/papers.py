"""Papers of one finding to take along; a further paper is one more line of PAPERS."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import pandas as pd
import streamlit as st

from dashboard.desks.findings import Opened, upstream_of
from dashboard.naming import Naming
from dashboard.panels.findings.files import MIMES
from dashboard.panels.findings.why import side_by_side
from dashboard.panels.findings.words import say_law, sentences
from layers.imprint import Imprint
from layers.sheets import render_xlsx
from layers.transfer_notice import draft_notice, render_docx

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@dataclass(frozen=True)
class Paper:
    """A paper that can be made of an open finding: its id (by which it is worded), its form."""

    id: str
    form: str
    mime: str
    make: Callable[[Opened, Naming, Imprint], bytes]
    is_for: Callable[[Opened], bool] = lambda _: True


def make_sheet(opened: Opened, names: Naming, imprint: Imprint) -> bytes:
    """Return a workbook of one finding: why, and its rows side by side."""
    rule = opened.rule
    told = sentences(opened.standing, rule, opened.run.numbers, names)
    why = pd.DataFrame({names.word("findings.tab.why"): [*told, names.title(rule.point)]})
    laws = [(names.word("findings.column.law"), say_law(law, names)) for law in rule.legal_basis]
    facts = {
        "model": names.title(rule.title),
        "version": opened.standing.finding.version,
        "run": opened.record.id,
        "as_of": opened.run.as_of.isoformat(),
    }
    notes = [(names.word(f"findings.column.{name}"), value) for name, value in facts.items()]
    sheets = {
        names.word("findings.tab.why"): why,
        names.word("findings.tab.rows"): side_by_side(opened.evidence, names),
    }
    return render_xlsx(sheets, imprint, names.language, notes=[*notes, *laws])


def make_notice(opened: Opened, names: Naming, imprint: Imprint) -> bytes:
    """Return the draft by which the lead of a finding goes to another office, in Chinese."""
    del names, imprint
    finding, numbers = opened.standing.finding, opened.run.numbers
    return render_docx(draft_notice(finding, opened.rule, numbers, upstream=upstream_of(opened)))


PAPERS: tuple[Paper, ...] = (
    Paper("sheet", "xlsx", MIMES["xlsx"], make_sheet),
    Paper("transfer", "docx", DOCX, make_notice),
)


def show_papers(opened: Opened, names: Naming, imprint: Imprint) -> None:
    """Show a button for each paper that can be made of a finding; it is made when it is taken."""
    offered = [one for one in PAPERS if one.is_for(opened)]
    for place, one in zip(st.columns(max(len(offered), 3)), offered, strict=False):
        word = names.word(f"findings.paper.{one.id}")
        place.download_button(
            word,
            data=partial(one.make, opened, names, imprint),
            file_name=f"{word}_{opened.standing.finding.id}.{one.form}",
            mime=one.mime,
            key=f"finding-paper-{one.id}",
            icon=":material/description:",
            width="stretch",
            on_click="ignore",
        )
