"""What this visitor looks at, kept between runs: View <-> address <-> session state, nowhere else.

Every act of looking (select, filter, list, go) has its function here; screens hand them to
their panels, and they run before the script that shows the result.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any, Literal, TypeVar

import streamlit as st

from dashboard.desks.dropped import Choices, Pairs, bundle
from dashboard.doors.access import may_everywhere
from dashboard.doors.visitors import visitor
from dashboard.view import (
    CASE,
    MOST_STOPS,
    WHOLE_LAYER,
    Ignored,
    Known,
    Period,
    Screen,
    View,
    parse_view,
    position_in,
    write_view,
)
from geodata import GeodataError, Language, Scope
from geodata.model import Ring
from layers.drawing.symbols import ColourBy
from layers.drawing.webmap import Position

Kept = TypeVar("Kept")

MOST_LEFT = 8
"""How many addresses that acts have left are known again when a late word brings one."""


@dataclass(frozen=True)
class MapEvent:
    """What happened on the map: a hazard was clicked, an area drawn, or time asked for.

    `day` is the day that was asked for, `replay` whether the months are to be played or no more.
    """

    hazard: str = ""
    area: Ring = ()
    day: date | None = None
    replay: Literal["", "begin", "end"] = ""


def open_view(known: Known) -> tuple[View, tuple[Ignored, ...]]:
    """Return the visitor's view: from the address at first, then from the session.

    An address that has changed by other hands (a link pasted, a step back) counts as new.
    Not so right after an act of this visitor: a second act may reach us before the browser
    has learnt the address of the first. Nor where a component's word brings an address from
    before the last acts.
    """
    state, params = st.session_state, st.query_params.to_dict()
    told = {name: value for name, value in params.items() if name != "at"}
    has_acted, is_word = state.pop("acted", False), state.pop("heard", False)
    is_late = has_acted or (is_word and told in state.get("left_by_acts", ()))
    is_new = "view" not in state or (told != state["written"] and not is_late)
    if is_new:
        state["view"], state["ignored"] = parse_view(params, known)
        state["written"], state["left_by_acts"] = told, ()
        if state["view"].selected and state["view"].at is None:
            go_to(state["view"].selected)
    return state["view"], state.get("ignored", ())


def asked_language() -> Language:
    """Return the language of the visitor, before anything else of the address is read."""
    if "view" in st.session_state:
        return current().language
    return "en" if st.query_params.get("lang") == "en" else "zh"


def current() -> View:
    """Return the view of this run."""
    view: View = st.session_state["view"]
    return view


def look(view: View) -> None:
    """Look at something else from now on; the address follows at the end of the run."""
    st.session_state["view"] = view
    st.session_state["acted"] = True


def hear_component() -> None:
    """Note that a component of the page caused this run, and not another address.

    On a slow machine its word may have been on its way while the visitor acted: it comes with the
    address from before, which must not take the act back. A step back that arrives together with
    such a word is a step back all the same.
    """
    st.session_state["heard"] = True


def change(**parts: Any) -> None:
    """Change parts of the view or of its scope, by their own names."""
    view = current()
    of_scope = {one.name for one in fields(Scope)} & parts.keys()
    scope = replace(view.scope, **{name: parts.pop(name) for name in of_scope})
    look(replace(view, scope=scope, **parts))


def go_to_screen(screen: Screen) -> None:
    """Go to another screen, with everything that is looked at."""
    change(screen=screen)


def speak(language: Language) -> None:
    """Speak a language from now on."""
    change(language=language)


def select(selected: str) -> None:
    """Select a hazard (`layer:id`) or a case (`case:id`), or nothing."""
    change(selected=selected)


def go_to(selected: str) -> None:
    """Select something and take the map there."""
    select(selected)
    keep("go_to", (selected, count_up("go_to")))


def go_to_case(case_id: str) -> None:
    """Select a case and take the map to its hazards."""
    go_to(f"{CASE}:{case_id}")


def hear_map(event: MapEvent) -> None:
    """Do what was asked for on the map: select a hazard, filter to an area, look at a day."""
    if event.hazard:
        select(event.hazard)
    elif event.replay:
        keep("replay", count_up("replay") if event.replay == "begin" else 0)
    elif event.day:
        look_at_day(event.day)
    else:
        change(within=event.area)


def replay_number() -> int:
    """Return the number of the run of months that is being played, 0 for none."""
    number: int = kept("replay", 0)
    return number


def look_at_day(day: date | None) -> None:
    """See everything from a day, None for that of the data; knowledge of then moves along."""
    change(day=day, known_on=day if current().known_on else None)


def look_as_known(*, then: bool) -> None:
    """See the day as it was known then, or with all that has been entered since."""
    change(known_on=current().day if then else None)


def hear_case_map(event: MapEvent) -> None:
    """Do what was asked for on the small map of a case file: a hazard clicked opens its card."""
    if event.hazard:
        show_on_map(event.hazard)


def open_list(indicator: str) -> None:
    """Open the list behind an indicator; asked for again, close it."""
    change(listed="" if indicator == current().listed else indicator)
    turn_list(0)


def turn_list(first: int) -> None:
    """Show the list of hazards from a place on."""
    keep("list_first", first)


def list_first() -> int:
    """Return the place from which the list of hazards is shown."""
    first: int = kept("list_first", 0)
    return first


def open_due_list(name: str) -> None:
    """Open a list of the deadlines, all of its rows."""
    change(listed=name)
    keep("due_state", "")


def look_at_due_state(state: str) -> None:
    """Look at the rows of a list that stand in one way, or at all of them."""
    keep("due_state", state)


def look_at_offices(offices: Sequence[str]) -> None:
    """Look at some offices, or at all of them."""
    change(jurisdictions=frozenset(offices))


def look_at_rules(rule_set: str) -> None:
    """Look at one version of the rules."""
    change(rule_set=rule_set)


def look_at_period(period: Period | None) -> None:
    """Look at the days between two, both included, or at this year."""
    change(period=period)


def open_figure(figure: str) -> None:
    """Open a figure: what it means, its course, and the list behind it."""
    change(listed=figure)


def open_figures_part(part: str) -> None:
    """Open one part of the figures: all of them, office by office, or against a report."""
    keep("figures_part", part)


def look_at_series(by: str) -> None:
    """Look at the course of a figure by months, or by years."""
    keep("figure_series", by)


def take_report(lines: object, problems: object = ()) -> None:
    """Take the lines of a report, and what is wrong with some, in place of what was there."""
    keep("report_lines", lines)
    keep("report_problems", problems)
    keep("report_base", lines)
    count_up("report")


def report_form() -> tuple[Any, int]:
    """Return the lines that the form of a report began with, and the number of the form.

    A form that has left the screen begins again with all that was typed into it.
    """
    number: int = st.session_state.get("series.report", 0)
    if f"report-{number}" not in st.session_state:
        keep("report_base", kept("report_lines", ()))
    return kept("report_base", ()), number


def keep_report(lines: object) -> None:
    """Keep the lines of a report as they have been typed so far."""
    keep("report_lines", lines)


def look_at_office(jurisdiction: str, indicator: str) -> None:
    """Look at one office, with the list behind one of its figures open."""
    change(jurisdictions=frozenset({jurisdiction}), listed=indicator)
    turn_list(0)


def filter_by(scope: Scope, colour_by: ColourBy) -> None:
    """Look at a scope, coloured in one way."""
    look(replace(current(), scope=scope, colour_by=colour_by))


def hear_seldom_filters(told: object) -> None:
    """Keep what the filters in the popover say: this much of a change is their own."""
    keep("seldom_filters", told)


def seldom_filters_number(wanted: object) -> int:
    """Return the number of the filters in the popover: new ones where others changed them."""
    if kept("seldom_filters") != wanted:
        keep("seldom_filters", wanted)
        count_up("seldom_filters")
    number: int = st.session_state["series.seldom_filters"]
    return number


def toggle_stops(refs: Sequence[str]) -> None:
    """Put hazards on the shortlist, or take them off if all of them are on it."""
    stops = current().shortlist
    others = tuple(one for one in stops if one not in refs)
    change(shortlist=others if set(refs) <= set(stops) else (*others, *refs)[:MOST_STOPS])


def take_stops(refs: Sequence[str]) -> None:
    """Put hazards on the shortlist behind those that are on it."""
    stops = dict.fromkeys((*current().shortlist, *refs))
    change(shortlist=tuple(stops)[:MOST_STOPS])


def list_stops(refs: Sequence[str]) -> None:
    """Look at these hazards as the shortlist, and no others."""
    change(shortlist=tuple(refs)[:MOST_STOPS])


def open_lead(lead_id: str) -> None:
    """Open one lead of the inbox; what was answered about another is put away."""
    change(screen="leads", lead=lead_id)
    keep("leads_part", "inbox")
    keep("lead_answer", None)


def open_leads_part(part: str) -> None:
    """Open one part of the leads: the inbox, entering one, a file of a hotline."""
    keep("leads_part", part)
    keep("lead_answer", None)
    keep("lead_place", None)


def look_at_leads(shown: str) -> None:
    """Look at the leads that stand in one way, or at all."""
    keep("leads_shown", shown)
    change(lead="")


def hear_lead_map(event: MapEvent) -> None:
    """Do what was asked for on the map of leads: open the lead that was clicked."""
    kind, _, name = event.hazard.partition(":")
    if kind == "lead":
        open_lead(name)


def open_volunteer_part(part: str) -> None:
    """Open one part of the page of volunteers: reporting, their own leads, invitations."""
    keep("volunteer_part", part)
    keep("lead_answer", None)
    keep("lead_place", None)


def choose_lead_place(said: str, system: str) -> None:
    """Keep the place of the lead that is being filled in, as it was given and its system."""
    keep("lead_place", (said, system))


def open_visits_part(part: str) -> None:
    """Open one part of the site visits: the list, the plan, what goes out, what comes back."""
    keep("visits_part", part)


def wish_visits(wish: object, *, anew: bool = False) -> None:
    """Wish for visits: the next run looks for a plan, from the last one on unless `anew`."""
    keep("wish", wish)
    keep("plan_asked", "anew" if anew else "further")


def take_plan(plan: Any) -> None:
    """Work on a kept plan from now on, or on none."""
    keep("kept_plan", plan)
    keep("wish", plan.wish if plan else None)
    keep("plan", plan.plan if plan else None)
    keep("plan_trouble", None)
    if plan is not None:
        list_stops([one.ref for one in plan.wish.errands])
    count_up("wish_form")


def keep_found_plan(plan: object, trouble: object = None) -> None:
    """Keep a plan that was found, or why there is none; the last plan stays beside its trouble."""
    if trouble is None:
        keep("plan", plan)
    keep("plan_trouble", trouble)
    keep("plan_asked", "")
    count_up("plan_board")


def wish_form_number() -> int:
    """Return the number of the form of a wish; a new one begins with what is wished now."""
    number: int = st.session_state.get("series.wish_form", 0)
    return number


def plan_board_number() -> int:
    """Return the number of the board of a plan; each plan that is found has a new one."""
    number: int = st.session_state.get("series.plan_board", 0)
    return number


def look_at_plan(plan_id: str) -> None:
    """Look at a kept plan; none for a new one."""
    keep("plan_opened", None)
    change(plan=plan_id)


def pick_return(digest: str) -> None:
    """Look at one of the returns on the desk."""
    keep("return_picked", digest)
    keep("return_refusal", None)


def lay_returns(taken: tuple[object, ...]) -> None:
    """Lay these returns on the desk, and offer a new place to drop more."""
    keep("returns", taken)
    keep("return_refusal", None)
    count_up("returns")


def choices_number() -> int:
    """Return the number of the choices of a return; what is decided for many begins new ones."""
    number: int = st.session_state.get("series.return_choices", 0)
    return number


def returns_number() -> int:
    """Return the number of the place where returns are dropped; a new one is empty."""
    number: int = st.session_state.get("series.returns", 0)
    return number


def open_board_part(part: str) -> None:
    """Open one part of the story board: arranging a story, or taking it along."""
    keep("board_part", part)


def open_leaving_part(part: str) -> None:
    """Open one part of what leaves: the check of a file, or what has left."""
    keep("leaving_part", part)


def toggle_told(case_id: str) -> None:
    """Put a case into the story, or take it out."""
    told = current().told
    others = tuple(one for one in told if one != case_id)
    change(told=others if case_id in told else (*others, case_id))


def tell(case_ids: Sequence[str]) -> None:
    """Tell these cases, in this order."""
    change(told=tuple(case_ids))


def open_paper(paper: str) -> None:
    """Open one part of the papers: summary, brief, reviews, competition pack, map."""
    change(paper=paper)


def hold_meeting_on(day: date | None) -> None:
    """Review cases at the meeting of a day, None for the day that everything is seen from."""
    change(meeting=day)
    keep("answer", None)


def review_case(case_id: str) -> None:
    """Look at one case of a meeting."""
    select(f"{CASE}:{case_id}")
    keep("answer", None)


def tell_typical(case_ids: Sequence[str]) -> None:
    """Tell these cases as typical in a summary; of none, those verified last."""
    change(typical=tuple(case_ids))


def position_now() -> Position | None:
    """Return where the map stood when this run began: the map itself writes it into the address."""
    told = st.query_params.get("at", "")
    return position_in(told)


def open_case_file(case_id: str) -> None:
    """Open the case file of a case."""
    change(screen="case_file", selected=f"{CASE}:{case_id}")


def open_new_lead(ref: str) -> None:
    """Open the form for a new lead, with a hazard in it."""
    change(screen="case_file", selected=ref)


def show_on_map(ref: str) -> None:
    """Go to a hazard on the overview."""
    change(screen="overview")
    go_to(ref)


def open_part(part: str) -> None:
    """Open one part of the case file; what was answered about another is put away."""
    keep("part", part)
    keep("answer", None)


def look_at_model(model: str) -> None:
    """Look at the findings of one supervision model, or of all; what was open is closed."""
    change(model=model, finding="")
    keep("trial_numbers", {})


def look_at_findings(
    model: str, severities: Sequence[str], offices: Sequence[str], standing: str
) -> None:
    """Look at some findings: of a model, of severities, of offices, that stand in some way."""
    change(
        model=model,
        severities=frozenset(severities),
        jurisdictions=frozenset(offices),
        standing=standing,
    )


def open_funnel(model: str, standing: str) -> None:
    """Open the list behind a number of the funnel of a model."""
    change(model=model, standing=standing, finding="", severities=frozenset())
    keep("findings_part", "list")


def open_findings_part(part: str) -> None:
    """Open one part of the findings: the list with the map, or the models themselves."""
    keep("findings_part", part)


def open_finding(finding_id: str) -> None:
    """Open one finding: why it is on the list, its rows, what was decided."""
    change(finding=finding_id)
    keep("finding_answer", None)


def pick_findings(ids: Sequence[str]) -> None:
    """Pick findings to be decided on together; the one picked last is opened."""
    before = set(kept("findings_picked", ()))
    added = [one for one in ids if one not in before]
    keep("findings_picked", tuple(ids))
    if added:
        open_finding(added[-1])


def pick_only(ids: Sequence[str]) -> None:
    """Pick these findings and no others, in the table as well."""
    pick_findings(ids)
    if current().finding not in ids:
        open_finding(ids[0])
    count_up("findings_table")


def picked_findings() -> tuple[str, ...]:
    """Return the findings that are picked, the open one where none is."""
    picked: tuple[str, ...] = kept("findings_picked", ())
    return picked or tuple(filter(None, (current().finding,)))


def hear_finding_map(event: MapEvent) -> None:
    """Open the finding that was clicked on the map, or look at the area that was drawn."""
    kind, _, name = event.hazard.partition(":")
    if kind == "finding":
        open_finding(name)
    elif event.area:
        change(within=event.area)


def look_everywhere() -> None:
    """Look at no area alone any more."""
    change(within=())


def try_numbers(numbers: dict[str, float]) -> None:
    """Try a model with other parameters; nothing of it is kept."""
    keep("trial_numbers", numbers)


def try_model(model: str) -> Callable[[dict[str, float]], None]:
    """Return what tries a model by other parameters, and looks at it."""

    def tell(numbers: dict[str, float]) -> None:
        if current().model != model:
            look_at_model(model)
        try_numbers(numbers)

    return tell


def look_at_standing(standing: str) -> None:
    """Look at the findings that stand in some way, or at all of them."""
    change(standing=standing)


def go_to_intake() -> None:
    """Go to where files are taken in."""
    go_to_screen("intake")


def look_at_all_findings() -> None:
    """Look at all findings of all models, offices, severities and places."""
    look_at_findings("", (), (), "")
    look_everywhere()


def findings_table_number() -> int:
    """Return the number of the table of findings; a new one has nothing ticked."""
    number: int = st.session_state.get("series.findings_table", 0)
    return number


def keep_finding_answer(answer: object) -> None:
    """Keep what became of a decision; what was picked and typed goes once it is entered."""
    keep("finding_answer", answer)
    if not isinstance(answer, GeodataError):
        keep("findings_picked", ())
        count_up("finding_form")
        count_up("findings_table")


def finding_form_number() -> int:
    """Return the number of the form by which findings are decided on; a new one is empty."""
    number: int = st.session_state.get("series.finding_form", 0)
    return number


def open_evidence_of(selected: str) -> None:
    """Look at the evidence of a case (`case:id`) or a hazard (`layer:id`), or at all of it."""
    change(screen="evidence", selected=selected, item=0)
    keep("evidence_answer", None)
    put_boxes_away()


def open_evidence_part(part: str) -> None:
    """Open one part of the evidence: items, handing in, what is proven, pairs, bundle."""
    keep("evidence_part", part)
    keep("evidence_answer", None)


def open_item(number: int) -> None:
    """Open one piece of evidence; what was drawn or answered about another is put away."""
    if number != current().item:
        put_boxes_away()
    keep("evidence_answer", None)
    change(item=number)


def go_to_item(number: int) -> None:
    """Open one piece of evidence in the list of items, whichever part was open."""
    keep("evidence_part", "items")
    open_item(number)


def reveal(numbers: Sequence[int]) -> None:
    """Show pictures that are shown only on purpose; they stay shown for this visit."""
    keep("evidence_revealed", revealed() | frozenset(numbers))


def revealed() -> frozenset[int]:
    """Return the items whose pictures this visitor has asked for."""
    numbers: frozenset[int] = kept("evidence_revealed", frozenset())
    return numbers


def compare_pictures(before: int, after: int) -> None:
    """Compare two pictures of evidence by a slider."""
    keep("evidence_pair", (before, after))


def draw_box(box: tuple[int, int, int, int]) -> None:
    """Keep a rectangle that was drawn on the picture that is open, in its pixels."""
    keep("evidence_boxes", (*boxes(), box))


def boxes() -> tuple[tuple[int, int, int, int], ...]:
    """Return the rectangles drawn so far."""
    drawn: tuple[tuple[int, int, int, int], ...] = kept("evidence_boxes", ())
    return drawn


def take_box_back(place: int) -> None:
    """Take one rectangle away."""
    keep("evidence_boxes", tuple(one for at, one in enumerate(boxes()) if at != place))


def put_boxes_away() -> None:
    """Take all rectangles away."""
    keep("evidence_boxes", ())


def keep_evidence_answer(answer: object) -> None:
    """Keep what became of something done with evidence; forms begin anew once it is done."""
    keep("evidence_answer", answer)
    if not isinstance(answer, GeodataError):
        count_up("evidence_form")


def evidence_form_number() -> int:
    """Return the number of the forms of evidence; a new one is empty."""
    number: int = st.session_state.get("series.evidence_form", 0)
    return number


def number_of(series: str) -> int:
    """Return the number that a series of this visitor stands at."""
    number: int = st.session_state.get(f"series.{series}", 0)
    return number


def writer() -> str:
    """Return who this visitor is: as signed in, else as they said; nothing until they have.

    What a superior enters bears its office beside the name: none of its edits is silent.
    """
    who = visitor()
    if who.way != "none":
        return f"{who.name} ({who.office})" if may_everywhere(who, "enter") else who.name
    name: str = kept("writer", "")
    return name


def is_signed_in() -> bool:
    """Return whether the name of this visitor was found out, not said."""
    return visitor().way != "none"


def sign(name: str) -> None:
    """Keep who this visitor says they are: every entry of theirs bears it; not if signed in."""
    if not is_signed_in():
        keep("writer", name.strip())


def keep_answer(answer: object) -> None:
    """Keep what became of something sent; what was typed goes only once it is entered."""
    keep("answer", answer)
    if getattr(answer, "trouble", None) is None:
        count_up("form")
        keep("chosen", None)


def keep_import(plan: object, trouble: object) -> None:
    """Keep what became of a file of cases; the file itself goes only once it is in."""
    keep("imported", (plan, trouble))
    keep("import_plan", (None, None))
    if trouble is None:
        keep("imports", kept("imports", 0) + 1)


def form_number() -> int:
    """Return the number of the form that is being filled in; a new one begins empty."""
    number: int = st.session_state.get("series.form", 0)
    return number


def take_files(files: Sequence[tuple[str, bytes]]) -> None:
    """Put files on the desk in place of what lay there; an empty list leaves it as it is."""
    if not files:
        return
    for name in ("intake_trouble", "intake_result", "intake_refusal"):
        keep(name, None)
    try:
        keep("dropped", bundle(files))
    except GeodataError as trouble:
        keep("dropped", None)
        keep("intake_trouble", trouble)
    keep("choices", Choices())
    count_up("drop")


def put_file_away() -> None:
    """Take the file off the desk, with all that was said about it."""
    for name in ("dropped", "intake_trouble", "intake_result", "intake_refusal"):
        keep(name, None)
    for name in ("whole", "part", "finding", "understood"):
        keep(f"once.{name}", None)
    keep("choices", Choices())
    count_up("drop")


def choose(**parts: Any) -> None:
    """Say something about the dropped file; what rests on it is asked anew."""
    choices = kept("choices", Choices())
    if {"part", "encoding", "layer"} & parts.keys():
        parts = {"mapping": None, "system": "", "systems": (), **parts}
    keep("choices", replace(choices, **parts))
    keep("intake_result", None)
    keep("intake_refusal", None)


def drop_number() -> int:
    """Return the number of the place where a file is dropped; a new one is empty."""
    number: int = st.session_state.get("series.drop", 0)
    return number


def map_columns(mapping: Pairs) -> None:
    """Say which column of the dropped file fills which of the layer."""
    choose(mapping=mapping)


def take_system(system: str) -> None:
    """Confirm one coordinate system for the whole file."""
    choose(system=system, systems=())


def take_systems(systems: Pairs) -> None:
    """Confirm a coordinate system for each group of rows."""
    choose(system="", systems=systems)


def take_parameters(parameters: str) -> None:
    """Say with which parameters an old datum is to be taken."""
    choose(parameters=parameters)


def pick_waiting(ref: str) -> None:
    """Pick a row that waits to be put on the map."""
    keep("waiting", ref)
    keep("waiting_number", count_up("waiting"))
    keep("placed", None)
    point_at(None)


def open_intake_part(part: str) -> None:
    """Open one part of the intake: a file, the rows that wait for a place, or all writes."""
    keep("intake_part", part)


def pick_revision(revision: str) -> None:
    """Pick a write to the layers, to see what it changed."""
    keep("revision", revision)
    keep("taken_back", None)


def show_layer(layer_id: str) -> None:
    """Show all of one layer on the overview, and take the map there."""
    scope = Scope(layers=frozenset({layer_id}))
    look(replace(current(), screen="overview", scope=scope, listed=""))
    select("")
    keep("go_to", (f"{WHOLE_LAYER}:{layer_id}", count_up("go_to")))


def point_at(place: tuple[float, float] | None) -> None:
    """Keep the place that was pointed at on the map, longitude and latitude."""
    keep("pointed_at", place)


def once(name: str, key: object, make: Callable[[], Kept]) -> Kept:
    """Return what `make` made for this visitor and this key; one value of each name is kept."""
    held = kept(f"once.{name}")
    if held is None or held[0] != key:
        held = (key, make())
        keep(f"once.{name}", held)
    made: Kept = held[1]
    return made


def wish_to_go() -> tuple[str, int]:
    """Return what the map should go to, and the number of the wish; nothing asked is ("", 0)."""
    wish: tuple[str, int] = kept("go_to", ("", 0))
    return wish


def write_address() -> None:
    """Put the view into the address, leaving `at` as the map last wrote it."""
    if "view" not in st.session_state:
        return
    wanted = write_view(current())
    now = st.query_params.to_dict()
    at = now.get("at") or wanted.get("at")
    told = {name: value for name, value in wanted.items() if name != "at"}
    before = st.session_state["written"]
    if told != before:
        left: tuple[dict[str, str], ...] = st.session_state.get("left_by_acts", ())
        st.session_state["left_by_acts"] = (*left[1 - MOST_LEFT :], before)
    st.session_state["written"] = told
    if told != {name: value for name, value in now.items() if name != "at"}:
        st.query_params.from_dict({**told, **({"at": at} if at else {})})


def start_position() -> Position | None:
    """Return where the map stood when this visitor came; it stays so that no rerun moves it."""
    position: Position | None = st.session_state.setdefault("start_position", current().at)
    return position


def is_news(name: str, value: object) -> bool:
    """Return whether a component reports something it has not reported before."""
    seen = st.session_state.setdefault("reported", {})
    news = seen.get(name) != value
    seen[name] = value
    return bool(news and value)


def count_up(name: str) -> int:
    """Return the next number of a series of this visitor; used as token for one-time wishes."""
    number: int = st.session_state.get(f"series.{name}", 0) + 1
    st.session_state[f"series.{name}"] = number
    return number


def keep(name: str, value: object) -> None:
    """Keep a value for later runs of this visitor."""
    st.session_state[f"kept.{name}"] = value


def kept(name: str, default: Any = None) -> Any:
    """Return a value kept in an earlier run of this visitor."""
    return st.session_state.get(f"kept.{name}", default)


def set_widget(key: str, value: object) -> None:
    """Give a widget its value before it is shown."""
    st.session_state[key] = value


def widget(key: str, default: Any = None) -> Any:
    """Return what a widget holds."""
    return st.session_state.get(key, default)
