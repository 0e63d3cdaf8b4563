"""One stop that came home: what was entered beside what the office knew then, and knows now."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from html import escape

import streamlit as st

from dashboard.desks.returns import Outcome, ReturnDesk, decision_key, on_the_clock
from dashboard.naming import Naming
from dashboard.panels.card import plain
from dashboard.panels.cases.entry_words import table
from dashboard.panels.visits.return_words import (
    NOTHING,
    say_answer,
    say_change,
    say_conflict,
    say_gap,
    say_mark,
    say_name,
    say_note,
    say_result,
    say_value,
)
from dashboard.session import widget
from layers.return_pack import Choice, Conflict, ReturnedStop, is_picture
from layers.visit_known import CASE, KINDS, STATUS_DAYS
from layers.visit_writing import Homecoming

CHOICES: tuple[Choice, ...] = ("field", "office", "skip")
ICONS: Mapping[str, str] = {
    "written": "check_circle",
    "begun": "hourglass_top",
    "undecided": "help",
    "late": "attach_file_add",
}
MOST_PICTURES = 12
PICTURE_PX = 150

OnChoose = Callable[[str, Sequence[Conflict], Choice | None], None]


def show_stop(
    stop: ReturnedStop,
    desk: ReturnDesk,
    home: Homecoming,
    names: Naming,
    *,
    on_choose: OnChoose,
    on_case: Callable[[str], None],
    on_hazard: Callable[[str], None],
) -> None:
    """Show one stop, what differs on it, and the choice where somebody has to decide."""
    conflicts = [one for one in home.conflicts if one.ref == stop.ref]
    undecided = sum(one.id not in desk.decisions for one in conflicts)
    layer = home.returned.issued.layers[stop.ref]
    with st.container(border=True, key=f"return-stop-{_slug(stop.ref)}"):
        _show_head(stop, desk, home, names, undecided)
        st.html(table(_headings(names), list(_rows(stop, desk, home, names))))
        if not home.is_written(stop):
            _show_foreseen(stop, desk, home, names)
        _show_remarks(stop, desk, home, names)
        for conflict in conflicts:
            _ask(conflict, layer, desk, names, on_choose)
        if stop.ref in desk.outcomes:
            show_outcome(
                stop.ref, desk.outcomes[stop.ref], desk, names, on_case=on_case, on_hazard=on_hazard
            )
        _show_entered(stop, desk, home, names)


def _show_head(
    stop: ReturnedStop, desk: ReturnDesk, home: Homecoming, names: Naming, undecided: int
) -> None:
    layer = home.returned.issued.layers[stop.ref]
    result = say_result(stop.result, desk.checklists.get(layer), names)
    title = plain(f"{desk.titles.get(stop.ref, stop.ref)} · {names.table(layer)}")
    state = "written" if home.is_written(stop) else "begun" if stop.ref in home.begun else "open"
    late = len(home.late(stop))
    if undecided or late:
        state = "undecided" if undecided else "late"
    icon = ICONS.get(state)
    mark = names.word(f"visit_return.stop.{state}", count=undecided or late)
    sign = f":material/{icon}: " if icon else ""
    st.markdown(f"**{title}** — {plain(result)}  \n{sign}{mark}")
    facts = {
        "visit_return.officers": names.list_of(stop.officers),
        "visit_return.times": f"{stop.started_at} – {stop.ended_at}".replace("T", " "),
        "visit_return.at": _position(stop, names),
    }
    told = (names.word(key, value=plain(value or NOTHING)) for key, value in facts.items())
    st.caption(" · ".join(told))


def _position(stop: ReturnedStop, names: Naming) -> str:
    if not stop.position:
        return ""
    source = stop.position.get("source", "")
    known = {"device": "visit_pack.from_device", "typed": "visit_pack.from_typed"}
    said = names.word(known[source]) if source in known else source
    return f"{stop.position['lon']}, {stop.position['lat']} {said}"


def _headings(names: Naming) -> list[str]:
    return [names.word(f"visit_return.column.{one}") for one in ("fact", "then", "now", "field")]


def _rows(
    stop: ReturnedStop, desk: ReturnDesk, home: Homecoming, names: Naming
) -> Iterator[list[str]]:
    """Yield a row for each fact: what differs between then and now bears a sign and is bold."""
    then = home.returned.issued.known[stop.ref]
    now = home.known.get(stop.ref)
    layer = home.returned.issued.layers[stop.ref]
    changed = dict(change.days) if (change := desk.foreseen.get(stop.ref)) else {}
    own = (KINDS, *STATUS_DAYS)
    told = {*then, *(now or {}), *changed}
    for name in (*(one for one in own if one in told), *sorted(told.difference(own))):
        before, after = then.get(name, ""), (now or {}).get(name, "")
        said = [escape(say_value(name, one, layer, desk.cases, names)) for one in (before, after)]
        if now is None:
            said[1] = escape(names.word("visit_return.gone"))
        if before != after and not home.is_written(stop):
            said[1] = f"<strong>≠ {said[1]}</strong>"
        yield [
            escape(say_name(name, names)),
            *said,
            escape(_brought(name, stop, desk, home, names)),
        ]


def _brought(
    name: str, stop: ReturnedStop, desk: ReturnDesk, home: Homecoming, names: Naming
) -> str:
    """Return what the return says of a fact of the office, or nothing."""
    layer = home.returned.issued.layers[stop.ref]
    checklist = desk.checklists.get(layer)
    if name == KINDS and checklist:
        shown = [
            one.shows
            for one in checklist.questions
            if one.shows and stop.answers.get(one.id) == one.shows_when
        ]
        return names.list_of(names.hazard_kinds(layer, ";".join(shown))) or NOTHING
    if name.startswith(CASE):
        is_ours = name.removeprefix(CASE) in home.returned.issued.cases[stop.ref]
        if not (is_ours and stop.result):
            return NOTHING
        is_done = home.is_written(stop)
        return names.word("visit_return.inquest_done" if is_done else "visit_return.inquest")
    change = desk.foreseen.get(stop.ref)
    days = dict(change.days) if change else {}
    if name not in days:
        return NOTHING
    day = days[name]
    return day.isoformat() if day else names.word("visit_return.cleared")


def _show_foreseen(stop: ReturnedStop, desk: ReturnDesk, home: Homecoming, names: Naming) -> None:
    """Show what would be written if it is taken as it came home."""
    said = say_change(desk.foreseen.get(stop.ref), names)
    cases = home.returned.issued.cases[stop.ref]
    facts = {
        "status": said,
        "cases": names.list_of(cases) if cases else NOTHING,
        "files": len(stop.photos) + len(stop.signatures) + 1,
    }
    st.markdown(plain(names.word("visit_return.foreseen", **facts)))


def _show_remarks(stop: ReturnedStop, desk: ReturnDesk, home: Homecoming, names: Naming) -> None:
    """Show what is missing by law, what is to be looked at, and who began to write it."""
    checklist = desk.checklists.get(home.returned.issued.layers[stop.ref])
    if stop.gaps:
        said = names.list_of(say_gap(one, checklist, names) for one in stop.gaps)
        missing = names.word("visit_return.gaps", count=len(stop.gaps), names=said)
        st.markdown(f":material/rule: {plain(missing)}")
    for note in stop.notes:
        st.markdown(f":material/warning: {plain(say_note(note, names))}")
    begun = desk.begun.get(stop.ref)
    if begun is not None:
        facts = {
            "who": begun.who,
            "at": on_the_clock(begun),
            "choice": names.word(f"visit_return.choice.{home.begun[stop.ref]}"),
        }
        st.info(plain(names.word("visit_return.begun", **facts)), icon=":material/hourglass_top:")


def _ask(
    conflict: Conflict, layer: str, desk: ReturnDesk, names: Naming, on_choose: OnChoose
) -> None:
    """Ask what counts: the field, the office, or nothing of this stop."""
    digest = desk.picked.digest if desk.picked else ""
    key = f"return-choice-{digest[:8]}-{_slug(decision_key(conflict))}-{desk.choices}"
    chosen = desk.decisions.get(conflict.id)
    st.radio(
        plain(say_conflict(conflict, layer, desk.cases, names)),
        CHOICES,
        index=CHOICES.index(chosen) if chosen else None,
        format_func=lambda one: names.word(f"visit_return.choice.{one}"),
        captions=[names.word(f"visit_return.choice_about.{one}") for one in CHOICES],
        horizontal=True,
        key=key,
        on_change=lambda: on_choose(digest, [conflict], widget(key)),
    )


def show_outcome(
    ref: str,
    outcome: Outcome,
    desk: ReturnDesk,
    names: Naming,
    *,
    on_case: Callable[[str], None],
    on_hazard: Callable[[str], None],
) -> None:
    """Show what became of a visit, with the ways to its hazard and its cases."""
    entry = outcome.entry
    said = names.word("visit_return.written_by", who=entry.who, at=on_the_clock(entry))
    st.success(plain(said), icon=":material/check_circle:")
    grouped: dict[tuple[str, str], int] = {}
    for mark in outcome.marks:
        line = (say_mark(mark, names), mark.where)
        grouped[line] = grouped.get(line, 0) + 1
    lines = [
        f"- {plain(desk.titles.get(where, where))} · {plain(said)}" + (f" × {count}" * (count > 1))
        for (said, where), count in grouped.items()
    ]
    if lines:
        st.markdown("\n".join(lines))
    cases = [
        one for one in dict.fromkeys(mark.where for mark in outcome.marks) if one in desk.cases
    ]
    places = st.columns(max(len(cases) + 1, 3))
    places[0].button(
        names.word("visit_return.open_hazard"),
        key=f"return-hazard-{_slug(ref)}",
        icon=":material/map:",
        width="stretch",
        on_click=on_hazard,
        args=(ref,),
    )
    for place, case_id in zip(places[1:], cases, strict=False):
        place.button(
            names.word("visit_return.open_case", case=plain(case_id)),
            key=f"return-case-{_slug(ref)}-{case_id}",
            icon=":material/folder_open:",
            width="stretch",
            on_click=on_case,
            args=(case_id,),
        )


def _show_entered(stop: ReturnedStop, desk: ReturnDesk, home: Homecoming, names: Naming) -> None:
    """Show all that was entered, and the photographs, for who wants to look closer."""
    checklist = desk.checklists.get(home.returned.issued.layers[stop.ref])
    label = names.word("visit_return.entered", answers=len(stop.answers), photos=len(stop.photos))
    with st.expander(label, icon=":material/fact_check:"):
        rows = []
        for name, answer in stop.answers.items():
            question = checklist.find(name) if checklist else None
            title = names.title(question.title) if question else name
            rows.append([escape(title), escape(say_answer(question, answer, stop, names))])
        if stop.text:
            rows.append([escape(names.word("visit_pack.notes")), escape(stop.text)])
        headings = [
            names.word("visit_return.column.asked"),
            names.word("visit_return.column.answer"),
        ]
        st.html(table(headings, rows))
    files = home.returned.files
    shown = [one for one in stop.photos if is_picture(files.get(one["sha256"], b""))]
    # Photographs are large: none is sent to the browser before somebody asks for them.
    asked = names.word("visit_return.see_photos", count=len(shown))
    if shown and st.toggle(asked, key=f"return-photos-{_slug(stop.ref)}"):
        for place, photo in zip(st.columns(4) * 3, shown[:MOST_PICTURES], strict=False):
            _show_picture(place, files[photo["sha256"]], photo["name"])
        if len(shown) > MOST_PICTURES:
            more = len(shown) - MOST_PICTURES
            st.caption(names.word("visit_return.more_photos", count=more))


def _show_picture(place: st.delta_generator.DeltaGenerator, content: bytes, name: str) -> None:
    """Show a picture, its name alone where it cannot be drawn."""
    try:
        place.image(content, caption=plain(name), width=PICTURE_PX)
    except Exception:  # noqa: BLE001 - whatever a decoder says of bytes from outside
        place.caption(f":material/broken_image: {plain(name)}")


def _slug(text: str) -> str:
    return "".join(one if one.isalnum() else "-" for one in text)
