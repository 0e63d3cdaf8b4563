"""What may be entered next: lawful moves first, and the form that the rule set makes for each."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import streamlit as st

from dashboard.draft import OWN_FIELDS, Around, Draft, code_list
from dashboard.naming import Naming
from dashboard.panels.card import plain
from dashboard.panels.cases.entry_words import (
    NOTHING,
    law_of,
    length_of,
    title_of,
    with_brackets,
    words_of_entry,
)
from dashboard.session import form_number, keep, kept, set_widget, widget
from dashboard.words.law import say_field
from geodata import Case, CaseEvent, clocks, hazards_of, offered_moves
from geodata.case_file import items_of, next_item_number
from geodata.lifecycle import in_effect
from geodata.rule_set import Detail, Fact

BUTTONS_IN_A_ROW = 3
LONG_TEXTS = frozenset({"text", "gap", "merits", "problems", "correction", "note"})
EVIDENCE = ("evidence_added",)

OnEnter = Callable[[Draft], None]


@dataclass(frozen=True)
class Form:
    """One form on the screen: the case, the kind of entry and the day that it is about.

    `before` is the entry that it corrects, whose number is `corrects`. `day_from` is the place
    of the field that the day stands in, if it has one.
    """

    case: Case
    fact: Fact
    on: date
    place: str
    names: Naming
    around: Around
    before: CaseEvent | None = None
    corrects: int | None = None
    day_from: str = ""

    @property
    def key(self) -> str:
        """Return what the keys of its widgets begin with; it changes once something is entered."""
        return f"{self.place}-{form_number()}-{self.case.id}-{self.fact.id}-{self.corrects}"

    @property
    def asked(self) -> tuple[str, ...]:
        """Return everything that is asked for or can be given, what must be given first."""
        given = [name for name, _ in self.before.details] if self.before else []
        named = [*self.fact.asks, *self.fact.may, *given]
        others = [name for name in named if name not in OWN_FIELDS]
        own = [name for name in ("ground", "due_on") if name in named]
        return tuple(dict.fromkeys((*own, *others, "document", "note")))

    def told(self, name: str) -> str:
        """Return what stood under a name in the entry that is corrected."""
        if self.before is None:
            return ""
        if name in {"note", "document", "ground"}:
            return str(getattr(self.before, name))
        return self.before.detail(name)


def show_moves(case: Case, names: Naming, around: Around, on_enter: OnEnter) -> None:
    """Show a day, the moves that are lawful on it, everything else, and the form for one."""
    when, other = st.columns([0.3, 0.7], vertical_alignment="bottom")
    on = _show_day("moves", names, around, when)
    moves = {move.kind: move for move in offered_moves(case, names.rules, on)}
    st.markdown(f"**{names.word('case_file.moves.next', day=on.isoformat())}**")
    stages = [kind for kind, move in moves.items() if move.leads_on]
    if not stages:
        st.caption(names.word("case_file.moves.no_next"))
    chosen = _chosen(case, moves)
    for start in range(0, len(stages), BUTTONS_IN_A_ROW):
        row = stages[start : start + BUTTONS_IN_A_ROW]
        for kind, place in zip(row, st.columns(BUTTONS_IN_A_ROW), strict=False):
            place.button(
                title_of(kind, names),
                key=f"move-{kind}",
                type="primary" if kind == chosen else "secondary",
                icon=":material/arrow_forward:",
                width="stretch",
                on_click=_choose,
                args=(case, kind),
            )
    others = [kind for kind in moves if kind not in stages]
    _show_others(case, others, names, other)
    if chosen:
        form = Form(case, moves[chosen].fact, on, "moves", names, around, day_from="moves")
        show_form(form, on_enter)


def show_register(
    case: Case,
    kinds: Sequence[str],
    names: Naming,
    around: Around,
    on_enter: OnEnter,
    *,
    place: str,
) -> None:
    """Show the form for a few kinds of entries, where they belong in the case file."""
    with st.expander(names.word("case_file.moves.register"), icon=":material/add:"):
        when, what = st.columns([0.3, 0.7], vertical_alignment="bottom")
        on = _show_day(place, names, around, when)
        offered = {move.kind: move.fact for move in offered_moves(case, names.rules, on)}
        open_kinds = [kind for kind in kinds if kind in offered]
        if not open_kinds:
            needed = {one for kind in kinds for one in names.rules.kind(kind).after}
            titles = "、".join(title_of(one, names) for one in names.rules.facts if one in needed)
            titles = titles or "、".join(title_of(one, names) for one in sorted(needed))
            st.caption(names.word("case_file.moves.not_yet", needed=titles or NOTHING))
            return
        kind = what.segmented_control(
            names.word("case_file.moves.kind"),
            open_kinds,
            default=open_kinds[0],
            required=True,
            format_func=lambda one: title_of(one, names),
            key=f"{place}-kind",
            label_visibility="collapsed",
        )
        fact = offered[kind or open_kinds[0]]
        show_form(Form(case, fact, on, place, names, around, day_from=place), on_enter)


def show_form(form: Form, on_enter: OnEnter) -> None:
    """Show what the rule set asks for an entry, and a button that enters it."""
    names, fact = form.names, form.fact
    st.markdown(f"**{plain(title_of(fact.id, names))}**  \n:small[{plain(_about(form))}]")
    with st.form(f"{form.key}-form"):
        pairs = [one for one in form.asked if one not in LONG_TEXTS]
        for start in range(0, len(pairs), 2):
            for name, place in zip(pairs[start : start + 2], st.columns(2), strict=False):
                with place:
                    _show_field(form, name)
        for name in form.asked:
            if name in LONG_TEXTS:
                _show_field(form, name)
        st.form_submit_button(
            names.word("case_file.moves.enter", what=title_of(fact.id, names), day=form.on),
            key=f"{form.key}-enter",
            type="primary",
            icon=":material/check:",
            on_click=lambda: on_enter(read_form(form)),
        )


def read_form(form: Form) -> Draft:
    """Return what the widgets of a form hold.

    The day is that of its field at this moment: typed last and sent at once, it is not yet
    that of the form on the screen.
    """
    on = widget(_day_key(form.day_from)) if form.day_from else None
    given = {name: widget(_key(form, name)) for name in form.asked}
    details = tuple(
        (name, _text(value))
        for name, value in given.items()
        if name not in OWN_FIELDS and _text(value)
    )
    due_on = given.get("due_on")
    return Draft(
        case_id=form.case.id,
        kind=form.fact.id,
        occurred_on=on if isinstance(on, date) else form.on,
        seen=form.case.revision,
        note=_text(given.get("note")),
        document=_text(given.get("document")),
        ground=_text(given.get("ground")),
        due_on=due_on if isinstance(due_on, date) else None,
        corrects=form.corrects,
        details=details,
    )


def show_day(place: str, names: Naming, around: Around, first: date) -> date:
    """Show the day of an entry, beginning with a day; return the day chosen."""
    on: date | None = st.date_input(
        names.word("case_file.moves.day"),
        value=first,
        max_value=around.today,
        key=_day_key(place),
        help=names.word("case_file.moves.day_help"),
    )
    return on or first


def _day_key(place: str) -> str:
    return f"{place}-day"


def _show_day(place: str, names: Naming, around: Around, column: Any) -> date:
    with column:
        return show_day(place, names, around, around.usual_day)


def _chosen(case: Case, moves: dict[str, Any]) -> str:
    case_id, kind = kept("chosen") or ("", "")
    return kind if case_id == case.id and kind in moves else ""


def _choose(case: Case, kind: str) -> None:
    keep("chosen", (case.id, kind))
    set_widget("other-kind", None)
    keep("answer", None)


def _show_others(case: Case, kinds: Sequence[str], names: Naming, place: Any) -> None:
    order = ("fact", "activity", "file")
    sorted_kinds = sorted(kinds, key=lambda one: order.index(names.rules.kind(one).category))

    def tell() -> None:
        kind = widget("other-kind")
        keep("chosen", (case.id, kind) if kind else None)
        keep("answer", None)

    place.selectbox(
        names.word("case_file.moves.other"),
        sorted_kinds,
        index=None,
        format_func=lambda one: (
            f"{names.word(f'case_file.category.{names.rules.kind(one).category}')}"
            f" · {title_of(one, names)}"
        ),
        key="other-kind",
        placeholder=names.word("case_file.moves.other_placeholder"),
        on_change=tell,
    )


def _about(form: Form) -> str:
    """Return in one line: the article, who decides, what it starts and what it completes."""
    names, fact = form.names, form.fact
    parts = [names.word("case_file.moves.basis", basis=law_of(fact, names))]
    if fact.by:
        parts.append(names.word("case_file.moves.by", who=names.code("actors", fact.by)))
    starts = [
        with_brackets(
            names.title(one.title),
            f"{length_of(one, names)} · {names.code('actors', one.actor)}",
            names,
        )
        for one in names.rules.deadlines
        if one.starts == fact.id and form.case.kind in one.kinds
    ]
    if starts:
        parts.append(names.word("case_file.moves.starts", what="、".join(starts)))
    running = {one.deadline for one in _running(form)}
    ends = [
        names.title(one.title)
        for one in names.rules.deadlines
        if fact.id in one.stops and one.id in running
    ]
    if ends:
        parts.append(names.word("case_file.moves.ends", what="、".join(ends)))
    if fact.asks:
        parts.append(names.word("case_file.moves.asked"))
    return " · ".join(parts)


def _running(form: Form) -> list[Any]:
    found = clocks(form.case, form.names.rules, form.on)
    return [one for one in found if one.done_on is None]


def _show_field(form: Form, name: str) -> None:
    """Show one widget, by the form that the rule set gives a detail."""
    names, key = form.names, _key(form, name)
    star = " *" if name in form.fact.asks else ""
    label = f"{say_field(name, names.rules, names.language)}{star}"
    if name == "ground":
        codes = names.rules.codes.get(form.fact.grounds, {})
        _show_choice(label, {one: names.title(title) for one, title in codes.items()}, form, name)
    elif name == "due_on":
        st.date_input(label, value=form.before.due_on if form.before else None, key=key)
    elif name == "document":
        _show_choice(label, {one: one for one in form.fact.documents}, form, name, is_open=True)
    elif name in names.rules.details:
        _show_detail(label, names.rules.details[name], form)
    else:
        st.text_area(label, value=form.told(name), key=key, height=68)


def _show_detail(label: str, detail: Detail, form: Form) -> None:
    key, name = _key(form, detail.id), detail.id
    if detail.form == "number":
        old = form.told(name)
        st.number_input(label, value=float(old) if old else None, key=key)
    elif detail.form == "day":
        old = form.told(name)
        st.date_input(label, value=date.fromisoformat(old) if old else None, key=key)
    elif detail.form in {"codes", "entries"}:
        options = _options(detail, form)
        told = [one for one in form.told(name).split(";") if one in options]
        st.multiselect(
            label,
            list(options),
            default=told,
            format_func=lambda one: options[one],
            key=key,
            placeholder=form.names.word("case_file.moves.choose"),
        )
    elif detail.form == "text":
        if name in LONG_TEXTS:
            st.text_area(label, value=form.told(name), key=key, height=68)
        else:
            st.text_input(label, value=form.told(name), key=key)
    else:
        is_open = detail.form == "office" or form.fact.id == "item_added"
        _show_choice(label, _options(detail, form), form, name, is_open=is_open)


def _show_choice(
    label: str, options: dict[str, str], form: Form, name: str, *, is_open: bool = False
) -> None:
    told = form.told(name)
    options = {**options, told: options.get(told, told)} if told else options
    is_clear = name == "document" and len(options) == 1 and name in form.fact.asks
    only = next(iter(options)) if is_clear else None
    first = told or only
    st.selectbox(
        label,
        list(options),
        index=list(options).index(first) if first else None,
        format_func=lambda one: options.get(one, one),
        key=_key(form, name),
        placeholder=form.names.word(
            "case_file.moves.choose_or_write" if is_open else "case_file.moves.choose"
        ),
        accept_new_options=is_open,
    )


def _options(detail: Detail, form: Form) -> dict[str, str]:
    """Return what a detail can be, by id."""
    case, names, around = form.case, form.names, form.around
    if detail.form in {"code", "codes"}:
        codes = code_list(detail, case, names.rules)
        return {one: names.title(code.title) for one, code in codes.items()}
    if detail.form == "office":
        return {one: name for one, name in around.offices.items() if one != case.jurisdiction}
    if detail.form == "case":
        return {one: f"{one} {title}" for one, title in around.cases.items() if one != case.id}
    if detail.form == "hazard":
        return _hazards(form)
    if detail.form == "item":
        return _items(form)
    return _entries(form)


def _hazards(form: Form) -> dict[str, str]:
    own = {str(one) for one in hazards_of(form.case)}
    if form.fact.id == "hazard_linked":
        refs = [one for one in form.around.hazards if one not in own]
    else:
        refs = [one for one in form.around.hazards if one in own]
        refs += sorted(own - set(refs))
    return {one: f"{form.around.hazards.get(one, one)} · {one.partition(':')[2]}" for one in refs}


def _items(form: Form) -> dict[str, str]:
    if form.fact.id == "item_added":
        number = next_item_number(form.case, form.around.today)
        return {number: number}
    items = items_of(form.case, form.around.today)
    return {one.number: f"{one.number} {one.text[:24]}" for one in items}


def _entries(form: Form) -> dict[str, str]:
    """Return the entries that an entry may refer to: what it follows from, or the evidence."""
    is_answer = form.fact.id == "review_answered"
    kinds = form.fact.after if is_answer else EVIDENCE
    return {
        str(number): f"#{number} {_short(event, form)}"
        for number, event in in_effect(form.case.events)
        if event.kind in kinds
    }


def _short(event: CaseEvent, form: Form) -> str:
    words = event.detail("text") or event.detail("problems")
    return words[:24] or words_of_entry(event, form.case, form.names, form.around)[:24]


def _key(form: Form, name: str) -> str:
    return f"{form.key}-{name}"


def _text(value: object) -> str:
    """Return what a widget holds as it is stored: codes joined by ";", numbers in plain digits."""
    if value is None:
        return ""
    if isinstance(value, (list, tuple)):
        return ";".join(str(one) for one in value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        return f"{value:f}".rstrip("0").rstrip(".")
    return str(value).strip()
