"""Builds one archive from which the map is installed where there is no internet: `make bundle`.

In it are the wheels of the project and of everything it needs at run time, for each Python and
machine that was asked for, the demonstration data as the product itself makes it, the installer
(geodata/installer.py), what a server needs beside it, and SHA-256 sums of all of that. The versions
are those of the environment that builds: what tests ran with is what offices get.
docs/decisions/0034-installing-without-internet.md says why.
"""

import argparse
import gzip
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import Message
from email.parser import HeaderParser
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name, parse_wheel_filename

ROOT = Path(__file__).parent
PROJECT = "public-interest-map"
EXTRAS = ("postgres",)
PYTHONS = ("3.11", "3.12", "3.13")
SUMS, FACTS = "SHA256SUMS", "bundle.json"

# glibc 2.28 and newer: Debian 10, RHEL 8, Kylin V10, openEuler 20.03 and later.
LINUX = tuple(f"manylinux_2_{minor}_x86_64" for minor in range(28, 4, -1))
PLATFORMS = {
    "linux": (*LINUX, "manylinux2014_x86_64", "manylinux1_x86_64", "linux_x86_64"),
    "windows": ("win_amd64",),
}

MARKERS = {
    "linux": {"os_name": "posix", "sys_platform": "linux", "platform_system": "Linux",
              "platform_machine": "x86_64"},
    "windows": {"os_name": "nt", "sys_platform": "win32", "platform_system": "Windows",
                "platform_machine": "AMD64"},
}  # fmt: skip
"""What a requirement asks of a machine; pip answers for the one it runs on, whatever it fetches."""

CARRIED = {
    "installer.py": "geodata/installer.py",
    "installer_words.toml": "geodata/installer_words.toml",
    "install.sh": "docs/deploy/install.sh",
    "install.ps1": "docs/deploy/install.ps1",
    "deploy/public-interest-map.service": "docs/deploy/public-interest-map.service",
    "deploy/nginx.conf": "docs/deploy/nginx.conf",
    "docs/installing.md": "docs/installing.md",
    "docs/deploying.md": "docs/deploying.md",
    "docs/keeping.md": "docs/keeping.md",
    "docs/settings.md": "docs/settings.md",
}
"""Place in the archive <- place in the project."""


class BundleError(RuntimeError):
    """Something that belongs into the archive could not be had."""


@dataclass(frozen=True)
class Target:
    """A kind of machine that the archive is to be installed on.

    >>> Target("windows", "3.12").environment["sys_platform"]
    'win32'
    """

    platform: str
    python: str

    @property
    def environment(self) -> dict[str, str]:
        """Return what markers of requirements are held against."""
        return {
            **MARKERS[self.platform],
            "python_version": self.python,
            "python_full_version": f"{self.python}.0",
            "implementation_name": "cpython",
            "platform_python_implementation": "CPython",
        }


# ------------------------------------------------------------------------ wheels


def wanted_by(
    roots: Iterable[Requirement], wheels: Path, target: Target
) -> tuple[set[str], list[Requirement]]:
    """Return the names that some requirements lead to on a machine, and what no wheel meets.

    Wheels say themselves what they need; one counts if its version is asked for and it fits.
    """
    there = _by_name(wheels, target)
    waiting, seen = list(roots), set[str]()
    met, missing = set[str](), list[Requirement]()
    while waiting:
        asked = waiting.pop()
        if str(asked) in seen:
            continue
        seen.add(str(asked))
        name = canonicalize_name(asked.name)
        file = next((one for one in there.get(name, ()) if _meets(one, asked)), None)
        if file is None:
            missing.append(asked)
            continue
        met.add(name)
        waiting += needs_of(file, asked.extras, target)
    return met, missing


def needs_of(wheel: Path, extras: Iterable[str], target: Target) -> Iterator[Requirement]:
    """Yield what a wheel needs on a machine, of itself and for some of its extras."""
    for line in _metadata(wheel).get_all("Requires-Dist", []):
        need = Requirement(line)
        told = [{**target.environment, "extra": extra} for extra in ("", *extras)]
        if need.marker is None or any(need.marker.evaluate(one) for one in told):
            need.marker = None
            yield need


def fetch(roots: Sequence[Requirement], wheels: Path, target: Target) -> None:
    """Fill a folder with the wheels that requirements lead to on a machine, round by round."""
    asked: set[str] = set()
    while True:
        _, missing = wanted_by(roots, wheels, target)
        if not missing:
            return
        lines = {_pinned(one) for one in missing}
        if lines <= asked:
            raise BundleError(f"no wheel for {target}: {', '.join(sorted(lines))}")
        asked |= lines
        _download(sorted(lines), wheels, target)


def _download(lines: Sequence[str], wheels: Path, target: Target) -> None:
    platforms = [word for one in PLATFORMS[target.platform] for word in ("--platform", one)]
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps",
               "--only-binary=:all:", "--implementation", "cp", *platforms,
               "--python-version", target.python, "--dest", str(wheels), *lines]  # fmt: skip
    _run(command, f"pip download for {target.platform}, Python {target.python}")


def _pinned(asked: Requirement) -> str:
    """Return a requirement at the version that is installed here, where it allows for that.

    >>> _pinned(Requirement("packaging>=1")) == f"packaging=={version('packaging')}"
    True
    """
    try:
        here = version(asked.name)
    except PackageNotFoundError:
        return f"{asked.name}{asked.specifier}"
    allowed = asked.specifier.contains(here, prereleases=True)
    return f"{asked.name}=={here}" if allowed else f"{asked.name}{asked.specifier}"


def _by_name(wheels: Path, target: Target) -> dict[str, list[Path]]:
    there: dict[str, list[Path]] = {}
    for file in sorted(wheels.glob("*.whl")):
        name, _, _, tags = parse_wheel_filename(file.name)
        if any(_fits(tag.interpreter, tag.abi, tag.platform, target) for tag in tags):
            there.setdefault(name, []).append(file)
    return there


def _fits(interpreter: str, abi: str, platform: str, target: Target) -> bool:
    """Return whether a wheel of one tag runs on a machine."""
    minor = int(target.python.partition(".")[2])
    compact = interpreter.removeprefix("cp").removeprefix("py")
    if interpreter.startswith("py"):
        runs = abi == "none" and compact in {"3", f"3{minor}"}
    elif interpreter.startswith("cp3"):
        built = int(compact[1:])
        runs = built == minor if abi != "abi3" else built <= minor
    else:
        return False
    return runs and (platform == "any" or platform in PLATFORMS[target.platform])


def _meets(wheel: Path, asked: Requirement) -> bool:
    return asked.specifier.contains(parse_wheel_filename(wheel.name)[1], prereleases=True)


def _metadata(wheel: Path) -> Message:
    with zipfile.ZipFile(wheel) as parts:
        name = next(one for one in parts.namelist() if one.endswith(".dist-info/METADATA"))
        return HeaderParser().parsestr(parts.read(name).decode())


def build_project(wheels: Path) -> Path:
    """Build the wheel of the project, its browser files and fonts within; return its place."""
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", str(ROOT)]
    _run([*command, "--wheel-dir", str(wheels)], "pip wheel")
    return next(wheels.glob("public_interest_map-*.whl"))


def _run(command: Sequence[str], what: str) -> None:
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        raise BundleError(f"{what} ended with {done.returncode}:\n{done.stderr.strip()[-2000:]}")


# --------------------------------------------------------------- demonstration data


def write_demonstration(file: Path, now: datetime) -> None:
    """Write the demonstration as a backup of an installation that the product itself filled."""
    from dashboard import PRINT_FONTS
    from geodata import Settings, open_cases, open_findings
    from geodata.archive import back_up
    from geodata.engines.folder import create_feature_store
    from geodata.evidence_store import open_evidence
    from geodata.sample import SAMPLE_ON, write_sample
    from layers.invented_evidence import write_invented_evidence
    from layers.night import run_demonstration

    with tempfile.TemporaryDirectory() as folder:
        asked = Settings(Path(folder) / "data")
        features = create_feature_store(asked.data_folder / "features")
        write_sample(features, open_cases(asked.cases_url))
        run_demonstration(features, open_findings(asked.findings_url), SAMPLE_ON)
        evidence = open_evidence(asked.evidence_url)
        write_invented_evidence(evidence, features, PRINT_FONTS["regular"])
        back_up(asked, file, now)


# ------------------------------------------------------------------------ archive


def lay_out(folder: Path, targets: Sequence[Target], now: datetime) -> None:
    """Fill a folder with everything that the archive holds, the sums last."""
    wheels = folder / "wheels"
    wheels.mkdir(parents=True)
    project = build_project(wheels)
    roots = [Requirement(f"{PROJECT}[{','.join(EXTRAS)}]"), Requirement("pip")]
    for target in targets:
        fetch(roots, wheels, target)
    write_demonstration(folder / "demonstration.zip", now)
    carry(folder)
    made = parse_wheel_filename(project.name)[1]
    facts = {
        "name": PROJECT,
        "version": str(made),
        "id": folder.name.removeprefix(f"{PROJECT}-"),
        "requirement": f"{roots[0]}=={made}",
        "pythons": sorted({one.python for one in targets}),
        "platforms": sorted({one.platform for one in targets}),
        "made_at": now.isoformat(),
    }
    (folder / FACTS).write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
    write_sums(folder)


def carry(folder: Path) -> None:
    """Copy what is taken from the project as it is."""
    for place, origin in CARRIED.items():
        (folder / place).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / origin, folder / place)
    (folder / "install.sh").chmod(0o755)


def write_sums(folder: Path) -> None:
    """Write the SHA-256 of every other file, in the form that `sha256sum --check` reads."""
    files = sorted(one for one in folder.rglob("*") if one.is_file() and one.name != SUMS)
    lines = [f"{_sha256(one)}  {one.relative_to(folder).as_posix()}\n" for one in files]
    (folder / SUMS).write_text("".join(lines), encoding="utf-8", newline="\n")


def pack(folder: Path, file: Path, now: datetime) -> None:
    """Pack a folder as a tar.gz, its parts in order and of one time; it appears when whole."""

    def plain(one: tarfile.TarInfo) -> tarfile.TarInfo:
        one.uid = one.gid = 0
        one.uname = one.gname = ""
        one.mtime = int(now.timestamp())
        one.mode = 0o755 if one.isdir() or one.name.endswith(".sh") else 0o644
        return one

    partial = file.with_name(f".partial-{file.name}")
    with (
        partial.open("wb") as raw,
        gzip.GzipFile("", "wb", 1, raw, now.timestamp()) as packed,  # wheels are packed already
        tarfile.open(fileobj=packed, mode="w") as archive,
    ):
        for one in sorted(folder.rglob("*")):
            archive.add(one, f"{folder.name}/{one.relative_to(folder).as_posix()}",
                        recursive=False, filter=plain)  # fmt: skip
    partial.replace(file)
    sums = file.with_name(f"{file.name}.sha256")
    sums.write_text(f"{_sha256(file)}  {file.name}\n", encoding="ascii", newline="\n")


def bundle_id() -> str:
    """Return version and commit of what is bundled; what is not committed is said."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    commit = _git("rev-parse", "--short=8", "HEAD")
    if not commit:
        return str(project["version"])
    changed = "-changed" if _git("status", "--porcelain", "--untracked-files=no") else ""
    return f"{project['version']}-{commit}{changed}"


def _git(*words: str) -> str:
    if not shutil.which("git") or not (ROOT / ".git").exists():
        return ""
    done = subprocess.run(["git", *words], cwd=ROOT, check=False, capture_output=True, text=True)
    return done.stdout.strip() if done.returncode == 0 else ""


def _sha256(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def main(argv: Sequence[str] | None = None) -> int:
    """Build the archive that is asked for and say what it is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", action="append", choices=PYTHONS, metavar="3.x")
    parser.add_argument("--platform", action="append", choices=tuple(PLATFORMS))
    parser.add_argument("--to", type=Path, default=ROOT / "dist", metavar="FOLDER")
    asked = parser.parse_args(argv)
    targets = [
        Target(platform, python)
        for platform in asked.platform or PLATFORMS
        for python in asked.python or PYTHONS
    ]
    now = datetime.fromtimestamp(int(os.environ.get("SOURCE_DATE_EPOCH", "0")) or _now(), UTC)
    name = f"{PROJECT}-{re.sub(r'[^a-z0-9.-]', '-', bundle_id())}"
    asked.to.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=asked.to, prefix=".bundle-") as scratch:
        folder = Path(scratch) / name
        try:
            lay_out(folder, targets, now)
        except BundleError as broken:
            sys.stderr.write(f"{broken}\n")
            return 1
        file = asked.to / f"{name}.tar.gz"
        pack(folder, file, now)
        wheels = len(list((folder / "wheels").iterdir()))
    size = file.stat().st_size / 10**6
    sys.stdout.write(f"{file}\n{size:,.0f} MB, {wheels} wheels, SHA-256 {_sha256(file)}\n")
    return 0


def _now() -> int:
    committed = _git("log", "-1", "--format=%ct")
    return int(committed) if committed else int(datetime.now(UTC).timestamp())


if __name__ == "__main__":
    sys.exit(main())
