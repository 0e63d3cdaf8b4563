"""A file that a visitor has dropped, and what they have said about it so far."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from geodata.errors import UnreadableFile
from geodata.readers import FORMATS, SHAPEFILE_PARTS

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Dropped:
    """A file as it came, or the parts of a shapefile: pairs of ending and content.

    The ending of the file itself stands first; `digest` tells one drop from another.
    """

    name: str
    parts: tuple[tuple[str, bytes], ...]
    digest: str

    @property
    def size(self) -> int:
        """Return how many bytes came."""
        return sum(len(content) for _, content in self.parts)

    def lay_down(self, folder: Path) -> Path:
        """Write the file into a folder under a plain name of our own; return its path."""
        for ending, content in self.parts:
            (folder / f"features{ending}").write_bytes(content)
        return folder / f"features{self.parts[0][0]}"


@dataclass(frozen=True)
class Choices:
    """What a visitor has said about a dropped file; blank is not said.

    `mapping` leads from every column of the file to one of the layer (or x, y, ...), with a
    blank for columns that fill none; None leaves it to the headings. `system` is the confirmed
    one; `systems` lead from the system found for a group of rows to the confirmed one.
    """

    part: str = ""
    encoding: str = ""
    layer: str = ""
    mapping: Pairs | None = None
    system: str = ""
    systems: Pairs = ()
    parameters: str = ""


def bundle(files: Sequence[tuple[str, bytes]]) -> Dropped:
    """Return what was dropped as one file; raise UnreadableFile if it is several.

    The parts of one shapefile belong together, everything else comes alone.
    """
    parts = {PurePosixPath(name.replace("\\", "/")).name: content for name, content in files}
    endings = {name: PurePosixPath(name).suffix.casefold() for name in parts}
    main = next((name for name in parts if endings[name] == ".shp"), next(iter(parts)))
    beside = [name for name in parts if name != main]
    is_shapefile = endings[main] == ".shp"
    if any(not is_shapefile or endings[name] not in SHAPEFILE_PARTS for name in beside):
        raise UnreadableFile(file=", ".join(parts), reason="one_at_a_time")
    ordered = [main, *beside]
    ending = endings[main] if endings[main] in FORMATS else ".unknown"
    kept = {name: endings[name] for name in beside} | {main: ending}
    digest = hashlib.sha256()
    for name in ordered:
        digest.update(f"{name}\n{len(parts[name])}\n".encode() + parts[name])
    return Dropped(
        main, tuple((kept[name], parts[name]) for name in ordered), digest.hexdigest()[:16]
    )
