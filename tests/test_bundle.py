"""What leaves for offices without internet: its wheels, its installer, its way forward and back."""

import ast
import configparser
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import bundle
from geodata import installer
from tests.bundles import make_bundle, make_wheel, pack_pip

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "docs" / "deploy"
WORDS = tomllib.loads((ROOT / "geodata" / "installer_words.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def pip_file(tmp_path_factory):
    return pack_pip(tmp_path_factory.mktemp("pip") / "pip-1-py3-none-any.whl")


@pytest.fixture
def office(tmp_path, pip_file):
    """Return an office that has two archives of a small program, nothing installed yet."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    return Office(tmp_path, pip_file, port)


class Office:
    def __init__(self, folder, pip_file, port):
        self.folder, self.pip_file, self.port = folder, pip_file, port
        self.program, self.data = folder / "program", folder / "kept" / "data"

    def unpack(self, version, **how):
        return make_bundle(self.folder, version, self.pip_file, **how)

    def install(self, place, *options, killed_at=""):
        """Run the installer of an unpacked archive as people do; return what it came to."""
        start = [place / "install.sh"]
        if killed_at:
            start = [sys.executable, "-c", KILLED, killed_at, place / "installer.py"]
        asked = ("--folder", self.program, "--data", self.data, "--language", "en", *options)
        done = subprocess.run(
            [str(one) for one in (*start, *asked)],
            check=False,
            capture_output=True,
            text=True,
            env=os.environ | {"PYTHON": sys.executable, "PIP_INDEX_URL": "http://127.0.0.1:9/"},
        )
        settings = self.program / "settings.env"
        if settings.is_file():
            text = settings.read_text(encoding="utf-8")
            settings.write_text(text.replace("8501", str(self.port)), encoding="utf-8")
        return done.returncode, done.stdout + done.stderr

    def run(self, *command):
        return subprocess.run([self.program / "map", *command], check=False).returncode

    @property
    def state(self):
        return json.loads((self.data / "state.json").read_text())

    @property
    def version(self):
        return installer.Home(self.program).current()


KILLED = """
import os, runpy, signal, sys

wanted, script = sys.argv[1], sys.argv[2]

def watch(event, given):
    if wanted in repr(given[:2]):  # the environment, which names this test, comes after
        os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(watch)
sys.argv = sys.argv[2:]
runpy.run_path(script, run_name="__main__")
"""
"""Runs the installer and kills it at what the interpreter is about to do."""


# -------------------------------------------------------------- installing, upgrading


def test_a_program_is_installed_brought_up_and_taken_back_with_its_data(office):
    code, told = office.install(office.unpack(1), "--demonstration")
    assert (code, office.version, office.state["rows"]) == (0, "1", ["invented"]), told
    assert office.run("enter", "before") == 0
    code, told = office.install(office.unpack(2))
    assert (code, office.version) == (0, "2"), told
    assert office.state == {"form": 2, "rows": ["invented", "before"]}
    assert office.run("enter", "after") == 0
    code, told = office.install(office.folder / "public-interest-map-2", "--take-back")
    assert (code, office.version) == (0, "1"), told
    assert office.state == {"form": 1, "rows": ["invented", "before"]}
    (aside,) = office.data.parent.glob("data.replaced-*")
    assert json.loads((aside / "state.json").read_text())["rows"][-1] == "after"
    assert str(aside) in told
    did = [one["did"] for one in installer.Home(office.program).history()]
    assert did == ["installed", "upgraded", "taken_back"]
    assert office.install(office.folder / "public-interest-map-2")[0] == 0, "and forward again"
    assert (office.version, office.state["form"]) == ("2", 2)


def test_a_version_that_finds_fault_with_the_data_leaves_everything_as_it_was(office):
    office.install(office.unpack(1))
    office.run("enter", "before")
    code, told = office.install(office.unpack(2, is_ill=True))
    assert (code, office.version) == (2, "1")
    assert "row 7 is ill" in told
    assert office.state == {"form": 1, "rows": ["before"]}
    assert not (office.program / installer.UPGRADING).exists()
    code, told = office.install(office.unpack(3))
    assert (code, office.version, office.state["form"]) == (0, "3", 3), told


@pytest.mark.parametrize(
    ("killed_at", "kept"),
    [
        ("'install', '--quiet'", 1),  # while pip is about to fill the new version
        (".upgrading.json-new", 1),  # the backup is made, and nothing tells of it yet
        ("/history.jsonl'", 2),  # the data is the new one's, the program the old one
        ("/.current-new'", 2),  # the last step of all
    ],
)
def test_an_upgrade_that_is_killed_is_finished_by_running_it_again(office, killed_at, kept):
    office.install(office.unpack(1))
    office.run("enter", "before")
    fresh = office.unpack(2)
    assert office.install(fresh, killed_at=killed_at)[0] == -signal.SIGKILL
    assert office.version == "1"
    assert office.state == {"form": kept, "rows": ["before"]}
    code, told = office.install(fresh)
    assert (code, office.version) == (0, "2"), told
    assert office.state == {"form": 2, "rows": ["before"]}


def test_an_upgrade_that_was_killed_can_be_taken_back_instead(office):
    office.install(office.unpack(1))
    office.run("enter", "before")
    fresh = office.unpack(2)
    office.install(fresh, killed_at="/history.jsonl'")
    code, told = office.install(office.unpack(3))
    assert (code, "upgrade to 2 was not finished" in told) == (2, True)
    assert office.install(fresh, "--take-back")[0] == 0
    assert (office.version, office.state) == ("1", {"form": 1, "rows": ["before"]})


def test_an_archive_that_was_altered_installs_nothing(office):
    place = office.unpack(1)
    wheel = next((place / "wheels").glob("public*"))
    whole = wheel.read_bytes()

    def refused():
        code, told = office.install(place)
        return code == 2 and not office.program.joinpath("versions").exists() and told

    wheel.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    assert "is not as its sum says" in refused()
    wheel.unlink()
    assert "is missing" in refused()
    wheel.write_bytes(whole)
    (place / "wheels" / "numpy-99-py3-none-any.whl").write_bytes(b"")
    assert "does not belong" in refused()
    (place / "wheels" / "numpy-99-py3-none-any.whl").unlink()
    sums = place / bundle.SUMS
    good = sums.read_text(encoding="utf-8")
    sums.write_text(f"{good}{'0' * 64}  ../../../etc/passwd\n", encoding="utf-8")
    assert "../../../etc/passwd is not as its sum says" in refused()
    sums.unlink()
    assert "no SHA256SUMS" in refused()
    sums.write_text(good, encoding="utf-8")
    assert office.install(place, "--check") == (0, "All files are as their sums say.\n")


def test_a_program_that_runs_is_not_upgraded_under_its_users(office):
    office.install(office.unpack(1))
    with socket.create_server(("127.0.0.1", office.port)):
        code, told = office.install(office.unpack(2))
    assert (code, f"port {office.port}" in told, office.version) == (2, True, "1")


def test_a_python_without_wheels_is_told_which_there_are(office):
    code, told = office.install(office.unpack(1, pythons=("3.99",)))
    assert (code, "3.99" in told, office.program.joinpath("versions").exists()) == (2, True, False)


def test_without_any_python_the_script_says_what_to_install(tmp_path):
    shutil.copy(DEPLOY / "install.sh", tmp_path)
    done = subprocess.run(
        ["/bin/sh", "install.sh"], cwd=tmp_path, check=False, capture_output=True, text=True,
        env={"PATH": os.defpath, "PYTHON": "no-such-python"},
    )  # fmt: skip
    assert done.returncode == 2
    assert "没有找到 Python 3.11" in done.stderr
    assert "No Python 3.11" in done.stderr


def test_the_installer_needs_nothing_but_python():
    tree = ast.parse((ROOT / "geodata" / "installer.py").read_text(encoding="utf-8"))
    nodes = list(ast.walk(tree))
    names = {one.name for node in nodes if isinstance(node, ast.Import) for one in node.names}
    names |= {node.module for node in nodes if isinstance(node, ast.ImportFrom)}
    assert {name.split(".")[0] for name in names} <= sys.stdlib_module_names


def test_every_word_of_the_installer_is_there_in_both_languages_and_used():
    code = (ROOT / "geodata" / "installer.py").read_text(encoding="utf-8")
    used = set(re.findall(r'(?:say|InstallError)\(\s*"(\w+)"', code))
    assert used == set(WORDS["zh"]) == set(WORDS["en"])
    for key in used:
        holes = [set(re.findall(r"{(\w+)}", WORDS[one][key])) for one in ("zh", "en")]
        assert holes[0] == holes[1], key


# ------------------------------------------------------------------ wheels and files


def test_each_machine_gets_what_its_wheels_say_they_need_there(tmp_path):
    """Also where pip, asked on another machine, answers for the one it runs on."""
    make_wheel(tmp_path, "a", needs=["b>=2", 'c; sys_platform == "win32"', 'd; extra == "x"'])
    make_wheel(tmp_path, "b", "1")
    make_wheel(tmp_path, "b", "2", needs=['e; python_version < "3.12"'])
    make_wheel(tmp_path, "e", tag="cp311-cp311-manylinux_2_17_x86_64")
    asked = [Requirement("a")]

    def missing(platform, python, asked=asked):
        wanted = bundle.wanted_by(asked, tmp_path, bundle.Target(platform, python))[1]
        return {one.name for one in wanted}

    assert missing("linux", "3.11") == missing("linux", "3.12") == set()
    assert missing("windows", "3.12") == {"c"}
    assert missing("windows", "3.11") == {"c", "e"}
    assert missing("linux", "3.13", [Requirement("a[x]")]) == {"d"}
    make_wheel(tmp_path, "c", tag="cp39-abi3-win_amd64")
    make_wheel(tmp_path, "e", tag="cp311-cp311-win_amd64")
    assert missing("windows", "3.11") == set()


def test_what_is_fetched_is_what_tests_ran_with_and_what_is_allowed():
    assert bundle._pinned(Requirement("numpy>=2")).startswith("numpy==")
    assert bundle._pinned(Requirement("numpy<1")) == "numpy<1"
    assert bundle._pinned(Requirement("no-such-thing>=3")) == "no-such-thing>=3"


def test_every_runtime_dependency_says_from_which_version_on():
    """The archive pins what it holds; from elsewhere, pip may choose within these bounds."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = [*project["dependencies"], *project["optional-dependencies"]["postgres"]]
    loose = [one for one in lines if not re.search(r">=|==", one)]
    assert lines
    assert loose == []


def test_the_service_runs_as_its_own_user_on_the_loopback_and_writes_to_its_data_alone(
    tmp_path,
):
    home = installer.Home(tmp_path / "program", "pim")
    place = home.version("1")
    (place / "deploy").mkdir(parents=True)
    shutil.copy(DEPLOY / installer.UNIT, place / "deploy")
    home.use("1")
    (home.folder / "settings.env").write_text(f"PIM_DATA_FOLDER={tmp_path / 'kept' / 'data'}\n")
    installer.add_service(home, tmp_path)
    text = (tmp_path / installer.UNIT).read_text(encoding="utf-8")
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str
    unit.read_string(text)
    service = unit["Service"]
    assert "@" not in re.sub(r"(?m)^#.*$", "", text)
    assert (service["User"], service["ProtectSystem"]) == ("pim", "strict")
    assert (service["NoNewPrivileges"], service["Restart"]) == ("true", "always")
    assert service["ReadWritePaths"] == str(tmp_path / "kept")
    assert "Environment=STREAMLIT_SERVER_ADDRESS=127.0.0.1" in text
    assert service["ExecStart"] == f"{home.folder}/start"


def test_the_example_of_a_gate_lets_nobody_say_who_he_is():
    text = re.sub(r"(?m)\s*#.*$", "", (DEPLOY / "nginx.conf").read_text(encoding="utf-8"))
    assert re.search(r"proxy_pass\s+http://public_interest_map;", text)
    assert re.search(r"server\s+127\.0\.0\.1:8501;", text)
    for header in ("X-Forwarded-User", "X-Remote-User", "X-Pim-Secret", "Remote-User"):
        assert re.search(rf'proxy_set_header {header} +"";', text), header
    assert "proxy_set_header Upgrade $http_upgrade;" in text
    assert "client_max_body_size 1000m;" in text
    assert "$request_uri" not in text[text.index("log_format") : text.index("upstream")]
    assert "$args" not in text


def test_every_file_that_is_carried_along_is_there():
    assert [one for one in bundle.CARRIED.values() if not (ROOT / one).is_file()] == []


# ------------------------------------------------------------- without any network


OFFICE = """
set -eu
"$1"/install.sh --folder "$3" --data "$4" --demonstration
sed -i "s/8501/$5/" "$3"/settings.env
"$3"/start > "$3"/log 2>&1 & running=$!
"$3"/current/venv/bin/python -c "$6" "$5" || { cat "$3"/log; exit 1; }
kill $running; wait $running || true
"$3"/map doctor
"$2"/install.sh --folder "$3"
"$3"/map doctor
"$2"/install.sh --folder "$3" --take-back
"$3"/map doctor
"$3"/map backup "$3"/backups/last.zip
"""
"""An office: installs, opens the map, looks for faults, goes to the next version and back."""

ASK = """
import json, sys, time
from urllib.request import urlopen

here = f"http://127.0.0.1:{sys.argv[1]}"
for _ in range(1200):
    try:
        told = json.load(urlopen(f"{here}/healthz", timeout=5))
        break
    except OSError:
        time.sleep(0.1)
assert told["status"] == "ok", told
assert b'<div id="root">' in urlopen(f"{here}/", timeout=5).read()
assert b"Leaflet 1.9.4" in urlopen(f"{here}/browser/leaflet/leaflet.js", timeout=5).read(200)
print("answered", told)
"""


@pytest.mark.thorough
def test_the_real_archive_is_installed_opened_upgraded_and_taken_back_without_a_network(tmp_path):
    """Two to four minutes: the wheels are fetched, and Python compiles them at installation."""
    here = f"{sys.version_info.major}.{sys.version_info.minor}"
    made = subprocess.run(
        [sys.executable, ROOT / "bundle.py", "--python", here, "--platform", "linux",
         "--to", tmp_path],
        check=False, capture_output=True, text=True, cwd=ROOT,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    (archive,) = tmp_path.glob("*.tar.gz")
    subprocess.run(["tar", "-xzf", archive, "-C", tmp_path], check=True)
    (first,) = (one for one in tmp_path.glob("public-interest-map-*") if one.is_dir())
    second = Path(shutil.copytree(first, tmp_path / "next", copy_function=os.link))
    facts = json.loads((second / bundle.FACTS).read_text(encoding="utf-8"))
    for name in (bundle.FACTS, bundle.SUMS):
        (second / name).unlink()  # a link: the first archive keeps its own
    (second / bundle.FACTS).write_text(json.dumps(facts | {"id": "next"}), encoding="utf-8")
    bundle.write_sums(second)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    office = [first, second, tmp_path / "program", tmp_path / "kept" / "data", port, ASK]
    alone = ["unshare", "--net", sys.executable, ROOT / "tests" / "without_network.py"]
    done = subprocess.run(
        [str(one) for one in (*alone, "sh", "-c", OFFICE, "office", *office)],
        check=False, capture_output=True, text=True,
        env={"PATH": os.defpath, "PYTHON": sys.executable, "HOME": str(tmp_path)},
    )  # fmt: skip
    if "Operation not permitted" in done.stderr and not os.environ.get("CI"):
        pytest.skip("a namespace without a network is for root")
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    assert "answered" in done.stdout
    assert installer.Home(tmp_path / "program").current() == facts["id"]
    assert len(list((tmp_path / "kept").glob("data.replaced-*"))) == 1, said
