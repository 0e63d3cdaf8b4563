"""Findings: what the supervision models found, why, what was decided, and the models themselves."""

import streamlit as st

from dashboard import holdings, reads, session
from dashboard.actions import cases as case_actions
from dashboard.actions import findings as finding_actions
from dashboard.desks import findings as findings_desk
from dashboard.panels.findings.decide import (
    show_case_form,
    show_decided,
    show_decision,
    show_pair_question,
    show_picked,
)
from dashboard.panels.findings.list import (
    show_area_filter,
    show_finding_files,
    show_findings,
    show_findings_choice,
    show_nothing_found,
    show_state_choice,
)
from dashboard.panels.findings.map import show_finding_map
from dashboard.panels.findings.models import (
    show_funnel,
    show_model,
    show_models,
    show_numbers,
    show_run_and_seal,
    show_trial,
)
from dashboard.panels.findings.papers import show_papers
from dashboard.panels.findings.why import show_basis, show_rows, show_why

view = session.current()
state = reads.data_state()
names, rules = reads.naming(view.language), findings_desk.rules()
dossiers, cases = findings_desk.dossiers(), findings_desk.cases(state)
part = session.kept("findings_part", "list")

show_findings_choice(
    part,
    view,
    rules,
    names,
    on_part=session.open_findings_part,
    on_filter=session.look_at_findings,
)
if part == "models":
    model = view.model or next(iter(rules))
    rule, dossier = rules[model], dossiers[model]
    numbers = session.kept("trial_numbers", {}) if view.model else {}
    left, right = st.columns([0.46, 0.54])
    with left:
        show_models(dossiers, rules, cases, names, session.look_at_model)
        show_run_and_seal(
            rule,
            dossier,
            session.writer(),
            names,
            answer=session.kept("model_answer"),
            on_sign=session.sign,
            on_run=finding_actions.run_now,
            render_seal=findings_desk.seal_run,
        )
    with right, st.container(border=True, key="model"):
        show_model(rule, dossier, names, on_intake=session.go_to_intake)
        show_funnel(rule, dossier, cases, names, session.open_funnel)
        trial = findings_desk.attempt_trial(model, numbers, state) if numbers else None
        show_trial(trial, rule, names, session.try_numbers)
        show_numbers(rule, numbers, names, on_try=session.try_model(model))
else:
    found = findings_desk.listed_findings(view, state)
    opened = findings_desk.open_finding(view.finding)
    every = findings_desk.all_findings(view)
    show_state_choice(every, cases, view, names, session.look_at_standing)
    if view.scope.within:
        show_area_filter(names, session.look_everywhere)
    left, right = st.columns([0.56, 0.44])
    with left:
        if found:
            number = session.findings_table_number()
            picked = session.kept("findings_picked", ())
            show_findings(found, rules, names, session.pick_findings, number=number, picked=picked)
            show_finding_files(found, dossiers, rules, names, reads.imprint(state))
        else:
            show_nothing_found(
                dossiers,
                view,
                names,
                on_models=session.open_findings_part,
                on_clear=session.look_at_all_findings,
            )
    with right:
        show_finding_map(
            found,
            opened.evidence if opened else None,
            rules,
            names,
            state=state,
            settings=holdings.settings(),
            opened=view.finding,
            within=view.scope.within,
            go_to=findings_desk.frame_of_findings(found, opened),
            on_event=session.hear_finding_map,
        )
    picked = findings_desk.standing_of(session.picked_findings())
    why, decide = st.columns([0.56, 0.44])
    with why, st.container(border=True, key="finding-why"):
        if opened is None:
            st.caption(names.word("findings.pick"))
        else:
            told, rows, basis = st.tabs(
                [names.word(f"findings.tab.{one}") for one in ("why", "rows", "basis")]
            )
            with told:
                show_why(opened, names, session.open_case_file)
                show_papers(opened, names, reads.imprint(state))
            with rows:
                show_rows(opened.evidence, names)
            with basis:
                show_basis(opened, names)
    with decide, st.container(border=True, key="finding-decide"):
        show_decided(session.kept("finding_answer"), names, session.open_case_file)
        if picked:
            show_picked(picked, names)
            if opened is not None:
                show_pair_question(
                    opened.standing, session.writer(), names, finding_actions.say_of_pair
                )
            show_decision(
                picked,
                session.writer(),
                names,
                on_sign=session.sign,
                on_decide=finding_actions.decide,
            )
            with st.expander(names.word("findings.case.heading"), expanded=len(picked) > 1):
                show_case_form(
                    picked,
                    finding_actions.group_findings([one.finding for one in picked]),
                    rules,
                    session.writer(),
                    names,
                    usual_day=min(state.as_of, reads.today()),
                    today=reads.today(),
                    propose=case_actions.proposed_id,
                    on_only=session.pick_only,
                    on_open=finding_actions.open_case,
                )
        else:
            st.caption(names.word("findings.pick_several"))
