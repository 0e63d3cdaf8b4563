"""Which program a run was made by: the version of the package and a hash of what judges."""

import hashlib
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGE = "public-interest-map"
JUDGING = ("geodata", "layers")
"""The packages that a run's answer rests on; the screens take no part in it."""

ENDINGS = frozenset({".py", ".toml", ".sql"})


@cache
def code_version() -> str:
    """Return version and hash of the running program, such as "0.1.0+3f2a…" (12 letters)."""
    return f"{_package_version()}+{code_sha256()[:12]}"


@cache
def code_sha256() -> str:
    """Return a SHA-256 of every file of code, words and questions of `geodata` and `layers`."""
    root, total = Path(__file__).parents[1], hashlib.sha256()
    for package in JUDGING:
        for file in sorted((root / package).rglob("*")):
            if file.suffix in ENDINGS:
                content = file.read_bytes().replace(b"\r\n", b"\n")
                name = file.relative_to(root).as_posix()
                total.update(f"{name} {hashlib.sha256(content).hexdigest()}\n".encode())
    return total.hexdigest()


def _package_version() -> str:
    try:
        return version(PACKAGE)
    except PackageNotFoundError:
        return "0"
