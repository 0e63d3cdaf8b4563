"""A throw-away PostgreSQL for tests: made in a temporary folder, gone with them.

An empty cluster is made once in a process, with PostGIS where that is asked for, and copied for
each server: making one takes seconds, copying it does not.
"""

import atexit
import os
import shutil
import socket
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote

import psycopg
import pytest

PROGRAMS = Path("/usr/lib/postgresql/15/bin")
ADVICE = "PostgreSQL 15 with PostGIS is not installed: apt-get install postgresql-15-postgis-3"
POSTGIS = Path("/usr/share/postgresql/15/extension/postgis.control")
NUMBERS = count(1)


@dataclass(frozen=True)
class Server:
    """A PostgreSQL of our own on a loopback port; `programs` is where its commands lie."""

    folder: Path
    port: int
    programs: Path

    @property
    def address(self):
        return f"postgresql://postgres@127.0.0.1:{self.port}/postgres"

    def make(self):
        """Make an empty database cluster that trusts whoever is on this machine."""
        self.folder.mkdir()
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            shutil.chown(self.folder, "postgres")
        asked = ("--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8")
        self._run("initdb", "--no-sync", f"--pgdata={self.folder / 'data'}", *asked)

    def copy(self, other):
        """Begin as another cluster is that does not run; names and owners come along."""
        self.folder.mkdir()
        if os.geteuid() == 0:
            shutil.chown(self.folder, "postgres")
        self._run("/bin/cp", "-a", other.folder / "data", self.folder / "data")

    def start(self):
        # Nobody pulls the plug of the machine here; what a server that is killed loses is the same.
        heard = f"-p {self.port} -h 127.0.0.1 -k {self.folder} -c fsync=off"
        self._run("pg_ctl", "start", "-w", "-D", self.folder / "data", "-o", heard,
                  "-l", self.folder / "log")  # fmt: skip

    def stop(self, how="fast"):
        self._run("pg_ctl", "stop", "-w", "-D", self.folder / "data", "-m", how)

    def new_url(self):
        """Return the URL of a schema that nobody has used."""
        schema = f"t{next(NUMBERS)}"
        with psycopg.connect(self.address, autocommit=True) as database:
            database.execute(f"create schema {schema}")
        return f"{self.address}?options={quote(f'-csearch_path={schema}')}"

    def _run(self, program, *asked):
        command = [self.programs / program, *asked]
        if os.geteuid() == 0:
            command = ["runuser", "-u", "postgres", "--", *command]
        run = subprocess.run(
            [str(word) for word in command],
            cwd=self.folder,
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,  # a pipe would stay open as long as the server runs
            stderr=subprocess.DEVNULL,
        )
        assert run.returncode == 0, f"{program} ended with {run.returncode}; see {self.folder}"


@contextmanager
def running_server(*, with_postgis=False):
    """Yield a server that runs; without PostgreSQL, or PostGIS, a skip, in CI a failure."""
    found = shutil.which("initdb")
    programs = Path(found).parent if found else PROGRAMS
    if not (programs / "initdb").is_file() or (with_postgis and not POSTGIS.is_file()):
        (pytest.fail if os.environ.get("CI") else pytest.skip)(ADVICE)
    with _new_folder() as folder:
        server = Server(Path(folder) / "server", _free_port(), programs)
        server.copy(_made(programs, with_postgis))
        server.start()
        try:
            yield server
        finally:
            server.stop("immediate")


@cache
def _made(programs, with_postgis):
    """Return a cluster that was made and is not running, kept until the process ends."""
    folder = _new_folder()
    atexit.register(folder.cleanup)
    server = Server(Path(folder.name) / "made", _free_port(), programs)
    if not with_postgis:
        server.make()
        return server
    server.copy(_made(programs, with_postgis=False))
    server.start()
    with psycopg.connect(server.address, autocommit=True) as database:
        database.execute("create extension postgis schema public")
    server.stop()
    return server


def _new_folder():
    folder = TemporaryDirectory()
    Path(folder.name).chmod(0o755)  # the user postgres passes through
    return folder


def _free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]
