"""One checked file that holds a whole installation's data, and the way back from it.

The archive is a plain zip: `features/` as the folder engine keeps it, `cases.sqlite`, and a
manifest with the SHA-256 of every part. Whatever the engines are, it is taken while others
write: features as of one revision (their files are never changed, only the list of them is),
SQLite through its backup interface, PostgreSQL by reading through the stores.
"""

import hashlib
import json
import os
import shutil
import sqlite3
import tempfile
import zipfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any

from geodata.copying import Copied, Told, cases_digest, copy_cases, copy_features
from geodata.engines.folder import LIST, LOCK, FolderFeatures, create_feature_store
from geodata.engines.sqlite import SqliteCases
from geodata.errors import BrokenArchive, GeodataError, PlaceTaken
from geodata.settings import Settings
from geodata.store import open_cases, open_features

FORMAT = 1
MANIFEST, FEATURES, CASES = "manifest.json", "features", "cases.sqlite"
BLOCK = 1 << 20
SCRATCH = ".restoring-"
"""What the folder begins with in which a restored state is put together."""


@dataclass(frozen=True)
class Contents:
    """What an archive holds: when it was made, what is in it, its parts with their SHA-256."""

    made_at: str
    held: dict[str, Any]
    parts: dict[str, str]


def back_up(asked: Settings, file: Path, now: datetime, told: Told = lambda *_: None) -> Contents:
    """Write one archive of all features and cases; return what it holds.

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
    moved aside, beside its place. Raises BrokenArchive before anything is written.
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
        _into_databases(made, asked, told)
        aside = _move_in(made, target, now) if in_folder else None
    return contents, aside


# ----------------------------------------------------------------------- taking


def _gather(asked: Settings, scratch: Path, told: Told) -> Copied:
    """Put features and cases as they stand now into a folder; return what it holds."""
    features = scratch / FEATURES
    features.mkdir()
    origin = open_features(asked.features_url)
    if isinstance(origin, FolderFeatures):
        current, names = origin.snapshot()
        for number, name in enumerate(names, 1):
            told("features", number, len(names))
            (features / name).parent.mkdir(exist_ok=True)
            shutil.copyfile(origin.folder / name, features / name)
        (features / LIST).write_bytes(current)
    else:
        copy_features(origin, create_feature_store(features), str(features), told)
    told("cases", 0, 1)
    cases = open_cases(asked.cases_url)
    if isinstance(cases, SqliteCases):
        _copy_database(cases.file, scratch / CASES)
    else:
        copy_cases(cases, SqliteCases(scratch / CASES), CASES, told)
    held = _held(scratch)
    _settle(scratch / CASES)
    (features / LOCK).unlink(missing_ok=True)
    return held


def _copy_database(file: Path, copy: Path) -> None:
    """Copy a database as of one moment, whoever writes to it meanwhile."""
    with (
        closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as origin,
        closing(sqlite3.connect(copy)) as target,
    ):
        origin.backup(target)


def _settle(file: Path) -> None:
    """Have a database in one file, without a write-ahead log beside it."""
    with closing(sqlite3.connect(file)) as database:
        database.execute("pragma wal_checkpoint(truncate)")
        database.execute("pragma journal_mode = delete")


def _held(folder: Path) -> Copied:
    """Return how much features and cases in a folder hold, every layer read."""
    features, cases = FolderFeatures(folder / FEATURES), SqliteCases(folder / CASES).find()
    rows = [features.read(layer) for layer in features.layers()]
    return Copied(
        layers=len(rows),
        features=sum(map(len, rows)),
        revisions=len(features.revisions()),
        aside=len(features.kept_aside()),
        cases=len(cases),
        entries=sum(case.revision for case in cases),
        cases_sha256=cases_digest(cases),
    )


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
        is_ours = name == CASES or path.parts[0] == FEATURES
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
    if held != contents.held:
        raise BrokenArchive(file=told, reason="other_contents", part=MANIFEST)
    _settle(made / CASES)
    (made / FEATURES / LOCK).unlink(missing_ok=True)


def _into_databases(made: Path, asked: Settings, told: Told) -> None:
    """Copy what the settings keep elsewhere to its place there, which must be empty."""
    features_url, cases_url = asked.chosen_features_url, asked.chosen_cases_url
    features = open_features(features_url) if features_url else None
    cases = open_cases(cases_url) if cases_url else None
    if features and features.layers():
        raise PlaceTaken(place=features_url.partition("?")[0].rpartition("@")[2])
    if cases and cases.find():
        raise PlaceTaken(place=cases_url.partition("?")[0].rpartition("@")[2])
    if features:
        copy_features(FolderFeatures(made / FEATURES), features, "", told)
    if cases:
        copy_cases(SqliteCases(made / CASES), cases, "", told)


def _is_free(target: Path) -> bool:
    return not target.exists() or (target.is_dir() and not any(target.iterdir()))


def _move_in(made: Path, target: Path, now: datetime) -> Path | None:
    """Put a folder in its place by one rename; return where what was there is now."""
    aside = None
    if target.exists():
        if _is_free(target):
            target.rmdir()
        else:
            aside = target.with_name(f"{target.name}.replaced-{now.strftime('%Y%m%dT%H%M%S')}")
            target.rename(aside)
    try:
        made.rename(target)
    except OSError:
        if aside:
            aside.rename(target)
        raise
    return aside
