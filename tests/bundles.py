"""Small archives for tests of the installer: a program of a few lines, in the place of the map.

It has the commands that the installer uses. Its data is one file with a form; each version brings
the form up to its own, and refuses a newer one, as the stores of the map do.
"""

import json
import py_compile
import zipfile
from pathlib import Path

import pip

import bundle

PROGRAM = """
import json, os, shutil, sys
from pathlib import Path

VERSION, IS_ILL = {version}, {is_ill}
data = Path(os.environ["PIM_DATA_FOLDER"])
state = data / "state.json"
command, *given = sys.argv[1:]
names = [one for one in given if not one.startswith("--")]

if command == "restore":
    aside = ""
    if state.exists():
        aside = str(data) + ".replaced-1"
        data.rename(aside)
    data.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(names[0], state)
    print(json.dumps({{"moved_to": aside}}))
    sys.exit(0)
told = json.loads(state.read_text()) if state.exists() else {{"form": VERSION, "rows": []}}
if told["form"] > VERSION:
    sys.exit(f"form {{told['form']}} is newer than this program")
if command == "backup":
    Path(names[0]).write_text(json.dumps(told))
if command == "doctor":
    data.mkdir(parents=True, exist_ok=True)
    state.write_text(json.dumps(told | {{"form": VERSION}}))
    if IS_ILL:
        sys.exit("row 7 is ill")
if command == "enter":
    state.write_text(json.dumps(told | {{"rows": [*told["rows"], names[0]]}}))
"""


def make_wheel(folder, name, version="1", *, needs=(), files=(), tag="py3-none-any"):
    """Write a wheel that holds some files and says what it needs; return its place."""
    stem = f"{name.replace('-', '_')}-{version}"
    lines = [f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}"]
    lines += [f"Provides-Extra: {one}" for one in ("postgres",)]
    lines += [f"Requires-Dist: {one}" for one in needs]
    parts = dict(files)
    parts[f"{stem}.dist-info/METADATA"] = "\n".join(lines) + "\n"
    parts[f"{stem}.dist-info/WHEEL"] = (
        f"Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: {tag}\n"
    )
    record = f"{stem}.dist-info/RECORD"
    parts[record] = "".join(f"{one},,\n" for one in (*parts, record))
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{stem}-{tag}.whl"
    with zipfile.ZipFile(file, "w") as wheel:
        for place, text in parts.items():
            wheel.writestr(place, text)
    return file


def pack_pip(file):
    """Write the pip of these tests as something that Python runs from one file."""
    package = Path(pip.__file__).parent
    with zipfile.ZipFile(file, "w") as wheel:
        for one in package.rglob("*"):
            place = f"pip/{one.relative_to(package).as_posix()}"
            if one.suffix == ".py" and one.name != "__pip-runner__.py":
                compiled = py_compile.compile(one, file.with_name("compiled"), doraise=True)
                wheel.write(compiled, f"{place}c")  # else compiled anew at every start
            elif one.suffix in {".py", ".pem", ".txt", ".json"}:
                wheel.write(one, place)
    return file


def make_bundle(folder, version, pip_file, *, is_ill=False, pythons=bundle.PYTHONS):
    """Lay out an archive of the small program; return its folder."""
    place = folder / f"public-interest-map-{version}"
    (place / "wheels").mkdir(parents=True)
    program = {
        "geodata/__init__.py": "",
        "geodata/__main__.py": PROGRAM.format(version=version, is_ill=is_ill),
    }
    make_wheel(place / "wheels", "public-interest-map", str(version), files=program.items())
    (place / "wheels" / pip_file.name).write_bytes(pip_file.read_bytes())
    demonstration = {"form": version, "rows": ["invented"]}
    (place / "demonstration.zip").write_text(json.dumps(demonstration))
    bundle.carry(place)
    facts = {
        "id": str(version),
        "requirement": f"public-interest-map[postgres]=={version}",
        "pythons": list(pythons),
        "platforms": ["linux", "windows"],
    }
    (place / bundle.FACTS).write_text(json.dumps(facts))
    bundle.write_sums(place)
    return place
