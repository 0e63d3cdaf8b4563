"""Before a file leaves the house: everything in it that would tell too much, or what it lacks.

A file is read to its last part. What cannot be read is a leak, and so is a file that made a
reader fail: the check fails closed.
"""

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import chain

from layers.disclosure.classes import words
from layers.disclosure.leak import Context, Leak, Where
from layers.disclosure.numbers import find_numbers, mask
from layers.disclosure.positions import find_positions
from layers.disclosure.reading.formats import MARKED, READERS, format_of
from layers.disclosure.reading.page import gunzipped, read_data
from layers.disclosure.reading.pieces import MOST_DEPTH, Budget, Piece, Sign, Text, Trouble, Within
from layers.disclosure.reading.tables import decode
from layers.disclosure.spelling import fold, readings
from layers.imprint import APPROVAL, DATA_DATE, DEMONSTRATION, INTERNAL_USE

MOST_ALIKE = 40
"""So many leaks of one kind are told one by one; the rest are counted in one."""

SIGNS = re.compile(r"内|演|数据|审|截|GS|[Ii]nternal|[Dd]emonstration|[Dd]ata|as of", re.IGNORECASE)
"""What a text holds that one of the marks may stand in."""

NAMED = frozenset({"sheet", "part", "key", "layer", "picture", "property"})
"""Steps to a place that the file itself names."""

TEXTUAL = frozenset({"xml", "json", "csv", "text"})
APPROVED = re.compile(r"(?:GS|[\u3400-\u9fff]S)[(（]?20\d\d[)）]?(?:第)?\d+号", re.IGNORECASE)
DAY = r"(?:20\d\d-\d\d-\d\d|20\d\d年\d{1,2}月\d{1,2}日)"
MAP_WORDS = re.compile(r"地图|示意图|审图号|\bmaps?\b", re.IGNORECASE)
_Told = tuple[str, Where, str]


@dataclass(frozen=True)
class Pictured:
    """One picture in a file: where it stands first, its SHA-256, and what draws it to be looked at.

    `draw` returns the bytes of a picture file, nothing where only whoever opens the file itself
    sees it: a page that is drawn, say.
    """

    where: Where
    sha256: str
    draw: Callable[[], bytes] = field(repr=False, compare=False)


@dataclass(frozen=True)
class Suspected:
    """What looks like a name in a file, in plain: where it stands first and how often it does."""

    text: str
    where: Where
    count: int


@dataclass(frozen=True)
class Looked:
    """All that was found in a file: its leaks, and for whoever decides, names and pictures.

    Leaks tell nothing in plain; `suspects` and `pictures` do, and are for the inside alone.
    """

    leaks: tuple[Leak, ...]
    suspects: tuple[Suspected, ...] = ()
    pictures: tuple[Pictured, ...] = ()


def check_export(content: bytes, name: str, context: Context) -> tuple[Leak, ...]:
    """Return every leak of a file, those that stop it first; none is what it may leave with.

    Names are held against the aliases of the context, numbers of persons and positions against
    their patterns; what is hidden, loaded from elsewhere or unreadable is named by where it is.
    Leaks that the audience may have (`passes`) are left out.
    """
    return look_through(content, name, context).leaks


def look_through(content: bytes, name: str, context: Context) -> Looked:
    """Return the leaks of a file, and in plain what a person has to decide on or to look at.

    Suspects and pictures are gathered where the audience asks for a decision on them.
    """
    seen = _Check(context)
    seen.text(Text((("file_name", ""),), name, has_positions=False))
    seen.file(content, name, (), Budget())
    seen.signs()
    suspects = tuple(
        Suspected(text, seen.suspects[text], count) for text, count in seen.counts.items()
    )
    return Looked(_gathered(seen.leaks, context), suspects, tuple(seen.pictures.values()))


@dataclass
class _Check:
    """A check under way: what was found, and which signs were met on the way."""

    context: Context
    leaks: list[_Told] = field(default_factory=list)
    has_map: bool = False
    is_marked_format: bool = False
    words: dict[str, None] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)
    suspects: dict[str, Where] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    pictures: dict[str, Pictured] = field(default_factory=dict)

    def found(self, kind: str, where: Where, what: str = "") -> None:
        """Keep a leak; a place that is called by a name or number is told by its first letter."""
        self.leaks.append((kind, self._place(where), what))

    def _place(self, where: Where) -> Where:
        return tuple((step, self._told(value) if step in NAMED else value) for step, value in where)

    def _told(self, value: str) -> str:
        if value not in self.places:
            is_secret = next(self.context.aliases.find(value), None) or any(find_numbers(value))
            self.places[value] = mask(value) if is_secret else value
        return self.places[value]

    def file(self, content: bytes, name: str, where: Where, budget: Budget) -> None:
        """Read a file, and the files within it; whatever goes wrong is a leak."""
        format_ = format_of(content, name)
        if budget.depth > MOST_DEPTH:
            self.found("too_large", where)
            return
        if format_ == "gzip":
            inner = gunzipped(content, min(budget.bytes_left, 100 << 20))
            if inner is None or not budget.take(len(inner)):
                self.found("unreadable" if inner is None else "too_large", where)
                return
            self.file(inner, name.removesuffix(".gz"), where, budget)
            return
        reader = READERS.get(format_)
        if reader is None:
            self.found({"encrypted": "encrypted"}.get(format_, "unknown_format"), where)
            return
        self.is_marked_format |= format_ in MARKED
        if format_ == "picture" and self._counts("picture_unseen"):
            self._keep_picture(where, hashlib.sha256(content).hexdigest(), lambda: content)
        budget.depth += 1
        try:
            for piece in chain(
                reader(content, where, budget), _packed(content, format_, where, budget)
            ):
                self.piece(piece, budget)
        except Exception:  # noqa: BLE001 - hostile or broken: it is a leak, and no crash
            self.found("unreadable", where)
        budget.depth -= 1

    def piece(self, piece: Piece, budget: Budget) -> None:
        if isinstance(piece, Text):
            self.text(piece)
        elif isinstance(piece, Within):
            self.file(piece.content, piece.name, piece.where, budget)
        elif isinstance(piece, Sign):
            self.has_map |= piece.kind == "map"
        elif isinstance(piece, Trouble):
            self._trouble(piece)

    def _keep_picture(self, where: Where, sha256: str, draw: Callable[[], bytes]) -> None:
        self.pictures.setdefault(sha256, Pictured(self._place(where), sha256, draw))

    def _trouble(self, piece: Trouble) -> None:
        if piece.kind == "picture_unseen" and self._counts(piece.kind):
            self._keep_picture(piece.where, piece.what, piece.draw)
        if piece.kind == "picture_unseen" and piece.what in self.context.seen_pictures:
            return
        self.found(
            piece.kind, piece.where, piece.what if piece.is_masked else mask(piece.what[:40])
        )

    def text(self, text: Text) -> None:
        """Search a text for all that it must not tell, its escapes undone as well."""
        if not text.text.strip():
            return
        if SIGNS.search(text.text):
            self.words[text.text] = None
        for reading in readings(text.text):
            self._search(replace(text, text=reading))

    def _search(self, text: Text) -> None:
        self._names(text)
        if text.has_numbers:
            for number in find_numbers(text.text):
                place = text.place(text.text.find(number.written))
                self.found(number.kind, place, mask(number.written))
        if text.has_positions:
            self._positions(text)
        self._phrases(text)

    def _names(self, text: Text) -> None:
        aliases = self.context.aliases
        is_asked = self._counts("name") or self._counts("person")
        for seen in aliases.find(text.text) if is_asked else ():
            kind = "person" if seen.what.entity.kind == "person" else "name"
            self.found(kind, text.place(seen.start), mask(seen.written))
        if self._counts("suspect"):
            for suspect in aliases.suspects(text.text):
                place = text.place(suspect.start)
                self.found("suspect", place, mask(suspect.text))
                self.suspects.setdefault(suspect.text, self._place(place))
                self.counts[suspect.text] += 1

    def _positions(self, text: Text) -> None:
        if not self._counts("position"):
            return
        for position in find_positions(text.text, self.context.city):
            if position.precision_m < self.context.finest_m:
                start = text.text.find(position.written.split(",")[0])
                self.found(
                    "position", text.place(start), f"{position.form} ±{position.precision_m:.3g} m"
                )

    def _phrases(self, text: Text) -> None:
        if self._counts("process"):
            for phrase in words()["process"]["phrases"]:
                start = text.text.find(phrase)
                if start >= 0:
                    self.found("process", text.place(start), mask(phrase))
        for layer in self.context.sensitive:
            found = re.search(rf"(?<![a-z_]){re.escape(layer)}(?![a-z_])", text.text)
            if found:
                self.found("sensitive_layer", text.place(found.start()), layer)

    def _counts(self, kind: str) -> bool:
        return self.context.severity(kind) != "passes"

    def signs(self) -> None:
        """Name the marks that a file lacks, and the one that it must not carry where it goes."""
        letters = fold("\n".join(self.words)).letters

        def has(*titles: str) -> bool:
            return any(fold(one).letters in letters for one in titles)

        if self.context.audience in {"agency", "outside"} and has(INTERNAL_USE.zh, INTERNAL_USE.en):
            self.found("mark_internal", ())
        if not self.is_marked_format:
            return
        if not has(INTERNAL_USE.zh, INTERNAL_USE.en):
            self.found("mark_missing", ())
        if self.context.is_demonstration and not has(DEMONSTRATION.zh, DEMONSTRATION.en):
            self.found("invented_unmarked", ())
        dates = "|".join(re.escape(fold(one).letters) for one in (DATA_DATE.zh, DATA_DATE.en))
        if not re.search(rf"(?:{dates}|数据截至|截至|dataasof|asof)[:：|\"=,]*{DAY}", letters):
            self.found("date_missing", ())
        if self._has_map() and not APPROVED.search(letters):
            self.found("approval_missing", (), APPROVAL.zh)

    def _has_map(self) -> bool:
        if self.context.has_map is not None:
            return self.context.has_map
        return self.has_map


def _packed(content: bytes, format_: str, where: Where, budget: Budget) -> Iterator[Piece]:
    """Yield the files that stand in a text as data: a page reads its own."""
    text = decode(content) if format_ in TEXTUAL else None
    return read_data(text, where, budget) if text else iter(())


def _gathered(found: Iterable[_Told], context: Context) -> tuple[Leak, ...]:
    """Return leaks once each, the gravest first; of many alike the rest are counted in one."""
    by_kind: dict[str, dict[tuple[Where, str], int]] = defaultdict(dict)
    for kind, where, what in found:
        if context.severity(kind) != "passes":
            told = by_kind[kind]
            told[where, what] = told.get((where, what), 0) + 1
    leaks = [leak for kind, told in by_kind.items() for leak in _told(kind, told, context)]
    return tuple(sorted(leaks, key=lambda one: one.severity != "stops"))


def _told(kind: str, told: dict[tuple[Where, str], int], context: Context) -> Iterator[Leak]:
    severity = context.severity(kind)
    for number, ((where, what), count) in enumerate(told.items()):
        if number == MOST_ALIKE:
            rest = sum(list(told.values())[MOST_ALIKE:])
            yield Leak(kind, (("file", ""),), "", severity, rest)
            return
        yield Leak(kind, where, what, severity, count)
