"""What a person may do with evidence: hand in, tell anew, hand over, copy, bundle for court.

Rights and what the item has become meanwhile are checked again here, whatever a form allowed. A
write is signed by who this visitor says they are, and can never be taken back.
"""

import hashlib
import tempfile
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, Literal

from dashboard import holdings, session
from dashboard.actions import cases as case_actions
from dashboard.desks import evidence as evidence_desk
from dashboard.desks.evidence import CopyWork
from dashboard.doors import acts
from dashboard.draft import storable
from geodata import GeodataError, Language
from geodata.court_bundle import Bundled, write_bundle
from geodata.derived_pictures import Box, keep_derivative
from geodata.errors import BadEvidence, NotAllowed
from geodata.evidence_store import (
    BLOCK,
    AccessClass,
    EvidenceFacts,
    EvidenceItem,
    Verified,
    check_facts,
    check_seen,
)
from geodata.wording import load_words
from layers.disclosure import photo_for_outside

Act = Literal["handed_in", "described", "handed_over", "copied", "bundled"]
Told = Callable[[int, int], None]
COPY_CLASS: AccessClass = "P4"
"""The class of a copy made for outside: a photograph, with what identifies made unreadable."""

BUNDLES = tempfile.TemporaryDirectory(prefix="court-bundles-", ignore_cleanup_errors=True)
"""Where bundles lie until they are taken; it goes with the process."""


@dataclass(frozen=True)
class HandIn:
    """What is told of all files that are handed in together; the rest is each file's own."""

    collectors: tuple[str, ...]
    few_collectors: str = ""
    purpose: str = ""
    layer: str = ""
    case: str = ""
    hazard: str = ""
    captured_at: datetime | None = None
    collection_place: str = ""
    device: str = ""
    sealed_medium_no: str = ""
    copy_note: str = ""
    access_class: AccessClass = ""
    note: str = ""


@dataclass(frozen=True)
class Done:
    """What became of something: which items it was about, and what could not be done.

    `refused` are files by name with the reason of each; `bundle` is where a bundle lies and
    `sha256` its hash.
    """

    act: Act
    numbers: tuple[int, ...] = ()
    refused: tuple[tuple[str, GeodataError], ...] = ()
    withheld: tuple[int, ...] = ()
    bundle: Path | None = None
    sha256: str = ""


@dataclass(frozen=True)
class Handed:
    """A file as the browser handed it over: its name there, and its bytes to be read."""

    name: str
    content: BinaryIO = field(repr=False)


# ------------------------------------------------------------------ for the screen


def hand_in(files: Sequence[Handed], told: HandIn, progress: Told) -> None:
    """Keep files for this visitor, and what came of each."""
    who = session.writer()
    _keep_answer(lambda: keep_files(files, told, who, progress))


def describe(number: int, seen: int, why: str, facts: Mapping[str, Any]) -> None:
    """Tell facts of an item anew for this visitor, and keep what came of it."""
    who = session.writer()
    _keep_answer(lambda: tell_anew(number, seen, why, facts, who))


def hand_over(number: int, seen: int, receiver: str, note: str) -> None:
    """Enter that an item went into other hands, for this visitor."""
    who = session.writer()
    _keep_answer(lambda: enter_hand_over(number, seen, receiver, note, who))


def make_copy(number: int, seen: int, work: CopyWork, access_class: AccessClass, note: str) -> None:
    """Keep a copy for showing for this visitor, and open it."""
    who = session.writer()
    answer = _keep_answer(
        lambda: keep_copy(number, seen, work, access_class=access_class, note=note, who=who)
    )
    if isinstance(answer, Done):
        session.open_item(answer.numbers[0])
        session.keep("evidence_answer", answer)


def bundle(
    numbers: Sequence[int],
    title: str,
    with_classes: Collection[str],
    progress: Told,
    *,
    language: Language,
) -> None:
    """Make the bundle for court for this visitor, and keep where it lies."""
    who = session.writer()
    answer = _keep_answer(
        lambda: make_bundle(
            numbers, title, with_classes, who=who, language=language, progress=progress
        )
    )
    if isinstance(answer, Done):
        before = session.kept("evidence_bundle")
        if before is not None and before.bundle is not None:
            before.bundle.unlink(missing_ok=True)
        session.keep("evidence_bundle", answer)


def reveal(numbers: Sequence[int]) -> None:
    """Show guarded pictures to this visitor from now on, as far as they may, and note it."""
    items = [evidence_desk.find_item(one) for one in numbers]
    mine = [one for one in items if one is not None and evidence_desk.may_reveal(one)]
    for one in mine:
        acts.note("evidence_revealed", f"evidence:{one.number}", {"sha256": one.sha256})
    session.reveal([one.number for one in mine])


def verify(head: str) -> None:
    """Check every original and the register for this visitor, and keep what was found."""
    try:
        case_actions.check_act("verify_evidence", session.writer())
        session.keep("evidence_verified", verify_all(head))
    except GeodataError as trouble:
        session.keep("evidence_verified", trouble)


# ---------------------------------------------------------------------- the writes


def keep_files(files: Sequence[Handed], told: HandIn, who: str, progress: Told) -> Done:
    """Keep files as evidence, each by itself: one that cannot be kept stops no other.

    Nothing is kept where what is told of all of them cannot stand. Raises NotAllowed, BadEvidence.
    """
    _check_right(who, told.case, told.hazard, "hand_in_evidence")
    now = datetime.now(UTC)
    facts = [_facts(one, told, who, now) for one in files]
    for one in facts:
        check_facts(one)
    store = holdings.evidence()
    numbers, refused = [], []
    for done, (file, one) in enumerate(zip(files, facts, strict=True)):
        progress(done, len(files))
        try:
            sha256 = store.put(file.content, one)
            numbers.append(store.items(sha256=sha256)[-1].number)
        except GeodataError as trouble:
            refused.append((file.name, trouble))
    progress(len(files), len(files))
    return Done("handed_in", tuple(numbers), tuple(refused))


def tell_anew(number: int, seen: int, why: str, facts: Mapping[str, Any], who: str) -> Done:
    """Tell some facts of an item anew, with the reason; what was told before stays on record.

    To put an item to another case or hazard asks for the right on both sides. Raises NotAllowed,
    StaleCustody, UnknownEvidence and BadEvidence.
    """
    store = holdings.evidence()
    before = evidence_desk.seen_item(number)
    _check_right(who, before.facts.case, before.facts.hazard, "change_evidence")
    if {"case", "hazard"} & set(facts):
        case = facts.get("case", before.facts.case)
        _check_right(who, case, facts.get("hazard", before.facts.hazard), "change_evidence")
    if not why.strip():
        raise BadEvidence(field="why", value="", form="…")
    changed = {name: value for name, value in facts.items() if value != getattr(before.facts, name)}
    if not changed:
        raise BadEvidence(field="change", value="", form="…")
    store.describe(
        number, who=_name(who), at=datetime.now(UTC), why=storable(why.strip()), seen=seen,
        **changed,
    )  # fmt: skip
    return Done("described", (number,))


def enter_hand_over(number: int, seen: int, receiver: str, note: str, who: str) -> Done:
    """Enter that an item went into other hands; raises as `tell_anew`, and OriginalDamaged."""
    item = _seen_item(number, seen, who)
    if not receiver.strip():
        raise BadEvidence(field="receiver", value="", form="…")
    told = " · ".join(filter(None, (f"→ {receiver.strip()}", note.strip())))
    holdings.evidence().record(
        item.number, "handed_over", who=_name(who), at=datetime.now(UTC), note=storable(told)
    )
    return Done("handed_over", (number,))


def keep_copy(
    number: int, seen: int, work: CopyWork, *, access_class: AccessClass, note: str, who: str
) -> Done:
    """Keep a cropped, blurred or turned copy beside its original, which stays as it is.

    Raises as `enter_hand_over`.
    """
    item = _seen_item(number, seen, who)
    if not work.is_whole:
        raise BadEvidence(field="box", value="", form="…")
    store = holdings.evidence()
    made = evidence_desk.do_work(store.read(item.sha256), work)
    sha256 = keep_derivative(
        store,
        item,
        made,
        work.derivation,
        who=_name(who),
        at=datetime.now(UTC),
        access_class=access_class,
        note=storable(note.strip()),
    )
    return Done("copied", (store.items(sha256=sha256)[-1].number,))


def keep_photo_for_outside(number: int, seen: int, boxes: Sequence[Box], who: str) -> Done:
    """Keep a copy of a photograph for outside: nothing but pixels, boxes made unreadable in them.

    Raises BadEvidence where the copy would still carry something, and as `enter_hand_over`.
    """
    item = _seen_item(number, seen, who)
    store = holdings.evidence()
    sha256 = keep_derivative(
        store,
        item,
        photo_for_outside(store.read(item.sha256), boxes),
        "blurred",
        who=_name(who),
        at=datetime.now(UTC),
        access_class=COPY_CLASS,
    )
    return Done("copied", (store.items(sha256=sha256)[-1].number,))


def make_bundle(
    numbers: Sequence[int],
    title: str,
    with_classes: Collection[str],
    *,
    who: str,
    language: Language,
    progress: Told,
) -> Done:
    """Write the bundle of items for court and enter it in the custody of each.

    Raises NotAllowed where one of them is another office's, EmptyBundle, OriginalDamaged.
    """
    store = holdings.evidence()
    items = [evidence_desk.seen_item(number) for number in numbers]
    for one in items:
        _check_right(who, one.facts.case, one.facts.hazard, "bundle_evidence")
    place = Path(tempfile.mkdtemp(dir=BUNDLES.name)) / "bundle.zip"
    made: Bundled = write_bundle(
        store,
        items,
        place,
        load_words(language),
        title=title,
        with_classes=with_classes,
        told=progress,
    )
    sha256 = _hash_of(place)
    now = datetime.now(UTC)
    for one in made.items:
        note = storable(f"{title} {sha256}")
        store.record(one.number, "bundled", who=_name(who), at=now, note=note)
    progress(len(items), len(items))
    return Done(
        "bundled",
        tuple(one.number for one in made.items),
        withheld=tuple(one.number for one in made.withheld),
        bundle=place,
        sha256=sha256,
    )


def verify_all(head: str = "") -> Verified:
    """Return what a check of every original and of the register finds."""
    return holdings.evidence().verify(head.strip())


# -------------------------------------------------------------------------- checks


def _check_right(who: str, case: str, hazard: str, act: str) -> None:
    """Raise NotAllowed for somebody without a name, or without the right; BadEvidence for no case.

    What belongs to no case and to no hazard belongs to no office, and nobody could answer for it.
    """
    if not who.strip():
        raise NotAllowed(who="—", office="—")
    if not (case or hazard):
        raise BadEvidence(field="case", value="", form="…")
    office = evidence_desk.office_of(case, hazard)
    if not case_actions.may_do(office, act):
        raise NotAllowed(who=who, office=office or "—")


def _seen_item(number: int, seen: int, who: str) -> EvidenceItem:
    """Return an item that nobody has touched since it was seen, and that this person may write."""
    item = evidence_desk.seen_item(number)
    _check_right(who, item.facts.case, item.facts.hazard, "change_evidence")
    check_seen(number, seen, item.seen)
    return item


def _facts(file: Handed, told: HandIn, who: str, now: datetime) -> EvidenceFacts:
    return EvidenceFacts(
        original_filename=storable(file.name) or "file",
        received_by=_name(who),
        received_at=now,
        captured_at=told.captured_at,
        collectors=tuple(storable(one.strip()) for one in told.collectors if one.strip()),
        few_collectors=storable(told.few_collectors.strip()),
        device=storable(told.device.strip()),
        collection_place=storable(told.collection_place.strip()),
        purpose=told.purpose,
        layer=told.layer,
        sealed_medium_no=storable(told.sealed_medium_no.strip()),
        access_class=told.access_class,
        case=told.case,
        hazard=told.hazard,
        copy_note=storable(told.copy_note.strip()),
        note=storable(told.note.strip()),
    )


def _name(who: str) -> str:
    return storable(who.strip())


def _hash_of(file: Path) -> str:
    total = hashlib.sha256()
    with file.open("rb") as stream:
        while block := stream.read(BLOCK):
            total.update(block)
    return total.hexdigest()


def _keep_answer(act: Callable[[], Done]) -> Done | GeodataError:
    answer: Done | GeodataError
    try:
        answer = act()
    except GeodataError as trouble:
        answer = trouble
    session.keep_evidence_answer(answer)
    return answer
