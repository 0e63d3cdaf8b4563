"""The night job: run rules on what is stored, keep each run, and say what came of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from geodata.closed_cases import TABLE, write_closed_cases
from geodata.errors import GeodataError
from geodata.findings import FindingStore
from geodata.model import RevisionNote
from geodata.overlay import Told, untold
from geodata.store import CaseStore, FeatureStore
from layers.catalog import all_rules
from layers.code_version import code_version
from layers.detect import Run, detect
from layers.dossier import Course, Dossier, assemble
from layers.pair_decisions import as_argument, said_on
from layers.rule import Rule
from layers.run_records import impersonal, record_run


@dataclass(frozen=True)
class Kept:
    """What came of a rule: the run and its id in the store, blank for a trial; or what stopped it.

    `dossier` says how its findings stand after the run, None where there was none to keep.
    """

    rule: Rule
    run: Run | None
    run_id: str = ""
    dossier: Dossier | None = None
    trouble: GeodataError | None = None

    @property
    def has_run(self) -> bool:
        """Return whether the rule ran: every list that it cannot do without was there and fresh."""
        return self.run is not None and self.run.has_run

    def count(self, course: Course) -> int:
        """Return how many findings are new, changed, unchanged or gone since the run before."""
        findings = self.dossier.findings if self.dossier else ()
        return sum(one.course == course for one in findings)


def run_rules(
    rules: Sequence[Rule],
    features: FeatureStore,
    findings: FindingStore | None,
    as_of: date,
    *,
    who: str,
    why: str,
    recorded_at: datetime,
    numbers: Mapping[str, float] | None = None,
    told: Told = untold,
    cases: CaseStore | None = None,
) -> Iterable[Kept]:
    """Yield what came of each rule, one after the other; without `findings` nothing is kept.

    With `cases`, the list of closed cases is brought to the day first, if any rule asks for it.
    A rule that is stopped by an error does not stop the others. Raises BadParameter.
    """
    if cases is not None and any(TABLE in {need.table for need in rule.needs} for rule in rules):
        write_closed_cases(cases, features, _note_of_list(features, as_of, who, recorded_at))
    for number, rule in enumerate(rules):
        told(rule.id, number, len(rules))
        yield _run_one(
            rule,
            features,
            findings,
            as_of,
            who=who,
            why=why,
            recorded_at=recorded_at,
            numbers=numbers,
        )
    told("done", len(rules), len(rules))


def _run_one(
    rule: Rule,
    features: FeatureStore,
    findings: FindingStore | None,
    as_of: date,
    *,
    who: str,
    why: str,
    recorded_at: datetime,
    numbers: Mapping[str, float] | None,
) -> Kept:
    try:
        said = said_on(rule, findings.entries() if findings else ())
        run = impersonal(detect(rule, features, as_of, numbers, **as_argument(said)))
        if findings is None:
            return Kept(rule, run)
        record, found = record_run(
            run, who=who, why=why, recorded_at=recorded_at, code=code_version(), said=said
        )
        run_id = findings.add_run(record, found)
        (dossier,) = assemble(findings, features, [rule.id])
    except GeodataError as trouble:
        return Kept(rule, None, trouble=trouble)
    return Kept(rule, run, run_id, dossier)


def _note_of_list(
    features: FeatureStore, as_of: date, who: str, recorded_at: datetime
) -> RevisionNote:
    return RevisionNote(
        who=who,
        why=TABLE,
        recorded_at=recorded_at,
        source_name=TABLE,
        is_demonstration=is_all_invented(features),
        data_on=as_of,
    )


def usual_day(features: FeatureStore, fixed: date | None, today: date) -> date:
    """Return the day that rules are run for unless somebody says one: that of the settings, today.

    Where everything is invented it is the newest day of what is stored, as on the screens.
    """
    days = [note.data_on for note in features.notes().values() if note.data_on]
    if fixed is None and days and is_all_invented(features):
        return max(days)
    return fixed or today


def is_all_invented(features: FeatureStore) -> bool:
    """Return whether a store holds something, and nothing but the demonstration."""
    notes = features.notes().values()
    return bool(notes) and all(note.is_demonstration for note in notes)


def run_demonstration(features: FeatureStore, findings: FindingStore, as_of: date) -> None:
    """Run every rule on the demonstration, as of its day, so that no screen begins empty."""
    made = run_rules(
        all_rules(),
        features,
        findings,
        as_of,
        who="layers.night",
        why="demonstration",
        recorded_at=datetime.combine(as_of, time(10), UTC),
    )
    for _ in made:
        pass
