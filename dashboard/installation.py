"""What an installation needs besides data: browser files and a font, asked for by the doctor.

Found by name through the entry points of `public_interest_map.checks`, so that geodata need
not import the storeys above it.
"""

from collections.abc import Iterator

from dashboard import ASSETS, PRINT_FONTS
from layers.drawing.fonts import NoChineseFont, find_lettering

BROWSER_FILES = ("FINGERPRINT", "leaflet/leaflet.js", "leaflet/leaflet.css")
"""Files without which no map is drawn; the fingerprint is written when all are there."""


def missing_parts() -> Iterator[tuple[str, str]]:
    """Yield what is not there, as the finding's id and the place: browser files, the font."""
    for name in BROWSER_FILES:
        if not (ASSETS / name).is_file():
            yield "browser_file_missing", str(ASSETS / name)
    try:
        find_lettering(PRINT_FONTS["regular"], PRINT_FONTS["bold"])
    except NoChineseFont as none:
        yield "font_missing", str(none.facts["asked"] or PRINT_FONTS["regular"])
