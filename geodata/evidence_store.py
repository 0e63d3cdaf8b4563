"""The evidence store: originals kept once by their hash, what is known of each, who had it.

An original is never written twice and never changed. What is told of it (an item) and what was
done with it (custody) are entries of one register that only grows; each entry carries a hash of
all before it, so that one that is changed, removed or put in between is noticed.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any, BinaryIO, Literal, Protocol, get_args

from geodata.chains import START, Head, chain_of
from geodata.errors import BadEvidence, StaleCustody
from geodata.store import split_url

Action = Literal[
    "received", "described", "handed_over", "copied", "derived", "checked", "bundled", "restored"
]
"""What is done with an item. `restored`: damaged bytes gave way to sound ones of the same hash."""

CoordSource = Literal["", "exif", "rtk", "handwritten", "converted"]
Derivation = Literal["", "cropped", "blurred", "rotated", "annotated", "other"]
AccessClass = Literal["", "P0", "P1", "P2", "P3", "P4", "P5"]
"""As in the notes on roles: P0 direct identity ... P5 process; P6 (secret) is not taken at all."""

ACTIONS: tuple[Action, ...] = get_args(Action)
NOT_AVAILABLE = "not_available"
UNKNOWN, MISSING = "unknown", "missing"
ENOUGH_COLLECTORS = 2
BLOCK = 1 << 20
Content = bytes | Path | BinaryIO


@dataclass(frozen=True)
class EvidenceFacts:
    """What is told of a file when it is handed in; what is blank was not told.

    `captured_at` without a zone says that the zone is unknown. `lon`, `lat` are degrees in
    WGS-84 if `coord_source` is `exif` (equal to EPSG:4490 to well below a metre), else in
    EPSG:4490. `purpose` is the id of what it proves (`geodata.evidence_needs`); `hazard` is
    written layer:id. `few_collectors` says why there were fewer than two (R36), `copy_note` why
    and how this is a copy and no original medium (R39). `exif` is JSON. `origin` says by which
    way it came, such as the hash of a return pack.
    """

    original_filename: str
    received_by: str
    received_at: datetime
    captured_at: datetime | None = None
    collectors: tuple[str, ...] = ()
    few_collectors: str = ""
    device: str = ""
    collection_place: str = ""
    lon: float | None = None
    lat: float | None = None
    coord_source: CoordSource = ""
    exif: str = ""
    purpose: str = ""
    layer: str = ""
    sealed_medium_no: str = ""
    access_class: AccessClass = ""
    case: str = ""
    hazard: str = ""
    stop: str = ""
    derived_from: str = ""
    derivation: Derivation = ""
    copy_note: str = ""
    origin: str = ""
    note: str = ""

    @property
    def captured_zone(self) -> str:
        """Return the zone of the capture (`+08:00`), `unknown` for none, `missing` for no time."""
        if self.captured_at is None:
            return MISSING
        return self.captured_at.isoformat()[-6:] if self.captured_at.tzinfo else UNKNOWN


DESCRIBED = frozenset(one.name for one in fields(EvidenceFacts)) - {
    "original_filename", "received_by", "received_at", "exif", "derived_from", "derivation",
}  # fmt: skip
"""What may be told anew of an item; the first telling stays in the register."""


@dataclass(frozen=True)
class Looked:
    """What the bytes themselves say: their kind, whether they can be shown, what EXIF they carry.

    `mime` is by content, never by name; `label` is a key of what to say of it, `sound` if all is
    well. `captured_at` is without a zone where EXIF names none. Degrees are WGS-84.
    `bearing` is where the camera looked, degrees from north; `gps_at` the instant of the position.
    """

    mime: str
    label: str = "sound"
    width: int = 0
    height: int = 0
    exif_state: str = MISSING
    exif: str = ""
    captured_at: datetime | None = None
    gps_at: datetime | None = None
    lon: float | None = None
    lat: float | None = None
    bearing: float | None = None
    device: str = ""


@dataclass(frozen=True)
class CustodyEntry:
    """One entry of the register: who did what with an item, when (UTC), and the hash after.

    `told` is the JSON that `chain` is the hash of, with the chain before it; all else here is
    read from it. `item` is the number of the entry by which the item was received.
    """

    number: int
    item: int
    sha256: str
    action: Action
    who: str
    at: datetime
    note: str
    sha256_after: str
    told: str
    chain: str


@dataclass(frozen=True)
class EvidenceItem:
    """One original as it was handed in, with what is now told of it; `seen` counts its entries.

    The same bytes handed in twice are one original and two items. `sm3` is `not_available`
    where the machine's library has none.
    """

    number: int
    sha256: str
    sm3: str
    size: int
    looked: Looked
    facts: EvidenceFacts
    seen: int = 1

    @property
    def mime(self) -> str:
        """Return the kind of the content."""
        return self.looked.mime

    @property
    def lacks(self) -> tuple[str, ...]:
        """Return what the law asks for at collection and was not told, as keys."""
        return lacks_of(self)


@dataclass(frozen=True)
class Draft:
    """An entry before it has its number and its place in the chain; item 0 is a new one."""

    sha256: str
    action: Action
    who: str
    at: datetime
    note: str = ""
    sha256_after: str = ""
    item: int = 0
    more: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Trouble:
    """One thing that is not as it was: `kind` is a key, `subject` a hash, file or entry."""

    kind: str
    subject: str
    detail: str = ""


@dataclass(frozen=True)
class Verified:
    """What a check of everything found; `head` is to be written down outside of the store."""

    originals: int
    size: int
    entries: int
    head: Head
    troubles: tuple[Trouble, ...] = ()

    @property
    def is_sound(self) -> bool:
        """Return whether all is as it was; what a broken-off write left behind harms nothing."""
        return not [one for one in self.troubles if one.kind not in HARMLESS]


HARMLESS = frozenset({"unregistered", "leftover"})
"""Left by a write that died before its entry was made: nothing confirmed is touched."""


class EvidenceStore(Protocol):
    """Where evidence is kept; nothing stored is ever changed or removed.

    Every method raises BrokenStore if the place is damaged and EvidenceUnavailable, which is
    one, if it cannot be used now.
    """

    def put(self, content: Content, facts: EvidenceFacts) -> str:
        """Keep an original and enter it in the register; return its SHA-256, in hexadecimal.

        Time, place and EXIF are taken from the content where the facts leave them blank, never
        from the time of a file. Whatever the bytes are they are kept and labelled. Raises
        BadEvidence naming a fact that cannot be kept, before anything is written.
        """
        ...

    def open(self, sha256: str) -> BinaryIO:
        """Return an original to read, held against its hash before; close it.

        Raises UnknownEvidence, and OriginalDamaged where the bytes are not what they were.
        """
        ...

    def read(self, sha256: str) -> bytes:
        """Return the bytes of an original, held against their hash; raises as `open`."""
        ...

    def items(self, *, sha256: str = "", case: str = "", hazard: str = "", stop: str = "",
              origin: str = "") -> tuple[EvidenceItem, ...]:  # fmt: skip
        """Return the items that fit all that is asked for, in the order they were received."""
        ...

    def item(self, number: int) -> EvidenceItem:
        """Return one item; raise UnknownEvidence."""
        ...

    def custody(self, item: int | None = None) -> tuple[CustodyEntry, ...]:
        """Return the entries of one item, or the whole register, in their order."""
        ...

    def describe(
        self, item: int, *, who: str, at: datetime, why: str, seen: int, **facts: Any
    ) -> EvidenceItem:
        """Tell some facts of an item anew (DESCRIBED); what was told before stays on record.

        Raises StaleCustody unless `seen` is the number of the item's entries, and BadEvidence.
        """
        ...

    def record(
        self, item: int, action: Action, *, who: str, at: datetime, note: str = ""
    ) -> CustodyEntry:
        """Enter what was done with an item, its original held against its hash.

        Raises UnknownEvidence, OriginalDamaged.
        """
        ...

    def verify(self, head: str = "") -> Verified:
        """Hash every original again, follow the chain of the register, name what differs.

        `head` is a chain that was written down elsewhere: the register must still have it.
        """
        ...

    def head(self) -> Head:
        """Return where the register ends; it changes with every write."""
        ...

    def adopt(self, entry: CustodyEntry, content: BinaryIO | None) -> None:
        """Keep an entry as it stands elsewhere, with its original where it received one.

        For copies. Raises OriginalDamaged, and ValueError for one that does not follow the last.
        """
        ...


REGISTER_ASKED = "?register="
"""What parts the folder of a URL from the database that the register is in."""

ENGINES: dict[str, str] = {
    "file": "geodata.engines.evidence_folder",
    "memory": "geodata.engines.evidence_memory",
}


def is_there(url: str) -> bool:
    """Return whether there may be evidence behind a URL; looking makes no folder."""
    scheme, _, place = url.partition(":")
    return scheme != "file" or Path(place.partition(REGISTER_ASKED)[0]).is_dir()


def open_evidence(url: str) -> EvidenceStore:
    """Return the evidence behind a URL.

    `file:FOLDER` keeps the register in the folder as well, `file:FOLDER?register=postgresql://
    host/name` in a database. Raises UnknownStore naming the known schemes, DriverMissing.
    """
    scheme, place = split_url(url, tuple(ENGINES))
    store: EvidenceStore = import_module(ENGINES[scheme]).open_evidence_store(place)
    return store


# ------------------------------------------------------------------------ the facts


def check_facts(facts: EvidenceFacts) -> None:
    """Raise BadEvidence naming the first fact that cannot be kept or means nothing."""
    for one in fields(facts):
        value = getattr(facts, one.name)
        for text in value if isinstance(value, tuple) else (value,):
            if isinstance(text, str):
                _check_text(one.name, text)
    for name in ("original_filename", "received_by"):
        if not getattr(facts, name).strip():
            raise BadEvidence(field=name, value="", form="...")
    if facts.received_at.tzinfo is None:
        raise BadEvidence(field="received_at", value=facts.received_at, form="2025-12-17T10:00Z")
    if len(set(map(str.strip, facts.collectors))) != len(facts.collectors):
        raise BadEvidence(field="collectors", value="; ".join(facts.collectors), form="A; B")
    for name, kind in CHOICES.items():
        if getattr(facts, name) not in get_args(kind):
            known = " ".join(filter(None, get_args(kind)))
            raise BadEvidence(field=name, value=getattr(facts, name), form=known)
    _check_place(facts)


CHOICES: dict[str, Any] = {
    "coord_source": CoordSource, "derivation": Derivation, "access_class": AccessClass,
}  # fmt: skip
MOST_LON, MOST_LAT = 180.0, 90.0


def _check_text(field: str, text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as half:
        raise BadEvidence(field=field, value=ascii(text), form="UTF-8") from half
    if "\0" in text:
        raise BadEvidence(field=field, value=ascii(text), form="UTF-8")


def _check_place(facts: EvidenceFacts) -> None:
    if (facts.lon is None) != (facts.lat is None):
        raise BadEvidence(field="lon, lat", value=f"{facts.lon}, {facts.lat}", form="103.7, 36.1")
    if facts.lon is None or facts.lat is None:
        return
    if not (abs(facts.lon) <= MOST_LON and abs(facts.lat) <= MOST_LAT):  # NaN is neither
        raise BadEvidence(field="lon, lat", value=f"{facts.lon}, {facts.lat}", form="103.7, 36.1")
    if not facts.coord_source:
        raise BadEvidence(field="coord_source", value="", form="exif rtk handwritten converted")


def with_content(facts: EvidenceFacts, looked: Looked) -> EvidenceFacts:
    """Return facts with time, place and device of EXIF where they were left blank."""
    told: dict[str, Any] = {"exif": looked.exif}
    if facts.captured_at is None and looked.captured_at is not None:
        told["captured_at"] = looked.captured_at
    if facts.lon is None and looked.lon is not None:
        told |= {"lon": looked.lon, "lat": looked.lat, "coord_source": "exif"}
    if not facts.device:
        told["device"] = looked.device
    return replace(facts, **told)


def lacks_of(item: EvidenceItem) -> tuple[str, ...]:
    """Return what the law asks for at collection (R36, R39) and the item does not tell, as keys."""
    facts = item.facts
    lacking = {
        "second_collector": len([one for one in facts.collectors if one.strip()])
        < ENOUGH_COLLECTORS,
        "captured_at": facts.captured_at is None,
        "captured_zone": facts.captured_zone == UNKNOWN,
        "place": not facts.collection_place and facts.lon is None,
        "purpose": not facts.purpose,
        "access_class": not facts.access_class,
    }
    return tuple(name for name, lacks in lacking.items() if lacks)


def facts_to_json(facts: EvidenceFacts) -> dict[str, Any]:
    """Return facts as JSON has them; what is blank is left out."""
    told = {name: value for name, value in asdict(facts).items() if value not in {None, "", ()}}
    for name in ("received_at", "captured_at"):
        if name in told:
            told[name] = told[name].isoformat()
    return told


def facts_from_json(told: Mapping[str, Any]) -> EvidenceFacts:
    """Return the facts that JSON tells; what a newer version tells besides is passed over."""
    known = {one.name for one in fields(EvidenceFacts)}
    facts = {name: value for name, value in told.items() if name in known}
    for name in ("received_at", "captured_at"):
        if facts.get(name):
            facts[name] = datetime.fromisoformat(facts[name])
    return EvidenceFacts(**facts | {"collectors": tuple(facts.get("collectors", ()))})


# ------------------------------------------------------------------------ the chain


def chained(draft: Draft, head: Head) -> CustodyEntry:
    """Return a draft as the entry that follows a head."""
    number = head.number + 1
    told = {
        "number": number,
        "item": draft.item or number,
        "sha256": draft.sha256,
        "action": draft.action,
        "who": draft.who,
        "at": draft.at.astimezone(UTC).isoformat(),
        "note": draft.note,
        "after": draft.sha256_after or draft.sha256,
        **(draft.more or {}),
    }
    text = json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return entry_of(text, chain_of(head.chain, text))


def entry_of(told: str, chain: str) -> CustodyEntry:
    """Return the entry that a text tells; raise ValueError or KeyError for no entry."""
    facts = json.loads(told)
    return CustodyEntry(
        number=int(facts["number"]),
        item=int(facts["item"]),
        sha256=str(facts["sha256"]),
        action=facts["action"],
        who=str(facts["who"]),
        at=datetime.fromisoformat(facts["at"]),
        note=str(facts["note"]),
        sha256_after=str(facts["after"]),
        told=told,
        chain=chain,
    )


def check_chain(rows: Iterable[tuple[int, str, str]], anchored: Head | None) -> Iterator[Trouble]:
    """Yield where rows (number, text, chain) of a register do not follow from each other.

    `anchored` is the end of the register as it was written down beside the originals: rows
    removed from the end are noticed by it.
    """
    before, last = START, 0
    at_anchor = START if anchored and not anchored.number else ""
    for number, told, chain in rows:
        if number != last + 1:
            yield Trouble("entry_gone", str(last + 1), f"{last + 1}-{number - 1}")
        elif chain_of(before, told) != chain:
            yield Trouble("entry_changed", str(number))
        if not _tells_number(told, number):
            yield Trouble("entry_changed", str(number), "number")
        before, last = chain, number
        if anchored and number == anchored.number:
            at_anchor = chain
    if anchored and last < anchored.number:
        yield Trouble("end_gone", str(anchored.number), f"{last + 1}-{anchored.number}")
    elif anchored and at_anchor != anchored.chain:
        yield Trouble("rewritten", str(anchored.number))


def _tells_number(told: str, number: int) -> bool:
    try:
        return entry_of(told, "").number == number
    except (ValueError, KeyError, TypeError):
        return False


# ------------------------------------------------------------------------ the items


def items_of(entries: Iterable[CustodyEntry]) -> tuple[EvidenceItem, ...]:
    """Return the items that entries tell of, each with what was told of it last."""
    found: dict[int, EvidenceItem] = {}
    for one in entries:
        if one.action == "received":
            found[one.number] = _received(one)
        elif one.item in found:
            item = found[one.item]
            facts = item.facts
            if one.action == "described":
                told = facts_to_json(facts) | dict(json.loads(one.told)["facts"])
                facts = facts_from_json({name: one for name, one in told.items() if one != ""})
            found[one.item] = replace(item, facts=facts, seen=item.seen + 1)
    return tuple(found.values())


def _received(entry: CustodyEntry) -> EvidenceItem:
    told = json.loads(entry.told)
    looked, facts = dict(told["looked"]), facts_from_json(told["facts"])
    for name in ("captured_at", "gps_at"):
        if looked.get(name):
            looked[name] = datetime.fromisoformat(looked[name])
    return EvidenceItem(
        number=entry.number,
        sha256=entry.sha256,
        sm3=told["sm3"],
        size=told["size"],
        looked=Looked(**looked, exif=facts.exif),
        facts=facts,
    )


def looked_to_json(looked: Looked) -> dict[str, Any]:
    """Return what was seen of the content as JSON has it; EXIF stands with the facts."""
    told = {name: value for name, value in asdict(looked).items() if value not in {None, ""}}
    told.pop("exif", None)
    for name in ("captured_at", "gps_at"):
        if name in told:
            told[name] = told[name].isoformat()
    return told


def derivatives_of(sha256: str, items: Sequence[EvidenceItem]) -> tuple[EvidenceItem, ...]:
    """Return the items that were made from an original: cropped, blurred, turned."""
    return tuple(one for one in items if one.facts.derived_from == sha256)


def check_seen(item: int, seen: int, stored: int) -> None:
    """Raise StaleCustody unless all entries of an item had been seen."""
    if seen != stored:
        raise StaleCustody(item=item, seen=seen, stored=stored)
