"""Every cached question to the stores, keyed by (Scope, day, revision, what was known when).

What is returned is shared by all visitors: look, never change. Each cache has a bound.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from pathlib import Path
from tempfile import TemporaryDirectory

import geopandas as gpd
import pandas as pd
import streamlit as st

from dashboard.draft import Around
from dashboard.naming import Naming
from dashboard.view import WHOLE_LAYER, View
from geodata import (
    Case,
    CaseStore,
    City,
    FeatureStore,
    HazardRef,
    Language,
    RuleSet,
    Scope,
    Settings,
    hazards_of,
    load_rule_set,
    open_cases,
    open_city,
    open_features,
    read_settings,
)
from geodata.casebook import Casebook
from geodata.city import read_outlines
from geodata.clocks import add_months
from geodata.engines.folder import create_feature_store
from geodata.errors import BrokenStore
from geodata.lifecycle import OFFICE_TIME
from geodata.revisions import Aside, Revision
from geodata.rule_set import rule_set_ids
from geodata.sample import SAMPLE_ON, write_sample
from geodata.selection import have_place
from geodata.standing import Standing, find_links, judge
from layers.catalog import all_layers, find_layer, layer_ids
from layers.drawing.timeline import Run, days_of_run, gather_run
from layers.drawing.webmap import GoTo, bounds_of
from layers.due_list import DueList, list_due
from layers.figures import (
    PERIOD_FIGURES,
    STOCK_FIGURES,
    count_figures,
    find_figure,
    is_rolling,
)
from layers.imprint import Imprint, imprint_of
from layers.indicators import Indicator, count_by_office, count_indicators
from layers.layer import Layer
from layers.reconciliation import LineProblem, ReportLine, read_report_file
from layers.routing import Tour, find_stops, order_visits
from layers.situation import Situation, collect_features, dress, see
from layers.tally import TOLD_KINDS, Figure, Ground, Tally, Value, told_by, told_frame
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

MOST_READ_SINGLY = 300
"""Up to how many cases are read one by one; beyond it all are read at once."""


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


@st.cache_resource(show_spinner=False)
def settings() -> Settings:
    """Return the settings of this installation."""
    return read_settings()


def city() -> City:
    """Return the city that is shown."""
    return open_city(settings().city)


def rules() -> RuleSet:
    """Return the rule set that new cases fall under."""
    return rule_set()


def rules_of(case: Case) -> RuleSet:
    """Return the rule set that a case is judged by: its own."""
    return rule_set(case.rule_set)


def rule_set(rule_set_id: str = "cn-2021") -> RuleSet:
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
    return Naming(city(), law, layers(), language)


def layers() -> tuple[Layer, ...]:
    """Return every layer on offer, in order."""
    return all_layers()


@st.cache_resource(show_spinner=False)
def stores() -> tuple[FeatureStore, CaseStore]:
    """Return both stores; on a first start they are made and filled with demonstration data.

    Raises BrokenStore for a folder that was named but is not there, or cannot be read.
    """
    asked = settings()
    folder = asked.data_folder
    in_folder = not (asked.chosen_features_url and asked.chosen_cases_url)
    if in_folder and not folder.exists():
        if asked.is_chosen:
            raise BrokenStore(store=str(folder), reason="missing")
        _fill_with_sample(asked)
    return open_features(asked.features_url), open_cases(asked.cases_url)


def data_state(day: date | None = None, known_on: date | None = None) -> DataState:
    """Return revision and day of the data, and what is known of it.

    Demonstration data is seen from its own day, or from that of the newest real row beside
    it; real data alone is seen from today; a `day` asked for counts before all of these.
    With `known_on`, what was entered after the end of that day is not known.
    """
    revision = data_revision()
    invented, newest = _invented(revision)
    return DataState(
        revision=revision,
        as_of=day or settings().as_of or (newest if invented else today()),
        is_demonstration=invented != "",
        is_mixed=invented == "some",
        known_at=datetime.combine(known_on, time.max, OFFICE_TIME) if known_on else None,
    )


@st.cache_resource(max_entries=2, show_spinner=False)
def _invented(revision: str) -> tuple[str, date]:
    """Return whether all, some or none ("") of the rows are invented, and their newest day."""
    rows = all_features(revision)
    invented = rows["is_demonstration"].astype(bool)
    newest = pd.to_datetime(rows.loc[~invented, "found_on"]).max()
    real_days = [] if pd.isna(newest) else [newest.date()]
    share = "all" if invented.all() else "some"
    return (share if invented.any() else ""), max([SAMPLE_ON, *real_days])


@st.cache_resource(max_entries=2, show_spinner=False)
def all_features(revision: str) -> gpd.GeoDataFrame:
    """Return the features of every known layer in one frame, EPSG:4490."""
    del revision
    store, _ = stores()
    stored = set(store.layers())
    return collect_features({one.id: store.read(one.id) for one in layers() if one.id in stored})


@st.cache_resource(max_entries=2, show_spinner=False)
def all_cases(revision: str) -> tuple[Case, ...]:
    """Return every case as a value: slow where there are many, figures ask the casebook."""
    del revision
    _, store = stores()
    return store.find()


@st.cache_resource(max_entries=2, show_spinner=False)
def casebook(revision: str) -> Casebook:
    """Return every case and entry as tables."""
    del revision
    _, store = stores()
    return store.casebook()


@st.cache_resource(max_entries=4, show_spinner=False)
def standing(as_of: date, revision: str, known_at: datetime | None = None) -> Standing:
    """Return how every case stood on a day, each by its own rule set."""
    return judge(casebook(revision), rule_set, as_of, known_at)


@st.cache_resource(max_entries=4, show_spinner=False)
def _dressed(as_of: date, revision: str, known_at: datetime | None) -> gpd.GeoDataFrame:
    return dress(all_features(revision), standing(as_of, revision, known_at))


@st.cache_resource(max_entries=16, show_spinner=False)
def situation(
    scope: Scope, as_of: date, revision: str, known_at: datetime | None = None
) -> Situation:
    """Return the features and cases of a scope as they stood on a day."""
    then = standing(as_of, revision, known_at)
    return see(_dressed(as_of, revision, known_at), then, scope)


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
    return count_by_office(seen, city().jurisdiction_ids)


@st.cache_resource(max_entries=256, show_spinner=False)
def case(case_id: str, revision: str) -> Case | None:
    """Return one case, or None if the store has none of that id."""
    del revision
    _, store = stores()
    try:
        return store.get(case_id)
    except KeyError:
        return None


def naming_of(case: Case, language: Language) -> Naming:
    """Return what things are called under the rule set of a case."""
    return Naming(city(), rules_of(case), layers(), language)


@st.cache_resource(max_entries=2, show_spinner=False)
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


@st.cache_resource(max_entries=4, show_spinner=False)
def _case_titles(language: Language, revision: str) -> dict[str, str]:
    cases = casebook(revision).cases
    order = {office: place for place, office in enumerate(city().jurisdiction_ids)}
    place = cases["jurisdiction"].map(order).fillna(len(order))
    ordered = cases.iloc[place.argsort(kind="stable")]
    return dict(zip(ordered["id"], ordered[f"title_{language}"], strict=True))


def hazard(ref: str, revision: str) -> Hazard | None:
    """Return one hazard with its whole row and its cases, or None if there is none."""
    if not ref:
        return None
    named = HazardRef.parse(ref)
    store, _ = stores()
    if named.layer not in store.layers() or named.layer not in layer_ids():
        return None
    row = _row(named, revision)
    return None if row is None else Hazard(row, find_layer(named.layer), cases_of(ref, revision))


@st.cache_resource(max_entries=256, show_spinner=False)
def _row(named: HazardRef, revision: str) -> pd.Series | None:
    del revision
    frame = stores()[0].read(named.layer)
    rows = frame[frame["id"] == named.id]
    return None if rows.empty else rows.iloc[0]


def cases_within(seen: Situation) -> tuple[Case, ...]:
    """Return the cases of a situation with their whole histories, by id."""
    _, store = stores()
    return tuple(store.get(case_id) for case_id in sorted(seen.cases.index))


def cases_of(ref: str, revision: str) -> tuple[Case, ...]:
    """Return the cases that a hazard belongs to, by id."""
    links, ids = _links(revision), casebook(revision).cases["id"]
    found = (case(ids.iloc[at], revision) for at in links.loc[links["ref"] == ref, "case"])
    return tuple(one for one in found if one is not None)


@st.cache_resource(max_entries=2, show_spinner=False)
def _links(revision: str) -> pd.DataFrame:
    return find_links(casebook(revision))


def refs_of(selected: str, revision: str) -> tuple[str, ...]:
    """Return the hazards that a selection means: itself, or those of the case."""
    kind, _, name = selected.partition(":")
    if kind != "case":
        return (selected,) if selected else ()
    found = case(name, revision)
    return tuple(str(ref) for ref in hazards_of(found)) if found else ()


@st.cache_resource(max_entries=32, show_spinner=False)
def tour(refs: tuple[str, ...], as_of: date, revision: str, *, returns: bool) -> Tour:
    """Return a shortlist in visiting order."""
    return order_visits(find_stops(shortlisted(refs, as_of, revision)), returns=returns)


def shortlisted(refs: tuple[str, ...], as_of: date, revision: str) -> gpd.GeoDataFrame:
    """Return the features of a shortlist, whatever is filtered; those that are gone are absent."""
    features = situation(Scope(), as_of, revision).features
    return features[features["ref"].isin(refs)]


def shortlist_situation(refs: tuple[str, ...], as_of: date, revision: str) -> Situation:
    """Return what stands on a shortlist, and the cases that it belongs to."""
    whole = situation(Scope(), as_of, revision)
    features = shortlisted(refs, as_of, revision)
    ids = {one for joined in features["case_ids"] for one in joined.split(";")}
    return Situation(features, whole.cases[whole.cases.index.isin(ids)], as_of)


@st.cache_resource(max_entries=8, show_spinner=False)
def _due_of_all(as_of: date, revision: str, known_at: datetime | None) -> DueList:
    then = standing(as_of, revision, known_at)
    return list_due(then, rule_set, all_features(revision), city().jurisdiction_ids)


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


@st.cache_resource(max_entries=12, show_spinner=False)
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
        known_at=known_at,
    )


@st.cache_resource(max_entries=2, show_spinner=False)
def _told(revision: str) -> pd.DataFrame:
    """Return what the entries with details that count say; only cases with new ones are read."""
    book, read = casebook(revision), _told_so_far()
    has_details = book.entries["kind"].isin(TOLD_KINDS).to_numpy(bool)
    counts = book.entries["case"][has_details].value_counts(sort=False)
    ids = book.cases["id"].iloc[counts.index.to_numpy()]
    wanted = [
        one for one, count in zip(ids, counts, strict=True) if len(read.get(one, ())) != count
    ]
    store = stores()[1]
    found = store.find() if len(wanted) > MOST_READ_SINGLY else map(store.get, wanted)
    read.update({one.id: told_by(one) for one in found})
    positions = book.positions
    return told_frame((positions[one], *facts) for one in ids for facts in read[one])


@st.cache_resource(max_entries=1, show_spinner=False)
def _told_so_far() -> dict[str, tuple[tuple[object, ...], ...]]:
    return {}


@st.cache_resource(max_entries=16, show_spinner=False)
def revisions(layer_id: str, revision: str) -> tuple[Revision, ...]:
    """Return the writes to a layer, the oldest first."""
    del revision
    store, _ = stores()
    return store.revisions(layer_id) if layer_id in store.layers() else ()


@st.cache_resource(max_entries=4, show_spinner=False)
def unplaced(revision: str) -> pd.DataFrame:
    """Return the features that wait to be put on the map, by layer and office."""
    rows = all_features(revision)
    placed = [layer.id for layer in layers() if layer.has_places]
    waiting = rows[rows["layer"].isin(placed) & ~have_place(rows)]
    return pd.DataFrame(waiting.drop(columns="geometry")).sort_values(["layer", "jurisdiction"])


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
    return stores()[0].kept_aside()


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


def place_of(wish: tuple[str, int], seen: Situation) -> GoTo | None:
    """Return where the map should go for a hazard or a case, or None if it has no place."""
    selected, number = wish
    kind, _, name = selected.partition(":")
    is_meant = seen.features["layer"] == name
    if kind != WHOLE_LAYER:
        is_meant = seen.features["ref"].isin(refs_of(selected, data_revision()))
    placed = seen.features[is_meant & have_place(seen.features)]
    if placed.empty:
        return None
    return GoTo(f"{selected}-{number}", bounds_of(placed.geometry))


def data_revision() -> str:
    """Return the revision of both stores as one text."""
    features, cases = stores()
    return f"{features.revision()}-{cases.revision()}"


@st.cache_resource(max_entries=8, show_spinner=False)
def run(scope: Scope, newest_on: date, seen_on: date, revision: str, *, then: bool) -> Run:
    """Return how a scope stood at each month's end up to the newest day, and on the day seen.

    With `then`, each day is seen as it was known at its end.
    """
    days = days_of_run(first_day(revision), newest_on, [seen_on])
    states = [data_state(day, day if then else None) for day in days]
    return gather_run(
        [
            (
                situation(scope, one.as_of, revision, one.known_at),
                indicators(scope, one.as_of, revision, one.known_at),
            )
            for one in states
        ]
    )


@st.cache_resource(max_entries=2, show_spinner=False)
def first_day(revision: str) -> date:
    """Return the first day on which a hazard was found or anything happened in a case."""
    found = pd.to_datetime(all_features(revision)["found_on"]).min()
    entered = casebook(revision).entries["occurred_on"].min()
    return min((one.date() for one in (found, entered) if not pd.isna(one)), default=today())


def _fill_with_sample(asked: Settings) -> None:
    """Make the demonstration data beside its place and move it there whole."""
    target = asked.data_folder.absolute()
    target.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=target.parent, prefix=".first-start-") as folder:
        here = Path(folder) / "data"
        made = replace(asked, data_folder=here, chosen_cases_url="", chosen_features_url="")
        features = create_feature_store(made.data_folder / "features")
        write_sample(features, open_cases(made.cases_url))
        with suppress(OSError):  # another process was quicker: its folder is as good
            made.data_folder.rename(target)
