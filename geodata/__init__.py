"""Reading, checking, storing, projecting: the ground floor, which knows no screen, no layer."""

from geodata.city import City, open_city, read_neighbours, read_outlines, read_rivers
from geodata.clocks import clocks
from geodata.errors import GeodataError
from geodata.evidence_store import EvidenceFacts, EvidenceStore, open_evidence
from geodata.findings import FindingStore, open_findings
from geodata.journal import Journal, open_journal
from geodata.lifecycle import advance, hazards_of, known_on, offered_moves, stage_of
from geodata.model import (
    Case,
    CaseEvent,
    Clock,
    HazardRef,
    Jurisdiction,
    Language,
    Overlay,
    RevisionNote,
    Scope,
    Source,
    Title,
)
from geodata.rule_set import RuleSet, load_rule_set
from geodata.schema import Column, Schema
from geodata.settings import Settings, read_settings
from geodata.store import CaseStore, FeatureStore, NewCase, NewEntry, open_cases, open_features

__all__ = [
    "Case",
    "CaseEvent",
    "CaseStore",
    "City",
    "Clock",
    "Column",
    "EvidenceFacts",
    "EvidenceStore",
    "FeatureStore",
    "FindingStore",
    "GeodataError",
    "HazardRef",
    "Journal",
    "Jurisdiction",
    "Language",
    "NewCase",
    "NewEntry",
    "Overlay",
    "RevisionNote",
    "RuleSet",
    "Schema",
    "Scope",
    "Settings",
    "Source",
    "Title",
    "advance",
    "clocks",
    "hazards_of",
    "known_on",
    "load_rule_set",
    "offered_moves",
    "open_cases",
    "open_city",
    "open_evidence",
    "open_features",
    "open_findings",
    "open_journal",
    "read_neighbours",
    "read_outlines",
    "read_rivers",
    "read_settings",
    "stage_of",
]
