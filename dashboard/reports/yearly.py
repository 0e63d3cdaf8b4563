"""The yearly summary in the parts that offices write: work, typical cases, problems, plans.

Every number is a figure with its list as an annex; every sentence says what the record holds. What
only people can say is a marked gap.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from dashboard.panels.figures.words import NOTHING, say_group, say_value
from dashboard.reports.account import Account
from dashboard.reports.annexes import Annex, annex_blocks, make_annexes, title_of
from dashboard.reports.blocks import Block, Contents, Gap, Heading, Paper, Para, Table, Turn
from dashboard.telling.case_parts import OUTCOMES
from geodata import Case
from geodata.case_file import outcomes_of
from layers.due_list import CLOCK_LISTS
from layers.figures import OUTCOMES as OUTCOME_FIGURES
from layers.figures import PERIOD_FIGURES, STOCK_FIGURES
from layers.summary_tallies import of_fields
from layers.tally import COUNTED, Figure, Tally, tabulate

MOST_TOLD = 12
"""How many cases of a field are told one by one; all are in the annex."""

MOST_PROBLEMS = 40
"""How many rows a table of problems has; the rest is counted."""

FIELD_GROUPS: Mapping[str, tuple[str, ...]] = {
    "ecology": (
        "ecological_environment_resources",
        "mineral_resources",
        "marine_environment",
    ),
    "food": ("food_drug_safety", "agri_product_quality"),
    "livelihood": (
        *("minors", "women_rights", "barrier_free", "personal_information", "work_safety"),
        *("anti_telecom_fraud", "anti_monopoly", "military_rights"),
    ),
    "heritage": ("cultural_relics", "heroes_martyrs"),
    "property": ("state_property", "state_land_use_right"),
    "others": ("local_extended", "exploratory_other"),
}
"""The paragraphs of the part on the fields of the law, and which fields each tells of (ours)."""

FIRST_CLAUSES = ("cases_filed", "recommendations")
"""What is said even where there is none; the rest is named together as not recorded."""

CLAUSES = (
    *FIRST_CLAUSES,
    "consultations",
    "announcements",
    "suits_admin",
    "suits_civil",
    "suits_criminal_incidental",
    "support_prosecution",
)
RATES = ("reply_rate", "timely_reply_rate", "adoption_rate", "rectification_rate")
MECHANISM_KINDS = ("volunteer_observation", "joint_inspection", "expert_opinion", "consultation")
COMPARED_WIDTHS = (6.4, 3.6, 3.6, 2.0)


def draft_yearly(account: Account) -> Paper:
    """Return the yearly summary of an account, drafted from the record."""
    writing = _Yearly(account)
    names = account.names
    return Paper(
        title=names.word("documents.yearly.title", office=account.author, span=account.span),
        subtitle=names.word(
            "documents.yearly.subtitle",
            day=account.as_of.isoformat(),
            revision=account.imprint.revision,
        ),
        blocks=tuple(writing.blocks()),
        imprint=account.imprint,
        language=names.language,
    )


@dataclass(frozen=True, eq=False)
class _Yearly:
    """A summary on its way into blocks."""

    account: Account

    @cached_property
    def annexes(self) -> Mapping[str, Annex]:
        """Return the annex of every figure that has rows."""
        told = {**self.account.now, **self.account.more}
        return make_annexes(told, self.account.hazard_names, self.account.names)

    def blocks(self) -> Iterator[Block]:
        """Yield the whole summary."""
        yield from self._opening()
        yield from self._work()
        yield from self._typical()
        yield from self._problems()
        yield from self._plans()
        yield Turn(is_landscape=True)
        yield Heading(self._word("part.annexes"), 1)
        yield Para(self._word("annexes_about"), "small")
        yield from annex_blocks(self.annexes, self.account.names)

    # ------------------------------------------------------------------------- opening

    def _opening(self) -> Iterator[Block]:
        yield Para(self._word("how_drafted"), "mark")
        yield Contents(self._word("contents"))
        yield Turn()
        yield self._gap("opening")
        yield Para(
            self._word("opening", office=self.account.author, span=self.account.span),
        )
        if self.account.period[1] > self.account.as_of:
            yield Para(self._word("cut_off", day=self.account.as_of.isoformat()))

    # ---------------------------------------------------------------------------- work

    def _work(self) -> Iterator[Block]:
        yield Heading(self._word("part.work", span=self.account.span), 1)
        yield Heading(self._word("part.direction"), 2)
        yield self._gap("direction")
        yield Heading(self._word("part.fields"), 2)
        yield Para(self._whole())
        yield self._compared(self._word("table.period"), PERIOD_FIGURES, "before_period")
        for group, fields in FIELD_GROUPS.items():
            yield from self._field_group(group, fields)
        yield from self._fields_without()
        yield Heading(self._word("part.mechanisms"), 2)
        yield from self._mechanisms()
        yield Heading(self._word("part.follow_up"), 2)
        yield from self._follow_up()

    def _whole(self) -> str:
        told = [
            self._word(f"clause.{one}", value=self._value(one)) + self._see(one)
            for one in CLAUSES
            if one in FIRST_CLAUSES or self._count(one)
        ]
        kinds = self.account.now["cases_filed"].by_group()
        filed = self.account.now["cases_filed"].figure
        parted = self._comma.join(
            self._word("kind", kind=say_group(filed, one, self.account.names), count=value.count)
            for one, value in kinds.items()
        )
        nothing = [one for one in CLAUSES if one not in FIRST_CLAUSES and not self._count(one)]
        sentences = [self._word("whole", clauses=self._comma.join(told))]
        if parted:
            sentences.append(self._word("by_kind", kinds=parted))
        if nothing:
            listed = self._comma.join(
                title_of(self._figure(one), self.account.names) for one in nothing
            )
            sentences.append(self._word("not_recorded", figures=listed))
        return self._join(sentences)

    def _field_group(self, group: str, fields: Sequence[str]) -> Iterator[Block]:
        filed = of_fields(self.account.more["cases_by_field"], fields)
        if not len(filed):
            return
        names = self.account.names
        yield Heading(self._word(f"field.{group}"), 3)
        count, total = filed.value.count, self._count("cases_filed")
        told = [
            self._word("field.filed", count=count, total=total, see=self._see("cases_by_field")),
        ]
        by_field = filed.by_group()
        if len(by_field) > 1:
            parts = (
                f"{say_group(filed.figure, one, names)} {v.count}" for one, v in by_field.items()
            )
            told.append(self._word("field.parts", parts=self._comma.join(parts)))
        activities = of_fields(self.account.more["activities"], fields)
        if len(activities):
            told.append(self._word("field.activities", done=self._done(activities)))
        verified = self._outcomes("verified", fields)
        if verified:
            told.append(self._word("field.verified", outcomes=verified))
        claimed = self._outcomes("claimed", fields)
        if claimed:
            told.append(self._word("field.claimed", outcomes=claimed))
        yield Para(self._join(told))
        yield from self._cases_of(filed)

    def _cases_of(self, filed: Tally) -> Iterator[Block]:
        ids = [one for one in tabulate(filed)["case"] if one in self.account.by_id]
        for case_id in ids[:MOST_TOLD]:
            case = self.account.by_id[case_id]
            yield Para(self._word("field.case", **self._case_words(case)))
        if len(ids) > MOST_TOLD:
            yield Para(self._word("field.more_cases", count=len(ids) - MOST_TOLD))

    def _fields_without(self) -> Iterator[Block]:
        """Name the groups of fields of which the record has no case: not recorded is not none."""
        held = self.account.more["cases_by_field"]
        empty = [
            self._word(f"field.{group}")
            for group, fields in FIELD_GROUPS.items()
            if not len(of_fields(held, fields))
        ]
        if empty:
            yield Para(self._word("field.none", fields=self._comma.join(empty)))

    # ---------------------------------------------------------------------- mechanisms

    def _mechanisms(self) -> Iterator[Block]:
        yield Heading(self._word("mechanism.digital"), 3)
        yield Para(self._digital())
        yield Heading(self._word("mechanism.hearing"), 3)
        yield Para(self._hearings())
        yield Heading(self._word("mechanism.together"), 3)
        yield Para(self._together())
        yield self._gap("mechanisms")

    def _digital(self) -> str:
        if not self._count("model_leads"):
            return self._word("mechanism.no_model")
        return self._word(
            "mechanism.model",
            leads=self._value("model_leads"),
            see=self._see("model_leads"),
            filed=self._value("model_leads_filed"),
            see_filed=self._see("model_leads_filed"),
        )

    def _hearings(self) -> str:
        if not self._count("hearings"):
            return self._word("mechanism.no_hearing")
        told = [
            self._word(
                "mechanism.hearings",
                cases=self._value("hearings"),
                see=self._see("hearings"),
                meetings=self._value("hearing_meetings"),
                see_meetings=self._see("hearing_meetings"),
            )
        ]
        people = self.account.details_of(["hearing"], "participants")
        if people:
            told.append(self._word("mechanism.participants", people="、".join(people)))
        return self._join(told)

    def _together(self) -> str:
        leads = self.account.now["leads"]
        sources = leads.by_group()
        told = []
        if sources:
            parts = self._comma.join(
                f"{say_group(leads.figure, one, self.account.names)} {value.count}"
                for one, value in sources.items()
            )
            facts = {"count": self._value("leads"), "see": self._see("leads"), "parts": parts}
            told.append(self._word("mechanism.leads", **facts))
        activities = self.account.more["activities"]
        joint = activities.where(np.isin(activities.group.astype(str), MECHANISM_KINDS))
        if len(joint):
            facts = {"done": self._done(joint), "see": self._see("activities")}
            told.append(self._word("mechanism.together_done", **facts))
        return self._join(told) if told else self._word("mechanism.no_together")

    # ----------------------------------------------------------------------- follow-up

    def _follow_up(self) -> Iterator[Block]:
        told = [
            self._word("rate", figure=self._title(one), value=self._value(one), see=self._see(one))
            for one in RATES
            if self.account.now[one].value.number is not None
        ]
        if told:
            yield Para(self._word("follow_up.rates", rates=self._semicolon.join(told)))
        else:
            yield Para(self._word("follow_up.no_rates"))
        yield Para(self._word("follow_up.four_facts"))
        verified, claimed = self._outcomes("verified"), self._outcomes("claimed")
        if verified:
            yield Para(self._word("follow_up.verified", outcomes=verified))
        if claimed:
            yield Para(self._word("follow_up.claimed", outcomes=claimed))
        if not verified and not claimed:
            yield Para(self._word("follow_up.no_outcome"))
        back = [one for one in ("lookback_done_rate", "relapse", "closed") if self._count(one)]
        if back:
            rates = (
                self._word(
                    "rate", figure=self._title(one), value=self._value(one), see=self._see(one)
                )
                for one in back
            )
            yield Para(self._word("follow_up.back", rates=self._semicolon.join(rates)))

    # -------------------------------------------------------------------- typical cases

    def _typical(self) -> Iterator[Block]:
        yield Heading(self._word("part.typical"), 1)
        cases = [
            self.account.by_id[one] for one in self.account.typical if one in self.account.by_id
        ]
        if not cases:
            yield self._gap("typical")
        for number, case in enumerate(cases, start=1):
            facts = {"number": number, "case": self.account.title(case)}
            yield Heading(self._word("typical.case", **facts), 2)
            yield from self._told(case)

    def _told(self, case: Case) -> Iterator[Block]:
        names = self.account.names.under(case.rule_set)
        summary = names.title(case.summary)
        yield Para(
            self._word("typical.who", **self._case_words(case), agency=case.agency or NOTHING)
        )
        if summary:
            yield Para(self._word("typical.facts", text=_ended(summary, names.language)))
        else:
            yield self._gap("facts")
        course = self.account.course(case)
        yield Para(self._word("typical.course", course=course))
        done = [
            self._word("typical.activity", day=event.occurred_on.isoformat(),
                       what=names.code("activities", event.kind), result=event.detail("result"))
            for event in self.account.then(case).events
            if event.kind in names.rules.codes["activities"] and event.detail("result")
        ]  # fmt: skip
        if done:
            yield Para(self._word("typical.activities", done=self._semicolon.join(done)))
        outcomes = self._case_outcomes(case)
        if outcomes:
            yield Para(self._word("typical.outcomes", outcomes=outcomes))
        else:
            yield Para(self._word("typical.no_outcome"))
        yield self._gap("meaning")

    def _case_outcomes(self, case: Case) -> str:
        told = []
        for one in outcomes_of(case, self.account.as_of, self.account.known_at):
            names = self.account.names
            title, unit = OUTCOMES.get(one.kind, (None, None))
            figure = f"{one.amount:,.2f}".rstrip("0").rstrip(".")
            name = names.title(title) if title else one.kind
            facts = {
                "outcome": name,
                "amount": f"{figure} {names.title(unit) if unit else ''}".strip(),
                "standing": names.code("outcome_states", one.state),
            }
            told.append(self._word("typical.outcome", **facts))
        return self._semicolon.join(told)

    # ------------------------------------------------------------------------ problems

    def _problems(self) -> Iterator[Block]:
        yield Heading(self._word("part.problems"), 1)
        yield Para(self._word("problems.about"))
        yield Heading(self._word("problems.late"), 2)
        yield from self._late()
        yield Heading(self._word("problems.evidence"), 2)
        yield from self._evidence_gaps()
        yield Heading(self._word("problems.reviews"), 2)
        yield from self._corrections()
        yield Heading(self._word("problems.waiting"), 2)
        yield Para(self._waiting())
        yield self._gap("causes")

    def _late(self) -> Iterator[Block]:
        late = self.account.due.late()
        total = sum(late.values())
        day = self.account.as_of.isoformat()
        if not total:
            yield Para(self._word("problems.none_late", day=day))
            return
        facts = dict(late)
        yield Para(self._word("problems.late_told", day=day, total=total, **facts))
        rows = []
        for name in CLOCK_LISTS:
            found = self.account.due.lists[name]
            for row in found[found["state"] == "overdue"].to_dict("records"):
                law = self.account.names.under(str(row["rule_set"]))
                rows.append(
                    (
                        law.deadline(str(row["deadline"])),
                        law.code("actors", str(row["actor"])),
                        row["due_on"].isoformat(),
                        str(-int(row["days_left"])),
                        law.office(str(row["office"])),
                        f"{row['case']} {row[f'title_{law.language}']}",
                    )
                )
        head = tuple(
            self._word(f"column.{one}")
            for one in ("deadline", "actor", "due", "days", "office", "case")
        )
        yield from self._listed("table.late", head, rows, (2.9, 1.9, 2.5, 1.3, 1.5, 5.5))

    def _evidence_gaps(self) -> Iterator[Block]:
        found = self.account.gaps()
        if not found:
            yield Para(self._word("problems.no_gaps"))
            return
        cases = len({case.id for case, _ in found})
        yield Para(self._word("problems.gaps_told", cases=cases, count=len(found)))
        names = self.account.names
        rows = [
            (
                case.id,
                names.title(case.title),
                f"{names.title(one.title)}：{names.code('element_states', one.state)}"
                if names.language == "zh"
                else f"{names.title(one.title)}: {names.code('element_states', one.state)}",
                one.gap or NOTHING,
            )
            for case, one in found
        ]
        head = tuple(self._word(f"column.{one}") for one in ("id", "title", "element", "gap"))
        yield from self._listed("table.gaps", head, rows, (3.4, 4.4, 3.2, 4.6))

    def _corrections(self) -> Iterator[Block]:
        found = self.account.reviews()
        if not found:
            yield Para(self._word("problems.no_reviews"))
            return
        yield Para(self._word("problems.reviews_told", count=len(found)))
        rows = [
            (
                case.id,
                one.problems,
                one.correction,
                one.due_on.isoformat() if one.due_on else NOTHING,
                one.responsible or NOTHING,
            )
            for case, one in found
        ]
        head = tuple(
            self._word(f"column.{one}") for one in ("id", "problems", "correction", "due", "who")
        )
        yield from self._listed("table.reviews", head, rows, (3.4, 4.2, 3.7, 2.5, 1.8))

    def _waiting(self) -> str:
        counts = self.account.due.counts()
        keys = ("replied_unverified", "look_backs_passed", "relapses", "leads_waiting", "suspended")
        names = self.account.names
        told = [
            self._word("problems.list", list=names.word(f"overdue.list.{one}"), count=counts[one])
            for one in keys
            if counts[one]
        ]
        if not told:
            return self._word("problems.no_waiting")
        return self._word("problems.waiting_told", lists=self._comma.join(told))

    # --------------------------------------------------------------------------- plans

    def _plans(self) -> Iterator[Block]:
        yield Heading(self._word("part.plans", year=self.account.period[1].year + 1), 1)
        told = [
            self._word(
                "plans.stock", figure=self._title(one), value=self._value(one), see=self._see(one)
            )
            for one in ("cases_open", "leads_open", "suspended", "lookback_due")
            if self._count(one)
        ]
        if told:
            facts = {"day": self.account.as_of.isoformat(), "stock": self._semicolon.join(told)}
            yield Para(self._word("plans.carried", **facts))
        yield self._compared(self._word("table.stock"), STOCK_FIGURES, "before_stock")
        yield self._gap("plans")
        yield Para(f"{self.account.author}\n{self.account.as_of.isoformat()}", "right")

    # ----------------------------------------------------------------------- sentences

    def _compared(self, caption: str, figures: Sequence[Figure], before: str) -> Table:
        names, now, past = self.account.names, self.account.now, self.account.before
        keys = ("figure", "value", before)
        head = (*(names.word(f"figures.column.{one}") for one in keys), self._word("column.annex"))
        rows = tuple(
            (
                ("　" if one.part_of else "") + title_of(one, names),
                say_value(one, now[one.id].value, names),
                say_value(one, past[one.id].value, names),
                str(self.annexes[one.id].number) if one.id in self.annexes else NOTHING,
            )
            for one in figures
        )
        return Table(caption, head, rows, COMPARED_WIDTHS)

    def _listed(
        self,
        caption: str,
        head: tuple[str, ...],
        rows: Sequence[tuple[str, ...]],
        widths_cm: tuple[float, ...],
    ) -> Iterator[Block]:
        yield Table(self._word(caption), head, tuple(rows[:MOST_PROBLEMS]), widths_cm, size_pt=9.5)
        if len(rows) > MOST_PROBLEMS:
            count = len(rows) - MOST_PROBLEMS
            yield Para(self.account.names.word("documents.left_over", count=count), "small")

    def _outcomes(self, state: str, fields: Sequence[str] = ()) -> str:
        told = []
        for name in OUTCOME_FIGURES:
            id_ = name if state == "verified" else f"{name}_{state}"
            tally = self.account.now[id_]
            tally = of_fields(tally, fields) if fields else tally
            if int((tally.part == COUNTED).sum()):
                value = say_value(tally.figure, tally.value, self.account.names)
                facts = {"figure": self._title(id_), "value": value, "see": self._see(id_)}
                told.append(self._word("rate", **facts))
        return self._semicolon.join(told)

    def _done(self, activities: Tally) -> str:
        names = self.account.names
        return self._comma.join(
            self._word("done", what=say_group(activities.figure, one, names), count=value.count)
            for one, value in activities.by_group().items()
        )

    def _case_words(self, case: Case) -> dict[str, str]:
        return {
            "case": self.account.title(case),
            "id": case.id,
            "office": self.account.names.office(case.jurisdiction),
            "course": self.account.course(case),
            "stage": self.account.stage(case),
        }

    def _gap(self, about: str) -> Gap:
        return Gap(self._word(f"gap.{about}"), self.account.names.word("documents.gap_mark"))

    def _see(self, figure_id: str) -> str:
        if figure_id not in self.annexes:
            return ""
        return self._word("see", number=self.annexes[figure_id].number)

    def _figure(self, figure_id: str) -> Figure:
        return self.account.now[figure_id].figure

    def _title(self, figure_id: str) -> str:
        return title_of(self._figure(figure_id), self.account.names)

    def _value(self, figure_id: str) -> str:
        return say_value(
            self._figure(figure_id), self.account.now[figure_id].value, self.account.names
        )

    def _count(self, figure_id: str) -> int:
        value = self.account.now[figure_id].value
        return value.count or (value.of or 0)

    def _word(self, key: str, **facts: object) -> str:
        return self.account.names.word(f"documents.yearly.{key}", **facts)

    def _join(self, sentences: Sequence[str]) -> str:
        return ("" if self.account.names.language == "zh" else " ").join(sentences)

    @property
    def _comma(self) -> str:
        return self.account.names.word("documents.comma")

    @property
    def _semicolon(self) -> str:
        return self.account.names.word("documents.semicolon")


def _ended(text: str, language: str) -> str:
    """Return a text that ends like a sentence."""
    end = "。" if language == "zh" else "."
    return text if text.endswith(("。", ".", "！", "？")) else f"{text}{end}"
