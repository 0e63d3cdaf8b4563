"""The same figures as `layers.figures`, asked of one case after another: slow, easy to follow."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime

from geodata import clocks, stage_of
from geodata.case_file import number_in
from geodata.lifecycle import in_effect
from geodata.model import is_foreign
from geodata.rule_set import RuleSet
from layers.figures import (
    EVALUATED,
    FILED,
    LOOK_BACK,
    OPEN_GROUPS,
    OUTCOME_STATES,
    OUTCOMES,
    RECTIFICATION,
    REPLY,
    REVIEW,
)

YES, NO, OUT = 1, 0, -1


@dataclass
class Life:
    """One case as it is known on the last day, with what its entries are numbered by."""

    case: object
    rules: RuleSet
    first: date
    last: date
    known_at: datetime | None

    def __post_init__(self):
        effective = (event for _, event in in_effect(self.case.events, self.known_at))
        self.events = tuple(event for event in effective if event.occurred_on <= self.last)
        numbers = {id(event): number for number, event in enumerate(self.case.events)}
        self.numbered = [(numbers[id(event)], event) for event in self.events]
        self.clocks = clocks(self.case, self.rules, self.last, self.known_at)

    def of(self, *kinds):
        return [event for event in self.events if event.kind in kinds]

    def on(self, *kinds):
        """Return the day of the first entry of some kinds, or None."""
        return next((event.occurred_on for event in self.of(*kinds)), None)

    def within(self, *kinds):
        return [event for event in self.of(*kinds) if event.occurred_on >= self.first]

    def has_since(self, day, *kinds):
        return any(event.occurred_on >= day for event in self.of(*kinds))

    def is_in(self, day):
        return day is not None and day >= self.first

    def filed_on(self):
        return self.on("case_filed") or self.on("criminal_incidental_filed")

    def latest_clock(self, deadlines):
        found = [one for one in self.clocks if one.deadline in deadlines]
        return max(found, key=lambda clock: clock.started_on, default=None)

    def stage(self):
        return stage_of(self.case, self.rules, self.last, self.known_at)


def count_plainly(cases, features, rules_of, first, last, *, known_at=None):
    """Return for each figure its rows: {id: (part, amount or None, group)}."""
    own = [
        case for case in sorted(cases, key=lambda one: one.id) if not is_foreign(case.jurisdiction)
    ]
    lives = [Life(case, rules_of(case.rule_set), first, last, known_at) for case in own]
    found = Counter()
    rows = {}

    def put(figure, name, part=YES, amount=None, group=""):
        found[figure, name] += 1
        assert found[figure, name] == 1, "a thing counts once"
        rows.setdefault(figure, {})[name] = (part, amount, group)

    ids = {case.id for case in own}
    for life in lives:
        put_leads(life, lives, ids, put)
        put_documents(life, put)
        put_served(life, put)
        put_times(life, put)
        put_outcomes(life, put)
        put_stock(life, put)
    put_hazards(lives, features, put)
    return rows


def evaluation(life, lives):
    kinds = [event.kind for event in life.of(*EVALUATED)]
    if not kinds:
        return 0
    if set(kinds) & set(FILED):
        return 2
    heirs = [one for one in lives if one.case.came_from == life.case.id]
    if kinds[-1] == "lead_referred" and heirs:
        return max(evaluation(one, lives) for one in heirs)
    return 1


def put_leads(life, lives, ids, put):
    case = life.case
    if life.is_in(life.on("lead_registered")) and case.came_from not in ids:
        result = evaluation(life, lives)
        put("leads", case.id, group=case.lead_source)
        put("filing_rate", case.id, {0: OUT, 1: NO, 2: YES}[result])
        if case.lead_source == "big_data_model":
            put("model_leads", case.id)
            put("model_leads_filed", case.id, YES if result == 2 else NO)
    if life.is_in(life.on(*EVALUATED)):
        put("leads_evaluated", case.id, group=life.of(*EVALUATED)[0].kind)
    if life.is_in(life.filed_on()):
        put("cases_filed", case.id, group=case.kind)


def put_documents(life, put):
    case = life.case
    documents = {
        "recommendations": "recommendation_served",
        "consultation_meetings": "consultation",
        "hearing_meetings": "hearing",
        "announcements": "announcement",
        "relapse": "relapse_found",
    }
    for figure, kind in documents.items():
        for number, event in life.numbered:
            if event.kind == kind and life.is_in(event.occurred_on):
                put(figure, f"{case.id}:{number}")
    for figure, kind in (("consultations", "consultation"), ("hearings", "hearing")):
        if life.within(kind):
            put(figure, case.id)
    if life.within("support_prosecution"):
        put("support_prosecution", case.id)
    if life.within("suit_filed") and case.kind == "admin_pil":
        put("suits_admin", case.id)
    if life.within("suit_filed") and case.kind in {"civil_pil", "support_prosecution"}:
        put("suits_civil", case.id)
    if life.within("criminal_incidental_filed"):
        put("suits_criminal_incidental", case.id)
    put_ends(life, put)


def put_ends(life, put):
    case = life.case
    terminal = [one for one in life.events if one.kind in life.rules.stages]
    terminal = [one for one in terminal if life.rules.stages[one.kind].is_terminal]
    if terminal and life.is_in(terminal[0].occurred_on):
        put("closed", case.id, group=terminal[0].kind)
    for number, event in life.numbered:
        if event.kind == "first_instance_judgment" and life.is_in(event.occurred_on):
            judgment = event.detail("judgment")
            part = YES if judgment in {"upheld", "partly_upheld"} else NO if judgment else OUT
            put("support_rate", f"{case.id}:{number}", part, group=judgment)


def put_served(life, put):
    case = life.case
    served = life.within("recommendation_served")
    if served:
        day = served[0].occurred_on
        replied = life.has_since(day, "agency_replied")
        past = any(one.deadline in REPLY and one.is_overdue(life.last) for one in life.clocks)
        part = YES if replied else NO if past else OUT
        put("reply_rate", case.id, part)
        put("timely_reply_rate", case.id, timely(life, part))
        if replied:
            items = {}
            for event in life.of("item_replied"):
                if event.detail("item").strip():
                    items[event.detail("item").strip()] = event.detail("answer")
            wholes = [event.detail("answer") for event in life.of("agency_replied")]
            wholes = [one for one in wholes if one][-1:]
            is_accepted = "accepted" in items.values() or wholes in (["accepted"], ["partly"])
            part = YES if is_accepted else NO if items or wholes else OUT
            put("adoption_rate", case.id, part)
        put("rectification_rate", case.id, rectified(life, day))
    clock = life.latest_clock(LOOK_BACK)
    if clock and life.first <= clock.due_on <= life.last:
        part = YES if clock.done_on else NO if clock.due_on < life.last else OUT
        put("lookback_done_rate", case.id, part)


def timely(life, part):
    clock = life.latest_clock(REPLY)
    if clock is None:
        return OUT
    days = [one.occurred_on for one in life.of("agency_replied")]
    days = [day for day in days if day >= clock.started_on]
    if part == YES and (not days or days[0] > clock.due_on):
        return NO
    return part


def rectified(life, day):
    if life.has_since(day, "rectification_verified"):
        return YES
    clock = life.latest_clock(RECTIFICATION)
    if clock is None or clock.due_on >= life.last or clock.is_paused:
        return OUT
    return OUT if clock.done_on and clock.done_on <= clock.due_on else NO


def put_times(life, put):
    served, replied = life.on("recommendation_served"), life.on("agency_replied")
    spans = {
        "time_to_file": (life.on("lead_registered"), life.filed_on()),
        "time_to_recommend": (life.filed_on(), served),
        "time_to_reply": (life.on("recommendation_received"), replied),
    }
    for figure, (since, until) in spans.items():
        if life.is_in(until):
            days = (until - since).days if since else -1
            put(figure, life.case.id, *((YES, days) if days >= 0 else (OUT,)))


def put_outcomes(life, put):
    for name, (outcome, _) in OUTCOMES.items():
        for state in OUTCOME_STATES:
            before, latest = {}, {}
            for number, event in life.numbered:
                asked = (event.detail("outcome"), event.detail("outcome_state"))
                amount = number_in(event.detail("amount"))
                if event.kind != "outcome_stated" or asked != (outcome, state) or amount is None:
                    continue
                place = event.detail("land_class")
                if event.occurred_on < life.first:
                    before[place] = amount
                else:
                    latest[place] = (number, amount)
            figure = name if state == "verified" else f"{name}_{state}"
            for place, (number, amount) in latest.items():
                added = amount - before.get(place, 0)
                put(figure, f"{life.case.id}:{number}", amount=added, group=place)


def put_stock(life, put):
    case, stage = life.case, life.stage()
    if stage and stage.group == "lead":
        put("leads_open", case.id, group=stage.id)
    if stage and stage.group in OPEN_GROUPS:
        put("cases_open", case.id, group=stage.id)
    if stage and stage.id == "review_suspended":
        since = life.of("review_suspended")[-1].occurred_on
        put("suspended", case.id, amount=(life.last - since).days)
    late = {
        "overdue_reply": REPLY,
        "rectification_overdue": RECTIFICATION,
        "review_overdue": REVIEW,
        "lookback_due": LOOK_BACK,
    }
    for figure, deadlines in late.items():
        due = [
            one.due_on
            for one in life.clocks
            if one.deadline in deadlines and one.is_overdue(life.last)
        ]
        if due:
            put(figure, case.id, amount=(life.last - min(due)).days)


def linked(life):
    held = dict.fromkeys(str(ref) for ref in life.case.hazards)
    for event in life.events:
        if event.kind == "hazard_linked":
            held[event.detail("hazard")] = None
        elif event.kind == "hazard_unlinked":
            held.pop(event.detail("hazard"), None)
    return set(held)


def put_hazards(lives, features, put):
    cases = Counter(ref for life in lives if life.stage() for ref in linked(life))
    for row in features.to_dict("records"):
        if row["hazard_kinds"]:
            put("hazards_found", row["ref"], group=row["layer"])
            fixed = row["verified_on"] is not None and row["relapsed_on"] is None
            put("hazards_fixed", row["ref"], YES if fixed else NO, group=row["layer"])
            if cases[row["ref"]]:
                count = cases[row["ref"]]
                put("cases_per_harm", row["ref"], YES if count > 1 else NO, count, row["layer"])
