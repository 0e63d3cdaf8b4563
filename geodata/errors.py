"""What can go wrong with data, as facts without wording; the dashboard puts them into words.

GeodataError
├── Unknown                a name that is not one of the known ones
│   ├── UnknownLayer
│   ├── UnknownJurisdiction
│   ├── UnknownStore
│   ├── UnknownSystem      a coordinate system that is not understood
│   ├── UnknownStage
│   ├── UnknownRuleSet
│   ├── UnknownRevision
│   ├── UnknownRule        a supervision model that is not there
│   ├── UnknownRun         a run of a supervision model that is not kept
│   ├── UnknownEvidence    an original or item that the evidence store has not
│   └── UnknownCity
├── UnreadableFile         a file that no reader takes
├── SystemNotDeclared      a file that does not say where on earth its numbers are
├── NeedsParameters        a system that cannot be reached without transformation parameters
├── ColumnsMissing         a table without the columns that its layer needs
├── EmptyList              a list without a row, of which nothing can be said
├── BadSetting             a setting whose value means nothing
├── BadParameter           a number of a rule outside its bounds
├── BrokenTargets          a file of internal targets that cannot be used
├── BrokenStore            a data folder that is missing or cannot be read
│   ├── FeaturesUnavailable  a feature store that is whole and cannot be written to now
│   ├── CasesUnavailable   a case store that is whole and cannot be used now
│   ├── FindingsUnavailable  the same of a store of runs and decisions
│   └── EvidenceUnavailable  the same of a store of evidence
├── DriverMissing          an engine whose driver is not installed
├── RepeatedIds            rows to be written that have no id, or one that another has
├── LaterWrites            a revision that cannot be taken back: its rows were written since
├── NoSuchTile             a square that the pyramid of tiles has not
├── ReasonMissing          a write that is to be taken back without saying why
├── CopyDiffers            a copy that does not hold what it was made of
├── BrokenArchive          a backup that is damaged, or none
├── BrokenSeal             a sealed run that is damaged, or none
├── PlaceTaken             a place to copy or restore to that holds data already
├── Unlawful               an entry that the rule set does not allow
│   ├── IllegalTransition  a move that does not fit where the case stands
│   ├── DateBeforeCause    an entry dated before, or without, what it follows from
│   ├── DateInFuture       an entry dated after the day on which it is made
│   ├── MissingFacts       an entry without what the law asks for
│   ├── UnknownGround      a ground that the article does not have
│   ├── WrongCaseKind      an entry that this kind of case cannot have
│   ├── BadDetail          a detail that has not the form that is asked for
│   └── ExtensionTooLong   more time than who approved it may give
├── NotAllowed             somebody may not write for that office
├── BadAccount             an account that cannot be made or changed as it was told
├── BadLead                a lead, a decision on one or an invitation that cannot be kept as told
├── CaseTaken              a case of this id is there already
├── StaleEdit              somebody else changed the case meanwhile
├── StaleDecision          somebody else decided on the finding meanwhile
├── DecisionWithoutReason  a finding that is to be rejected or reopened without saying why
├── DecisionOutOfTurn      a decision that does not follow from where the finding stands
├── FindingGone            a finding that no kept run has
├── BadEvidence            a fact of a piece of evidence that means nothing
├── OriginalDamaged        an original whose bytes are not what they were
├── StaleCustody           somebody else told something of the item meanwhile
├── EmptyBundle            a bundle for court that nothing would be in
├── NothingListed          a list for an agency without a hazard, an agency or a day to come
├── ItemsChanged           replies decided on while somebody else changed what they are about
├── ExportHeld             a file that would tell too much, and nobody says why it may leave
├── ReasonTooShort         a file released for a reason that says nothing
├── ReleaseReserved        a file that somebody else has to let go
├── CheckFailed            a file whose check broke off, or that is not the one checked
├── SeveralCases           findings that cannot become one case (R69)
├── ImpossibleWish         days out that cannot be planned as they are wished
├── TravelUnavailable      a route server that does not answer, or not as it should
└── BrokenMatrix           a file of travel times with what is missing or wrong
"""

from collections.abc import Iterable


class GeodataError(Exception):
    """Root of the tree; `facts` is what the wording of each class may use."""

    def __init__(self, **facts: object) -> None:
        """Keep the facts, and show them to whoever reads a traceback."""
        self.facts = facts
        super().__init__(", ".join(f"{name}={value}" for name, value in facts.items()))


class Unknown(GeodataError):
    """A name that is not one of the known ones."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        """Keep the unknown name and the known ones, in their own order."""
        super().__init__(name=name, known=", ".join(known))


class UnknownLayer(Unknown):
    """No layer has this id."""


class UnknownJurisdiction(Unknown):
    """No office of this city has this id."""


class UnknownStore(Unknown):
    """No engine answers to this URL scheme."""


class UnknownSystem(Unknown):
    """No coordinate system is known by this name."""


class UnknownStage(Unknown):
    """The rule set has no such stage."""


class UnknownRuleSet(Unknown):
    """No rule set has this id."""


class UnknownCity(Unknown):
    """No city has been set up under this id."""


class UnknownRevision(Unknown):
    """No write has this number."""


class UnknownRule(Unknown):
    """No rule has this id."""


class UnknownRun(Unknown):
    """No run has this id."""


class UnknownEvidence(Unknown):
    """The evidence store has no original or item of this name."""


class UnreadableFile(GeodataError):
    """A file that no reader takes; facts: file, reason."""


class SystemNotDeclared(GeodataError):
    """A file without a coordinate system, where none may be guessed; facts: file, hint, finding."""


class NeedsParameters(GeodataError):
    """A datum that PROJ reaches only by a ballpark shift; facts: system."""


class ColumnsMissing(GeodataError):
    """A table without the columns that its layer needs; facts: missing, present."""


class EmptyList(GeodataError):
    """A list without a row, which must not pass for "nothing found"; facts: list."""


class BadSetting(GeodataError):
    """A setting whose value means nothing; facts: name, value, form."""


class BadParameter(GeodataError):
    """A parameter out of range or unknown; facts: rule, name, value, minimum, maximum, unit."""


class BrokenTargets(GeodataError):
    """A file of internal targets that cannot be used; facts: file, reason, where, word."""


class BrokenStore(GeodataError):
    """A data folder that is missing or cannot be read; facts: store, reason."""


class CasesUnavailable(BrokenStore):
    """A case store that is whole and cannot be used now; facts: store, reason."""


class FindingsUnavailable(BrokenStore):
    """A store of runs and decisions that cannot be used now; facts: store, reason."""


class FeaturesUnavailable(BrokenStore):
    """A feature store that is whole and cannot be written to now; facts: store, reason."""


class EvidenceUnavailable(BrokenStore):
    """A store of evidence that cannot be used now; facts: store, reason."""


class JournalUnavailable(BrokenStore):
    """A journal that cannot be used now; facts: store, reason."""


class DriverMissing(GeodataError):
    """An engine whose driver is not installed; facts: driver, hint (what to install)."""


class RepeatedIds(GeodataError):
    """Rows without an id, or with one that another row has; facts: ids, count."""


class LaterWrites(GeodataError):
    """A revision whose rows were written since; facts: revision, layer, later (their ids), rows."""


class NoSuchTile(GeodataError):
    """A square that the pyramid of tiles has not; facts: z, x, y, greatest."""


class ReasonMissing(GeodataError):
    """A write that is to be taken back without saying why; facts: revision."""


class CopyDiffers(GeodataError):
    """A copy that does not hold what it was made of; facts: what, there, here."""


class BrokenArchive(GeodataError):
    """A backup that is damaged, or none; facts: file, reason, part."""


class BrokenSeal(GeodataError):
    """A sealed run that is damaged, or none; facts: file, reason, part."""


class PlaceTaken(GeodataError):
    """A place to copy or restore to that holds data already; facts: place."""


class Unlawful(GeodataError):
    """An entry that the rule set does not allow; facts: case, event or now and to, basis."""


class IllegalTransition(Unlawful):
    """A move the rule set does not allow; facts: case, now, to, occurred_on, allowed, basis."""


class DateBeforeCause(Unlawful):
    """An entry before its cause; facts: case, event, occurred_on, cause, cause_on, basis."""


class DateInFuture(Unlawful):
    """An entry dated later than it is made; facts: case, event, occurred_on."""


class DueBeforeEntry(Unlawful):
    """A last day before the entry that sets it; facts: case, event, occurred_on, due_on, basis."""


class MissingFacts(Unlawful):
    """An entry without what the law asks for; facts: case, event, missing, basis."""


class UnknownGround(Unlawful):
    """A ground that the article does not have; facts: case, event, ground, known, basis."""


class WrongCaseKind(Unlawful):
    """An entry that this kind of case cannot have; facts: case, event, kind, basis."""


class BadDetail(Unlawful):
    """A detail not of the form asked for; facts: case, event, detail, value, form."""


class ExtensionTooLong(Unlawful):
    """More time than who approved it may give; facts: case, event, due_on, latest, basis."""


class NotAllowed(GeodataError):
    """Somebody may not write for that office; facts: who, office."""


class BadAccount(GeodataError):
    """An account that cannot be made or changed as it was told; facts: field, value, reason."""


class BadLead(GeodataError):
    """A lead, a decision on one or an invitation that cannot be kept; facts: reason, value."""


class CaseTaken(GeodataError, ValueError):
    """A case of this id is stored already; facts: case."""


class StaleEdit(GeodataError):
    """Somebody changed the case since it was read; facts: case, seen, stored, events."""


class StaleDecision(GeodataError):
    """Somebody decided on a finding or pair since it was seen; facts: subject, seen, stored."""


class DecisionWithoutReason(GeodataError):
    """A decision that has to say why, and does not; facts: finding."""


class DecisionOutOfTurn(GeodataError):
    """A decision that where the finding stands does not allow; facts: finding, now, to."""


class FindingGone(GeodataError):
    """No run that is kept has this finding; facts: finding."""


class BadEvidence(GeodataError):
    """A fact of a piece of evidence that cannot be kept; facts: field, value, form."""


class OriginalDamaged(GeodataError):
    """An original that is not what it was; facts: sha256, found (its hash now, or "gone")."""


class StaleCustody(GeodataError):
    """Somebody told something of the item since it was read; facts: item, seen, stored."""


class StaleEntry(GeodataError):
    """Somebody made an entry on a subject since it was read; facts: subject, seen, stored."""


class WhyMissing(GeodataError):
    """Something is to be taken off a list without saying why; no facts."""


class NothingListed(GeodataError):
    """A list for an agency, or an inspection, that lacks something; facts: lacks (a code)."""


class ItemsChanged(GeodataError):
    """Items of a list that changed since they were looked at; facts: count, changes.

    Each change is a code, the name of a fact, what was shown, and what holds now.
    """


class EmptyBundle(GeodataError):
    """No item was chosen that may be in a bundle; facts: chosen, withheld."""


class ExportHeld(GeodataError):
    """A file that would tell too much, released without a reason; facts: name, stops, asks."""


class ReleaseReserved(GeodataError):
    """A file that leaves the house, or leaves in spite of its check; facts: name, office."""


class ReasonTooShort(GeodataError):
    """A reason that says nothing, given for letting a file leave; facts: name, least."""


class CheckFailed(GeodataError):
    """A file that nobody can let go: its check broke off, or was one of other bytes.

    Facts: name, reason.
    """


class SeveralCases(GeodataError):
    """Findings of several offices, layers or kinds of violation; facts: count, differs."""


class ImpossibleWish(GeodataError):
    """Days out that cannot be planned; facts: count, problems (of `layers.planning`)."""


class TravelUnavailable(GeodataError):
    """A route server that fails; facts: address, reason, told (by the server)."""


class BrokenMatrix(GeodataError):
    """A file of travel times that is incomplete; facts: file, count, problems (by row, column)."""
