"""A visit comes home: the return of a pack checked, held against the office, turned into writes.

`read_return` says part by part what is sound, `compare` names what the office changed meanwhile,
a person decides, `writes_of` gives plain facts to be stored. What was written once is not
written again. Hashes show damage on the way; they are no proof against somebody who forges.
"""

import hashlib
import json
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from io import BytesIO
from math import isfinite
from types import MappingProxyType
from typing import Any, BinaryIO, Literal
from zipfile import BadZipFile, ZipFile

from geodata.crs import GEOD
from geodata.errors import GeodataError
from geodata.journal import NUL
from layers.checklists import MEASURED, Checklist, Question
from layers.routing import Place
from layers.visit_pack import PackPlan, canonical, pack_id

FORMAT = "pim-visit-return"
VERSION = 1
HEADER, SUMS = "pack.json", "sha256sums.txt"
MOST_BYTES = 2 * 1024**3
MOST_PART_BYTES = 200 * 1024**2
MOST_PARTS = 10_000
FAR_M = 500.0
"""A position farther than this from the stop is pointed out; it refuses nothing."""

OFFICER_ROLES = ("collector_1", "collector_2")
STATUSES = frozenset({"found", "not_found", "rectified", "relapsed"})
"""Results of a visit that say something of the hazard; `no_access` says nothing."""
INQUEST = "site_inquest"
"""The activity of the rule sets (R42) that a visit is on a case."""

PartState = Literal["sound", "damaged", "missing", "unlisted"]
ConflictKind = Literal["office_changed", "gone", "returned_before", "older_pack"]
Choice = Literal["field", "office", "skip"]

_STOP = re.compile(r"stops/\d{3,}\.json")
_FILE = re.compile(r"files/([0-9a-f]{64})\.(jpg|png|gif|heic|webp)")
_LINE = re.compile(r"([0-9a-f]{64})  (\S.*)")
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]+)?", re.IGNORECASE)
_STARTS = {
    "jpg": b"\xff\xd8\xff",
    "png": b"\x89PNG",
    "gif": b"GIF8",
    "webp": b"RIFF",
}


class BrokenReturn(GeodataError):
    """A file that is no whole return: `reason` as a code, `value`."""


class ForeignReturn(GeodataError):
    """A return of a pack that was not issued here: `plan_id`, `pack_id`."""


class NewerReturn(GeodataError):
    """A return whose format is newer than the program: `version`, `known`."""


class UndecidedConflicts(GeodataError):
    """Writes are asked for while conflicts are open: `conflicts`, their ids."""


@dataclass(frozen=True)
class Issued:
    """A pack that left the office, with what the office knew of each stop then."""

    pack_id: str
    plan_id: str
    version: int
    team: str
    day: date
    data_revision: str
    places: Mapping[str, Place | None]
    layers: Mapping[str, str]
    cases: Mapping[str, tuple[str, ...]]
    known: Mapping[str, Mapping[str, str]]


def issued_of(plan: PackPlan) -> Issued:
    """Return what the office must keep of a pack to take its return."""
    stops = plan.stops
    return Issued(
        pack_id(plan),
        plan.plan_id,
        plan.version,
        plan.team,
        plan.day,
        plan.imprint.revision,
        {stop.ref: stop.place for stop in stops},
        {stop.ref: stop.layer for stop in stops},
        {stop.ref: stop.cases for stop in stops},
        {stop.ref: dict(stop.known) for stop in stops},
    )


@dataclass(frozen=True)
class Part:
    """One part of the file, and whether it is what its hash says."""

    name: str
    state: PartState


@dataclass(frozen=True)
class Note:
    """Something to be told about a stop or the whole return, as a code with its value."""

    code: str
    ref: str = ""
    value: str = ""


@dataclass(frozen=True)
class ReturnedStop:
    """One stop as it came home; `sha256` is of all that was entered, `record` its own bytes.

    `gaps` are ids of what is missing or out of bounds, `notes` what is to be looked at.
    """

    ref: str
    sha256: str
    record: bytes
    answers: Mapping[str, str]
    methods: Mapping[str, str]
    photos: tuple[Mapping[str, str], ...]
    signatures: tuple[Mapping[str, str], ...]
    position: Mapping[str, str] | None
    started_at: str
    ended_at: str
    text: str
    gaps: tuple[str, ...]
    notes: tuple[Note, ...]

    @property
    def result(self) -> str:
        """Return what was found on site, or nothing."""
        return self.answers.get("result", "")

    @property
    def officers(self) -> tuple[str, ...]:
        """Return the officers by name, each once."""
        named = (self.answers.get(role, "").strip() for role in OFFICER_ROLES)
        return tuple(dict.fromkeys(name for name in named if name))

    def day(self, planned: date) -> date:
        """Return the day of the visit: of its end, its begin, else the day of the plan."""
        for told in (self.ended_at, self.started_at):
            try:
                return date.fromisoformat(told[:10])
            except ValueError:
                continue
        return planned


@dataclass(frozen=True)
class Returned:
    """A return as far as it is sound: its pack, parts, stops, and its files by hash."""

    issued: Issued
    exported_at: str
    parts: tuple[Part, ...]
    stops: tuple[ReturnedStop, ...]
    files: Mapping[str, bytes] = field(repr=False)
    notes: tuple[Note, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Return whether every part is sound."""
        return all(part.state == "sound" for part in self.parts)

    @property
    def not_visited(self) -> tuple[str, ...]:
        """Return the stops of the pack that nothing was entered on."""
        seen = {stop.ref for stop in self.stops}
        return tuple(ref for ref in self.issued.layers if ref not in seen)


# ----------------------------------------------------------------------- reading


def read_return(
    file: bytes | BinaryIO, issued: Sequence[Issued], checklists: Mapping[str, Checklist]
) -> Returned:
    """Return what a return file holds, as far as it is sound, and what is not, part by part.

    A large file is better given to read than as bytes: these are held a second time. `issued`
    are the packs that left the office, `checklists` those of their layers. Raises BrokenReturn,
    ForeignReturn (of none of the packs) and NewerReturn.
    """
    contents, parts = _read_parts(file)
    header = _header_of(contents)
    mine = _pack_of(header, issued)
    files = {
        found[1]: content
        for name, content in contents.items()
        if (found := _FILE.fullmatch(name)) and hashlib.sha256(content).hexdigest() == found[1]
    }
    stops: list[ReturnedStop] = []
    notes = list(_notes_of_pack(mine, issued))
    for name in sorted(name for name in contents if _STOP.fullmatch(name)):
        stop = _stop_of(contents[name], mine, checklists, files)
        if stop is None:
            parts = [Part(name, "damaged") if one.name == name else one for one in parts]
        elif stop.ref not in mine.layers:
            notes.append(Note("unknown_stop", stop.ref, name))
        elif any(stop.ref == other.ref for other in stops):
            notes.append(Note("stop_twice", stop.ref, name))
        else:
            stops.append(stop)
    told = _text(header.get("exported_at"))
    return Returned(mine, told, tuple(parts), tuple(stops), files, tuple(notes))


def _read_parts(file: bytes | BinaryIO) -> tuple[dict[str, bytes], list[Part]]:
    """Return the sound parts by name, and the state of all."""
    try:
        archive = ZipFile(BytesIO(file) if isinstance(file, bytes) else file)
    except (BadZipFile, ValueError, OSError, NotImplementedError) as no_zip:
        raise BrokenReturn(reason="no_zip", value=type(no_zip).__name__) from no_zip
    with archive:
        entries = archive.infolist()
        size = sum(entry.file_size for entry in entries)
        if size > MOST_BYTES or len(entries) > MOST_PARTS:
            raise BrokenReturn(reason="too_large", value=f"{size} B, {len(entries)}")
        if SUMS not in archive.namelist():
            reason = "no_sums" if HEADER in archive.namelist() else "no_return"
            raise BrokenReturn(reason=reason, value="")
        sums = _sums_of(_read(archive, SUMS) or b"")
        given = {entry.filename for entry in entries}
        sound = {}
        for name, digest in sums.items():
            content = _read(archive, name) if name in given else None
            if content is not None and hashlib.sha256(content).hexdigest() == digest:
                sound[name] = content
    states: dict[str, PartState] = dict.fromkeys(sorted(given - {SUMS}), "unlisted")
    for name in sums:
        found: PartState = "damaged" if name in given else "missing"
        states[name] = "sound" if name in sound else found
    return sound, [Part(name, state) for name, state in states.items()]


def _read(archive: ZipFile, name: str) -> bytes | None:
    if archive.getinfo(name).file_size > MOST_PART_BYTES:
        return None
    try:
        return archive.read(name)
    except (BadZipFile, OSError, EOFError, ValueError, RuntimeError, zlib.error):
        return None


def _sums_of(text: bytes) -> dict[str, str]:
    found = (_LINE.fullmatch(line) for line in text.decode("utf-8", "replace").splitlines())
    return {line[2]: line[1] for line in found if line}


def _header_of(contents: Mapping[str, bytes]) -> dict[str, Any]:
    if HEADER not in contents:
        raise BrokenReturn(reason="no_header", value="")
    header = _json_of(contents[HEADER])
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        raise BrokenReturn(reason="no_return", value="")
    version = _text(header.get("format_version"))
    if not version.isdecimal() or not isinstance(header.get("pack"), dict):
        raise BrokenReturn(reason="bad_header", value=version)
    if int(version) > VERSION:
        raise NewerReturn(version=version, known=VERSION)
    return header


def _pack_of(header: Mapping[str, Any], issued: Sequence[Issued]) -> Issued:
    told = _text(header["pack"].get("id"))
    for one in issued:
        if one.pack_id == told:
            return one
    raise ForeignReturn(plan_id=_text(header["pack"].get("plan_id")), pack_id=told[:16])


def _notes_of_pack(mine: Issued, issued: Iterable[Issued]) -> Iterator[Note]:
    same = (
        one
        for one in issued
        if (one.plan_id, one.team, one.day) == (mine.plan_id, mine.team, mine.day)
    )
    newest = max(one.version for one in same)
    if newest > mine.version:
        yield Note("older_pack", "", f"{mine.version} < {newest}")


def _json_of(content: bytes) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None


def _stop_of(
    record: bytes,
    mine: Issued,
    checklists: Mapping[str, Checklist],
    files: Mapping[str, bytes],
) -> ReturnedStop | None:
    """Return one stop, or None where its part has not the form of one."""
    told = _json_of(record)
    if not _is_stop(told):
        return None
    if not _can_be_kept(told):
        return None
    content, signatures, ref = told["content"], tuple(told["signatures"]), told["ref"]
    checklist = checklists.get(mine.layers.get(ref, ""))
    digest = hashlib.sha256(canonical({"content": content, "signatures": signatures})).hexdigest()
    return ReturnedStop(
        ref=ref,
        sha256=digest,
        record=record,
        answers=content["answers"],
        methods=content["methods"],
        photos=tuple(content["photos"]),
        signatures=signatures,
        position=content["position"],
        started_at=content["started_at"],
        ended_at=content["ended_at"],
        text=content["notes"],
        gaps=tuple(_gaps(content, signatures, checklist)) if checklist else (),
        notes=tuple(_notes_of_stop(told, checklist, mine, files)),
    )


def _is_stop(told: Any) -> bool:
    if not (isinstance(told, dict) and isinstance(told.get("ref"), str)):
        return False
    content, signatures = told.get("content"), told.get("signatures")
    if not (isinstance(content, dict) and isinstance(signatures, list) and _are_texts(signatures)):
        return False
    position = content.get("position")
    return (
        _is_text_table(content.get("answers"))
        and _is_text_table(content.get("methods"))
        and _are_texts(content.get("photos"))
        and all({"question", "sha256", "name"} <= photo.keys() for photo in content["photos"])
        and all({"role", "sha256", "over"} <= sign.keys() for sign in signatures)
        and (position is None or (_is_text_table(position) and _place_of(position) is not None))
        and all(isinstance(content.get(name), str) for name in ("notes", "started_at", "ended_at"))
    )


def _can_be_kept(told: Any) -> bool:
    """Return whether every text can be stored: no NUL, no half of a surrogate pair."""
    text = json.dumps(told, ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return NUL.search(text) is None


def _is_text_table(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(one, str) for one in value.values())


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and all(_is_text_table(one) for one in value)


def _place_of(position: Mapping[str, str]) -> Place | None:
    try:
        lon, lat = float(position["lon"]), float(position["lat"])
    except (KeyError, ValueError):
        return None
    return (lon, lat) if abs(lon) <= 180 and abs(lat) <= 90 else None  # noqa: PLR2004 - degrees


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


# ------------------------------------------------------------------ what is missing


def _gaps(
    content: Mapping[str, Any], signatures: Sequence[Mapping[str, str]], checklist: Checklist
) -> Iterator[str]:
    """Yield ids of what is missing, by the rules of the pack's own page (`gapsOf`)."""
    photographed = {photo["question"] for photo in content["photos"]}
    for question in checklist.questions:
        answer = content["answers"].get(question.id, "")
        is_there = question.id in photographed if question.kind == "photo" else answer.strip()
        has_no_method = question.kind == "distance" and not content["methods"].get(question.id)
        if (question.is_required and not is_there) or (
            answer and (_is_wrong(question, answer) or has_no_method)
        ):
            yield question.id
    if not (content["started_at"] and content["ended_at"]):
        yield "times"
    if content["position"] is None:
        yield "position"
    signed = {sign["role"] for sign in signatures}
    yield from (f"signature:{role}" for role in OFFICER_ROLES if role not in signed)


def _is_wrong(question: Question, answer: str) -> bool:
    if question.kind not in MEASURED:
        return bool(question.answers) and answer not in {one.id for one in question.answers}
    if not _NUMBER.fullmatch(answer):
        return True
    number = float(answer)
    low = float("-inf") if question.minimum is None else question.minimum
    high = float("inf") if question.maximum is None else question.maximum
    is_part = question.is_whole and not number.is_integer()
    return not isfinite(number) or is_part or not low <= number <= high


def _notes_of_stop(
    told: Mapping[str, Any], checklist: Checklist | None, mine: Issued, files: Mapping[str, bytes]
) -> Iterator[Note]:
    ref, content = told["ref"], told["content"]
    officers = {content["answers"].get(role, "").strip() for role in OFFICER_ROLES} - {""}
    if len(officers) < len(OFFICER_ROLES):
        yield Note("one_officer", ref, "、".join(sorted(officers)))
    for name in content["answers"]:
        if checklist and checklist.find(name) is None:
            yield Note("unknown_question", ref, name)
    yield from _notes_of_files(told, files)
    there, stop = _place_of(content["position"] or {}), mine.places.get(ref)
    if there and stop:
        away_m = GEOD.inv(*stop, *there)[2]
        if away_m > FAR_M:
            yield Note("far_from_stop", ref, f"{away_m:.0f}")


def _notes_of_files(told: Mapping[str, Any], files: Mapping[str, bytes]) -> Iterator[Note]:
    ref, content = told["ref"], told["content"]
    for photo in content["photos"]:
        if photo["sha256"] not in files:
            yield Note("photo_missing", ref, photo["name"])
        elif not is_picture(files[photo["sha256"]]):
            yield Note("no_photo", ref, photo["name"])
    text = hashlib.sha256(canonical(content)).hexdigest()
    for sign in told["signatures"]:
        if sign["sha256"] not in files:
            yield Note("signature_missing", ref, sign["role"])
        if sign["over"] != text:
            yield Note("changed_after_signing", ref, sign["role"])


def is_picture(content: bytes) -> bool:
    """Return whether the first bytes are those of a picture, whatever the name says."""
    is_heic = content[4:8] == b"ftyp" and any(
        word in content[8:12] for word in (b"hei", b"mif", b"avif")
    )
    if content.startswith(_STARTS["webp"]):
        return content[8:12] == b"WEBP"
    return is_heic or content.startswith(tuple(_STARTS.values()))


# --------------------------------------------------------------------- comparing


@dataclass(frozen=True)
class Conflict:
    """Something a person has to decide: what the office knew, knows now, and what came home."""

    ref: str
    kind: ConflictKind
    name: str = ""
    then: str = ""
    now: str = ""
    from_field: str = ""

    @property
    def id(self) -> str:
        """Return the name under which it is decided."""
        return "|".join(part for part in (self.ref, self.kind, self.name) if part)


@dataclass(frozen=True)
class Done:
    """What was written of earlier returns: ids of writes, and the hash of each visit."""

    ids: frozenset[str] = frozenset()
    visits: Mapping[str, str] = field(default_factory=dict)


NOTHING_DONE = Done()
NOTHING_BEGUN: Mapping[str, Choice] = MappingProxyType({})


def compare(
    returned: Returned,
    office_now: Mapping[str, Mapping[str, str]],
    done: Done = NOTHING_DONE,
) -> tuple[Conflict, ...]:
    """Return where the office and the return disagree; a visit already written is no conflict.

    `office_now` holds, by stop, the same plain facts that went out as `PackStop.known`; a stop
    that is not in it is gone from the office's store.
    """
    return tuple(
        conflict
        for stop in returned.stops
        if not is_written(returned.issued, stop, done)
        for conflict in _conflicts_of(stop, returned, office_now, done)
    )


def _conflicts_of(
    stop: ReturnedStop,
    returned: Returned,
    office_now: Mapping[str, Mapping[str, str]],
    done: Done,
) -> Iterator[Conflict]:
    if any(note.code == "older_pack" for note in returned.notes):
        yield Conflict(stop.ref, "older_pack", from_field=stop.result)
    if visit_key(returned.issued, stop.ref) in done.visits:
        yield Conflict(stop.ref, "returned_before", from_field=stop.result)
    if stop.ref not in office_now:
        yield Conflict(stop.ref, "gone", from_field=stop.result)
        return
    then, now = returned.issued.known[stop.ref], office_now[stop.ref]
    for name in sorted(then.keys() | now.keys()):
        if then.get(name, "") != now.get(name, ""):
            yield Conflict(
                stop.ref,
                "office_changed",
                name,
                then.get(name, ""),
                now.get(name, ""),
                stop.result,
            )


def is_written(issued: Issued, stop: ReturnedStop, done: Done) -> bool:
    """Return whether this visit was written already, as it was entered here."""
    key = visit_key(issued, stop.ref)
    return done.visits.get(key) == stop.sha256 or write_id("visit", key, stop.sha256) in done.ids


def visit_key(issued: Issued, ref: str) -> str:
    """Return what one visit is known by: plan, team, day and place."""
    return f"{issued.plan_id}|{issued.team}|{issued.day.isoformat()}|{ref}"


# ----------------------------------------------------------------------- writing


@dataclass(frozen=True)
class VisitResult:
    """That somebody was there, and all that was entered."""

    id: str
    visit: str
    sha256: str
    ref: str
    occurred_on: date
    result: str
    officers: tuple[str, ...]
    answers: Mapping[str, str]
    methods: Mapping[str, str]
    position: Mapping[str, str] | None
    notes: str
    gaps: tuple[str, ...]


@dataclass(frozen=True)
class HazardStatus:
    """What the visit says of the hazard: found, not_found, rectified or relapsed."""

    id: str
    ref: str
    occurred_on: date
    status: str
    officers: tuple[str, ...]


@dataclass(frozen=True)
class CaseActivity:
    """An activity to be entered on a case: its `kind` is one of the rule sets'."""

    id: str
    case_id: str
    kind: str
    occurred_on: date
    result: str
    participants: tuple[str, ...]
    note: str
    ref: str = ""


@dataclass(frozen=True)
class EvidenceBrought:
    """A file to be kept as evidence; its bytes are `Returned.files[sha256]`, or the record's own.

    `purpose` is photo, signature or inquest_record, `question` what it was taken for; place and
    day are what the officers entered, never a file's time. `told_at` is the end of the inquest
    for its record (without a zone, as it was entered), the device's instant for a signature, and
    None for a photograph, which may know itself. There is one for each case of the stop.
    """

    id: str
    ref: str
    sha256: str
    purpose: str
    question: str
    name: str
    content: bytes = field(repr=False)
    collectors: tuple[str, ...]
    collected_on: date
    place: Place | None
    coord_source: str
    accuracy_m: str = ""
    told_at: datetime | None = None
    case: str = ""


Write = VisitResult | HazardStatus | CaseActivity | EvidenceBrought


def writes_of(
    returned: Returned,
    conflicts: Iterable[Conflict],
    decisions: Mapping[str, Choice],
    done: Done = NOTHING_DONE,
    begun: Mapping[str, Choice] = NOTHING_BEGUN,
) -> tuple[Write, ...]:
    """Return what is to be written, after a person decided every conflict by its id.

    `field`: as it came home; `office`: the visit and its evidence are kept, the hazard's status
    stays the office's; `skip`: nothing of that stop. A status also needs two officers (R36).
    `begun` says by stop what had been decided where the writing broke off. Raises
    UndecidedConflicts. What is in `done` is not written again.
    """
    open_ = tuple(conflicts)
    undecided = [one.id for one in open_ if one.id not in decisions]
    if undecided:
        raise UndecidedConflicts(conflicts=undecided)
    writes: list[Write] = []
    for stop in returned.stops:
        choice = begun.get(stop.ref) or choice_of(stop.ref, open_, decisions)
        if choice != "skip":
            writes += _writes_of_stop(stop, returned, sets_status=choice == "field")
    return tuple(one for one in writes if one.id not in done.ids)


def choice_of(ref: str, conflicts: Iterable[Conflict], decisions: Mapping[str, Choice]) -> Choice:
    """Return what the decisions on the conflicts of a stop come to for the whole of it."""
    chosen = {decisions[one.id] for one in conflicts if one.ref == ref}
    if "skip" in chosen:
        return "skip"
    return "office" if "office" in chosen else "field"


def done_of(writes: Iterable[Write], before: Done = NOTHING_DONE) -> Done:
    """Return what is done after writes were stored, besides what was before."""
    stored = tuple(writes)
    visits = {one.visit: one.sha256 for one in stored if isinstance(one, VisitResult)}
    return Done(before.ids | {one.id for one in stored}, {**before.visits, **visits})


def _writes_of_stop(
    stop: ReturnedStop, returned: Returned, *, sets_status: bool
) -> Iterator[Write]:
    key = visit_key(returned.issued, stop.ref)
    day = stop.day(returned.issued.day)
    cases = returned.issued.cases[stop.ref]
    yield VisitResult(
        write_id("visit", key, stop.sha256),
        key,
        stop.sha256,
        stop.ref,
        day,
        stop.result,
        stop.officers,
        stop.answers,
        stop.methods,
        stop.position,
        stop.text,
        stop.gaps,
    )
    has_two = len(stop.officers) >= len(OFFICER_ROLES)
    if sets_status and has_two and stop.result in STATUSES:
        status_id = write_id("status", key, stop.sha256)
        yield HazardStatus(status_id, stop.ref, day, stop.result, stop.officers)
    for case_id in cases if has_two and stop.result else ():
        yield CaseActivity(
            write_id("activity", key, stop.sha256, case_id),
            case_id,
            INQUEST,
            day,
            stop.result,
            stop.officers,
            stop.answers.get("course", ""),
            stop.ref,
        )
    yield from _evidence_of(stop, returned, day, key)


@dataclass(frozen=True)
class _Brought:
    """A file of a stop: what it is for, its question, name and hash, when it says it was made."""

    purpose: str
    question: str
    name: str
    sha256: str
    told_at: datetime | None = None


def _evidence_of(
    stop: ReturnedStop, returned: Returned, day: date, key: str
) -> Iterator[EvidenceBrought]:
    """Yield every file that came, whatever its bytes are: what is no picture is kept as well."""
    position = stop.position or {}
    for one in _brought_by(stop):
        is_record = one.purpose == "inquest_record"
        content = stop.record if is_record else returned.files.get(one.sha256)
        if content is None:
            continue
        for case in returned.issued.cases[stop.ref] or ("",):
            yield EvidenceBrought(
                id=write_id("evidence", key, one.purpose, one.question, one.sha256, case),
                ref=stop.ref,
                sha256=one.sha256,
                purpose=one.purpose,
                question=one.question,
                name=one.name,
                content=content,
                collectors=stop.officers,
                collected_on=day,
                place=_place_of(position),
                coord_source=position.get("source", ""),
                accuracy_m=position.get("accuracy_m", ""),
                told_at=one.told_at,
                case=case,
            )


def _brought_by(stop: ReturnedStop) -> Iterator[_Brought]:
    digest = hashlib.sha256(stop.record).hexdigest()
    yield _Brought("inquest_record", "", "inquest.json", digest, _instant(stop.ended_at))
    for one in stop.photos:
        yield _Brought("photo", one["question"], one["name"], one["sha256"])
    for one in stop.signatures:
        at = _instant(one.get("signed_at", ""))
        yield _Brought("signature", one["role"], f"{one['role']}.png", one["sha256"], at)


def _instant(told: str) -> datetime | None:
    """Return an instant as it was told, None for a day alone and for what is none."""
    try:
        return datetime.fromisoformat(told) if "T" in told else None
    except ValueError:
        return None


def write_id(*parts: str) -> str:
    """Return what a write is known by: the same of the same visit, of another another."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
