"""Seven parameters from an old Chinese datum to CGCS2000, as a survey office hands them out.

They are not public; whoever has them keeps them in a small file and names it at each import.
"""

import math
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from geodata.errors import BadSetting

NAMES = ("dx_m", "dy_m", "dz_m", "rx_arcsec", "ry_arcsec", "rz_arcsec", "scale_ppm")
PROJ_NAMES = ("x", "y", "z", "rx", "ry", "rz", "s")
DATUMS = {"": "", "xian80": "xian", "beijing54": "beijing"}
CONVENTIONS = ("position_vector", "coordinate_frame")
FORM = (
    'dx_m=... dy_m dz_m rx_arcsec ry_arcsec rz_arcsec scale_ppm, convention="position_vector"'
    ' or "coordinate_frame", datum="xian80" or "beijing54" (TOML),'
    " or +proj=helmert +x= +y= +z= +rx= +ry= +rz= +s= +convention=position_vector"
)
MOST = (2000.0, 2000.0, 2000.0, 60.0, 60.0, 60.0, 100.0)  # beyond these a unit was mistaken
MOST_BYTES = 10_000


@dataclass(frozen=True)
class Helmert:
    """A shift in metres, turns in seconds of arc and a scale in parts per million.

    Turns are those of a position vector (EPSG method 9606, as in `+towgs84`). `datum` is
    `xian` or `beijing` where the file says for which one they are, `source` who gave them.
    """

    dx_m: float
    dy_m: float
    dz_m: float
    rx_arcsec: float = 0.0
    ry_arcsec: float = 0.0
    rz_arcsec: float = 0.0
    scale_ppm: float = 0.0
    datum: str = ""
    source: str = ""

    @property
    def numbers(self) -> tuple[float, ...]:
        """Return the seven numbers in the order of `+towgs84`."""
        return tuple(float(getattr(self, name)) for name in NAMES)

    @property
    def towgs84(self) -> str:
        """Return the seven numbers as `+towgs84` writes them, without loss."""
        return ",".join(repr(number) for number in self.numbers)


def read_parameters(path: str | Path) -> Helmert:
    """Return the parameters in a file, a PROJ string or TOML; raise BadSetting if it holds none.

    The convention of the turns must be said wherever there are turns: the two in use
    differ by their sign, which is metres on the ground.
    """
    file = Path(path)
    try:
        text = file.read_bytes()[:MOST_BYTES].decode("utf-8-sig")
    except (OSError, ValueError) as broken:
        raise _bad(file.name) from broken
    return parse_parameters(text, file.name)


def parse_parameters(text: str, name: str = "parameters") -> Helmert:
    """Return the parameters in a text, as `read_parameters` those in a file of that name."""
    try:
        text = text.strip()
        given: dict[str, Any] = _from_proj(text) if text.startswith("+") else tomllib.loads(text)
        source, datum = str(given.pop("source", "")), DATUMS[str(given.pop("datum", ""))]
        convention = given.pop("convention", None)
        numbers = {name: float(given.pop(name, 0.0)) for name in NAMES}
    except (ValueError, TypeError, KeyError) as broken:
        raise _bad(name) from broken
    sizes = [abs(number) for number in numbers.values()]
    reasonable = all(size <= most for size, most in zip(sizes, MOST, strict=True))
    turns = any(sizes[3:6])
    if given or not reasonable or not any(sizes) or (convention not in CONVENTIONS and turns):
        raise _bad(", ".join(given) or name)
    sign = -1.0 if convention == "coordinate_frame" else 1.0
    turned = {name: sign * numbers[name] for name in NAMES[3:6] if numbers[name]}
    return Helmert(**(numbers | turned), datum=datum, source=source)


def parse_towgs84(text: str) -> Helmert:
    """Return the parameters that `towgs84` wrote; raise BadSetting for anything else."""
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError as broken:
        raise _bad(text) from broken
    if len(numbers) not in {3, 7} or not all(map(math.isfinite, numbers)):
        raise _bad(text)
    return Helmert(**dict(zip(NAMES, numbers, strict=False)))  # type: ignore[arg-type] # floats


def _from_proj(text: str) -> dict[str, Any]:
    parts = dict(re.findall(r"\+(\w+)=(\S+)", text))
    if parts.pop("proj", "") != "helmert":
        raise ValueError(text)
    translated = {
        name: float(parts.pop(short))
        for name, short in zip(NAMES, PROJ_NAMES, strict=True)
        if short in parts
    }
    return {**translated, **parts}


def _bad(value: str) -> BadSetting:
    return BadSetting(name="parameters", value=value, form=FORM)
