"""The files of lists and joint inspections: what each is made of, and the door it leaves by."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from datetime import datetime

from dashboard import holdings, reads
from dashboard.desks import leaving as leaving_desk
from dashboard.desks.agencies import ABOUT, ListSeen, Row, reminded_last
from dashboard.leaving import Door, Manner
from dashboard.naming import Naming
from dashboard.panels.agencies.lists import tabulate_items
from dashboard.reads import DataState
from layers.agency_letter import render_letter
from layers.inspection_papers import render_day, render_minutes
from layers.joint_inspections import JointInspection
from layers.reply_form import render_form, render_form_csv
from layers.sheets import render_xlsx

AGENCY = Manner("agency")
INSPECTION_FILES: Mapping[str, str] = {
    "minutes": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "calendar": "text/calendar",
}


def door_of(seen: ListSeen, state: DataState) -> Door:
    """Return the way out to an agency for the files of a list: with names and exact places."""
    return leaving_desk.open_door(
        state,
        what=f"{ABOUT}:{seen.told.number}",
        is_invented=seen.told.is_demonstration,
        manner=AGENCY,
        offices=[seen.told.office],
    )


def door_of_inspection(one: JointInspection, state: DataState) -> Door:
    """Return the way out to agencies for a joint inspection's files: they name who takes part."""
    return leaving_desk.open_door(
        state,
        what=f"joint_inspection:{one.id}",
        is_invented=one.is_demonstration,
        manner=AGENCY,
        offices=[one.office],
        named=[person.name for person in one.participants if person.name],
    )


def inner_door(state: DataState, rows: Sequence[Row]) -> Door:
    """Return the way out for what stays inside: tables of items with what came back."""
    offices = {a_list.told.office for a_list, _ in rows}
    invented = any(a_list.told.is_demonstration for a_list, _ in rows)
    return leaving_desk.open_door(
        state, what="agency_items", is_invented=invented, manner=Manner(), offices=offices
    )


def render(seen: ListSeen, file: str, state: DataState) -> bytes:
    """Return one of the files of a list."""
    told, items = seen.told, seen.told.items
    if file in {"second", "open_form"}:
        items = seen.unanswered
    if file in {"form", "open_form"}:
        return render_form(told, items, state.as_of)
    if file == "csv":
        return render_form_csv(told, items, state.as_of)
    is_second = file == "second"
    return render_letter(
        told,
        items,
        _office_title(told.office),
        state.as_of,
        reply_by=reminded_last(told.number) if is_second else None,
        is_second=is_second,
    )


def made_from(seen: ListSeen, file: str, state: DataState) -> Hashable:
    """Return what a file of a list is made of: it is made anew where that differs."""
    codes = tuple(one.code for one in seen.unanswered) if file in {"second", "open_form"} else ()
    return (seen.told.number, file, state.as_of, codes, reminded_last(seen.told.number))


def render_items(rows: Sequence[Row], names: Naming, state: DataState) -> bytes:
    """Return items with what came back as a workbook for the inside; no cell of it is run."""
    frame = tabulate_items(rows, names, is_whole=True)
    note = (names.word("agencies.items_sheet"), names.word("agencies.four_facts"))
    sheets = {names.word("agencies.items_sheet"): frame}
    return render_xlsx(sheets, reads.imprint(state), names.language, notes=[note])


def items_from(rows: Sequence[Row], names: Naming, state: DataState) -> Hashable:
    """Return what the table of items is made of."""
    told = tuple((one.item.code, one.state, len(one.decisions)) for _, one in rows)
    return (told, names.language, state.as_of, state.revision)


def items_name(names: Naming, state: DataState) -> str:
    """Return what the table of items is called."""
    mark = f"_{names.word('frame.demonstration_short')}" if state.is_demonstration else ""
    return names.word("agencies.items_name", day=state.as_of.isoformat(), mark=mark)


def make_inspection(
    one: JointInspection,
    file: str,
    state: DataState,
    made_at: datetime,
    tell: Callable[[int], None],
) -> bytes:
    """Return the minutes or the day of a joint inspection; `tell` hears of the one step."""
    tell(0)
    office = _office_title(one.office)
    if file == "calendar":
        return render_day(one, office, state.as_of, made_at)
    return render_minutes(one, office, state.as_of)


def inspection_name(one: JointInspection, file: str) -> str:
    """Return what a file of a joint inspection is called."""
    what, ending = ("联合检查日程", "ics") if file == "calendar" else ("联合检查记录", "docx")
    mark = "_演示" if one.is_demonstration else ""
    return f"{what}_{one.id}_{one.on.isoformat()}{mark}.{ending}"


def _office_title(office: str) -> str:
    titles = {one.id: one.title.zh for one in holdings.city().jurisdictions}
    return titles.get(office, office)
