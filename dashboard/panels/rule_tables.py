"""A rule set on screen: which one, its head, and its tables one under another in tabs."""

from collections.abc import Callable, Mapping

import streamlit as st

from dashboard.naming import Naming
from dashboard.reports.rule_page import CATEGORIES, SCREEN_STYLE, RulePage
from dashboard.session import set_widget, widget
from geodata import RuleSet


def show_rule_choice(
    known: Mapping[str, RuleSet],
    chosen: str,
    page: RulePage,
    names: Naming,
    on_choose: Callable[[str], None],
) -> None:
    """Show which rule sets there are, and the one chosen as a page to print."""
    choice, paper = st.columns([0.74, 0.26], vertical_alignment="bottom")
    set_widget("rules", chosen)
    choice.segmented_control(
        names.word("rule_set.choose"),
        list(known),
        format_func=lambda one: names.title(known[one].title),
        key="rules",
        on_change=lambda: on_choose(widget("rules") or chosen),
    )
    paper.download_button(
        names.word("rule_set.print"),
        data=page.whole,
        file_name=f"{chosen}.{names.language}.html",
        mime="text/html",
        key="print-rules",
        icon=":material/print:",
        help=names.word("rule_set.print_help"),
        on_click="ignore",
        width="stretch",
    )


def show_rules(page: RulePage, names: Naming) -> None:
    """Show everything that a rule set holds, each entry with its article and certainty."""
    st.html(f"<style>{SCREEN_STYLE}</style>")
    st.html(f'<div class="pim-rule-head">{page.head(is_folded=True)}</div>')
    keys = ("life_cycle", "deadlines", "entries", "codes")
    is_other = page.rules.id != page.in_force.id
    titles = [names.word(f"rule_set.{one}") for one in (*keys, *(["comparison"] * is_other))]
    tabs = st.tabs(titles)
    kinds = page.rules.codes["case_kinds"]
    with tabs[0]:
        for place, (kind, _) in zip(
            st.tabs([names.title(title) for title in kinds.values()]), kinds.items(), strict=True
        ):
            place.html(page.life_cycle(kind))
    tabs[1].html(page.deadlines())
    with tabs[2]:
        for category in CATEGORIES:
            st.markdown(f"**{names.word(f'rule_set.category.{category}')}**")
            st.html(page.entries(category))
    with tabs[3]:
        for number, name in enumerate(page.code_lists()):
            with st.expander(names.word(f"rule_set.list.{name}"), expanded=number == 0):
                st.html(page.codes(name))
    if is_other:
        tabs[4].html(page.comparison())
