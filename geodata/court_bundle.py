"""The evidence of a case as one bundle that a court can read and check without this program.

    证据目录.html  证据目录.csv   every item: hash, size, who, where, when, what it proves
    保管记录.csv                  who had it when, the hash after, the chain of the register
    说明.txt                      what this is and how to check it
    SHA256SUMS                    for `sha256sum -c SHA256SUMS`
    files/                        the originals, byte for byte, and their copies for showing

The same items give the same bytes: parts are in order, stored and without times of their own.
"""

import csv
import hashlib
import os
import re
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from html import escape
from io import StringIO
from pathlib import Path
from typing import Protocol
from urllib.parse import quote

from geodata.case_sheets import harmless
from geodata.chains import START
from geodata.errors import EmptyBundle, OriginalDamaged, PlaceTaken
from geodata.evidence_needs import need_for
from geodata.evidence_store import BLOCK, CustodyEntry, EvidenceItem, EvidenceStore
from geodata.lifecycle import OFFICE_TIME
from geodata.wording import Words

WITHHELD = frozenset({"P0", "P1", "P5", ""})
"""Left out unless asked for: direct identity, sensitive groups, process, what nobody classed."""

FILES, SUMS = "files", "SHA256SUMS"
LIST_HTML, LIST_CSV = "证据目录.html", "证据目录.csv"
CUSTODY, ABOUT = "保管记录.csv", "说明.txt"
DAY = (1980, 1, 1, 0, 0, 0)
"""The time of every part of the archive: the earliest that the format has."""

READ_ONLY = 0o100444
MOST_NAME_BYTES = 120
COLUMNS = (
    "number", "file", "original_filename", "sha256", "sm3", "size", "mime", "label", "purpose",
    "captured_at", "captured_zone", "collectors", "collection_place", "position", "coord_source",
    "device", "exif", "sealed_medium_no", "copy_note", "derived_from", "derivation", "case",
    "hazard", "received_at", "received_by", "lacks", "note",
)  # fmt: skip
CUSTODY_COLUMNS = (
    "entry", "number", "action", "who", "at_utc", "sha256_after", "note", "before", "told",
    "chain",
)  # fmt: skip


@dataclass(frozen=True)
class Bundled:
    """What went into a bundle: the items, those withheld, the files with their hashes."""

    items: tuple[EvidenceItem, ...]
    withheld: tuple[EvidenceItem, ...]
    sums: dict[str, str] = field(default_factory=dict)


class _Target(Protocol):
    def write(self, name: str, pieces: Iterable[bytes]) -> str:
        """Write a part and return its SHA-256."""
        ...


def untold(done: int, of: int) -> None:
    """Hear nothing of how far a bundle is."""
    del done, of


def write_bundle(
    store: EvidenceStore,
    items: Sequence[EvidenceItem],
    place: Path,
    words: Words,
    *,
    title: str,
    with_classes: Collection[str] = (),
    told: Callable[[int, int], None] = untold,
) -> Bundled:
    """Write a bundle as a ZIP, or as a folder where the place has no ending; return what is in it.

    It appears whole or not at all. `words` are those of the command; the lists are in their
    language; `told` hears how many items of how many are in. Raises EmptyBundle, PlaceTaken,
    and OriginalDamaged where an original is not what it was.
    """
    chosen = [one for one in items if may_leave(one, with_classes)]
    withheld = tuple(one for one in items if not may_leave(one, with_classes))
    if not chosen:
        raise EmptyBundle(chosen=len(items), withheld=len(withheld))
    if place.exists():
        raise PlaceTaken(place=str(place))
    bundled = Bundled(tuple(chosen), withheld)
    with _opened(place) as target:
        _fill(target, store, bundled, words, title=title, told=told)
    return bundled


def may_leave(item: EvidenceItem, with_classes: Collection[str] = ()) -> bool:
    """Return whether an item may be in a bundle: by its class, or by one that is asked for."""
    return item.facts.access_class not in WITHHELD or item.facts.access_class in with_classes


def _fill(
    target: _Target,
    store: EvidenceStore,
    bundled: Bundled,
    words: Words,
    *,
    title: str,
    told: Callable[[int, int], None],
) -> None:
    names = {one.number: _file_name(one) for one in bundled.items}
    by_hash: dict[str, str] = {}
    for done, one in enumerate(bundled.items):
        told(done, len(bundled.items))
        if one.sha256 not in by_hash:
            name = f"{FILES}/{names[one.number]}"
            with store.open(one.sha256) as original:
                found = target.write(name, iter(partial(original.read, BLOCK), b""))
            if found != one.sha256:
                raise OriginalDamaged(sha256=one.sha256, found=found)
            by_hash[one.sha256] = name
            bundled.sums[name] = found
    rows = [_row(one, by_hash, words) for one in bundled.items]
    custody = _custody_of(bundled, store)
    texts = {
        ABOUT: _about(bundled, custody[-1][0], words, title),
        CUSTODY: _csv(
            _headings(CUSTODY_COLUMNS, words), [_custody_row(*one, words) for one in custody]
        ),
        LIST_CSV: _csv(_headings(COLUMNS, words), rows),
        LIST_HTML: _html(title, bundled, rows, words),
    }
    for name, text in sorted(texts.items()):
        bundled.sums[name] = target.write(name, [text])
    lines = [f"{sha256}  {name}\n" for name, sha256 in sorted(bundled.sums.items())]
    target.write(SUMS, ["".join(lines).encode()])


# --------------------------------------------------------------------------- lists


def _row(item: EvidenceItem, by_hash: dict[str, str], words: Words) -> tuple[str, ...]:
    facts, looked = item.facts, item.looked
    place = f"{facts.lon:.6f}, {facts.lat:.6f}" if facts.lon is not None else ""
    taken = facts.captured_at.isoformat(" ", "seconds") if facts.captured_at else ""
    told = {
        "number": str(item.number),
        "file": by_hash[item.sha256],
        "original_filename": facts.original_filename,
        "sha256": item.sha256,
        "sm3": _said(words, "evidence_states", item.sm3) or item.sm3,
        "size": str(item.size),
        "mime": item.mime,
        "label": _said(words, "evidence_labels", looked.label),
        "purpose": _purpose(item, words),
        "captured_at": taken or _said(words, "evidence_states", "missing"),
        "captured_zone": _said(words, "evidence_states", facts.captured_zone)
        or facts.captured_zone,
        "collectors": "; ".join(facts.collectors)
        + (f" ({facts.few_collectors})" if facts.few_collectors else ""),
        "collection_place": facts.collection_place,
        "position": place or _said(words, "evidence_states", "missing"),
        "coord_source": _said(words, "evidence_states", facts.coord_source),
        "device": facts.device,
        "exif": _said(words, "evidence_states", looked.exif_state),
        "sealed_medium_no": facts.sealed_medium_no,
        "copy_note": facts.copy_note,
        "derived_from": by_hash.get(facts.derived_from, facts.derived_from),
        "derivation": _said(words, "evidence_states", facts.derivation),
        "case": facts.case,
        "hazard": facts.hazard,
        "received_at": _local(facts.received_at),
        "received_by": facts.received_by,
        "lacks": "; ".join(words.say("evidence_lacks", one) for one in item.lacks),
        "note": facts.note,
    }
    return tuple(told[name] for name in COLUMNS)


def _purpose(item: EvidenceItem, words: Words) -> str:
    """Return what an item proves in words, with the id; the id alone where it is none of ours."""
    need = need_for(item.facts.purpose)
    return (
        f"{need.proves.says(words.language)} ({item.facts.purpose})" if need else item.facts.purpose
    )


def _custody_of(bundled: Bundled, store: EvidenceStore) -> list[tuple[CustodyEntry, str]]:
    """Return the entries of the items of a bundle, each with the chain before it."""
    numbers = {one.number for one in bundled.items}
    register = store.custody()
    chains = [START, *(one.chain for one in register)]
    together = zip(register, chains, strict=False)
    return [(one, before) for one, before in together if one.item in numbers]


def _custody_row(entry: CustodyEntry, before: str, words: Words) -> tuple[str, ...]:
    at = entry.at.isoformat(" ", "seconds")
    action = words.say("evidence_actions", entry.action)
    facts = (action, entry.who, at, entry.sha256_after, entry.note)
    return (str(entry.number), str(entry.item), *facts, before, entry.told, entry.chain)


def _said(words: Words, section: str, key: str) -> str:
    return words.sections[section].get(key, "")


def _local(instant: datetime) -> str:
    return instant.astimezone(OFFICE_TIME).isoformat(" ", "seconds")


def _headings(columns: Sequence[str], words: Words) -> tuple[str, ...]:
    return tuple(words.say("evidence_columns", one) for one in columns)


def _csv(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """Return a table as CSV with a byte-order mark; nothing in it runs in a spreadsheet."""
    text = StringIO()
    lines = csv.writer(text, lineterminator="\r\n")
    lines.writerow(headings)
    lines.writerows([[harmless(cell) for cell in row] for row in rows])
    return text.getvalue().encode("utf-8-sig")


def _about(bundled: Bundled, last: CustodyEntry, words: Words, title: str) -> bytes:
    facts = {
        "title": title,
        "count": len(bundled.items),
        "withheld": len(bundled.withheld),
        "numbers": _numbers(bundled.withheld),
        "entry": last.number,
        "chain": last.chain,
    }
    lines = [words.say("evidence_about", key, **facts) for key in words.sections["evidence_about"]]
    return ("\r\n".join(lines) + "\r\n").encode("utf-8-sig")


def _numbers(items: Iterable[EvidenceItem]) -> str:
    return ", ".join(str(one.number) for one in items) or "-"


STYLE = (
    "body{font:14px/1.5 sans-serif;margin:1.5em auto;max-width:60em;padding:0 1em;color:#111}"
    "table{border-collapse:collapse;width:100%}section{break-inside:avoid;margin-top:2em}"
    "th,td{border:1px solid #888;padding:.25em .5em;text-align:left;vertical-align:top}"
    "th{background:#eee;font-weight:normal}section th{width:9em}"
    "code,a{word-break:break-all}@page{size:A4}"
)
SUMMARY = ("number", "original_filename", "size", "purpose", "captured_at", "collectors")
"""What stands of each item in the table at the beginning of the page."""


def _html(title: str, bundled: Bundled, rows: Iterable[Sequence[str]], words: Words) -> bytes:
    """Return the list as one page: a table of all items, then each by itself, blanks left out.

    There is no script in it, and nothing from elsewhere.
    """
    told = [dict(zip(COLUMNS, row, strict=True)) for row in rows]
    heads = "".join(f"<th scope=col>{escape(one)}</th>" for one in _headings(SUMMARY, words))
    lines = "".join(
        f"<tr>{''.join(f'<td>{_shown(name, one)}</td>' for name in SUMMARY)}</tr>\n" for one in told
    )
    withheld = words.say(
        "evidence_about",
        "withheld",
        withheld=len(bundled.withheld),
        numbers=_numbers(bundled.withheld),
    )
    language = "zh-CN" if words.language == "zh" else "en"
    return (
        f'<!doctype html><html lang="{language}"><meta charset="utf-8">'
        f"<title>{escape(title)}</title><style>{STYLE}</style><h1>{escape(title)}</h1>"
        f"<p>{escape(withheld)}</p><table><thead><tr>{heads}</tr></thead><tbody>\n{lines}"
        f"</tbody></table>\n{''.join(_section(one, words) for one in told)}</html>\n"
    ).encode()


def _section(told: Mapping[str, str], words: Words) -> str:
    """Return all that is told of one item."""
    number = escape(told["number"])
    lines = "".join(
        f"<tr><th scope=row>{escape(words.say('evidence_columns', name))}</th>"
        f"<td>{_shown(name, told)}</td></tr>\n"
        for name in COLUMNS
        if told[name]
    )
    heading = f"<h2>{number} · {escape(told['original_filename'])}</h2>"
    return f'<section id="item-{number}">{heading}<table>{lines}</table></section>\n'


def _shown(column: str, told: Mapping[str, str]) -> str:
    """Return a value as it stands in the page: files and numbers as links."""
    value = told[column]
    if value.startswith(f"{FILES}/"):
        return f'<a href="{escape(quote(value))}">{escape(value)}</a>'
    if column == "number":
        return f'<a href="#item-{escape(value)}">{escape(value)}</a>'
    return f"<code>{escape(value)}</code>" if column in {"sha256", "sm3"} else escape(value)


# --------------------------------------------------------------------------- files

ODD = re.compile(r'[\x00-\x1f\x7f-\x9f<>:"/\\|?*\u2028\u2029\u200e\u200f\u202a-\u202e]')


def _file_name(item: EvidenceItem) -> str:
    """Return a name that every system takes: number, hash, and what is harmless of the old name."""
    cleaned = ODD.sub("_", item.facts.original_filename).strip(" .") or "file"
    stem, dot, ending = cleaned.rpartition(".")
    if not dot or len(ending.encode()) > 10:  # noqa: PLR2004 - no ending has as many
        stem, ending = cleaned, ""
    room = MOST_NAME_BYTES - len(ending.encode())
    short = stem.encode()[:room].decode("utf-8", "ignore").rstrip(" .")
    return f"{item.number:05d}-{item.sha256[:8]}-{short}{dot if ending else ''}{ending}"


@contextmanager
def _opened(place: Path) -> Iterator[_Target]:
    """Yield where the parts go; it gets its name when all of them are there."""
    place.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(dir=place.parent, prefix=".bundle-"))
    made = scratch / "made"
    try:
        if place.suffix.casefold() == ".zip":
            with zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as archive:
                yield _Archive(archive)
        else:
            made.mkdir()
            yield _Folder(made)
        os.replace(made, place)  # noqa: PTH105 - a folder, too
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


class _Archive:
    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive

    def write(self, name: str, pieces: Iterable[bytes]) -> str:
        total, facts = hashlib.sha256(), zipfile.ZipInfo(name, DAY)
        facts.external_attr = READ_ONLY << 16
        facts.create_system = 3
        with self._archive.open(facts, "w", force_zip64=True) as part:
            for piece in pieces:
                total.update(piece)
                part.write(piece)
        return total.hexdigest()


class _Folder:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def write(self, name: str, pieces: Iterable[bytes]) -> str:
        total, file = hashlib.sha256(), self._folder / name
        file.parent.mkdir(exist_ok=True)
        with file.open("wb") as part:
            for piece in pieces:
                total.update(piece)
                part.write(piece)
            part.flush()
            os.fsync(part.fileno())
        return total.hexdigest()
