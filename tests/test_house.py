"""The house keeps its rules: which way imports run, what names mean, what stands at the root."""

import ast
import doctest
import importlib
import importlib.metadata
import json
import re
import sys
from pathlib import Path

import pytest
from importlinter.cli import lint_imports

ROOT = Path(__file__).parents[1]
PACKAGES = ("dashboard", "layers", "geodata")
MODULES = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
EXAMPLES = [path for path in MODULES if ">>> " in path.read_text(encoding="utf-8")]
VAGUE = {"manager", "handler", "helper", "helpers", "utils", "util", "common", "service"}
VAGUE |= {"processor", "info", "misc", "base", "core"}


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


def test_imports_run_one_way(monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    broken = lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True)
    assert not broken, capsys.readouterr().out


def test_every_package_that_is_imported_is_declared():
    metadata = importlib.metadata.requires("public-interest-map") or []
    # A driver is asked for where its engine is named, and the error says how to install it.
    drivers = ("'postgres'", "'dask'")
    named = [line for line in metadata if "extra" not in line or any(map(line.count, drivers))]
    declared = {normal(re.split(r"[^\w.-]", line)[0]) for line in named}
    offered = importlib.metadata.packages_distributions()
    for path in MODULES:
        for name in imported(path) - sys.stdlib_module_names - set(PACKAGES):
            by = {normal(distribution) for distribution in offered.get(name, [])}
            assert by & declared, f"{module_name(path)} imports {name}; pyproject.toml has it not"


def imported(path: Path) -> set[str]:
    """Return the outermost names of every module that a file imports, wherever in the file."""
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    from_ = {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
    return {name.split(".")[0] for name in plain | from_}


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_no_module_of_the_dashboard_hides_another():
    # `streamlit run dashboard/app.py` puts dashboard/ itself first on the path.
    taken = sys.stdlib_module_names | importlib.metadata.packages_distributions().keys()
    ours = {
        path.stem for path in (ROOT / "dashboard").iterdir() if not path.name.startswith((".", "_"))
    }
    assert ours & taken == set()


def test_streamlit_finds_no_pages_folder():
    assert not (ROOT / "dashboard" / "pages").exists()


@pytest.mark.parametrize("path", EXAMPLES, ids=module_name)
def test_the_examples_in_a_module_run(path):
    tried = doctest.testmod(importlib.import_module(module_name(path)))
    assert tried.attempted
    assert not tried.failed


@pytest.mark.parametrize("path", MODULES, ids=module_name)
def test_a_module_is_named_after_what_it_holds(path):
    assert not VAGUE & set(path.stem.split("_"))


def test_python_stands_in_five_folders_beside_the_build_hook_and_the_bundle():
    folders = {path.parent.relative_to(ROOT).parts[:1] for path in python_files()}
    assert folders <= {(), ("benchmarks",), ("dashboard",), ("geodata",), ("layers",), ("tests",)}
    assert sorted(path.name for path in ROOT.glob("*.py")) == ["bundle.py", "hatch_build.py"]


def python_files() -> list[Path]:
    hidden = re.compile(r"/(\.|build/|dist/|node_modules/|venv)")
    return [
        p for p in ROOT.rglob("*.py") if not hidden.search(f"/{p.relative_to(ROOT).as_posix()}")
    ]


def test_the_lockfile_names_every_checksum_and_no_registry():
    lock = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))
    fetched = {name: facts for name, facts in lock["packages"].items() if name}
    assert fetched
    assert [name for name, facts in fetched.items() if "resolved" in facts] == []
    assert [name for name, facts in fetched.items() if "integrity" not in facts] == []


@pytest.mark.parametrize(
    "page", sorted((ROOT / "docs" / "decisions").glob("*.md")), ids=lambda page: page.stem
)
def test_a_decision_tells_context_choice_and_cost(page):
    headings = re.findall(r"^## (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    assert {"Context", "Choice", "Cost"} <= set(headings)


def test_the_containers_open_no_door_but_the_loopback_and_hold_no_password():
    compose = (ROOT / "docs" / "deploy" / "compose.yaml").read_text(encoding="utf-8")
    doors = re.findall(r'^ +- "([^"]+:\d+)"$', compose, re.MULTILINE)
    assert doors == ["127.0.0.1:8501:8501"]
    passwords = re.findall(r"PASSWORD: (.+)$", compose, re.MULTILINE)
    assert passwords
    assert all(one.startswith("${POSTGRES_PASSWORD:?") for one in passwords)
    assert ".env" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
