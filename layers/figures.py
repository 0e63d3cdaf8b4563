"""The figures of a period and of a day, each declared once with what it counts and lists.

No public formula is known for any of them: all are ours ("proposal"). What they share: a case
with several recommendations counts once in a rate of cases, and what is not due is no failure;
who hands a lead or a case over counts what happened before, who receives it what comes after;
a lead is registered once; outcomes are counted as they were last stated, and verified, claimed
and planned ones are never added together; a zero denominator has no rate. A rate of a period
follows what was served (registered) in it up to its last day: the cut-off.
"""

from collections.abc import Callable, Collection, Mapping
from functools import partial

import numpy as np
import pandas as pd

from geodata.casebook import NONE
from geodata.rule_set import RuleSet
from layers.indicators import is_hazard, is_verified
from layers.tally import COUNTED, LEFT_OUT, TAKEN_OF, Figure, Ground, Tally, day_number

FILED = ("case_filed", "criminal_incidental_filed")
"""What files a case; where both stand in its record, the first of these two."""
REFERRED = "lead_referred"
EVALUATED = (*FILED, "not_filed", REFERRED, "lead_reported_up", "lead_diverted")
"""How the evaluation of a lead ends."""
SERVED, REPLIED = "recommendation_served", "agency_replied"
MODEL = "big_data_model"
ACCEPTED = "accepted"
ACCEPTED_IN_WHOLE = frozenset({"accepted", "partly"})
"""Answers of a whole reply by which at least something of the recommendation is accepted."""
UPHELD = frozenset({"upheld", "partly_upheld"})
REPLY = ("agency_reply_normal", "agency_reply_urgent")
RECTIFICATION = ("rectification_end", "rectification_end_urgent")
REVIEW = (
    "suit_review_admin",
    "suit_review_admin_urgent",
    "suit_review_civil",
    "suit_review_kin",
    "transferred_case_review",
    "transferred_case_review_civil",
)
LOOK_BACK = ("look_back_due",)
OPEN_GROUPS = frozenset({"investigation", "recommendation", "follow_up", "in_court"})
MOST_HAND_OVERS = 8
"""How far a lead is followed from office to office."""

OUTCOMES: Mapping[str, tuple[str, str]] = {
    "area_restored": ("area_m2", "m2"),
    "waste_cleared": ("waste_t", "tonne"),
    "amount_recovered": ("money_yuan", "yuan"),
    "eco_compensation": ("eco_compensation_yuan", "yuan"),
}
"""The figures of outcomes: the kind of outcome that they add up, and its unit."""
OUTCOME_STATES = ("verified", "claimed", "planned")

Count = Callable[[Figure, Ground], Tally]


def count_figures(ground: Ground, figures: Collection[Figure]) -> dict[str, Tally]:
    """Return the tally of each figure on a ground, by id in the order given.

    Raises KeyError for a figure that is not in FIGURES. Figures of hazards need the ground's
    features; where it has none they count nothing.
    """
    return {one.id: _COUNTS[one.id](one, ground) for one in figures}


# ------------------------------------------------------------------------------------ leads


def _registered(ground: Ground) -> np.ndarray:
    """Return the entries that register a lead in the period, where it was registered first."""
    first = ground.first_of(ground.of("lead_registered"))
    rows = ground.in_period(first[first >= 0])
    return np.asarray(rows[~(_origin(ground) >= 0)[ground.case(rows)]])


def _origin(ground: Ground) -> np.ndarray:
    """Return for every case which one of the city's it came from by hand-over, -1 for none."""
    positions = ground.book.positions
    found = [positions.get(one, -1) if one else -1 for one in ground.facts("came_from")]
    origin = np.array(found, np.int64)
    origin[~ground.is_own] = -1
    has = np.flatnonzero(origin >= 0)
    origin[has[~ground.is_own[origin[has]]]] = -1
    return origin


def _evaluation(ground: Ground) -> np.ndarray:
    """Return for every case 0 without a result, 1 where evaluated, 2 where it was filed.

    A lead referred to another office has the result that it gets there.
    """
    result = np.zeros(len(ground.book), np.int64)
    result[ground.case(ground.of(*EVALUATED))] = 1
    result[ground.case(ground.of(*FILED))] = 2
    last = ground.last_of(ground.of(*EVALUATED))
    codes = ground.book.entries["kind"].astype(object).to_numpy()
    is_referred = np.zeros(len(result), bool)
    is_referred[last >= 0] = codes[last[last >= 0]] == REFERRED
    origin = _origin(ground)
    child = np.flatnonzero(origin >= 0)
    child = child[is_referred[origin[child]] & (result[origin[child]] == 1)]
    parent = origin[child]
    for _ in range(MOST_HAND_OVERS if len(child) else 0):
        before = result.copy()
        result[parent] = 0
        np.maximum.at(result, parent, before[child])
        if (result == before).all():
            break
    return result


def _leads(figure: Figure, ground: Ground) -> Tally:
    rows = _registered(ground)
    return ground.tally_rows(figure, rows, ground.facts("lead_source")[ground.case(rows)])


def _leads_evaluated(figure: Figure, ground: Ground) -> Tally:
    first = ground.first_of(ground.of(*EVALUATED))
    rows = ground.in_period(first[first >= 0])
    return ground.tally_rows(figure, rows, _kinds(ground, rows))


def _filing_rate(figure: Figure, ground: Ground) -> Tally:
    rows = _registered(ground)
    return _of_leads(figure, ground, rows, np.array([LEFT_OUT, TAKEN_OF, COUNTED]))


def _of_leads(figure: Figure, ground: Ground, rows: np.ndarray, parts: np.ndarray) -> Tally:
    case = ground.case(rows)
    return ground.tally(figure, case, rows, parts[_evaluation(ground)[case]])


def _model_rows(ground: Ground) -> np.ndarray:
    rows = _registered(ground)
    return np.asarray(rows[ground.facts("lead_source")[ground.case(rows)] == MODEL])


def _model_leads(figure: Figure, ground: Ground) -> Tally:
    return ground.tally_rows(figure, _model_rows(ground))


def _model_leads_filed(figure: Figure, ground: Ground) -> Tally:
    parts = np.array([TAKEN_OF, TAKEN_OF, COUNTED])
    return _of_leads(figure, ground, _model_rows(ground), parts)


# ---------------------------------------------------------------------- cases and documents


def _filed(ground: Ground) -> np.ndarray:
    """Return for every case the entry that files it, -1 where none does."""
    found = [ground.first_of(ground.of(kind)) for kind in FILED]
    return np.where(found[0] >= 0, found[0], found[1])


def _cases_filed(figure: Figure, ground: Ground) -> Tally:
    first = _filed(ground)
    rows = ground.in_period(first[first >= 0])
    return ground.tally_rows(figure, rows, ground.facts("kind")[ground.case(rows)])


def _documents(figure: Figure, ground: Ground, *, kind: str) -> Tally:
    """Return the tally of every entry of a kind in the period."""
    return ground.tally_rows(figure, ground.in_period(ground.of(kind)))


def _cases_with(figure: Figure, ground: Ground, *, kind: str, of: Collection[str] = ()) -> Tally:
    """Return the tally of the cases with such an entry in the period; `of` limits their kinds."""
    first = ground.first_of(ground.in_period(ground.of(kind)))
    rows = first[first >= 0]
    if of:
        rows = rows[np.isin(ground.facts("kind")[ground.case(rows)].astype(str), list(of))]
    return ground.tally_rows(figure, rows)


def _closed(figure: Figure, ground: Ground) -> Tally:
    rules = ground.facts("rule_set")
    found = [np.empty(0, np.int64)]
    for rule_set in dict.fromkeys(rules.tolist()):
        rows = ground.of(*_terminal(ground.rules_of(rule_set)))
        found.append(rows[rules[ground.case(rows)] == rule_set])
    rows = np.concatenate(found)
    order = np.lexsort((np.arange(len(rows)), ground.day(rows), ground.case(rows)))
    first = ground.first_of(rows[order])
    rows = ground.in_period(first[first >= 0])
    return ground.tally_rows(figure, rows, _kinds(ground, rows))


def _terminal(rules: RuleSet) -> list[str]:
    return [one.id for one in rules.stages.values() if one.is_terminal]


def _support_rate(figure: Figure, ground: Ground) -> Tally:
    rows = ground.in_period(ground.of("first_instance_judgment"))
    judgment = ground.told_of(rows)["judgment"].to_numpy(object)
    is_upheld = np.isin(judgment.astype(str), list(UPHELD))
    part = np.where(is_upheld, COUNTED, np.where(judgment == "", LEFT_OUT, TAKEN_OF))
    return ground.tally(figure, ground.case(rows), rows, part, group=judgment)


# ---------------------------------------------------------------------------- after serving


def _served_rows(ground: Ground) -> np.ndarray:
    """Return for each case served in the period the first entry that says so."""
    first = ground.first_of(ground.in_period(ground.of(SERVED)))
    return np.asarray(first[first >= 0])


def _happened_since(ground: Ground, rows: np.ndarray, *kinds: str) -> np.ndarray:
    """Return for each of some entries whether one of some kinds followed in its case."""
    last = ground.last_of(ground.of(*kinds))[ground.case(rows)]
    days = np.where(last >= 0, ground.days_of(last), -NONE)
    return np.asarray(days >= ground.day(rows))


def _clocks(ground: Ground, deadlines: Collection[str]) -> pd.DataFrame:
    """Return the clock of each case that started last, of some deadlines, by position.

    Days are numbers, NONE where there is none. Of two that started on one day the first of
    the law counts.
    """
    clocks = ground.standing.clocks
    found = clocks[clocks["deadline"].isin(list(deadlines))]
    days = {
        name: np.where(
            found[name].isna(), NONE, found[name].to_numpy().astype("datetime64[D]").astype("int64")
        )
        for name in ("started_on", "due_on", "done_on")
    }
    found = found.assign(**days)
    ordered = found.sort_values(["case", "started_on"], ascending=[True, False], kind="stable")
    latest = ordered.drop_duplicates("case").set_index("case")
    return latest[["started_on", "due_on", "done_on", "is_paused"]]


def _clocks_of(ground: Ground, deadlines: Collection[str], case: np.ndarray) -> pd.DataFrame:
    found = _clocks(ground, deadlines).reindex(case)
    days = found[["started_on", "due_on", "done_on"]].fillna(NONE).astype("int64")
    return days.assign(
        is_paused=found["is_paused"].fillna(value=False).astype(bool), there=found["due_on"].notna()
    )


def _is_past(ground: Ground, deadlines: Collection[str], case: np.ndarray) -> np.ndarray:
    return np.isin(case, ground.standing.past(*deadlines))


def _reply_parts(ground: Ground, rows: np.ndarray) -> np.ndarray:
    has_replied = _happened_since(ground, rows, REPLIED)
    is_past = _is_past(ground, REPLY, ground.case(rows))
    return np.where(has_replied, COUNTED, np.where(is_past, TAKEN_OF, LEFT_OUT))


def _reply_rate(figure: Figure, ground: Ground) -> Tally:
    rows = _served_rows(ground)
    return ground.tally(figure, ground.case(rows), rows, _reply_parts(ground, rows))


def _timely_reply_rate(figure: Figure, ground: Ground) -> Tally:
    rows = _served_rows(ground)
    case, part = ground.case(rows), _reply_parts(ground, rows)
    clocks = _clocks_of(ground, REPLY, case)
    answered = _first_since(ground, REPLIED, case, clocks["started_on"].to_numpy())
    is_late = answered > clocks["due_on"].to_numpy()
    part = np.where((part == COUNTED) & is_late, TAKEN_OF, part)
    part = np.where(clocks["there"].to_numpy(), part, LEFT_OUT)
    return ground.tally(figure, case, rows, part)


def _first_since(ground: Ground, kind: str, case: np.ndarray, since: np.ndarray) -> np.ndarray:
    """Return for each of some cases the first day of a kind from a day on, NONE for none."""
    begun = np.full(len(ground.book), NONE, np.int64)
    begun[case] = since
    rows = ground.of(kind)
    rows = rows[ground.day(rows) >= begun[ground.case(rows)]]
    return np.asarray(ground.days_of(ground.first_of(rows))[case])


def _adoption_rate(figure: Figure, ground: Ground) -> Tally:
    rows = _served_rows(ground)
    rows = rows[_happened_since(ground, rows, REPLIED)]
    items = ground.told_of(ground.of("item_replied"))
    items = items[items["item"] != ""].drop_duplicates(["case", "item"], keep="last")
    whole = ground.told_of(ground.of(REPLIED))
    whole = whole[whole["answer"] != ""].drop_duplicates("case", keep="last")
    accepting = (
        items.loc[items["answer"] == ACCEPTED, "case"],
        whole.loc[whole["answer"].isin(ACCEPTED_IN_WHOLE), "case"],
    )
    case = ground.case(rows)
    is_answered = np.isin(case, np.concatenate([items["case"], whole["case"]]))
    accepts = np.isin(case, np.concatenate(accepting))
    part = np.where(accepts, COUNTED, np.where(is_answered, TAKEN_OF, LEFT_OUT))
    return ground.tally(figure, case, rows, part)


def _rectification_rate(figure: Figure, ground: Ground) -> Tally:
    rows = _served_rows(ground)
    case = ground.case(rows)
    clocks = _clocks_of(ground, RECTIFICATION, case)
    is_verified_there = _happened_since(ground, rows, "rectification_verified")
    due, done = clocks["due_on"].to_numpy(), clocks["done_on"].to_numpy()
    has_ended = clocks["there"].to_numpy() & (due < day_number(ground.last))
    is_unmet = (done == NONE) | (done > due)
    counts = has_ended & is_unmet & ~clocks["is_paused"].to_numpy()
    part = np.where(is_verified_there, COUNTED, np.where(counts, TAKEN_OF, LEFT_OUT))
    return ground.tally(figure, case, rows, part)


def _no_formula(figure: Figure, ground: Ground) -> Tally:
    nothing = np.empty(0, np.int64)
    return ground.tally(figure, nothing, nothing)


def _look_back_done_rate(figure: Figure, ground: Ground) -> Tally:
    clocks = _clocks(ground, LOOK_BACK)
    is_asked = clocks["due_on"].between(day_number(ground.first), day_number(ground.last))
    clocks = clocks[is_asked & ground.is_own[clocks.index.to_numpy(np.int64)]]
    is_over = clocks["due_on"] < day_number(ground.last)
    part = np.where(clocks["done_on"] != NONE, COUNTED, np.where(is_over, TAKEN_OF, LEFT_OUT))
    case = clocks.index.to_numpy(np.int64)
    return ground.tally(figure, case, ground.last_of(ground.of("look_back_planned"))[case], part)


# -------------------------------------------------------------------------------- durations


def _days_between(figure: Figure, ground: Ground, since: np.ndarray, until: np.ndarray) -> Tally:
    """Return the tally of the days from one entry of a case to another that is in the period."""
    rows = ground.in_period(until[until >= 0])
    case = ground.case(rows)
    amount = ground.day(rows) - ground.days_of(since)[case]
    part = np.where((since[case] >= 0) & (amount >= 0), COUNTED, LEFT_OUT)
    shown = np.where(part == COUNTED, amount, np.nan)
    return ground.tally(figure, case, rows, part, amount=shown)


def _time_to_file(figure: Figure, ground: Ground) -> Tally:
    first = ground.first_of(ground.of("lead_registered"))
    return _days_between(figure, ground, first, _filed(ground))


def _time_to_recommend(figure: Figure, ground: Ground) -> Tally:
    served = ground.first_of(ground.of(SERVED))
    return _days_between(figure, ground, _filed(ground), served)


def _time_to_reply(figure: Figure, ground: Ground) -> Tally:
    received = ground.first_of(ground.of("recommendation_received"))
    return _days_between(figure, ground, received, ground.first_of(ground.of(REPLIED)))


# --------------------------------------------------------------------------------- outcomes


def _outcome(figure: Figure, ground: Ground, *, outcome: str, state: str) -> Tally:
    """Return what the statements of the period added: of a case the last statement counts.

    Where something was stated before the period, only the difference is new.
    """
    rows = ground.of("outcome_stated")
    told = ground.told_of(rows).assign(row=rows, day=ground.day(rows))
    is_asked = (told["outcome"] == outcome) & (told["outcome_state"] == state)
    told = told[is_asked & told["amount"].notna()]
    keys = ["case", "land_class"]
    before = told[told["day"] < day_number(ground.first)].drop_duplicates(keys, keep="last")
    latest = told[told["day"] >= day_number(ground.first)].drop_duplicates(keys, keep="last")
    both = latest.merge(before[[*keys, "amount"]], on=keys, how="left", suffixes=("", "_before"))
    amount = (both["amount"] - both["amount_before"].fillna(0)).to_numpy(float)
    case, row = both["case"].to_numpy(np.int64), both["row"].to_numpy(np.int64)
    return ground.tally(figure, case, row, amount=amount, group=both["land_class"].to_numpy(object))


# ------------------------------------------------------------------------------------ stock


def _in_groups(figure: Figure, ground: Ground, *, groups: Collection[str]) -> Tally:
    cases = ground.standing.cases
    found = cases[cases["group"].isin(list(groups)) & ~cases["is_foreign"].to_numpy(bool)]
    case = found["case"].to_numpy(np.int64)
    group = found["stage"].to_numpy(object)
    return ground.tally(figure, case, np.full(len(case), -1), group=group)


def _late(figure: Figure, ground: Ground, *, deadlines: Collection[str]) -> Tally:
    """Return the cases with one of some periods past, and by how many days the oldest is."""
    clocks = ground.standing.clocks
    late = clocks[clocks["is_past"] & clocks["deadline"].isin(list(deadlines))]
    late = late[ground.is_own[late["case"].to_numpy(np.int64)]]
    oldest = late.groupby("case", sort=True)["due_on"].min()
    case = oldest.index.to_numpy(np.int64)
    due = oldest.to_numpy().astype("datetime64[D]").astype(np.int64)
    amount = (day_number(ground.last) - due).astype(float)
    return ground.tally(figure, case, np.full(len(case), -1), amount=amount)


def _suspended(figure: Figure, ground: Ground) -> Tally:
    cases = ground.standing.cases
    found = cases[cases["is_suspended"].to_numpy(bool) & ~cases["is_foreign"].to_numpy(bool)]
    case = found["case"].to_numpy(np.int64)
    rows = ground.last_of(ground.of("review_suspended"))[case]
    return ground.tally(figure, case, rows, amount=day_number(ground.last) - ground.day(rows))


def _hazard_tally(figure: Figure, ground: Ground, facts: pd.DataFrame) -> Tally:
    """Return the tally of places: `facts` has ref, office, part, amount and group."""
    size = len(facts)
    nowhere = np.full(size, -1, np.int64)
    return Tally(
        figure=figure,
        book=ground.book,
        case=nowhere,
        row=nowhere,
        part=facts["part"].to_numpy(np.int8),
        amount=facts["amount"].to_numpy(float),
        group=facts["group"].to_numpy(object),
        office=facts["office"].to_numpy(object),
        ref=facts["ref"].to_numpy(object),
        many=facts["many"].to_numpy(np.int64),
    )


def _hazards(ground: Ground) -> pd.DataFrame:
    """Return the hazards one by one, then a row for each sort of those that are only counted."""
    if ground.features is None:
        names = ("ref", "office", "group", "amount", "verified", "many")
        return pd.DataFrame({name: [] for name in names})
    found = ground.features[is_hazard(ground.features)]
    held = pd.DataFrame(
        {
            "ref": found["ref"].to_numpy(object),
            "office": found["jurisdiction"].fillna("").to_numpy(object),
            "group": found["layer"].to_numpy(object),
            "amount": np.nan,
            "verified": is_verified(found).to_numpy(bool),
            "many": 1,
        }
    )
    if ground.crowd is None or ground.crowd.empty:
        return held
    return pd.concat([held, _counted_hazards(ground.crowd)], ignore_index=True)


def _counted_hazards(crowd: pd.DataFrame) -> pd.DataFrame:
    sorts = ["layer", "jurisdiction", "is_verified"]
    rows = crowd[crowd["is_hazard"].astype(bool)].groupby(sorts)["count"].sum().reset_index()
    return pd.DataFrame(
        {
            "ref": rows["layer"] + ":",
            "office": rows["jurisdiction"],
            "group": rows["layer"],
            "amount": np.nan,
            "verified": rows["is_verified"].astype(bool),
            "many": rows["count"].astype(np.int64),
        }
    )


def _hazards_found(figure: Figure, ground: Ground) -> Tally:
    return _hazard_tally(figure, ground, _hazards(ground).assign(part=COUNTED))


def _hazards_fixed(figure: Figure, ground: Ground) -> Tally:
    facts = _hazards(ground)
    part = np.where(facts["verified"].astype(bool), COUNTED, TAKEN_OF)
    return _hazard_tally(figure, ground, facts.assign(part=part))


def _cases_per_harm(figure: Figure, ground: Ground) -> Tally:
    links, begun = ground.standing.links, ground.standing.cases["case"]
    there = links["case"].isin(begun) & ground.is_own[links["case"].to_numpy(np.int64)]
    counts = links.loc[there, "ref"].value_counts()
    facts = _hazards(ground)
    facts = facts[facts["ref"].isin(counts.index)]
    amount = facts["ref"].map(counts).astype(float)
    part = np.where(amount > 1, COUNTED, TAKEN_OF)
    return _hazard_tally(figure, ground, facts.assign(amount=amount, part=part))


def _kinds(ground: Ground, rows: np.ndarray) -> np.ndarray:
    return np.asarray(ground.book.entries["kind"].astype(object).to_numpy()[rows])


# ----------------------------------------------------------------------------- declarations


def _period(name: str, unit: str, **facts: str) -> Figure:
    return Figure(name, unit, "period", **facts)  # type: ignore[arg-type]


def _stock(name: str, unit: str, **facts: str) -> Figure:
    return Figure(name, unit, "stock", **facts)  # type: ignore[arg-type]


_DOCUMENTS = {"lists": "documents"}
_SUITS = {
    "suits_admin": ("suit_filed", ("admin_pil",)),
    "suits_civil": ("suit_filed", ("civil_pil", "support_prosecution")),
    "suits_criminal_incidental": ("criminal_incidental_filed", ()),
}

_DECLARED: tuple[tuple[Figure, Count], ...] = (
    (_period("leads", "case", by="lead_sources"), _leads),
    (_period("leads_evaluated", "case", by="stages"), _leads_evaluated),
    (_period("filing_rate", "case", shape="rate"), _filing_rate),
    (_period("model_leads", "case"), _model_leads),
    (
        _period("model_leads_filed", "case", shape="rate", part_of="model_leads"),
        _model_leads_filed,
    ),
    (_period("cases_filed", "case", by="case_kinds"), _cases_filed),
    (_period("recommendations", "document", **_DOCUMENTS), partial(_documents, kind=SERVED)),
    (_period("consultations", "case"), partial(_cases_with, kind="consultation")),
    (
        _period("consultation_meetings", "meeting", part_of="consultations", **_DOCUMENTS),
        partial(_documents, kind="consultation"),
    ),
    (_period("hearings", "case"), partial(_cases_with, kind="hearing")),
    (
        _period("hearing_meetings", "meeting", part_of="hearings", **_DOCUMENTS),
        partial(_documents, kind="hearing"),
    ),
    (_period("announcements", "document", **_DOCUMENTS), partial(_documents, kind="announcement")),
    *(
        (_period(name, "case"), partial(_cases_with, kind=kind, of=of))
        for name, (kind, of) in _SUITS.items()
    ),
    (_period("support_prosecution", "case"), partial(_cases_with, kind="support_prosecution")),
    (_period("reply_rate", "case", shape="rate"), _reply_rate),
    (_period("timely_reply_rate", "case", shape="rate"), _timely_reply_rate),
    (_period("adoption_rate", "case", shape="rate"), _adoption_rate),
    (_period("rectification_rate", "case", shape="rate"), _rectification_rate),
    (
        _period("reply_and_rectification_rate", "none", shape="none", certainty="confirmed"),
        _no_formula,
    ),
    (_period("lookback_done_rate", "case", shape="rate"), _look_back_done_rate),
    (_period("relapse", "meeting", **_DOCUMENTS), partial(_documents, kind="relapse_found")),
    (_period("closed", "case", by="stages"), _closed),
    (
        _period("support_rate", "document", shape="rate", by="judgment_types", **_DOCUMENTS),
        _support_rate,
    ),
    *(
        (
            _period(
                name if state == "verified" else f"{name}_{state}",
                unit,
                shape="sum",
                by="land_classes" if outcome == "area_m2" else "",
                part_of="" if state == "verified" else name,
                **_DOCUMENTS,
            ),
            partial(_outcome, outcome=outcome, state=state),
        )
        for name, (outcome, unit) in OUTCOMES.items()
        for state in OUTCOME_STATES
    ),
    (_period("time_to_file", "day", shape="median"), _time_to_file),
    (_period("time_to_recommend", "day", shape="median"), _time_to_recommend),
    (_period("time_to_reply", "day", shape="median"), _time_to_reply),
    (_stock("leads_open", "case", by="stages"), partial(_in_groups, groups=("lead",))),
    (_stock("cases_open", "case", by="stages"), partial(_in_groups, groups=OPEN_GROUPS)),
    (_stock("overdue_reply", "case"), partial(_late, deadlines=REPLY)),
    (_stock("rectification_overdue", "case"), partial(_late, deadlines=RECTIFICATION)),
    (_stock("review_overdue", "case"), partial(_late, deadlines=REVIEW)),
    (_stock("suspended", "case"), _suspended),
    (_stock("lookback_due", "case"), partial(_late, deadlines=LOOK_BACK)),
    (_stock("hazards_found", "place", by="layers", lists="hazards"), _hazards_found),
    (
        _stock("hazards_fixed", "place", shape="rate", by="layers", lists="hazards"),
        _hazards_fixed,
    ),
    (
        _stock("cases_per_harm", "case", shape="mean", by="layers", lists="hazards"),
        _cases_per_harm,
    ),
)

FIGURES: tuple[Figure, ...] = tuple(figure for figure, _ in _DECLARED)
"""Every figure in the order in which it is shown: those of a period, then those of a day."""
FIGURE_IDS: tuple[str, ...] = tuple(one.id for one in FIGURES)
PERIOD_FIGURES = tuple(one for one in FIGURES if one.timing == "period")
STOCK_FIGURES = tuple(one for one in FIGURES if one.timing == "stock")
_COUNTS: Mapping[str, Count] = {figure.id: count for figure, count in _DECLARED}


def find_figure(figure_id: str) -> Figure:
    """Return a figure by its id; raise KeyError."""
    return _BY_ID[figure_id]


_BY_ID: Mapping[str, Figure] = {one.id: one for one in FIGURES}


def is_rolling(figure: Figure, by: str) -> bool:
    """Return whether the course of a figure by "months" is told by the twelve months up to each.

    What was served in one month is not due at its end: shares and medians need a longer period.
    """
    return by == "months" and figure.timing == "period" and figure.shape not in {"count", "sum"}
