"""One checked file that holds a whole installation's data, and the way back from it.

The archive is a plain zip: `features/` as the folder engine keeps it, `cases.sqlite`,
`findings.sqlite` (runs of rules and decisions), `journal.sqlite` and `evidence/` (originals and
their register), the last three not in archives of before they were kept, and a manifest with the
SHA-256 of every part. Whatever the engines are, it is taken while others write: features as of one
revision (their files are never changed, only the list of them is), SQLite through its backup
interface, PostgreSQL by reading through the stores. Each store is as of one moment; what names
others is taken before them, so that nothing in an archive names what came after it.
"""

import glob
import hashlib
import json
import os
import shutil
import sqlite3
import tempfile
import zipfile
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any

from geodata.copying import (
    Copied,
    Told,
    cases_digest,
    copy_cases,
    copy_evidence,
    copy_features,
    copy_findings,
    copy_journal,
    evidence_held,
    findings_digest,
    journal_held,
)
from geodata.engines.evidence_folder import REGISTER, FolderOriginals, original_in
from geodata.engines.evidence_sqlite import SqliteRegister
from geodata.engines.folder import LIST, LOCK, FolderFeatures, create_feature_store
from geodata.engines.journal_sqlite import SqliteJournal
from geodata.engines.sqlite import SqliteCases
from geodata.engines.sqlite_findings import SqliteFindings
from geodata.errors import BrokenArchive, GeodataError, PlaceTaken
from geodata.evidence_store import REGISTER_ASKED, entry_of, is_there, open_evidence
from geodata.findings import open_findings
from geodata.journal import open_journal
from geodata.settings import Settings
from geodata.store import may_hold, open_cases, open_features

FORMAT = 1
MANIFEST, FEATURES, CASES = "manifest.json", "features", "cases.sqlite"
FINDINGS, JOURNAL = "findings.sqlite", "journal.sqlite"
EVIDENCE = "evidence"
ACCOUNTS, IDENTITY_KEY = "accounts.sqlite", "identity.key"
BLOCK = 1 << 20
SCRATCH = ".restoring-"
"""What the folder begins with in which a restored state is put together."""

REPLACED = ".replaced-"
"""What follows the name of a folder that another one took the place of; then the instant."""


@dataclass(frozen=True)
class Contents:
    """What an archive holds: when it was made, what is in it, its parts with their SHA-256."""

    made_at: str
    held: dict[str, Any]
    parts: dict[str, str]


def back_up(asked: Settings, file: Path, now: datetime, told: Told = lambda *_: None) -> Contents:
    """Write one archive of everything that is kept; return what it holds.

    The file appears only when it is whole and has been read back.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=".partial-")
    os.close(handle)
    partial = Path(name)
    try:
        with tempfile.TemporaryDirectory() as scratch:
            made = _gather(asked, Path(scratch), told)
            contents = Contents(now.isoformat(), asdict(made), {})
            with zipfile.ZipFile(partial, "w", zipfile.ZIP_STORED) as archive:
                for part in sorted(one for one in Path(scratch).rglob("*") if one.is_file()):
                    inside = part.relative_to(scratch).as_posix()
                    archive.write(part, inside)
                    contents.parts[inside] = _sha256_of(part)
                _write_originals(archive, asked.evidence_url, Path(scratch), contents, told)
                archive.writestr(MANIFEST, _manifest(contents))
        check_archive(partial, shown=file)
        with partial.open("rb+") as whole:
            os.fsync(whole.fileno())
        partial.replace(file)
    finally:
        partial.unlink(missing_ok=True)
    return contents


def check_archive(file: Path, *, shown: Path | None = None) -> Contents:
    """Return what an archive holds, every part held against its hash; raise BrokenArchive."""
    told = str(shown or file)
    if not file.is_file():
        raise BrokenArchive(file=told, reason="missing", part="-")
    try:
        with zipfile.ZipFile(file) as archive:
            contents = _read_manifest(archive, told)
            names = [one.filename for one in archive.infolist()]
            if sorted(names) != sorted([MANIFEST, *contents.parts]):
                odd = sorted(set(names) ^ {MANIFEST, *contents.parts}) or names
                raise BrokenArchive(file=told, reason="other_parts", part=odd[0])
            for name, wanted in contents.parts.items():
                with archive.open(name) as part:
                    if _sha256(part.read) != wanted:
                        raise BrokenArchive(file=told, reason="changed", part=name)
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError) as broken:
        raise BrokenArchive(file=told, reason="damaged", part="-") from broken
    return contents


def restore(
    file: Path,
    asked: Settings,
    now: datetime,
    *,
    replace: bool = False,
    told: Told = lambda *_: None,
) -> tuple[Contents, Path | None]:
    """Put back what an archive holds, whole or not at all; return that, and the old data's place.

    Data that is there already is refused with PlaceTaken; with `replace` a data folder is
    moved aside, beside its place, but for its accounts and its key of persons, which are in no
    archive and stand as they are. Raises BrokenArchive before anything is written.
    """
    contents = check_archive(file)
    target = asked.data_folder.absolute()
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=SCRATCH) as scratch:
        made = Path(scratch) / "data"
        with zipfile.ZipFile(file) as archive:
            _unpack(archive, contents, made, str(file))
        _verify(made, contents, str(file))
        in_folder = not (asked.chosen_features_url and asked.chosen_cases_url)
        if in_folder and not _is_free(target) and not replace:
            raise PlaceTaken(place=str(target))
        evidence = _part_evidence(made, asked, Path(scratch))
        _into_databases(made, asked, told)
        if in_folder:
            _keep_standing(asked, made)
        aside = _move_in(made, target, now) if in_folder else None
        if evidence:
            target.mkdir(exist_ok=True)
            origin = open_evidence(f"file:{evidence}")
            copy_evidence(origin, open_evidence(asked.evidence_url), "", told)
    return contents, aside


def head_of(folder: Path | None) -> str:
    """Return where the journal of a folder that was moved aside ends, blank where none can be read.

    It proves later what was on record there and nowhere else.
    """
    with suppress(GeodataError):
        if folder and (folder / JOURNAL).is_file():
            head = SqliteJournal(folder / JOURNAL).head()
            return f"{head.number} {head.chain}" if head.number else ""
    return ""


def find_replaced(folder: Path) -> str:
    """Return the folder that took the name of a data folder's newest old state, or nothing.

    Where the data folder itself is gone, a restore was broken off between its two renames.
    """
    there = folder.parent.glob(f"{glob.escape(folder.name)}{REPLACED}*")
    return max(map(str, there), default="")


# ----------------------------------------------------------------------- taking


def _gather(asked: Settings, scratch: Path, told: Told) -> Copied:
    """Put every store as it stands now into a folder; return what it holds.

    Entries name evidence and cases; evidence and decisions name cases, cases name features.
    """
    _gather_journal(asked.journal_url, scratch / JOURNAL, told)
    _gather_evidence(asked.evidence_url, scratch / EVIDENCE)
    _gather_findings(asked.findings_url, scratch / FINDINGS, told)
    told("cases", 0, 1)
    cases = open_cases(asked.cases_url)
    if isinstance(cases, SqliteCases):
        _copy_database(cases.file, scratch / CASES)
    else:
        copy_cases(cases, SqliteCases(scratch / CASES), CASES, told)
    _gather_features(asked.features_url, scratch / FEATURES, told)
    held = _held(scratch)
    _settle(scratch)
    (scratch / FEATURES / LOCK).unlink(missing_ok=True)
    return held


def _gather_features(url: str, features: Path, told: Told) -> None:
    """Put all revisions as they stand now into a folder."""
    features.mkdir()
    origin = open_features(url)
    if isinstance(origin, FolderFeatures):
        current, names = origin.snapshot()
        for number, name in enumerate(names, 1):
            told("features", number, len(names))
            (features / name).parent.mkdir(exist_ok=True)
            shutil.copyfile(origin.folder / name, features / name)
        (features / LIST).write_bytes(current)
    else:
        copy_features(origin, create_feature_store(features), str(features), told)


def _gather_journal(url: str, copy: Path, told: Told) -> None:
    """Put the journal as it stands now into a file; looking for it makes none."""
    if not may_hold(url):
        return
    told("journal", 0, 1)
    journal = open_journal(url)
    if isinstance(journal, SqliteJournal):
        _copy_database(journal.file, copy)
    else:
        copy_journal(journal, SqliteJournal(copy), JOURNAL, told)


def _gather_findings(url: str, copy: Path, told: Told) -> None:
    """Put runs and decisions as they stand now into a file; looking for them makes none."""
    if not may_hold(url):
        return
    told("findings", 0, 1)
    findings = open_findings(url)
    if isinstance(findings, SqliteFindings):
        _copy_database(findings.file, copy)
    else:
        copy_findings(findings, SqliteFindings(copy), FINDINGS, told)


def _gather_evidence(url: str, folder: Path) -> None:
    """Put the register of the evidence as it stands now into a folder, without the originals."""
    if not is_there(url):
        return
    folder.mkdir()
    store = open_evidence(url)
    register = getattr(store, "register", None)
    if isinstance(register, SqliteRegister):
        _copy_database(register.file, folder / REGISTER)
    else:
        copy = open_evidence(f"file:{folder}")
        for one in store.custody():
            copy.adopt(one, None)
    FolderOriginals(folder).anchor(SqliteRegister(folder / REGISTER).head())
    (folder / LOCK).unlink(missing_ok=True)


def _write_originals(
    archive: zipfile.ZipFile, url: str, scratch: Path, contents: Contents, told: Told
) -> None:
    """Write the originals of a gathered register into an archive, each held against its hash.

    They are not copied to the scratch folder first: they may be many times as large as the rest.
    """
    if not (scratch / EVIDENCE).is_dir():
        return
    store = open_evidence(url)
    entries = (entry_of(*row[1:]) for row in SqliteRegister(scratch / EVIDENCE / REGISTER).rows())
    hashes = list(dict.fromkeys(one.sha256 for one in entries if one.action == "received"))
    for number, sha256 in enumerate(hashes, 1):
        told("evidence", number, len(hashes))
        inside = f"{EVIDENCE}/{original_in(sha256)}"
        with store.open(sha256) as original, archive.open(inside, "w", force_zip64=True) as part:
            shutil.copyfileobj(original, part, BLOCK)
        contents.parts[inside] = sha256


def _copy_database(file: Path, copy: Path) -> None:
    """Copy a database as of one moment, whoever writes to it meanwhile."""
    with (
        closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as origin,
        closing(sqlite3.connect(copy)) as target,
    ):
        origin.backup(target)


def _settle(folder: Path) -> None:
    """Have each database of a folder in one file, without a write-ahead log beside it."""
    for name in (CASES, FINDINGS, JOURNAL, f"{EVIDENCE}/{REGISTER}"):
        file = folder / name
        if file.is_file():
            with closing(sqlite3.connect(file)) as database:
                database.execute("pragma wal_checkpoint(truncate)")
                database.execute("pragma journal_mode = delete")


def _held(folder: Path) -> Copied:
    """Return how much the stores in a folder hold, every layer read."""
    features, cases = FolderFeatures(folder / FEATURES), SqliteCases(folder / CASES).find()
    rows = [features.read(layer) for layer in features.layers()]
    has_findings = (folder / FINDINGS).is_file()
    findings = SqliteFindings(folder / FINDINGS) if has_findings else None
    evidence, journal = _evidence_of(folder), _journal_of(folder)
    return Copied(
        layers=len(rows),
        features=sum(map(len, rows)),
        revisions=len(features.revisions()),
        aside=len(features.kept_aside()),
        cases=len(cases),
        entries=sum(case.revision for case in cases),
        cases_sha256=cases_digest(cases),
        runs=len(findings.runs()) if findings else 0,
        decisions=len(findings.entries()) if findings else 0,
        findings_sha256=findings_digest(findings) if findings else "",
        evidence=evidence.evidence,
        originals=evidence.originals,
        evidence_sha256=evidence.evidence_sha256,
        journal=journal.journal,
        journal_damaged=journal.journal_damaged,
        journal_sha256=journal.journal_sha256,
    )


def _journal_of(folder: Path) -> Copied:
    has_journal = (folder / JOURNAL).is_file()
    return journal_held(SqliteJournal(folder / JOURNAL)) if has_journal else Copied()


def _evidence_of(folder: Path) -> Copied:
    """Return how much evidence a folder's register tells of; its originals are not looked at."""
    if not (folder / EVIDENCE / REGISTER).is_file():
        return Copied()
    return evidence_held(open_evidence(f"file:{folder / EVIDENCE}"))


# --------------------------------------------------------------------- contents


def _manifest(contents: Contents) -> str:
    told = {"format": FORMAT, **asdict(contents)}
    return json.dumps(told, ensure_ascii=False, indent=1)


def _read_manifest(archive: zipfile.ZipFile, told: str) -> Contents:
    """Return what a manifest says; a name that leads out of the archive is refused."""
    try:
        facts = json.loads(archive.read(MANIFEST))
        contents = Contents(facts["made_at"], dict(facts["held"]), dict(facts["parts"]))
        version = facts["format"]
    except (KeyError, ValueError, TypeError) as odd:
        raise BrokenArchive(file=told, reason="no_manifest", part=MANIFEST) from odd
    if version != FORMAT:
        raise BrokenArchive(file=told, reason="newer", part=str(version))
    for name in contents.parts:
        path = PurePosixPath(name)
        is_ours = name in {CASES, FINDINGS, JOURNAL} or path.parts[0] in {FEATURES, EVIDENCE}
        if not is_ours or path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name:
            raise BrokenArchive(file=told, reason="names_outside", part=name)
    return contents


def _sha256_of(file: Path) -> str:
    with file.open("rb") as part:
        return _sha256(part.read)


def _sha256(read: Callable[[int], bytes]) -> str:
    total = hashlib.sha256()
    while block := read(BLOCK):
        total.update(block)
    return total.hexdigest()


# ------------------------------------------------------------------ putting back


def _unpack(archive: zipfile.ZipFile, contents: Contents, made: Path, told: str) -> None:
    """Write the parts to a folder, held against their hashes once more as they lie there."""
    for name, wanted in contents.parts.items():
        place = made / name
        place.parent.mkdir(parents=True, exist_ok=True)
        with archive.open(name) as part, place.open("wb") as file:
            shutil.copyfileobj(part, file, BLOCK)
            file.flush()
            os.fsync(file.fileno())
        if _sha256_of(place) != wanted:
            raise BrokenArchive(file=told, reason="changed", part=name)


def _verify(made: Path, contents: Contents, told: str) -> None:
    """Raise BrokenArchive unless the restored stores open and hold what the manifest says."""
    (made / FEATURES).mkdir(parents=True, exist_ok=True)
    try:
        held = asdict(_held(made))
    except GeodataError as broken:
        raise BrokenArchive(file=told, reason="unreadable", part=str(broken)) from broken
    evidence = f"file:{made / EVIDENCE}"
    if is_there(evidence) and not open_evidence(evidence).verify().is_sound:
        raise BrokenArchive(file=told, reason="changed", part=EVIDENCE)
    if held != asdict(Copied()) | contents.held:
        raise BrokenArchive(file=told, reason="other_contents", part=MANIFEST)
    _settle(made)
    (made / FEATURES / LOCK).unlink(missing_ok=True)


def _part_evidence(made: Path, asked: Settings, scratch: Path) -> Path | None:
    """Return where evidence was set apart whose place is not in the folder; that must be empty."""
    if asked.evidence_url == Settings(asked.data_folder).evidence_url:
        return None
    if not (made / EVIDENCE).is_dir():
        return None
    folder, _, database = asked.evidence_url.partition(":")[2].partition(REGISTER_ASKED)
    elsewhere = f"file:{scratch / 'there'}{REGISTER_ASKED}{database}"  # the register alone
    url = elsewhere if database else f"file:{folder}"
    if (database or is_there(url)) and open_evidence(url).custody():
        raise PlaceTaken(place=f"{folder} {_shown(database)}".strip())
    return (made / EVIDENCE).rename(scratch / EVIDENCE)


def _into_databases(made: Path, asked: Settings, told: Told) -> None:
    """Move what the settings keep elsewhere to its place there, which must be empty."""
    features_url, cases_url = asked.chosen_features_url, asked.chosen_cases_url
    features = open_features(features_url) if features_url else None
    cases = open_cases(cases_url) if cases_url else None
    plain = Settings(asked.data_folder)
    findings_url = asked.findings_url if asked.findings_url != plain.findings_url else ""
    journal_url = asked.journal_url if asked.journal_url != plain.journal_url else ""
    findings = open_findings(findings_url) if findings_url else None
    journal = open_journal(journal_url) if journal_url else None
    if features and features.layers():
        raise PlaceTaken(place=_shown(features_url))
    if cases and cases.find():
        raise PlaceTaken(place=_shown(cases_url))
    if findings and (findings.runs() or findings.entries()):
        raise PlaceTaken(place=_shown(findings_url))
    if journal and journal.head().number:
        raise PlaceTaken(place=_shown(journal_url))
    if features:
        copy_features(FolderFeatures(made / FEATURES), features, "", told)
        shutil.rmtree(made / FEATURES)
    if cases:
        copy_cases(SqliteCases(made / CASES), cases, "", told)
        _drop(made / CASES)
    if findings and (made / FINDINGS).is_file():
        copy_findings(SqliteFindings(made / FINDINGS), findings, "", told)
        _drop(made / FINDINGS)
    if journal and (made / JOURNAL).is_file():
        copy_journal(SqliteJournal(made / JOURNAL), journal, "", told)
        _drop(made / JOURNAL)


def _drop(database: Path) -> None:
    """Remove a database that was copied elsewhere, and the log beside it."""
    for file in database.parent.glob(f"{database.name}*"):
        file.unlink()


def _shown(url: str) -> str:
    """Return what may be shown of a URL: never a password."""
    return url.partition("?")[0].rpartition("@")[2]


def _is_free(target: Path) -> bool:
    return not target.exists() or (target.is_dir() and not any(target.iterdir()))


def _keep_standing(asked: Settings, made: Path) -> None:
    """Take over what is in no archive: accounts as they stand, so that none comes back by one.

    And the key that numbers of persons are sealed with, without which nothing new would match.
    """
    accounts, key = asked.data_folder / ACCOUNTS, asked.data_folder / IDENTITY_KEY
    if accounts.is_file():
        try:
            _copy_database(accounts, made / ACCOUNTS)
        except sqlite3.Error:  # a damaged file stays what it is: nobody signs in by it
            shutil.copyfile(accounts, made / ACCOUNTS)
        (made / ACCOUNTS).chmod(0o600)
    if key.is_file():
        shutil.copy2(key, made / IDENTITY_KEY)


def _move_in(made: Path, target: Path, now: datetime) -> Path | None:
    """Put a folder in its place by one rename; return where what was there is now."""
    aside = None
    if target.exists():
        if _is_free(target):
            target.rmdir()
        else:
            aside = target.with_name(f"{target.name}{REPLACED}{now.strftime('%Y%m%dT%H%M%S')}")
            target.rename(aside)
    try:
        made.rename(target)
    except OSError:
        if aside:
            aside.rename(target)
        raise
    return aside
