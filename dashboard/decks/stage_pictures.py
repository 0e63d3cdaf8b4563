"""The photographs of a story as they travel in one file: upright, without EXIF, small enough."""

from base64 import b64encode
from collections.abc import Callable, Sequence
from io import BytesIO

from dashboard.telling.story import Picture
from geodata import GeodataError
from geodata.derived_pictures import shrunk

SIDES_PX = (1600, 1280, 1000, 800, 640)
"""The longest side of a photograph; the first of these with which all of them fit."""

MOST_BYTES = 8_000_000
"""All photographs of a story together: in base64 they leave a file below 15 MB."""

ReadPicture = Callable[[Picture], bytes | None]
"""The bytes of one side of a pair, None for one that is gone or may not be shown."""


class PictureBook:
    """The photographs of one story, each once, by number."""

    def __init__(self, read: ReadPicture) -> None:
        self._read = read
        self._numbers: dict[str, int] = {}
        self._originals: list[bytes] = []

    def add(self, picture: Picture) -> int | None:
        """Return the number of a photograph, or None where it cannot be had or decoded."""
        sha256 = picture.copy_sha256 or picture.sha256
        if sha256 in self._numbers:
            return self._numbers[sha256]
        try:
            read = self._read(picture) if sha256 else None
            original = shrunk(BytesIO(read), SIDES_PX[0]) if read else None
        except GeodataError:
            original = None
        if original is None:
            return None
        self._numbers[sha256] = len(self._originals)
        self._originals.append(original)
        return self._numbers[sha256]

    def data(self) -> list[str]:
        """Return the photographs as `data:` addresses."""
        return [
            f"data:image/jpeg;base64,{b64encode(one).decode()}"
            for one in fit_pictures(self._originals)
        ]


def fit_pictures(pictures: Sequence[bytes], most_bytes: int = MOST_BYTES) -> list[bytes]:
    """Return pictures as JPEG, as large as they may be together; the smallest size is the last."""
    fitted = list(pictures)
    for side_px in SIDES_PX[1:]:
        if sum(map(len, fitted)) <= most_bytes:
            break
        fitted = [shrunk(BytesIO(one), side_px) for one in pictures]
    return fitted
