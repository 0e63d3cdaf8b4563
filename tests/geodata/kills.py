"""Kills children in the midst of their work and says what they left: a program of its own.

`python -m tests.geodata.kills FOLDER ACT:NUMBER ...` takes the installation in a folder, and for
each number a copy of it; a child acts on it and is killed at the n-th thing it does with a file
there (a minus: after so many milliseconds). Printed is a line of JSON each: what a fresh process
finds then, and what it finds once the same act was done again. Children are forked, so Python
starts once.
"""

import json
import os
import shutil
import signal
import sys
import threading
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

from geodata import __main__ as commands
from geodata.archive import check_archive
from geodata.doctor import examine
from geodata.engines.folder import FolderFeatures
from geodata.findings import open_findings
from layers import __main__ as layer_commands

RULE = "yards_on_farmland"
EVENTS = {"open", "os.rename", "os.remove", "os.mkdir", "os.listdir", "sqlite3.connect"}


def act_import(folder):
    asked = ["import", str(folder / "list.csv"), "--layer", "charging_stations", "--crs", "4490"]
    return commands.main([*asked, "--who", "王某", "--why", "台账"])


def act_detect(folder):
    del folder
    return layer_commands.main(["detect", "--rule", RULE, "--who", "王某"])


def act_backup(folder):
    return commands.main(["backup", str(folder / "b.zip")])


ACTS = {"import": act_import, "detect": act_detect, "backup": act_backup}


def look(folder):
    """Return what a process finds that opens the installation anew."""
    examined = examine(dict(os.environ), commands.schema_of)
    store = FolderFeatures(folder / "data" / "features")
    findings = open_findings(f"sqlite:{folder / 'data' / 'findings.sqlite'}")
    whole = (folder / "b.zip").is_file() and bool(check_archive(folder / "b.zip").parts)
    return {
        "errors": [one.what for one in examined.ailments if one.severity == "error"],
        "warnings": sorted({one.what for one in examined.ailments if one.severity == "warning"}),
        "rows": {one: len(store.read(one)) for one in store.layers()},
        "revisions": len(store.revisions()),
        "runs": [(one.found, len(findings.found(one.id))) for one in findings.runs()],
        "backup": whole,
    }


def in_child(act, folder):
    """Run something in a child; return how it ended and what it said."""
    reads, writes = os.pipe()
    child = os.fork()
    if not child:
        os.close(reads)
        os.environ["PIM_DATA_FOLDER"] = str(folder / "data")
        said = StringIO()
        with redirect_stdout(said), redirect_stderr(said):
            told = act(folder)
        with os.fdopen(writes, "w") as line:
            line.write(json.dumps(told))
        os._exit(0)
    os.close(writes)
    with os.fdopen(reads) as line:
        told = line.read()
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), json.loads(told or "null")


def doomed(act, number):
    """Return an act that is killed at its n-th event, or after so many milliseconds."""
    seen = [0]

    def die():
        os.kill(os.getpid(), signal.SIGKILL)

    def watch(event, given):
        if event in EVENTS and given and "copy-" in str(given[0]):
            seen[0] += 1
            if seen[0] == number:
                die()

    def acting(folder):
        if number > 0:
            sys.addaudithook(watch)
        else:
            threading.Timer(-number / 1000, die).start()
        act(folder)
        return seen[0]

    return acting


def main():
    folder = Path(sys.argv[1])
    for asked in sys.argv[2:]:
        name, _, moment = asked.partition(":")
        act, number = ACTS[name], int(moment)
        copy = folder.with_name(f"copy-{name}{number}")
        shutil.copytree(folder, copy)
        ended, events = in_child(doomed(act, number), copy)
        _, left = in_child(look, copy)
        again, code = in_child(act, copy)
        _, then = in_child(look, copy)
        told = {"asked": asked, "ended": ended, "events": events, "left": left}
        line = json.dumps(told | {"again": [again, code], "then": then})
        print(line, flush=True)  # noqa: T201 - what it is run for
        shutil.rmtree(copy)


if __name__ == "__main__":
    main()
