"""Put the demonstration into the stores, marked as such."""

from dataclasses import replace
from datetime import UTC, datetime, time

from geodata.closed_cases import write_closed_cases
from geodata.model import RevisionNote
from geodata.sample.cases import sample_cases
from geodata.sample.features import SAMPLE_ON, SYSTEM, sample_days, sample_features, sample_lists
from geodata.store import CaseStore, FeatureStore, NewCase


def write_sample(features: FeatureStore, cases: CaseStore) -> None:
    """Write every demonstration feature, list and case; raise CaseTaken if a case is there."""
    note = RevisionNote(
        who="geodata.sample",
        why="demonstration",
        recorded_at=datetime.combine(SAMPLE_ON, time(9), UTC),
        source_name="geodata/sample",
        system=SYSTEM,
        is_demonstration=True,
        data_on=SAMPLE_ON,
    )
    days = sample_days()
    for table_id, frame in (sample_features() | sample_lists()).items():
        dated = replace(note, data_on=days.get(table_id, SAMPLE_ON))
        features.write(table_id, frame, dated, replace=True)
    cases.write([NewCase(case) for case in sample_cases()])
    write_closed_cases(cases, features, note)
