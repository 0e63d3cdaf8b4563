"""Every cached question to the stores, keyed by (Scope, day, revision, what was known when).

What is returned is shared by all visitors: look, never change. Each cache has a bound.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from itertools import groupby

import geopandas as gpd
import pandas as pd
import streamlit as st

from dashboard.doors.access import may
from dashboard.doors.visitors import visitor
from dashboard.draft import Around
from dashboard.holdings import (
    MOST_EYES,
    add_crowds,
    all_features,
    case_links,
    casebook,
    city,
    count_crowd,
    crowd_rows,
    crowds,
    data_revision,
    eyes_of,
    layers,
    page_of_crowd,
    seen_stores,
    settings,
    spans,
    stores,  # noqa: F401 - for whoever asks here for everything that is stored
    with_neighbours,
)
from dashboard.naming import Naming
from dashboard.view import WHOLE_LAYER, View
from geodata import (
    Case,
    HazardRef,
    Language,
    RuleSet,
    Scope,
    hazards_of,
    load_rule_set,
    stage_of,
)
from geodata.city import read_outlines
from geodata.clocks import add_months
from geodata.lifecycle import OFFICE_TIME
from geodata.revisions import Aside, Revision
from geodata.rule_set import rule_set_ids, rule_set_in_force
from geodata.sample import SAMPLE_ON
from geodata.selection import have_place
from geodata.standing import Standing, judge
from geodata.tiles import Look, Sort
from layers.catalog import find_layer, layer_ids
from layers.drawing.timeline import Run, days_of_run, gather_run
from layers.drawing.webmap import GoTo, bounds_of
from layers.due_list import NEAR_M, DueList, find_old_refs, list_due
from layers.figures import (
    PERIOD_FIGURES,
    STOCK_FIGURES,
    count_figures,
    find_figure,
    is_rolling,
)
from layers.imprint import Imprint, imprint_of
from layers.indicators import (
    Indicator,
    count_by_office,
    count_indicators,
    is_verified,
    rows_behind,
)
from layers.layer import Layer
from layers.reconciliation import LineProblem, ReportLine, read_report_file
from layers.routing import Tour, find_stops, order_visits
from layers.situation import Situation, dress, look_at_crowd, see
from layers.summary_tallies import count_summary
from layers.tally import TOLD_KINDS, Figure, Ground, Tally, Value, told_frame, told_in
from layers.yearbook import Period, cut_off, months_up_to, rolling_up_to, years_up_to

INDICATORS = (
    "hazards_found",
    "hazards_verified",
    "leads",
    "cases_filed",
    "cases_open",
    "cases_overdue",
    "cases_suspended",
    "recommendations",
    "reply_rate",
    "rectification_rate",
    "look_back_due",
    "cases_closed",
)

PAGE, PART = 200, 20_000
"""Features of large layers in a list on screen, and in each part of one that is taken away."""

HAZARDS: frozenset[Sort] = frozenset({"hazard"})

MOST_WAITING = 500
"""How many of a large layer's features without a place are offered to be put on the map."""

MOST_NAMED = 300
"""Up to how many cases are asked for by name; beyond it all are read."""


@dataclass(frozen=True)
class DataState:
    """What stands in the map's corner: revision, day, and whether some or all is invented.

    `known_at` is the instant whose knowledge counts, None for all that is known.
    """

    revision: str
    as_of: date
    is_demonstration: bool
    is_mixed: bool = False
    known_at: datetime | None = None


@dataclass(frozen=True)
class Hazard:
    """One hazard: its whole row, its layer and the cases that it belongs to."""

    row: pd.Series
    layer: Layer
    cases: tuple[Case, ...]


def rules(on: date | None = None) -> RuleSet:
    """Return the rule set that a case begun on a day falls under; one begun today, unless said."""
    return rule_set(rule_set_in_force(on or today()))


def rules_of(case: Case) -> RuleSet:
    """Return the rule set that a case is judged by: its own."""
    return rule_set(case.rule_set)


def rule_set(rule_set_id: str) -> RuleSet:
    """Return a rule set with the internal targets of this installation, if it has any."""
    return load_rule_set(rule_set_id, settings().targets_file)


def all_rule_sets() -> dict[str, RuleSet]:
    """Return every rule set by its id, with the internal targets of this installation."""
    return {one: rule_set(one) for one in rule_set_ids()}


def naming(language: Language) -> Naming:
    """Return what things are called in one language."""
    return naming_under(rules(), language)


def naming_under(law: RuleSet, language: Language) -> Naming:
    """Return what things are called under one rule set."""
    return Naming(city(), law, layers(), language, all_rule_sets())


def data_state(
    day: date | None = None, known_on: date | None = None, revision: str = ""
) -> DataState:
    """Return revision and day of the data, and what is known of it.

    Demonstration data is seen from its own day, or from that of the newest real row beside
    it; real data alone is seen from today; a `day` asked for counts before all of these.
    With `known_on`, what was entered after the end of that day is not known. Without a `revision`
    it is the newest, for the eyes of this visitor.
    """
    revision = revision or data_revision()
    invented, newest = _invented(revision)
    return DataState(
        revision=revision,
        as_of=day or settings().as_of or (newest if invented else today()),
        is_demonstration=invented != "",
        is_mixed=invented == "some",
        known_at=datetime.combine(known_on, time.max, OFFICE_TIME) if known_on else None,
    )


@st.cache_resource(max_entries=MOST_EYES, show_spinner=False)
def _invented(revision: str) -> tuple[str, date]:
    """Return whether all, some or none ("") of the rows are invented, and their newest day."""
    rows = all_features(revision)
    invented = rows["is_demonstration"].astype(bool)
    newest = pd.to_datetime(rows.loc[~invented, "found_on"]).max()
    real_days = [] if pd.isna(newest) else [newest.date()]
    real_days += [one.newest for one in spans(revision) if one.newest]
    counted = [count_crowd(Look(), one, revision) for one in crowds(revision)]
    sorts = {bool(one) for told in counted for one in told["is_demonstration"]}
    sorts |= set(invented.tolist())
    share = "all" if sorts == {True} else "some"
    return (share if True in sorts else ""), max([SAMPLE_ON, *real_days])


@st.cache_resource(max_entries=MOST_EYES, show_spinner=False)
def all_cases(revision: str) -> tuple[Case, ...]:
    """Return every case as a value: slow where there are many, figures ask the casebook."""
    _, store = seen_stores(revision)
    return store.find()


@st.cache_resource(max_entries=MOST_EYES, show_spinner=False)
def standing(as_of: date, revision: str, known_at: datetime | None = None) -> Standing:
    """Return how every case stood on a day, each by its own rule set."""
    return judge(casebook(revision), rule_set, as_of, known_at)


@st.cache_resource(max_entries=MOST_EYES, show_spinner=False)
def _dressed(as_of: date, revision: str, known_at: datetime | None) -> gpd.GeoDataFrame:
    return dress(all_features(revision), standing(as_of, revision, known_at))


@st.cache_resource(max_entries=2 * MOST_EYES, show_spinner=False)
def situation(
    scope: Scope, as_of: date, revision: str, known_at: datetime | None = None
) -> Situation:
    """Return the features and cases of a scope as they stood on a day."""
    then = standing(as_of, revision, known_at)
    return add_crowds(see(_dressed(as_of, revision, known_at), then, scope), scope, revision)


@st.cache_resource(max_entries=64, show_spinner=False)
def indicators(
    scope: Scope, as_of: date, revision: str, known_at: datetime | None = None
) -> tuple[Indicator, ...]:
    """Return the leaders' numbers of a scope."""
    seen = situation(scope, as_of, revision, known_at)
    return count_indicators(seen, standing(as_of, revision, known_at))


@st.cache_resource(max_entries=64, show_spinner=False)
def offices(
    scope: Scope, as_of: date, revision: str, known_at: datetime | None = None
) -> pd.DataFrame:
    """Return the counts per office in administrative order."""
    seen = situation(scope, as_of, revision, known_at)
    return count_by_office(seen, offices_shown(revision))


def offices_shown(revision: str) -> tuple[str, ...]:
    """Return the offices that something may be seen of, in administrative order.

    An office that is hidden has no row: a zero there would say that it has nothing.
    """
    own, every = eyes_of(revision), city().jurisdiction_ids
    if own is None:
        return every
    shared = set(casebook(revision).cases["jurisdiction"])
    return tuple(one for one in every if one in own | shared)


def may_open_lists() -> bool:
    """Return whether this visitor may open the lists behind figures (`rights.toml`)."""
    return may(visitor(), "see_lists")


@st.cache_resource(max_entries=256, show_spinner=False)
def case(case_id: str, revision: str) -> Case | None:
    """Return one case, or None if the store has none of that id."""
    _, store = seen_stores(revision)
    try:
        return store.get(case_id)
    except KeyError:
        return None


def naming_of(case: Case, language: Language) -> Naming:
    """Return what things are called under the rule set of a case."""
    return naming_under(rules_of(case), language)


@st.cache_resource(max_entries=MOST_EYES, show_spinner=False)
def hazard_names(revision: str) -> dict[str, str]:
    """Return the name of every hazard in the store by its reference."""
    rows = all_features(revision)
    names = rows["name"].where(rows["name"].fillna("").ne(""), rows["id"])
    return dict(zip(rows["ref"], names.astype(str), strict=True))


def hazards_of_office(office: str, revision: str) -> dict[str, str]:
    """Return the name of every hazard of an office by its reference."""
    names, rows = hazard_names(revision), all_features(revision)
    return {ref: names[ref] for ref in rows.loc[rows["jurisdiction"] == office, "ref"]}


def around(case: Case, view: View, names: Naming, state: DataState) -> Around:
    """Return what an entry of a case may name: other offices, cases, hazards near at hand."""
    revision = state.revision
    own = [str(ref) for ref in hazards_of(case)]
    known, office = hazard_names(revision), hazards_of_office(case.jurisdiction, revision)
    chosen = (view.selected_hazard, *view.shortlist)
    more = crowd_rows(filter(None, chosen), revision, standing(state.as_of, revision))
    known = {**known, **dict(zip(more["ref"], more["name"], strict=True))}
    near = dict.fromkeys([*own, view.selected_hazard, *view.shortlist, *office])
    return Around(
        offices={one: names.office(one) for one in names.city.jurisdiction_ids},
        cases=case_titles(names, revision),
        hazards={ref: known[ref] for ref in near if ref in known},
        as_of=state.as_of,
        today=today(),
        known_at=state.known_at,
    )


def today() -> date:
    """Return the office's own calendar day."""
    return datetime.now(OFFICE_TIME).date()


def case_titles(names: Naming, revision: str) -> dict[str, str]:
    """Return the title of every case by its id, by office in administrative order."""
    return _case_titles(names.language, revision)


@st.cache_resource(max_entries=MOST_EYES, show_spinner=False)
def _case_titles(language: Language, revision: str) -> dict[str, str]:
    cases = casebook(revision).cases
    order = {office: place for place, office in enumerate(city().jurisdiction_ids)}
    place = cases["jurisdiction"].map(order).fillna(len(order))
    ordered = cases.iloc[place.argsort(kind="stable")]
    return dict(zip(ordered["id"], ordered[f"title_{language}"], strict=True))


def hazard(ref: str, state: DataState) -> Hazard | None:
    """Return one hazard with its whole row and the cases it had then, or None if there is none."""
    if not ref:
        return None
    named = HazardRef.parse(ref)
    store, _ = seen_stores(state.revision)
    if named.layer not in store.layers() or named.layer not in layer_ids():
        return None
    row = _row(named, state.revision)
    cases = (one for one in cases_of(ref, state.revision) if _is_linked(named, one, state))
    return None if row is None else Hazard(row, find_layer(named.layer), tuple(cases))


def _is_linked(ref: HazardRef, case: Case, state: DataState) -> bool:
    """Return whether a case had begun and had a hazard on the day that is seen."""
    has_begun = stage_of(case, rules_of(case), state.as_of, state.known_at) is not None
    return has_begun and ref in hazards_of(case, state.as_of, state.known_at)


@st.cache_resource(max_entries=256, show_spinner=False)
def _row(named: HazardRef, revision: str) -> pd.Series | None:
    rows = seen_stores(revision)[0].rows(named.layer, [named.id])
    return None if rows.empty else rows.iloc[0]


def cases_within(seen: Situation) -> tuple[Case, ...]:
    """Return the cases of a situation with their whole histories, by id."""
    _, store = seen_stores(data_revision())
    if len(seen.cases) <= MOST_NAMED:
        return tuple(store.get(case_id) for case_id in sorted(seen.cases.index))
    ids = set(seen.cases.index)
    return tuple(one for one in store.find() if one.id in ids)


def cases_of(ref: str, revision: str) -> tuple[Case, ...]:
    """Return the cases that a hazard was ever linked to, by id."""
    links, ids = case_links(revision), casebook(revision).cases["id"]
    found = (case(ids.iloc[at], revision) for at in links.loc[links["ref"] == ref, "case"])
    return tuple(one for one in found if one is not None)


def refs_of(selected: str, state: DataState) -> tuple[str, ...]:
    """Return the hazards that a selection means: itself, or those the case had then."""
    kind, _, name = selected.partition(":")
    if kind != "case":
        return (selected,) if selected else ()
    found = case(name, state.revision)
    if found is None:
        return ()
    return tuple(str(ref) for ref in hazards_of(found, state.as_of, state.known_at))


@st.cache_resource(max_entries=32, show_spinner=False)
def tour(
    refs: tuple[str, ...],
    as_of: date,
    revision: str,
    known_at: datetime | None = None,
    *,
    returns: bool,
) -> Tour:
    """Return a shortlist in visiting order."""
    features = features_named(refs, as_of, revision, known_at)
    return order_visits(find_stops(features), returns=returns)


@st.cache_resource(max_entries=64, show_spinner=False)
def features_named(
    refs: tuple[str, ...], as_of: date, revision: str, known_at: datetime | None = None
) -> gpd.GeoDataFrame:
    """Return the named features as they stood on a day, whatever is filtered."""
    held = situation(Scope(), as_of, revision, known_at).features
    held = held[held["ref"].isin(refs)]
    more = crowd_rows(refs, revision, standing(as_of, revision, known_at))
    return held if more.empty else gpd.GeoDataFrame(pd.concat([held, more], ignore_index=True))


def with_named(seen: Situation, refs: tuple[str, ...], state: DataState) -> Situation:
    """Return a situation to which named features of large layers were added."""
    named = features_named(refs, state.as_of, state.revision, state.known_at)
    more = named[~named["ref"].isin(seen.features["ref"])]
    more = more[more["layer"].isin(crowds(state.revision))]
    if more.empty:
        return seen
    return replace(seen, features=gpd.GeoDataFrame(pd.concat([seen.features, more])))


def crowd_page(
    seen: Situation,
    scope: Scope,
    only: frozenset[Sort],
    state: DataState,
    *,
    first: int = 0,
    most: int,
) -> gpd.GeoDataFrame:
    """Return some of the features that a situation counts without holding them."""
    then = standing(state.as_of, state.revision, state.known_at)
    parts: list[gpd.GeoDataFrame] = []
    for layer in seen.crowds:
        look = look_at_crowd(scope, layer, state.as_of)
        if look is not None:
            look = replace(look, only=only)
            told = count_crowd(look, layer, state.revision)
            number = int(told["count"].sum())
            wanted = most - sum(map(len, parts))
            if first < number and wanted:
                rows = page_of_crowd(layer, look, state.revision, then, first=first, most=wanted)
                parts.append(rows)
            first = max(0, first - number)
    if not parts:
        return seen.features.iloc[:0]
    return gpd.GeoDataFrame(pd.concat(parts, ignore_index=True))


@dataclass(frozen=True, eq=False)
class Listed:
    """The hazards behind a figure, as far as a screen shows them.

    `counted` are those in the numerator, None for a plain count. Of the `crowd` (the features of
    large layers on no case) those from the `first` on are among the rows, `shown` of them.
    """

    rows: gpd.GeoDataFrame
    counted: tuple[str, ...] | None
    crowd: int = 0
    first: int = 0
    shown: int = 0


def listed_hazards(
    indicator: Indicator, seen: Situation, scope: Scope, state: DataState, first: int
) -> Listed:
    """Return the hazards behind a figure: those held as rows first, then the crowd by pages."""
    rows = rows_behind(indicator, seen)
    counted = None if indicator.of is None else indicator.counted
    crowd = indicator.crowd if indicator.of is None else indicator.crowd_of
    if not crowd:
        return Listed(gpd.GeoDataFrame(rows), counted)
    first = min(first, (crowd - 1) // PAGE * PAGE)
    more = crowd_page(seen, scope, HAZARDS, state, first=first, most=PAGE)
    if counted is not None:
        counted = (*counted, *more.loc[is_verified(more), "ref"])
    rows = pd.concat([rows.iloc[: 0 if first else None], more], ignore_index=True)
    return Listed(gpd.GeoDataFrame(rows), counted, crowd, first, len(more))


def whole_crowd(seen: Situation, scope: Scope, state: DataState) -> Iterator[gpd.GeoDataFrame]:
    """Yield all hazards that a situation counts without holding them, part by part."""
    for first in range(0, seen.crowd_of("is_hazard"), PART):
        yield crowd_page(seen, scope, HAZARDS, state, first=first, most=PART)


def shortlist_situation(refs: tuple[str, ...], state: DataState) -> Situation:
    """Return what stands on a shortlist, whatever is filtered, and the cases it belongs to.

    What is gone, or had not been found by the day that is seen, is absent.
    """
    whole = situation(Scope(), state.as_of, state.revision, state.known_at)
    features = features_named(refs, state.as_of, state.revision, state.known_at)
    ids = {one for joined in features["case_ids"] for one in joined.split(";")}
    return Situation(features, whole.cases[whole.cases.index.isin(ids)], state.as_of)


@st.cache_resource(max_entries=MOST_EYES, show_spinner=False)
def _due_of_all(as_of: date, revision: str, known_at: datetime | None) -> DueList:
    then = standing(as_of, revision, known_at)
    features = with_neighbours(all_features(revision), find_old_refs(then), NEAR_M, revision)
    return list_due(then, rule_set, features, city().jurisdiction_ids)


@st.cache_resource(max_entries=32, show_spinner=False)
def due_list(scope: Scope, as_of: date, revision: str, known_at: datetime | None = None) -> DueList:
    """Return who must do what by when in the cases of a scope, as they stood on a day."""
    whole = _due_of_all(as_of, revision, known_at)
    if scope == Scope():
        return whole
    return whole.within(frozenset(situation(scope, as_of, revision, known_at).cases.index))


def figures(period: Period, state: DataState) -> dict[str, Tally]:
    """Return every figure: those of a period up to its cut-off, those of the day as of the day."""
    ends = cut_off(period, state.as_of)
    return {
        **_tallies(PERIOD_FIGURES, ends, state.revision, state.known_at),
        **_tallies(STOCK_FIGURES, (ends[0], state.as_of), state.revision, state.known_at),
    }


def figures_of_period(period: Period, state: DataState) -> dict[str, Tally]:
    """Return the figures of a period alone; one that begins after the day has nothing in it."""
    ends = cut_off(period, state.as_of)
    return _tallies(PERIOD_FIGURES, ends, state.revision, state.known_at)


def summary_tallies(period: Period, state: DataState) -> dict[str, Tally]:
    """Return what a yearly summary counts of a period beyond the figures."""
    return _summary_tallies(cut_off(period, state.as_of), state.revision, state.known_at)


@st.cache_resource(max_entries=4, show_spinner=False)
def _summary_tallies(ends: Period, revision: str, known_at: datetime | None) -> dict[str, Tally]:
    return count_summary(_ground((), ends, revision, known_at), rules())


def a_year_before(state: DataState) -> DataState:
    """Return the same data seen from the day a year before, with the same knowledge."""
    return replace(state, as_of=add_months(state.as_of, -12))


def report_file(
    name: str, content: bytes, named: Mapping[str, str]
) -> tuple[tuple[ReportLine, ...], tuple[LineProblem, ...]]:
    """Return the lines of an uploaded report and what is wrong with some; raise UnreadableFile.

    `named` is the figure behind every name.
    """
    return read_report_file(name, content, named)


def figure_series(
    figure: Figure, by: str, offices: frozenset[str], last: date, state: DataState
) -> list[tuple[Period, Value]]:
    """Return what a figure said in each month (or year, `by` "years") up to a day.

    Shares and medians by months are those of the twelve months up to each month's end.
    """
    periods = years_up_to(last) if by == "years" else months_up_to(last)
    if is_rolling(figure, by):
        periods = rolling_up_to(last)
    return [
        (one, _figure_value(figure.id, one, offices, state.revision, state.known_at))
        for one in periods
    ]


@st.cache_resource(max_entries=2 * MOST_EYES, show_spinner=False)
def _tallies(
    figures: tuple[Figure, ...], ends: Period, revision: str, known_at: datetime | None
) -> dict[str, Tally]:
    return count_figures(_ground(figures, ends, revision, known_at), figures)


@st.cache_resource(max_entries=1024, show_spinner=False)
def _figure_value(
    figure_id: str,
    ends: Period,
    offices: frozenset[str],
    revision: str,
    known_at: datetime | None,
) -> Value:
    figure = find_figure(figure_id)
    ground = _ground((figure,), ends, revision, known_at)
    return count_figures(ground, [figure])[figure_id].within(offices).value


def _ground(
    figures: tuple[Figure, ...], ends: Period, revision: str, known_at: datetime | None
) -> Ground:
    has_hazards = any(one.lists == "hazards" for one in figures)
    return Ground(
        book=casebook(revision),
        first=ends[0],
        last=ends[1],
        rules_of=rule_set,
        judge_on=lambda day: standing(day, revision, known_at),
        told=_told(revision),
        features=_dressed(ends[1], revision, known_at) if has_hazards else None,
        crowd=situation(Scope(), ends[1], revision, known_at).crowd if has_hazards else None,
        known_at=known_at,
    )


@st.cache_resource(max_entries=MOST_EYES, show_spinner=False)
def _told(revision: str) -> pd.DataFrame:
    """Return what the entries with details that count say; only cases with new ones are read."""
    book, read = casebook(revision), _told_so_far()
    has_details = book.entries["kind"].isin(TOLD_KINDS).to_numpy(bool)
    counts = book.entries["case"][has_details].value_counts(sort=False)
    ids = book.cases["id"].iloc[counts.index.to_numpy()]
    wanted = [
        one for one, count in zip(ids, counts, strict=True) if len(read.get(one, ())) != count
    ]
    if wanted:
        some = wanted if len(wanted) <= MOST_NAMED else None
        found = seen_stores(revision)[1].details(TOLD_KINDS, some)
        read.update(dict.fromkeys(wanted, ()))
        for case_id, entries in groupby(found, key=lambda one: one.case_id):
            read[case_id] = tuple((one.number, *told_in(one.details)) for one in entries)
    positions = book.positions
    return told_frame((positions[one], *facts) for one in ids for facts in read[one])


@st.cache_resource(max_entries=1, show_spinner=False)
def _told_so_far() -> dict[str, tuple[tuple[object, ...], ...]]:
    return {}


@st.cache_resource(max_entries=2 * MOST_EYES, show_spinner=False)
def revisions(layer_id: str, revision: str) -> tuple[Revision, ...]:
    """Return the writes to a layer, the oldest first."""
    store, _ = seen_stores(revision)
    return store.revisions(layer_id) if layer_id in store.layers() else ()


@st.cache_resource(max_entries=MOST_EYES, show_spinner=False)
def all_revisions(revision: str) -> tuple[Revision, ...]:
    """Return the writes to all layers, the oldest first."""
    return seen_stores(revision)[0].revisions()


def written(revision_id: str, revision: str) -> Revision | None:
    """Return one write by its id, or None if there is none."""
    return next((one for one in all_revisions(revision) if one.id == revision_id), None)


def changes_of(revision_id: str, layer_id: str) -> pd.DataFrame:
    """Return what a write changed, as `FeatureStore.compare`, with the name of each row."""
    return _changes_of(revision_id, layer_id, data_revision())


@st.cache_resource(max_entries=8, show_spinner=False)
def _changes_of(revision_id: str, layer_id: str, revision: str) -> pd.DataFrame:
    store, before = seen_stores(revision)[0], str(int(revision_id) - 1)
    states = [store.state(layer_id, one).current for one in (before, revision_id)]
    names = {
        row: name for rows in states for row, name in zip(rows["id"], rows["name"], strict=True)
    }
    changes = store.compare(layer_id, before, revision_id)
    return changes.assign(name=changes["id"].map(names).fillna("").astype("str"))


@st.cache_resource(max_entries=MOST_EYES, show_spinner=False)
def unplaced(revision: str) -> pd.DataFrame:
    """Return the features that wait to be put on the map, by layer and office."""
    rows = all_features(revision)
    placed = [layer.id for layer in layers() if layer.has_places]
    waiting = rows[rows["layer"].isin(placed) & ~have_place(rows)]
    then = standing(today(), revision)
    look = Look(only=frozenset({"unplaced"}))
    more = [
        page_of_crowd(one, look, revision, then, most=MOST_WAITING)[waiting.columns]
        for one in crowds(revision)
    ]
    waiting = pd.concat([one.drop(columns="geometry") for one in (waiting, *more)])
    return waiting.sort_values(["layer", "jurisdiction"])


def waiting_row(ref: str, revision: str) -> pd.Series | None:
    """Return a feature that waits to be put on the map, or None if it does not."""
    rows = unplaced(revision)
    rows = rows[rows["ref"] == ref]
    return None if rows.empty else rows.iloc[0]


def frame_of_office(row: pd.Series, number: int) -> GoTo | None:
    """Return the wish to see the office that a row belongs to; each number is a new wish."""
    outlines = read_outlines(city().id)
    own = outlines[outlines["office"] == row["jurisdiction"]]
    return None if own.empty else GoTo(f"office-{number}", bounds_of(own.geometry))


def kept_aside() -> tuple[Aside, ...]:
    """Return the rows that imports set aside; asked anew, as setting aside is no revision."""
    return seen_stores(data_revision())[0].kept_aside()


def due_situation(rows: pd.DataFrame, state: DataState) -> Situation:
    """Return the hazards that the rows of a list are about, and their cases."""
    whole = situation(Scope(), state.as_of, state.revision, state.known_at)
    refs = {ref for joined in rows["refs"] for ref in joined.split(";")}
    features = whole.features[whole.features["ref"].isin(refs)]
    return Situation(features, whole.cases[whole.cases.index.isin(rows["case"])], state.as_of)


def frame_of(seen: Situation) -> GoTo | None:
    """Return the wish that the map shows all of a situation; the same features, the same wish."""
    placed = seen.features[have_place(seen.features)]
    if placed.empty:
        return None
    return GoTo(f"frame-{hash(tuple(placed['ref']))}", bounds_of(placed.geometry))


def imprint(state: DataState) -> Imprint:
    """Return what is printed on everything that leaves the screen."""
    return imprint_of(city(), state.as_of, state.revision, is_demonstration=state.is_demonstration)


def place_of(wish: tuple[str, int], seen: Situation, state: DataState) -> GoTo | None:
    """Return where the map should go for a hazard or a case, or None if it has no place."""
    selected, number = wish
    kind, _, name = selected.partition(":")
    seen = with_named(seen, refs_of(selected, state), state)
    is_meant = seen.features["layer"] == name
    if kind != WHOLE_LAYER:
        is_meant = seen.features["ref"].isin(refs_of(selected, state))
    placed = seen.features[is_meant & have_place(seen.features)]
    if placed.empty:
        return None
    return GoTo(f"{selected}-{number}", bounds_of(placed.geometry))


@st.cache_resource(max_entries=8, show_spinner=False)
def run(scope: Scope, newest_on: date, seen_on: date, revision: str, *, then: bool) -> Run:
    """Return how a scope stood at each month's end up to the newest day, and on the day seen.

    With `then`, each day is seen as it was known at its end.
    """
    days = days_of_run(first_day(revision), newest_on, [seen_on])
    states = [data_state(day, day if then else None, revision) for day in days]
    return gather_run(
        [
            (
                situation(scope, one.as_of, revision, one.known_at),
                indicators(scope, one.as_of, revision, one.known_at),
            )
            for one in states
        ]
    )


@st.cache_resource(max_entries=MOST_EYES, show_spinner=False)
def first_day(revision: str) -> date:
    """Return the first day on which a hazard was found or anything happened in a case."""
    found = pd.to_datetime(all_features(revision)["found_on"]).min()
    entered = casebook(revision).entries["occurred_on"].min()
    days = [one.date() for one in (found, entered) if not pd.isna(one)]
    days += [one.first for one in spans(revision) if one.first]
    return min(days, default=today())
