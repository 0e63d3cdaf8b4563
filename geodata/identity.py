"""Numbers of persons, which are never stored: what is kept of one is a digest under a key.

Two lists can be joined by the digests; who stands behind one cannot be told without the key, and
not be read off with it either, only tried out. The key belongs to the installation and is kept
apart from the data (docs/decisions/0020).
"""

import hashlib
import hmac
import os
import re
import secrets
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from geodata.errors import BadSetting

KEY_FILE = "PIM_IDENTITY_KEY_FILE"
"""Environment variable: the file of the key, else `identity.key` in the data folder."""

SEALED = re.compile(r"sealed:([0-9a-f]{8}):[0-9a-f]{64}")
UNREADABLE = "unreadable"
"""What is kept of a number that is none; the cell itself is kept nowhere."""

LEAST_KEY_BYTES = 32
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECKS = "10X98765432"
"""Check digits of GB 11643-1999 by the remainder of the weighted sum."""

OLD_DIGITS, DIGITS = 15, 18


@dataclass(frozen=True)
class Key:
    """A secret that numbers of persons are sealed with; its `id` is no secret."""

    secret: bytes = field(repr=False)

    @property
    def id(self) -> str:
        """Return by what digests under different keys are told apart."""
        return hashlib.sha256(b"key of identities\x00" + self.secret).hexdigest()[:8]

    def seal(self, number: str) -> str:
        """Return the digest of an ID number, `unreadable` for what is none.

        A digest stays as it is, so that rows that were set aside can be mended and read again.

        >>> Key(b"k" * 32).seal("11010519491231002X") == Key(b"k" * 32).seal(
        ...     "１１０１０５19491231002x"
        ... )
        True
        >>> Key(b"k" * 32).seal("110105194912310021")
        'unreadable'
        """
        if number in {"", UNREADABLE} or SEALED.fullmatch(number):
            return number
        plain = read_number(number)
        if plain is None:
            return UNREADABLE
        digest = hmac.new(self.secret, plain.encode(), hashlib.sha256).hexdigest()
        return f"sealed:{self.id}:{digest}"


def read_number(text: str) -> str | None:
    """Return an ID number in its form of 18 digits, None if its day or check digit is wrong.

    >>> read_number("110105 491231 002"), read_number("11010519491231002X")
    ('11010519491231002X', '11010519491231002X')
    >>> read_number("110105194912310021") is None
    True
    """
    plain = re.sub(r"[\s'-]", "", unicodedata.normalize("NFKC", text)).upper()
    if re.fullmatch(r"\d{15}", plain):
        plain = f"{plain[:6]}19{plain[6:]}"
        plain += _check_digit(plain)
    if not re.fullmatch(r"\d{17}[\dX]", plain) or _check_digit(plain[:-1]) != plain[-1]:
        return None
    try:
        date(int(plain[6:10]), int(plain[10:12]), int(plain[12:14]))
    except ValueError:
        return None
    return plain


def _check_digit(first: str) -> str:
    return CHECKS[sum(int(one) * weight for one, weight in zip(first, WEIGHTS, strict=True)) % 11]


def key_of(sealed: str) -> str:
    """Return the id of the key that a digest was made with, blank for what is no digest."""
    found = SEALED.fullmatch(sealed)
    return found[1] if found else ""


def open_key(data_folder: Path, environment: Mapping[str, str] | None = None) -> Key:
    """Return the key of an installation, made at first use; raise BadSetting for one too short."""
    given = os.environ if environment is None else environment
    file = Path(given.get(KEY_FILE) or data_folder / "identity.key")
    if not file.exists():
        _make(file)
    secret = file.read_bytes().strip()
    if len(secret) < LEAST_KEY_BYTES:
        raise BadSetting(name=KEY_FILE, value=file.name, form=f">= {LEAST_KEY_BYTES} bytes")
    return Key(secret)


def passing_key() -> Key:
    """Return a key that is kept nowhere, for looking at a file that is not written."""
    return Key(secrets.token_hex(LEAST_KEY_BYTES).encode())


def _make(file: Path) -> None:
    """Write a new key that only its owner can read; whoever was first keeps theirs."""
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        made = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(made, "wb") as opened:
        opened.write(secrets.token_hex(LEAST_KEY_BYTES).encode())
