"""Installs, upgrades and takes back the map from an unpacked archive, without internet.

Copied into the archive by bundle.py and run by the Python that is there, so it needs nothing but
the standard library. What it makes, in the folder of the program:

    versions/0.1.0-1a2b3c4d/   one version: its Python environment, its installer, `installed.json`
    current                    which of them is used (a link; on Windows a file with its name)
    settings.env               the settings, kept through all versions
    backups/                   the data as it was before each upgrade
    history.jsonl              each change of version, with its backup

Data lies elsewhere. A step that ends early leaves the version in use as it was: a version is
used only once it is whole, the data is backed up and its doctor finds nothing wrong with it.
"""

import argparse
import hashlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tomllib
import venv
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

PROJECT = "public-interest-map"
OLDEST = (3, 11)
SUMS, FACTS, WHOLE = "SHA256SUMS", "bundle.json", "installed.json"
CURRENT, SETTINGS, HISTORY = "current", "settings.env", "history.jsonl"
UPGRADING = "upgrading.json"
"""There from the backup to the change of version; a broken-off upgrade is finished with it."""

UNIT = "public-interest-map.service"
UNITS = Path("/etc/systemd/system")
USER = "pim"
PORT = 8501
APP = '"$home"/current/venv/lib/python3*/site-packages/dashboard/app.py'
IS_WINDOWS = os.name == "nt"
FOR_PROGRAM = Path(os.environ.get("LOCALAPPDATA", ".")) if IS_WINDOWS else Path("/opt")
FOR_DATA = FOR_PROGRAM if IS_WINDOWS else Path("/var/lib")


class InstallError(Exception):
    """What stops the installer: the key of its words, and facts for them."""

    def __init__(self, what: str, **facts: object) -> None:
        """Keep both."""
        self.what, self.facts = what, facts
        super().__init__(what)


class Words:
    """The sentences of the installer in one language."""

    def __init__(self, language: str) -> None:
        """Read them from beside this file."""
        file = Path(__file__).with_name("installer_words.toml")
        self._words = tomllib.loads(file.read_text(encoding="utf-8"))[language]

    def say(self, key: str, **facts: object) -> str:
        """Return one of them, filled in."""
        return str(self._words[key]).format(**facts)


@dataclass(frozen=True)
class Bundle:
    """An unpacked archive."""

    folder: Path
    id: str
    requirement: str
    pythons: tuple[str, ...]
    platforms: tuple[str, ...]

    @classmethod
    def read(cls, folder: Path) -> "Bundle":
        """Return what a folder says it is, all of it held against its sums first."""
        check_sums(folder)
        facts = json.loads((folder / FACTS).read_text(encoding="utf-8"))
        return cls(
            folder,
            facts["id"],
            facts["requirement"],
            tuple(facts["pythons"]),
            tuple(facts["platforms"]),
        )

    def check_machine(self) -> None:
        """Raise unless there are wheels for the Python that runs this, and for the machine."""
        here = f"{sys.version_info.major}.{sys.version_info.minor}"
        platform = "windows" if IS_WINDOWS else "linux" if sys.platform == "linux" else sys.platform
        if here not in self.pythons:
            raise InstallError("other_python", here=here, known=", ".join(self.pythons))
        if platform not in self.platforms:
            raise InstallError("other_platform", here=platform, known=", ".join(self.platforms))


def check_sums(folder: Path) -> None:
    """Raise InstallError naming a file of an archive that is missing, changed or was added."""
    if not (folder / SUMS).is_file():
        raise InstallError("no_sums", folder=folder)
    told = {}
    for line in (folder / SUMS).read_text(encoding="utf-8").splitlines():
        wanted, _, name = line.partition("  ")
        if PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts:
            raise InstallError("changed", file=name)
        told[name] = wanted
    there = {
        one.relative_to(folder).as_posix()
        for one in folder.rglob("*")
        if one.is_file() and "__pycache__" not in one.parts
    }
    for name in sorted(there - told.keys() - {SUMS}):
        raise InstallError("added", file=name)
    for name, wanted in told.items():
        if name not in there:
            raise InstallError("missing", file=name)
        with (folder / name).open("rb") as opened:
            if hashlib.file_digest(opened, "sha256").hexdigest() != wanted:
                raise InstallError("changed", file=name)


# ------------------------------------------------------------------- installation


@dataclass(frozen=True)
class Home:
    """The folder of the program; `user` is who runs it, blank for whoever installs."""

    folder: Path
    user: str = ""

    @property
    def backups(self) -> Path:
        """Return where the data before each upgrade is kept."""
        return self.folder / "backups"

    def version(self, name: str) -> Path:
        """Return the folder of a version."""
        return self.folder / "versions" / name

    def current(self) -> str:
        """Return the version in use, blank if there is none."""
        link = self.folder / CURRENT
        if link.is_symlink():
            return link.readlink().name
        return link.read_text(encoding="utf-8").strip() if link.is_file() else ""

    def use(self, name: str) -> None:
        """Make a version the one in use, in one step."""
        link, fresh = self.folder / CURRENT, self.folder / f".{CURRENT}-new"
        fresh.unlink(missing_ok=True)
        if IS_WINDOWS:  # links are for administrators there
            fresh.write_text(name, encoding="utf-8")
        else:
            fresh.symlink_to(Path("versions") / name)
        fresh.replace(link)

    def settings(self) -> dict[str, str]:
        """Return what settings.env says."""
        file, told = self.folder / SETTINGS, {}
        for line in file.read_text(encoding="utf-8").splitlines() if file.is_file() else ():
            name, equals, value = line.strip().partition("=")
            if equals and not name.startswith("#"):
                told[name] = value.strip("\"'")
        return told

    def data(self) -> Path:
        """Return the data folder."""
        return Path(self.settings()["PIM_DATA_FOLDER"])

    def history(self) -> list[dict[str, str]]:
        """Return every change of version, the oldest first."""
        file = self.folder / HISTORY
        lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
        return [json.loads(line) for line in lines]

    def remember(self, **facts: str) -> None:
        """Add a change of version to the history."""
        with (self.folder / HISTORY).open("a", encoding="utf-8") as file:
            file.write(json.dumps({"at": _instant(), **facts}, ensure_ascii=False) + "\n")
            file.flush()
            os.fsync(file.fileno())

    def run(self, version: str, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a command of a version on the data, as whoever runs the program."""
        known = {name: one for name, one in os.environ.items() if not name.startswith("PIM_")}
        told: dict[str, Any] = {"user": self.user, "extra_groups": []} if self._is_other() else {}
        if told:
            import pwd

            told["group"] = pwd.getpwnam(self.user).pw_gid
            known["HOME"] = str(self.folder)
        return subprocess.run(
            [str(python_of(self.version(version))), "-P", "-m", "geodata", *command],
            check=False,
            capture_output=True,
            text=True,
            encoding="utf-8",
            cwd=self.folder,
            env={**known, "PYTHONUTF8": "1", **self.settings()},
            **told,
        )

    def own(self, *places: Path) -> None:
        """Make folders that whoever runs the program may write to; others' are left as they are."""
        for place in places:
            if place.is_dir():
                continue
            place.mkdir(parents=True)
            if self._is_other():
                shutil.chown(place, self.user, self.user)

    def _is_other(self) -> bool:
        return bool(self.user) and not IS_WINDOWS and os.geteuid() == 0


def python_of(version: Path) -> Path:
    """Return the Python of an installed version."""
    return version / "venv" / ("Scripts/python.exe" if IS_WINDOWS else "bin/python")


def install(home: Home, bundle: Bundle, asked: argparse.Namespace, words: Words) -> None:
    """Install a bundle: for the first time, or beside an older version that it takes over from."""
    bundle.check_machine()
    _check_stopped(home, asked)
    old = home.current()
    unfinished = _read(home.folder / UPGRADING)
    if unfinished and unfinished["to"] != bundle.id:
        raise InstallError("unfinished", to=unfinished["to"])
    if not (home.folder / SETTINGS).exists():
        write_settings(home, Path(asked.data))
    home.own(home.backups)
    with suppress(PermissionError):
        home.backups.chmod(0o700)
    make_version(home, bundle, words)
    if old and old != bundle.id:
        _upgrade(home, old, bundle.id, unfinished, words)
    else:
        _first_data(home, bundle, asked, words)
        home.use(bundle.id)
        home.remember(did="installed", version=bundle.id)
    write_commands(home)
    _say(words.say("done", version=bundle.id, folder=home.folder, data=home.data()))


def make_version(home: Home, bundle: Bundle, words: Words) -> None:
    """Make the environment of a version from the wheels alone; a half-made one is made anew."""
    place = home.version(bundle.id)
    if (place / WHOLE).is_file():
        return
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    _say(words.say("installing", version=bundle.id))
    venv.create(place / "venv", with_pip=False, symlinks=not IS_WINDOWS)
    wheels = bundle.folder / "wheels"
    pip = next(wheels.glob("pip-*.whl")) / "pip"  # a wheel of pip runs as it is
    done = subprocess.run(
        [str(python_of(place)), str(pip), "--isolated", "install", "--quiet", "--no-index",
         "--find-links", str(wheels), "--no-cache-dir", "--disable-pip-version-check",
         bundle.requirement],
        check=False, capture_output=True, text=True,
        env={name: one for name, one in os.environ.items() if not name.startswith("PIP_")},
    )  # fmt: skip
    if done.returncode:
        raise InstallError("pip_failed", told=done.stderr.strip()[-1500:])
    for name in ("installer.py", "installer_words.toml"):
        shutil.copyfile(Path(__file__).with_name(name), place / name)
    shutil.copytree(bundle.folder / "deploy", place / "deploy", dirs_exist_ok=True)
    facts = {"id": bundle.id, "at": _instant()}
    _write_whole(place / WHOLE, json.dumps(facts))


def write_settings(home: Home, data: Path) -> None:
    """Write the settings of a first installation; later ones are the office's own."""
    home.folder.mkdir(parents=True, exist_ok=True)
    lines = [
        "# Settings of this installation (docs/settings.md). No password belongs in here.",
        f"PIM_DATA_FOLDER={data.absolute()}",
        "STREAMLIT_SERVER_ADDRESS=127.0.0.1",
        f"STREAMLIT_SERVER_PORT={PORT}",
        "STREAMLIT_SERVER_HEADLESS=true",
    ]
    _write_whole(home.folder / SETTINGS, "\n".join(lines) + "\n")
    (home.folder / SETTINGS).chmod(0o640)
    if home.user:
        with suppress(LookupError, PermissionError):
            shutil.chown(home.folder / SETTINGS, None, home.user)


def _first_data(home: Home, bundle: Bundle, asked: argparse.Namespace, words: Words) -> None:
    """Make the place of the data, with the demonstration in it if that is asked for."""
    data = home.data()
    home.own(data.parent)
    if data.is_dir() and any(data.iterdir()):
        return
    if asked.demonstration:
        demonstration = home.backups / "demonstration.zip"
        shutil.copyfile(bundle.folder / demonstration.name, demonstration)
        demonstration.chmod(0o644)
        _carry_out(home, bundle.id, "restore", str(demonstration))
        _say(words.say("demonstration"))
    else:
        home.own(data, data / "features")


def _upgrade(
    home: Home, old: str, new: str, unfinished: Mapping[str, str] | None, words: Words
) -> None:
    """Bring the data from one version to the next: backup, doctor, and only then the change."""
    if unfinished:
        backup = Path(unfinished["backup"])
    else:
        ills = _ills(home, old)
        if ills:
            raise InstallError("ill_before", told=ills)
        backup = home.backups / f"before-{new}-{_instant('%Y%m%dT%H%M%SZ')}.zip"
        _carry_out(home, old, "backup", str(backup))
        told = {"from": old, "to": new, "backup": str(backup)}
        _write_whole(home.folder / UPGRADING, json.dumps(told))
    _say(words.say("backed_up", file=backup))
    ills = _ills(home, new)  # the first to open the data, so it brings tables up, too
    if ills:
        _put_back(home, old, backup)
        (home.folder / UPGRADING).unlink()
        raise InstallError("ill_after", old=old, told=ills)
    home.remember(did="upgraded", version=new, before=old, backup=str(backup))
    home.use(new)
    (home.folder / UPGRADING).unlink()


def take_back(home: Home, asked: argparse.Namespace, words: Words) -> None:
    """Use the version before the last upgrade again, with the data of then."""
    _check_stopped(home, asked)
    now, unfinished = home.current(), _read(home.folder / UPGRADING)
    if unfinished:
        last = {"before": unfinished["from"], "backup": unfinished["backup"]}
    else:
        made = (one for one in reversed(home.history()) if one["did"] == "upgraded")
        last = next((one for one in made if one["version"] == now), {})
    if not last:
        raise InstallError("nothing_before", version=now or "-")
    if not (home.version(last["before"]) / WHOLE).is_file():
        raise InstallError("version_gone", version=last["before"])
    aside = ""
    if not asked.keep_data:
        aside = _put_back(home, last["before"], Path(last["backup"]))
    home.remember(did="taken_back", version=last["before"], before=now, aside=aside)
    home.use(last["before"])
    (home.folder / UPGRADING).unlink(missing_ok=True)
    write_commands(home)
    _say(words.say("taken_back", version=last["before"]))
    if aside:
        _say(words.say("aside", place=aside))


def _put_back(home: Home, version: str, backup: Path) -> str:
    """Restore a backup by the version that made it; return where the data of now was put."""
    if home.settings().get("PIM_FEATURES_URL") or home.settings().get("PIM_CASES_URL"):
        raise InstallError("in_database", file=backup)
    told = _carry_out(home, version, "restore", "--replace", "--json", str(backup))
    return str(json.loads(told.splitlines()[-1])["moved_to"])


def _ills(home: Home, version: str) -> str:
    """Return what the doctor of a version finds wrong with the data, blank for nothing."""
    done = home.run(version, "doctor")
    said = f"{done.stdout}\n{done.stderr}".strip()[-1500:]
    return (said or str(done.returncode)) if done.returncode else ""


def _carry_out(home: Home, version: str, *command: str) -> str:
    done = home.run(version, *command)
    if done.returncode:
        said = (done.stderr or done.stdout).strip()[-1500:]
        raise InstallError("command_failed", command=" ".join(command), told=said)
    return done.stdout


def _check_stopped(home: Home, asked: argparse.Namespace) -> None:
    """Raise if the program runs: two versions on the same data, one of them too old for it."""
    port = int(home.settings().get("STREAMLIT_SERVER_PORT", PORT))
    if asked.service and _has_systemd() and home.current():
        subprocess.run(["systemctl", "stop", UNIT], check=False)
    if not home.current():
        return
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        raise InstallError("running", port=port)


# -------------------------------------------------------------- starting and service


def write_commands(home: Home) -> None:
    """Write the commands that people type: `start`, and `map` for `python -m geodata`."""
    if IS_WINDOWS:
        head = (
            '@echo off\r\nsetlocal\r\nset /p VERSION=<"%~dp0current"\r\n'
            'for /f "usebackq eol=# tokens=1,* delims==" %%a in ("%~dp0settings.env") '
            'do set "%%a=%%b"\r\nset PYTHONUTF8=1\r\n'
        )  # fmt: skip
        place = "%~dp0versions\\%VERSION%\\venv"
        python = f'"{place}\\Scripts\\python.exe" -P -m'
        app = f'"{place}\\Lib\\site-packages\\dashboard\\app.py"'
        commands = {
            "start.cmd": f"{python} streamlit run {app} %*",
            "map.cmd": f"{python} geodata %*",
        }
        for name, line in commands.items():
            _write_whole(home.folder / name, f"{head}{line}\r\n")
        return
    head = (
        "#!/bin/sh\n# Written by the installer.\nset -eu\n"
        'home=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)\n'
        'while IFS= read -r line; do\n  case "$line" in [A-Z]*=*) export "$line" ;; esac\n'
        'done < "$home/settings.env"\n'
    )
    python = 'exec "$home/current/venv/bin/python" -P -m'
    commands = {"start": f"{python} streamlit run {APP}", "map": f"{python} geodata"}
    for name, line in commands.items():
        _write_whole(home.folder / name, f'{head}{line} "$@"\n')
        (home.folder / name).chmod(0o755)


def add_service(home: Home, units: Path = UNITS) -> None:
    """Write the unit of systemd and have it run, now and at each start of the machine."""
    template = (home.version(home.current()) / "deploy" / UNIT).read_text(encoding="utf-8")
    words = {"@FOLDER@": home.folder, "@DATA@": home.data().parent, "@USER@": home.user}
    for word, value in words.items():
        template = template.replace(word, str(value))
    _write_whole(units / UNIT, template)
    if _has_systemd():
        subprocess.run(["systemctl", "daemon-reload"], check=True)
        subprocess.run(["systemctl", "enable", "--now", UNIT], check=True)


def make_user(name: str) -> None:
    """Make the user of the service, who cannot sign in, unless there is one."""
    import pwd

    try:
        pwd.getpwnam(name)
    except KeyError:
        command = ["useradd", "--system", "--user-group", "--no-create-home"]
        subprocess.run([*command, "--shell", "/usr/sbin/nologin", name], check=True)


def _has_systemd() -> bool:
    return Path("/run/systemd/system").is_dir()


# ------------------------------------------------------------------------ command


@contextmanager
def _alone(home: Home) -> Iterator[None]:
    """Hold off a second installer."""
    home.folder.mkdir(parents=True, exist_ok=True)
    with (home.folder / ".installing").open("w", encoding="utf-8") as lock:
        try:
            if IS_WINDOWS:
                import msvcrt

                msvcrt.locking(lock.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
            else:
                import fcntl

                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as held:
            raise InstallError("another", folder=home.folder) from held
        yield


def _read(file: Path) -> dict[str, str] | None:
    return json.loads(file.read_text(encoding="utf-8")) if file.is_file() else None


def _write_whole(file: Path, text: str) -> None:
    """Write a file that is there whole or not at all."""
    fresh = file.with_name(f".{file.name}-new")
    with fresh.open("w", encoding="utf-8", newline="") as opened:
        opened.write(text)
        opened.flush()
        os.fsync(opened.fileno())
    fresh.replace(file)


def _instant(form: str = "%Y-%m-%dT%H:%M:%SZ") -> str:
    return datetime.now(UTC).strftime(form)


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _language(given: Sequence[str]) -> str:
    """Return the language that is asked for, by an option or else by the shell; Chinese first."""
    if "--language" in given[:-1]:
        return "en" if given[given.index("--language") + 1] == "en" else "zh"
    names = (os.environ.get(name, "") for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    return "en" if next(filter(None, names), "").startswith("en") else "zh"


def _parser(words: Words) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="install.sh", description=words.say("help"))
    parser.add_argument("--folder", default=str(FOR_PROGRAM / PROJECT), help=words.say("folder"))
    parser.add_argument("--data", default=str(FOR_DATA / PROJECT / "data"), help=words.say("data"))
    parser.add_argument(
        "--demonstration", action="store_true", help=words.say("with_demonstration")
    )
    parser.add_argument("--service", action="store_true", help=words.say("service"))
    parser.add_argument("--user", default=USER, help=words.say("user"))
    parser.add_argument("--take-back", action="store_true", help=words.say("take_back"))
    parser.add_argument("--keep-data", action="store_true", help=words.say("keep_data"))
    parser.add_argument("--check", action="store_true", help=words.say("check"))
    parser.add_argument("--language", choices=("zh", "en"), help=words.say("language"))
    return parser


def _check_rights(asked: argparse.Namespace) -> None:
    if asked.service and (IS_WINDOWS or os.geteuid() != 0):
        raise InstallError("needs_root")


def main(argv: Sequence[str] | None = None) -> int:
    """Do what is asked; return 0, or 2 with the reason and the remedy."""
    given = list(sys.argv[1:] if argv is None else argv)
    if sys.version_info < OLDEST:
        return 2  # install.sh has said it: this file is not even read by an older one
    words = Words(_language(given))
    asked = _parser(words).parse_args(given)
    here = Path(__file__).absolute().parent
    try:
        if asked.check:
            check_sums(here)
            _say(words.say("sums_hold"))
            return 0
        _check_rights(asked)
        home = Home(Path(asked.folder).absolute(), asked.user if asked.service else "")
        with _alone(home):
            if asked.service:
                make_user(asked.user)
            if asked.take_back:
                take_back(home, asked, words)
            else:
                install(home, Bundle.read(here), asked, words)
            if asked.service:
                add_service(home)
    except InstallError as stopped:
        sys.stderr.write(words.say(stopped.what, **stopped.facts) + "\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
