"""A rule set as text: every stage, deadline, entry and code with article and certainty, as HTML.

The same pieces stand on the screen and in one file of their own that prints without this app.
"""

from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping, Sequence
from html import escape
from typing import Any

from dashboard.naming import Naming
from dashboard.reports.rule_drawing import draw_life_cycle, stages_of
from dashboard.words.law import SHORT, say_basis, say_field
from geodata import Language, RuleSet, Title
from geodata.rule_comparison import compare_rule_sets
from geodata.rule_set import UNSURE, Code, Deadline, Fact, Stage

NOTHING = "—"
CATEGORIES = ("fact", "activity", "file")
FIRST_LISTS = ("fields", "termination_admin", "termination_civil", "claims_admin", "claims_civil")
EXTERNAL = ("lead_sources",)

Cells = Sequence[str]


class RulePage:
    """One rule set in one language, piece by piece."""

    def __init__(self, rules: RuleSet, names: Naming, in_force: RuleSet) -> None:
        """Keep what is told, the names, and the rule set that a draft is compared with."""
        self.rules, self.names, self.in_force = rules, names, in_force

    def head(self, *, is_folded: bool = False) -> str:
        """Return title, validity, the warning of a draft, the note, and the sources."""
        rules, say, language = self.rules, self.names.title, self.names.language
        since = self._text("not_in_force")
        if rules.valid_from:
            since = f"{self._text('valid_from')} {rules.valid_from.isoformat()}"
        warning = f'<p class="pim-draft" role="alert">⚠ {self._text("draft")}</p>'
        sources = "".join(
            f"<li><b>{escape(_short(letter, language))}</b> {escape(say(title))}</li>"
            for letter, title in rules.sources.items()
        )
        return (
            f"<h2>{escape(say(rules.title))} <small>{since}"
            f" · {escape(rules.id)}</small></h2>{warning if rules.is_draft else ''}"
            f"<p>{escape(say(rules.note))}</p><p>{self._text('marks')}</p>"
            f"<details{'' if is_folded else ' open'}><summary>{self._text('sources')}</summary>"
            f'<ul class="pim-sources">{sources}</ul></details>'
        )

    def life_cycle(self, case_kind: str, *, has_drawing: bool = True) -> str:
        """Return the stages of one kind of case: the drawing, and the table that it shows."""
        stages = stages_of(self.rules, case_kind)
        figure = self._figure(case_kind) if has_drawing else ""
        heads = ("group", "stage", "next", "asks", "grounds", "documents", "by", "basis")
        rows = [self._stage(stage, case_kind) for stage in stages]
        return figure + self._table(heads, rows)

    def deadlines(self) -> str:
        """Return every deadline: what starts and stops it, how long, whose move it is."""
        heads = ("deadline", "starts", "length", "stops", "pauses", "actor", "kinds", "basis")
        return self._table(heads, [self._deadline(one) for one in self.rules.deadlines])

    def entries(self, category: str) -> str:
        """Return the facts, activities or entries of the case file."""
        heads = ("entry", "asks", "after", "grounds", "documents", "by", "kinds", "basis")
        rows = [self._fact(one) for one in self.rules.facts.values() if one.category == category]
        return self._table(heads, rows)

    def codes(self, name: str) -> str:
        """Return one code list with what each of its codes rests on."""
        heads = ("code", "kinds", "basis")
        return self._table(heads, [self._code(one) for one in self.rules.entries[name].values()])

    def code_lists(self) -> tuple[str, ...]:
        """Return the names of the code lists, those of the law first."""
        first = (*FIRST_LISTS, *EXTERNAL)
        return (*first, *(one for one in self.rules.entries if one not in first))

    def comparison(self) -> str:
        """Return what differs from the rule set in force, entry by entry."""
        found = compare_rule_sets(self.in_force, self.rules)
        if not found:
            return f"<p>{self._text('no_difference')}</p>"
        rows, last = [], ("", "")
        for one in found:
            is_same, last = (one.part, one.id) == last, (one.part, one.id)
            is_part = one.part in PART_NAMES
            part = self._text(f"part.{one.part}") if is_part else self._list(one.part)
            rows.append(
                (
                    "" if is_same else part,
                    "" if is_same else self._title_of(one.part, one.id),
                    self._text(f"attribute.{one.attribute}") if one.attribute else "",
                    self._value(one.attribute, one.before, self.in_force),
                    self._value(one.attribute, one.after, self.rules),
                )
            )
        return self._table(("part", "what", "about", "before", "after_text"), rows)

    def whole(self) -> bytes:
        """Return everything as one page that needs nothing else, ready to print."""
        kinds = self.rules.codes["case_kinds"]
        parts = [self.head()]
        parts += [
            f"<h2>{self._text('life_cycle')} · {escape(self.names.title(title))}</h2>"
            + self.life_cycle(kind)
            for kind, title in kinds.items()
        ]
        parts.append(f"<h2>{self._text('deadlines')}</h2>{self.deadlines()}")
        parts += [
            f"<h2>{self._text(f'category.{one}')}</h2>{self.entries(one)}" for one in CATEGORIES
        ]
        parts += [f"<h2>{self._list(one)}</h2>{self.codes(one)}" for one in self.code_lists()]
        if self.rules.id != self.in_force.id:
            parts.append(f"<h2>{self._text('comparison')}</h2>{self.comparison()}")
        language = "zh-CN" if self.names.language == "zh" else "en"
        title = escape(self.names.title(self.rules.title))
        page = (
            f'<!doctype html><html lang="{language}"><meta charset="utf-8"><title>{title}</title>'
            f"<style>{PRINT_STYLE}</style><body>{''.join(parts)}</body></html>"
        )
        return page.encode()

    # ------------------------------------------------------------------------- rows

    def _figure(self, case_kind: str) -> str:
        """Return the drawing as a picture of its own, which a page may hold without risk."""
        kind = self.names.title(self.rules.codes["case_kinds"][case_kind])
        drawn = b64encode(draw_life_cycle(self.rules, case_kind, self.names).encode()).decode()
        return (
            f'<figure class="pim-figure"><img alt="{self._text("drawing_label", kind=kind)}"'
            f' src="data:image/svg+xml;base64,{drawn}">'
            f"<figcaption>{self._text('drawing_note')}</figcaption></figure>"
        )

    def _stage(self, stage: Stage, case_kind: str) -> Cells:
        following = [
            one for one in stage.allowed_next(case_kind) if self.rules.stages[one].fits(case_kind)
        ]
        mark = f"<br><small>{self._text('terminal')}</small>" if stage.is_terminal else ""
        return (
            escape(self.names.title(self.rules.groups[stage.group])),
            f"{self._named(stage.title, stage.id)}{mark}",
            self._kinds_of_entry(following),
            self._asked(stage),
            self._grounds(stage.grounds),
            self._joined(stage.documents),
            self._actor(stage.by),
            self._law(stage),
        )

    def _fact(self, fact: Fact) -> Cells:
        return (
            self._named(fact.title, fact.id),
            self._asked(fact),
            self._kinds_of_entry(fact.after),
            self._grounds(fact.grounds),
            self._joined(fact.documents),
            self._actor(fact.by),
            self._case_kinds(fact.kinds),
            self._law(fact),
        )

    def _deadline(self, deadline: Deadline) -> Cells:
        marks = [
            mark
            for mark, holds in (
                ("never_overdue", deadline.never_overdue),
                ("internal_target", deadline.internal_target),
                ("after_closure", deadline.after_closure),
            )
            if holds
        ]
        remarks = "".join(f'<br><span class="pim-mark">{self._text(one)}</span>' for one in marks)
        pauses = [" … ".join(map(self._entry, pair)) for pair in deadline.pauses]
        return (
            f"{self._named(deadline.title, deadline.id)}{remarks}",
            self._start(deadline),
            self._length(deadline),
            self._kinds_of_entry(deadline.stops),
            "<br>".join(pauses) or NOTHING,
            self._actor(deadline.actor),
            self._case_kinds(deadline.kinds),
            self._law(deadline),
        )

    def _start(self, deadline: Deadline) -> str:
        lines = []
        if deadline.starts:
            lines.append(self._entry(deadline.starts))
        if deadline.starts_at_end_of:
            before = self.rules.deadline(deadline.starts_at_end_of)
            title = self.names.title(before.title)
            lines.append(self._text("at_end_of", deadline=title))
        for ground, key in (
            (deadline.only_ground, "only_ground"),
            (deadline.unless_ground, "unless_ground"),
        ):
            if ground:
                lines.append(self._text(key, ground=self.names.code("urgency", ground)))
        if deadline.unless_events:
            entries = self._plain(map(self._raw_entry, deadline.unless_events))
            lines.append(self._text("unless_events", entries=entries))
        return "<br>".join(lines)

    def _length(self, deadline: Deadline) -> str:
        number = deadline.months or deadline.days
        key = "months" if deadline.months else "days"
        length = self._text(key, number=number) if number else ""
        if deadline.due_from_event:
            key = "written_else" if length else "written"
            length = self._text(key, length=length)
        if deadline.amended_by:
            entry = self._raw_entry(deadline.amended_by)
            length += f"<br><small>{self._text('amended_by', entry=entry)}</small>"
        return length

    def _code(self, code: Code) -> Cells:
        return (
            self._named(code.title, code.id),
            self._case_kinds(code.kinds),
            self._law(code),
        )

    # ------------------------------------------------------------------------ cells

    def _asked(self, fact: Fact) -> str:
        needed = self._plain(map(self._part, fact.asks))
        may = self._plain(map(self._part, fact.may))
        lines = [escape(needed)] if needed else []
        lines += [f"<small>{self._text('may', parts=may)}</small>"] if may else []
        return "<br>".join(lines) or NOTHING

    def _part(self, name: str) -> str:
        return say_field(name, self.rules, self.names.language)

    def _grounds(self, name: str) -> str:
        return (
            self._joined(map(self.names.title, self.rules.codes[name].values()))
            if name
            else NOTHING
        )

    def _actor(self, actor: str) -> str:
        return escape(self.names.title(self.rules.codes["actors"][actor])) if actor else NOTHING

    def _case_kinds(self, kinds: Sequence[str]) -> str:
        known = self.rules.codes["case_kinds"]
        if not kinds or set(kinds) == set(known):
            return self._text("all_kinds")
        return self._joined(self.names.title(known[one]) for one in kinds)

    def _kinds_of_entry(self, kinds: Iterable[str]) -> str:
        return self._joined(map(self._raw_entry, kinds))

    def _entry(self, kind: str) -> str:
        return escape(self._raw_entry(kind))

    def _raw_entry(self, kind: str) -> str:
        return self.names.title(self.rules.event_title(kind))

    def _law(self, entry: Fact | Deadline | Code) -> str:
        """Return what an entry rests on, how sure that is, and a day of its own if it has one."""
        words = escape(say_basis(entry.basis, self.rules, self.names.language))
        lines = [words, self._certainty(entry.certainty)]
        if entry.valid_from not in {None, self.rules.valid_from, self.in_force.valid_from}:
            since = self._text("since", day=entry.valid_from)
            told = getattr(entry, "since_certainty", "")
            lines.append(f"<small>{since}</small> {self._certainty(told) if told else ''}")
        return "<br>".join(lines)

    def _certainty(self, certainty: str) -> str:
        sign = "▲ " if certainty in UNSURE else ""
        css = "pim-unsure" if certainty in UNSURE else "pim-sure"
        return f'<small class="{css}">{sign}{self._text(f"certainty.{certainty}")}</small>'

    def _named(self, title: Title, name: str) -> str:
        return f"<b>{escape(self.names.title(title))}</b><br><small>{escape(name)}</small>"

    def _list(self, name: str) -> str:
        return self._text(f"list.{name}")

    def _title_of(self, part: str, name: str) -> str:
        """Return what an entry is called in the rule set that is shown, else in the other."""
        for rules in (self.rules, self.in_force):
            title = _titles(rules, part).get(name)
            if title is not None:
                return self._named(title, name)
        return escape(name)

    def _value(self, attribute: str, value: Any, rules: RuleSet) -> str:
        """Return one side of a difference: an attribute, or what a whole entry rests on."""
        if value is None:
            return self._text("absent")
        if isinstance(value, Title):
            return escape(self.names.title(value))
        if isinstance(value, tuple):
            return self._joined(map(str, value))
        if not attribute:
            return self._law(value)
        ways: Mapping[str, Callable[[str], str]] = {
            "basis": lambda one: escape(say_basis(one, rules, self.names.language)),
            "certainty": lambda one: self._text(f"certainty.{one}"),
        }
        return ways.get(attribute, escape)(str(value))

    def _joined(self, words: Iterable[str]) -> str:
        return escape(self._plain(words)) or NOTHING

    def _plain(self, words: Iterable[str]) -> str:
        return ("、" if self.names.language == "zh" else ", ").join(words)

    def _table(self, heads: Sequence[str], rows: Iterable[Cells]) -> str:
        head = "".join(f'<th scope="col">{self._text(f"head.{one}")}</th>' for one in heads)
        body = "".join(_row(row) for row in rows)
        return (
            '<div class="pim-wide" tabindex="0"><table class="pim-rules">'
            f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
        )

    def _word(self, key: str, **facts: object) -> str:
        return self.names.word(f"rule_set.{key}", **facts)

    def _text(self, key: str, **facts: object) -> str:
        return escape(self._word(key, **facts))


PART_NAMES = frozenset({"sources", "groups", "stages", "facts", "deadlines", "details"})

SCREEN_STYLE = """
.pim-wide { overflow-x: auto; }
.pim-rules { border-collapse: collapse; width: 100%; font-size: 0.84rem; line-height: 1.4; }
.pim-rules th { text-align: left; vertical-align: bottom; color: #3e4c59; padding: 4px 10px 4px 0;
  border-bottom: 2px solid #9aa5b1; white-space: nowrap; }
.pim-rules td { vertical-align: top; padding: 5px 10px 5px 0; border-bottom: 1px solid #e4e7eb;
  min-width: 4.2rem; max-width: 19rem; overflow-wrap: anywhere; }
.pim-rules td:first-child { min-width: 6rem; }
.pim-rules small { color: #52606d; }
.pim-rules small.pim-unsure { color: #8a4b00; font-weight: 700; }
.pim-mark { display: inline-block; border: 1px solid #5f6b7a; border-radius: 3px; padding: 0 5px;
  font-size: 0.78rem; margin-top: 2px; }
.pim-draft { border: 3px solid #b3261e; color: #8c1d18; background: #fdecea; border-radius: 4px;
  padding: 6px 12px; font-weight: 700; }
.pim-rule-head h2 { font-size: 1.15rem; margin: 4px 0; padding: 0; }
.pim-rule-head h2 small { color: #52606d; font-weight: 400; font-size: 0.82rem; }
.pim-rule-head p, .pim-rule-head summary { font-size: 0.86rem; margin: 0 0 4px; }
.pim-sources { columns: 2; margin: 0; padding-left: 1.2rem; font-size: 0.86rem; }
.pim-figure { margin: 0 0 8px; }
.pim-figure img { max-width: 100%; height: auto; display: block; }
.pim-figure figcaption { color: #52606d; font-size: 0.82rem; }
"""

PRINT_STYLE = (
    SCREEN_STYLE
    + """
body { font-family: "Noto Sans SC", "Microsoft YaHei", "PingFang SC", sans-serif; margin: 16px;
  color: #1f2933; font-size: 15px; }
h2 { font-size: 1.15rem; margin: 18px 0 6px; }
h3 { font-size: 1rem; margin: 10px 0 4px; }
@page { size: A4 landscape; margin: 12mm; }
@media print { body { margin: 0; font-size: 11px; } .pim-wide { overflow: visible; }
  thead { display: table-header-group; } tr { break-inside: avoid; } h2 { break-after: avoid; }
  .pim-rules td { max-width: none; } }
"""
)


def _titles(rules: RuleSet, part: str) -> Mapping[str, Title]:
    """Return the names of one part of a rule set, or of one of its code lists."""
    named: Mapping[str, Mapping[str, Title]] = {
        "sources": rules.sources,
        "groups": rules.groups,
        "stages": {name: one.title for name, one in rules.stages.items()},
        "facts": {name: one.title for name, one in rules.facts.items()},
        "deadlines": {one.id: one.title for one in rules.deadlines},
        "details": {name: one.title for name, one in rules.details.items()},
    }
    return named.get(part) or rules.codes.get(part, {})


def _short(letter: str, language: Language) -> str:
    return SHORT[letter].says(language) if letter in SHORT else letter


def _row(cells: Cells) -> str:
    return f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"
