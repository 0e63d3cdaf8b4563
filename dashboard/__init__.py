"""What people see: the pages, the map on them and the decks made from them."""

from pathlib import Path

# Filled at install time from package-lock.json (hatch_build.py): map libraries and the print font.
ASSETS = Path(__file__).with_name("assets")

# Handed to layers.drawing, which knows no path of the dashboard: font weight -> TrueType file.
PRINT_FONTS = {
    "regular": ASSETS / "fonts" / "cjk-regular.ttf",
    "bold": ASSETS / "fonts" / "cjk-bold.ttf",
}

__all__ = ["ASSETS", "PRINT_FONTS"]
