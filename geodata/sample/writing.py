"""Put the demonstration into the stores, marked as such."""

from datetime import UTC, datetime, time

from geodata.model import RevisionNote
from geodata.sample.cases import sample_cases
from geodata.sample.features import SAMPLE_ON, SYSTEM, sample_features
from geodata.store import CaseStore, FeatureStore, NewCase


def write_sample(features: FeatureStore, cases: CaseStore) -> None:
    """Write every demonstration feature and case; raise CaseTaken if a case is there already."""
    note = RevisionNote(
        who="geodata.sample",
        why="demonstration",
        recorded_at=datetime.combine(SAMPLE_ON, time(9), UTC),
        source_name="geodata/sample",
        system=SYSTEM,
        is_demonstration=True,
        data_on=SAMPLE_ON,
    )
    for layer_id, frame in sample_features().items():
        features.write(layer_id, frame, note, replace=True)
    cases.write([NewCase(case) for case in sample_cases()])
