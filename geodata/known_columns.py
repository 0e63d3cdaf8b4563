"""Which columns of a list filled which of a layer, remembered for the next list of the same head.

One small file in the data folder, `columns.json`, by the layer, the set of headings and the office
of whoever took the list in; who confirmed each stands with it. What is remembered is proposed,
never taken in silence, and to that office alone: names and files are nobody else's.
"""

import hashlib
import json
import os
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from filelock import FileLock

FILE = "columns.json"
MOST_KEPT = 2000


@dataclass(frozen=True)
class KnownColumns:
    """A mapping that was used before: by whom, when, and for which file.

    A column of the file that filled nothing is in `mapping` with a blank.
    """

    mapping: Mapping[str, str]
    who: str
    recorded_at: datetime
    source_name: str


def remember(
    folder: Path, layer_id: str, columns: Iterable[str], known: KnownColumns, office: str = ""
) -> None:
    """Keep a mapping for the next file of an office with the same headings; the last one counts."""
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / f".{FILE}.lock"):
        kept = _read(folder)
        key = _key(layer_id, columns, office)
        kept.pop(key, None)
        kept[key] = {
            "layer": layer_id,
            "office": office,
            "mapping": dict(known.mapping),
            "who": known.who,
            "recorded_at": known.recorded_at.isoformat(),
            "source_name": known.source_name,
        }
        _replace(folder, dict(list(kept.items())[-MOST_KEPT:]))


def recall(
    folder: Path, layer_id: str, columns: Iterable[str], office: str = ""
) -> KnownColumns | None:
    """Return the mapping that an office used last for a file with the same headings, or None.

    Without an office it is that of whoever belongs to none: the command line, one's own machine.
    """
    found = _read(folder).get(_key(layer_id, columns, office), {})
    with suppress(KeyError, TypeError, ValueError, AttributeError):
        return KnownColumns(
            mapping={str(column): str(target) for column, target in found["mapping"].items()},
            who=str(found["who"]),
            recorded_at=datetime.fromisoformat(found["recorded_at"]),
            source_name=str(found["source_name"]),
        )
    return None


def _key(layer_id: str, columns: Iterable[str], office: str) -> str:
    whose = [office] if office else []
    text = json.dumps([layer_id, sorted(columns), *whose], ensure_ascii=False)
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def _read(folder: Path) -> dict[str, Any]:
    """Return what is kept; a file that is gone or broken holds nothing, it is only a memory."""
    with suppress(OSError, ValueError):
        kept = json.loads((folder / FILE).read_text("utf-8"))
        if isinstance(kept, dict):
            return kept
    return {}


def _replace(folder: Path, kept: Mapping[str, Any]) -> None:
    handle, name = tempfile.mkstemp(dir=folder, prefix=f".{FILE}.")
    with os.fdopen(handle, "w", encoding="utf-8") as opened:
        json.dump(kept, opened, ensure_ascii=False, indent=1)
    Path(name).replace(folder / FILE)
