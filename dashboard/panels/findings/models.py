"""The supervision models: which ran, on which lists, by which numbers, and what became of it."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.desks.findings import Trial
from dashboard.naming import Naming
from dashboard.panels.cases.entry_words import with_brackets
from dashboard.panels.findings.files import seal_name
from dashboard.panels.findings.why import show_table
from dashboard.panels.findings.words import (
    NOTHING,
    keeper_of,
    say_lack,
    say_lacks,
    say_law,
    say_unit,
    table_title,
)
from dashboard.session import is_signed_in, set_widget, widget
from dashboard.text import say_error
from geodata import GeodataError
from geodata.lifecycle import OFFICE_TIME
from layers.detect import oldest_day
from layers.dossier import STEPS, Dossier, Step
from layers.night import Kept
from layers.rule import Finding, Rule

TABLE_PX, ROW_PX, NUMBER_PX, MOST_NAMED = 430, 36, 60, 8
FILTER_OF: Mapping[Step, str] = {
    "hits": "",
    "confirmed": "confirmed",
    "rejected": "rejected",
    "leads": "became_case",
    "filed": "filed",
    "verified": "verified",
}
"""The list that each number of the funnel opens."""


def show_models(
    dossiers: Mapping[str, Dossier],
    rules: Mapping[str, Rule],
    cases: pd.DataFrame,
    names: Naming,
    on_pick: Callable[[str], None],
) -> None:
    """Show every model with its newest run and its funnel; the table tells what was picked."""
    st.caption(names.word("findings.models_about"))
    ids = list(rules)
    table = pd.DataFrame([_line(rules[one], dossiers[one], cases, names) for one in ids])
    key = f"models-{names.language}"

    def tell() -> None:
        for row in widget(key)["selection"]["rows"]:
            on_pick(ids[row])

    st.dataframe(
        table.rename(columns=lambda name: names.word(f"findings.models.{name}")),
        key=key,
        hide_index=True,
        height=min(TABLE_PX, ROW_PX * (len(ids) + 1)),
        on_select=tell,
        selection_mode="single-row",
        column_config={
            names.word("findings.models.title"): st.column_config.Column(width="medium"),
            **{
                names.word(f"findings.models.{one}"): st.column_config.Column(width=NUMBER_PX)
                for one in STEPS
            },
        },
    )


def _line(rule: Rule, dossier: Dossier, cases: pd.DataFrame, names: Naming) -> dict[str, str]:
    layer = names.layer(rule.layer)
    counts = {one: len(dossier.of(one, cases)) for one in STEPS}
    return {
        "title": names.title(rule.title),
        "state": say_run(dossier, names),
        **{one: str(count) if dossier.run else NOTHING for one, count in counts.items()},
        "layer": names.title(layer.title),
        "as_of": dossier.run.as_of.isoformat() if dossier.run else NOTHING,
    }


def say_run(dossier: Dossier, names: Naming) -> str:
    """Return whether a rule ran, could not, or never did, with a sign."""
    if not dossier.runs:
        return f"○ {names.word('findings.run.never')}"
    if dossier.has_failed:
        return f"✗ {names.word('findings.run.lacking')}"
    if dossier.newer:
        return f"△ {names.word('findings.run.newer')}"
    return f"✓ {names.word('findings.run.done')}"


def show_model(
    rule: Rule, dossier: Dossier, names: Naming, *, on_intake: Callable[[], None]
) -> None:
    """Show what a model asks of which lists, whether it ran, and what to do where it could not."""
    st.markdown(f"**{names.title(rule.title)}** · {say_run(dossier, names)}")
    st.caption(names.title(rule.point))
    attempt = dossier.attempt
    if dossier.has_failed and attempt is not None:
        lacks = [one for one in attempt.lacks if one.is_required]
        said = say_lacks(lacks, names)
        day = dossier.run.as_of.isoformat() if dossier.run else NOTHING
        st.error(
            names.word("findings.not_run", why=said, day=day, attempt=attempt.as_of.isoformat()),
            icon=":material/block:",
        )
    elif dossier.newer:
        newer = names.list_of(table_title(one, names) for one in dossier.newer)
        st.warning(names.word("findings.newer_about", tables=newer), icon=":material/update:")
    _show_needs(rule, dossier, names)
    if attempt is None or attempt.lacks:
        st.button(
            names.word("findings.to_intake"),
            key="model-intake",
            icon=":material/upload_file:",
            on_click=on_intake,
        )


def _show_needs(rule: Rule, dossier: Dossier, names: Naming) -> None:
    """Show each list with its keeper, how old it may be, how old it is, and why it lacks."""
    attempt = dossier.attempt
    given = {one.role: one for one in attempt.inputs} if attempt else {}
    lacks = {one.role: one for one in attempt.lacks} if attempt else {}
    lines = []
    for need in rule.needs:
        one, lack = given.get(need.role), lacks.get(need.role)
        limit = oldest_day(attempt.as_of, need.fresh_months) if attempt else None
        fresh = names.word("findings.fresh", months=need.fresh_months) if need.fresh_months else ""
        since = f"≥ {limit.isoformat()}" if limit else ""
        state = NOTHING
        if lack is not None:
            state = f"✗ {say_lack(lack, names)}"
        elif one is not None:
            revision = names.word("findings.revision", revision=one.revision)
            state = f"✓ {one.rows:,} · {one.data_on.isoformat()} · {revision}"
        title = table_title(need.table, names)
        if not need.is_required:
            title = with_brackets(title, names.word("findings.optional"), names)
        lines.append(
            (
                title,
                keeper_of(need.table, names),
                " ".join(filter(None, (fresh, since))) or NOTHING,
                state,
            )
        )
    heads = ("list", "keeper", "fresh", "state")
    show_table([f"findings.need.{one}" for one in heads], lines, names)


def show_funnel(
    rule: Rule,
    dossier: Dossier,
    cases: pd.DataFrame,
    names: Naming,
    on_open: Callable[[str, str], None],
) -> None:
    """Show the funnel of a model as buttons, each of which opens its list, and its precision."""
    st.markdown(f"**{names.word('findings.funnel')}**")
    counts = {one: len(dossier.of(one, cases)) for one in STEPS}
    for place, step in zip(st.columns(len(STEPS)), STEPS, strict=True):
        shown = f"{counts[step]:,}" if dossier.run else NOTHING
        place.button(
            f"**{shown}**  \n{names.word(f'findings.step.{step}')}",
            key=f"funnel-{step}",
            help=names.word(f"findings.step_help.{step}"),
            width="stretch",
            wrap=True,
            on_click=on_open,
            args=(rule.id, FILTER_OF[step]),
        )
    decided = counts["confirmed"] + counts["rejected"]
    shares = {
        "precision": (counts["confirmed"], decided),
        "filing": (counts["filed"], counts["leads"]),
        "verifying": (counts["verified"], counts["filed"]),
    }
    said = [
        names.word(f"findings.share.{one}", share=f"{part:,}/{of:,}" if of else NOTHING)
        for one, (part, of) in shares.items()
    ]
    st.caption(" · ".join(said))


def show_numbers(
    rule: Rule,
    numbers: Mapping[str, float],
    names: Naming,
    *,
    on_try: Callable[[dict[str, float]], None],
) -> None:
    """Show the parameters as fields with bounds, unit, source, certainty; a change is a trial."""
    st.markdown(f"**{names.word('findings.column.parameters')}**")
    if not rule.parameters:
        st.caption(names.word("findings.no_parameters"))
        return
    key = f"number-{rule.id}-{names.language}"

    def tell() -> None:
        asked = {one.id: float(widget(f"{key}-{one.id}", one.default)) for one in rule.parameters}
        changed = {one.id: asked[one.id] for one in rule.parameters if asked[one.id] != one.default}
        on_try(changed)

    places: Sequence[Any] = ()
    for number, one in enumerate(rule.parameters):
        # Two a row, each row anew: so Tab follows the eye.
        places = st.columns(2) if number % 2 == 0 else places
        place = places[number % 2]
        set_widget(f"{key}-{one.id}", float(numbers.get(one.id, one.default)))
        title = names.title(one.title)
        place.number_input(
            with_brackets(title, say_unit(one.unit, names), names) if one.unit else title,
            min_value=float(one.minimum),
            max_value=float(one.maximum),
            step=float(one.step),
            key=f"{key}-{one.id}",
            on_change=tell,
        )
        bounds = {"minimum": f"{one.minimum:g}", "maximum": f"{one.maximum:g}"}
        place.caption(
            names.word(
                "findings.parameter_about",
                **bounds,
                default=f"{one.default:g}",
                source=say_law(one.source, names),
            )
        )


def show_trial(
    trial: Trial | GeodataError | None,
    rule: Rule,
    names: Naming,
    on_reset: Callable[[dict[str, float]], None],
) -> None:
    """Show what a run by other parameters finds beside the kept one; it is kept nowhere."""
    if trial is None:
        return
    if isinstance(trial, GeodataError):
        st.error(say_error(trial, names.language), icon=":material/block:")
        return
    titles = {one.id: one for one in rule.parameters}
    numbers = names.list_of(
        f"{names.title(titles[one].title)} {trial.run.numbers[one]:g}"
        f" {say_unit(titles[one].unit, names)}".strip()
        for one in trial.run.changed
    )
    st.warning(
        names.word("findings.trial.about", numbers=numbers, day=trial.run.as_of.isoformat()),
        icon=":material/science:",
    )
    if trial.run.has_run:
        counts = {f"n_{name}": f"{count:,}" for name, count in trial.courses.items()}
        found = f"{len(trial.run.findings):,}"
        st.markdown(names.word("findings.trial.found", found=found, **counts))
        for word, listed in (("new", trial.new), ("gone", trial.gone)):
            if listed:
                said = _named(listed, names)
                st.caption(names.word(f"findings.trial.{word}", names=said))
        flags = _flag_counts(trial.run.findings, rule, names)
        if flags:
            st.caption(names.word("findings.trial.flags", flags=flags))
    else:
        lacks = [one for one in trial.run.lacks if one.is_required]
        said = say_lacks(lacks, names)
        st.error(said, icon=":material/block:")
    st.button(
        names.word("findings.trial.reset"),
        key="trial-reset",
        icon=":material/restart_alt:",
        on_click=on_reset,
        args=({},),
    )


def _named(listed: Sequence[Finding], names: Naming) -> str:
    told = names.list_of(one.name or one.township or one.id for one in listed[:MOST_NAMED])
    return f"{told}…" if len(listed) > MOST_NAMED else told


def _flag_counts(findings: Sequence[Finding], rule: Rule, names: Naming) -> str:
    counts = {
        one.id: sum(one.id in found.flags for found in findings)
        for one in rule.outcomes
        if one.is_flag
    }
    return names.list_of(
        f"{names.title(rule.outcome(one).title)} {count}" for one, count in counts.items()
    )


def show_run_and_seal(
    rule: Rule,
    dossier: Dossier,
    writer: str,
    names: Naming,
    *,
    answer: Kept | GeodataError | None,
    on_sign: Callable[[str], None],
    on_run: Callable[[str], None],
    render_seal: Callable[[str], bytes],
) -> None:
    """Show who runs a model now, the button that keeps the run, and the one that seals the newest.

    `render_seal` makes the archive only when it is taken.
    """
    who, run, seal = st.columns([0.3, 0.34, 0.36], vertical_alignment="bottom")
    who.text_input(
        f"{names.word('findings.run_who')} *",
        value=writer,
        key="model-writer",
        max_chars=40,
        disabled=is_signed_in(),
        on_change=lambda: on_sign(widget("model-writer", "")),
    )
    run.button(
        names.word("findings.run_now"),
        key="model-run",
        icon=":material/play_arrow:",
        width="stretch",
        disabled=not writer,
        help=names.word("findings.run_now_help"),
        on_click=on_run,
        args=(rule.id,),
    )
    if dossier.run is not None and dossier.record is not None:
        seal.download_button(
            names.word("findings.seal", run=dossier.record.id),
            data=partial(render_seal, dossier.record.id),
            file_name=seal_name(rule, dossier.record.id, dossier.run, names),
            mime="application/zip",
            key="model-seal",
            icon=":material/lock:",
            width="stretch",
            help=names.word("findings.seal_help"),
            on_click="ignore",
        )
    if isinstance(answer, GeodataError):
        st.error(say_error(answer, names.language), icon=":material/block:")
    elif answer is not None and answer.rule.id == rule.id:
        key = "run_kept" if answer.has_run else "run_lacking"
        found = len(answer.run.findings) if answer.run else 0
        st.success(names.word(f"findings.{key}", run=answer.run_id, found=found))
    _show_runs(dossier, names)


def _show_runs(dossier: Dossier, names: Naming) -> None:
    """Show the newest runs: when, by whom, by which program, what was found."""
    lines = []
    for one in reversed(dossier.runs[-MOST_NAMED:]):
        when = one.recorded_at.astimezone(OFFICE_TIME).strftime("%Y-%m-%d %H:%M")
        count = NOTHING if one.found < 0 else f"{one.found:,}"  # not told to who sees some offices
        found = count if one.has_run else f"✗ {names.word('findings.run.lacking')}"
        lines.append((one.id, one.as_of.isoformat(), when, one.who, one.version, found, one.code))
    heads = ("run", "as_of", "when", "who", "version", "found", "code")
    show_table([f"findings.runs.{one}" for one in heads], lines, names)
