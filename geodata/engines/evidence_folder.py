"""Evidence in a folder: originals under their hash, never written to again, and the register.

    originals/ab/abcdef...   an original, by its SHA-256, read-only
    incoming/                what is being written; whoever dies leaves it here, never an original
    damaged/                 bytes that were found under a hash that is not theirs
    register.sqlite          the register, unless it is in PostgreSQL
    head.json                where the register ends, written down a second time

A file appears among the originals by one link, whole and on the disk, or not at all.
"""

import errno
import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from io import RawIOBase
from pathlib import Path
from typing import BinaryIO

from filelock import FileLock

from geodata.chains import Head
from geodata.engines.evidence_kept import Hashes, Kept, KeptEvidence, Register
from geodata.errors import BrokenStore, EvidenceUnavailable
from geodata.evidence_store import BLOCK, REGISTER_ASKED, Trouble

ORIGINALS, INCOMING, DAMAGED = "originals", "incoming", "damaged"
REGISTER, HEAD, LOCK = "register.sqlite", "head.json", ".lock"
HASH = re.compile(r"[0-9a-f]{64}")
READ_ONLY = 0o444
UNAVAILABLE = {
    errno.ENOSPC: "full",
    errno.EDQUOT: "full",
    errno.EROFS: "read_only",
    errno.EACCES: "read_only",
    errno.EPERM: "read_only",
}
"""What a disk says that cannot be written to now."""


class FolderOriginals:
    """Originals in one folder, safe for several processes that share it."""

    def __init__(self, folder: Path) -> None:
        """Open or make the folder; raise BrokenStore if the one it lies in is missing."""
        self.folder = folder
        if not folder.parent.is_dir():
            raise BrokenStore(store=str(folder.parent), reason="missing")
        try:
            for name in (ORIGINALS, INCOMING):
                (folder / name).mkdir(parents=True, exist_ok=True)
        except OSError as refused:
            raise EvidenceUnavailable(store=str(folder), reason="cannot_open") from refused
        self._lock = FileLock(folder / LOCK, thread_local=True)

    def keep(self, content: BinaryIO) -> Kept:
        """Keep what can be read from a stream, whole or not at all."""
        with self._in_our_words():
            handle, name = tempfile.mkstemp(dir=self.folder / INCOMING)
        partial, hashes = Path(name), Hashes()
        try:
            with os.fdopen(handle, "wb", buffering=0) as file:
                while block := content.read(BLOCK):  # what fails here is no fault of this disk
                    hashes.update(block)
                    with self._in_our_words():
                        _write_all(file, block)
                with self._in_our_words():
                    os.fsync(file.fileno())
            with self._in_our_words():
                replaced = self._place(partial, hashes.sha256)
        finally:
            partial.unlink(missing_ok=True)
        return Kept(hashes.sha256, hashes.sm3, hashes.size, replaced)

    def open(self, sha256: str) -> BinaryIO:
        """Return the bytes as they are; raise KeyError if they are gone."""
        try:
            return self._file(sha256).open("rb")
        except FileNotFoundError as gone:
            raise KeyError(sha256) from gone

    def all(self) -> Iterator[str]:
        """Yield the hashes under which there are originals, in order."""
        for file in sorted((self.folder / ORIGINALS).glob("*/*")):
            if HASH.fullmatch(file.name) and file == self._file(file.name):
                yield file.name

    def leftovers(self) -> Iterator[Trouble]:
        """Yield broken-off writes, damaged bytes put aside, and files that are no originals."""
        for file in sorted((self.folder / INCOMING).iterdir()):
            yield Trouble("leftover", f"{INCOMING}/{file.name}")
        for file in sorted((self.folder / ORIGINALS).rglob("*")):
            is_ours = HASH.fullmatch(file.name) and file == self._file(file.name)
            if file.is_file() and not is_ours:
                yield Trouble("strange_file", file.relative_to(self.folder).as_posix())

    def anchored(self) -> Head | None:
        """Return where the register ended by what is written beside the originals."""
        file = self.folder / HEAD
        try:
            told = json.loads(file.read_text("utf-8"))
            return Head(int(told["number"]), str(told["chain"]))
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError):
            return Head(0, "")  # fits no register: it is named as rewritten

    def anchor(self, head: Head) -> None:
        """Write down where the register ends, by one rename; it never goes back."""
        before = self.anchored()
        if before and before.number >= head.number:
            return
        handle, name = tempfile.mkstemp(dir=self.folder / INCOMING)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump({"number": head.number, "chain": head.chain}, file)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(self.folder / HEAD)

    def writing(self) -> AbstractContextManager[object]:
        """Return the lock of this folder."""
        return self._lock

    def _file(self, sha256: str) -> Path:
        return self.folder / original_in(sha256)

    @contextmanager
    def _in_our_words(self) -> Iterator[None]:
        """Raise EvidenceUnavailable for a full or read-only disk; nothing has been kept then."""
        try:
            yield
        except OSError as refused:
            reason = UNAVAILABLE.get(refused.errno or 0)
            if reason is None:
                raise
            raise EvidenceUnavailable(store=str(self.folder), reason=reason) from refused

    def _place(self, partial: Path, sha256: str) -> str:
        """Link a whole file under its hash; return the hash of damaged bytes that gave way."""
        target, replaced = self._file(sha256), ""
        with self._lock:
            target.parent.mkdir(exist_ok=True)
            if target.exists():
                replaced = self._put_aside_if_damaged(target)
            if not target.exists():
                _link(partial, target)
                partial.unlink(missing_ok=True)  # before it is read-only: Windows refuses then
                target.chmod(READ_ONLY)
                _settle(target.parent)
                _settle(target.parent.parent)
        return replaced

    def _put_aside_if_damaged(self, target: Path) -> str:
        found = _hash_of(target)
        if found == target.name:
            return ""
        aside = self.folder / DAMAGED
        aside.mkdir(exist_ok=True)
        target.replace(aside / f"{target.name}.{found[:16]}")
        return found


def original_in(sha256: str) -> str:
    """Return where in its folder an original lies.

    >>> original_in("abc0")
    'originals/ab/abc0'
    """
    return f"{ORIGINALS}/{sha256[:2]}/{sha256}"


def open_evidence_store(place: str) -> KeptEvidence:
    """Return the evidence in a folder, its register there too or in the database named."""
    folder, _, database = place.partition(REGISTER_ASKED)
    originals = FolderOriginals(Path(folder))
    return KeptEvidence(originals, _open_register(Path(folder), database))


def _open_register(folder: Path, database: str) -> Register:
    if not database:
        from geodata.engines.evidence_sqlite import SqliteRegister

        return SqliteRegister(folder / REGISTER)
    from geodata.engines.evidence_postgres import PostgresRegister

    return PostgresRegister(database)


def _write_all(file: RawIOBase, block: bytes) -> None:
    """Write a block whole; an unbuffered file may take less at a time."""
    rest = memoryview(block)
    while rest:
        rest = rest[file.write(rest) or 0 :]


def _link(partial: Path, target: Path) -> None:
    """Give a file its name; where links are not to be had (FAT, some network disks) it moves."""
    try:
        os.link(partial, target)
    except FileExistsError:
        return
    except OSError:
        shutil.move(partial, target)


def _hash_of(file: Path) -> str:
    hashes = Hashes()
    with file.open("rb") as stream:
        while block := stream.read(BLOCK):
            hashes.update(block)
    return hashes.sha256


def _settle(folder: Path) -> None:
    """Have the names in a folder on the disk; Windows does so by itself."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
