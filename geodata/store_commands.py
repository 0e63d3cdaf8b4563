"""The keeping of what is stored: its revisions, copies, health and backups.

    python -m geodata revisions [LAYER] [--compare BEFORE AFTER]
    python -m geodata take-back REVISION
    python -m geodata copy FROM TO       a folder, file:..., sqlite:..., postgresql://... or here
    python -m geodata doctor             what is wrong with the installation, and how to mend it
    python -m geodata backup FILE
    python -m geodata restore FILE [--replace]

Exit codes: 0 done, or nothing wrong; 1 something is wrong (doctor); 2 nothing was done.
"""

import argparse
import json
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from geodata.archive import Contents, back_up, head_of, restore
from geodata.commands_on_record import RESTORED, note_command, shown_place
from geodata.copying import (
    Copied,
    Told,
    copy_cases,
    copy_evidence,
    copy_features,
    copy_findings,
    copy_journal,
)
from geodata.doctor import Ailment, SchemaOf, examine
from geodata.errors import GeodataError, UnknownStore
from geodata.evidence_store import is_there, open_evidence
from geodata.findings import open_findings
from geodata.journal import open_journal
from geodata.lifecycle import OFFICE_TIME
from geodata.model import RevisionNote
from geodata.revisions import Revision, note_to_json
from geodata.settings import Settings, read_settings
from geodata.settings_page import explained, settings_page
from geodata.store import FeatureStore, may_hold, open_cases, open_features
from geodata.wording import Words

HERE = "here"
"""In place of a URL: where the settings say that the data is."""

DONE, ILL = 0, 1
MOST_SHOWN = 60
BAR = 24


def add_store_commands(
    commands: Any,
    shared: argparse.ArgumentParser,
    told: Callable[..., str],
    schema_of: SchemaOf,
) -> None:
    """Add the commands; `told` gives the help of a key, `schema_of` a layer's schema."""

    def command(name: str, run: Callable[[argparse.Namespace, Words], int]) -> Any:
        added = commands.add_parser(name, parents=[shared], help=told(name.replace("-", "_")))
        added.set_defaults(run=run)
        return added

    user = os.environ.get("USER") or os.environ.get("USERNAME") or "-"
    listing = command("revisions", list_revisions)
    listing.add_argument("layer", nargs="?", metavar="LAYER", help=told("only_layer"))
    listing.add_argument("--compare", nargs=2, metavar=("A", "B"), help=told("compare"))
    undoing = command("take-back", take_back)
    undoing.add_argument("revision", metavar="REVISION", help=told("revision"))
    undoing.add_argument("--who", default=user, metavar="NAME", help=told("who"))
    undoing.add_argument("--why", default="", metavar="TEXT", help=told("why"))
    for one in (listing, undoing):
        one.add_argument("--store", metavar="URL", help=told("store"))
    copying = command("copy", copy)
    copying.add_argument("origin", metavar="FROM", help=told("origin"))
    copying.add_argument("target", metavar="TO", help=told("target"))
    command("doctor", doctor).set_defaults(schema_of=schema_of)
    command("settings", show_settings).add_argument(
        "--page", action="store_true", help=told("page")
    )
    command("backup", backup).add_argument("file", metavar="FILE", help=told("archive"))
    restoring = command("restore", put_back)
    restoring.add_argument("file", metavar="FILE", help=told("archive"))
    restoring.add_argument("--replace", action="store_true", help=told("replace"))


# -------------------------------------------------------------------- revisions


def list_revisions(asked: argparse.Namespace, words: Words) -> int:
    """Print the revisions of all layers or one, or what differs between two of them."""
    store = open_features(asked.store or read_settings().features_url)
    if asked.compare:
        return _print_comparison(store, asked, words)
    told = store.revisions(asked.layer)
    if asked.json:
        _print(json.dumps([_facts(one) for one in told], ensure_ascii=False))
        return DONE
    for one in told:
        _print(words.say("keeping", "revision", **_said(one)))
        if one.takes_back:
            _print(words.say("keeping", "takes_back", revision=one.takes_back))
    if not told:
        _print(words.say("keeping", "no_revisions"))
    return DONE


def _print_comparison(store: FeatureStore, asked: argparse.Namespace, words: Words) -> int:
    before, after = asked.compare
    layers = [asked.layer] if asked.layer else store.layers()
    changes = {layer: store.compare(layer, before, after) for layer in layers}
    if asked.json:
        told = {layer: change.to_dict("records") for layer, change in changes.items()}
        _print(json.dumps(told, ensure_ascii=False, default=str))
        return DONE
    for layer, change in changes.items():
        counts = {one: int((change["change"] == one).sum()) for one in CHANGES}
        _print(words.say("keeping", "compared", layer=layer, a=before, b=after, **counts))
        for row in change.head(MOST_SHOWN).to_dict("records"):
            cells = ", ".join(
                f"{name} {_cell(row['before'][name])} → {_cell(row['after'][name])}"
                for name in row["before"]
            )
            kind = words.say("keeping", str(row["change"]))
            _print(words.say("keeping", "compared_row", id=row["id"], change=kind, cells=cells))
        if len(change) > MOST_SHOWN:
            _print(words.say("keeping", "more", count=len(change) - MOST_SHOWN))
    return DONE


CHANGES = ("added", "changed", "removed")


def take_back(asked: argparse.Namespace, words: Words) -> int:
    """Take one revision back and say which revision that made."""
    store = open_features(asked.store or read_settings().features_url)
    note = RevisionNote(asked.who, asked.why, datetime.now(UTC))
    made = store.take_back(asked.revision, note)
    told = next(one for one in store.revisions() if one.id == made)
    place = shown_place(asked.store or "")
    note_command("take-back", revision=asked.revision, layer=told.layer, place=place)
    if asked.json:
        _print(json.dumps(_facts(told), ensure_ascii=False))
    else:
        _print(words.say("keeping", "taken_back", **_said(told) | {"taken": asked.revision}))
    return DONE


def _facts(one: Revision) -> dict[str, Any]:
    return {**asdict(one), "note": note_to_json(one.note)}


def _said(one: Revision) -> dict[str, object]:
    note = one.note
    return {
        "id": one.id,
        "layer": one.layer,
        "when": note.recorded_at.astimezone(OFFICE_TIME).strftime("%Y-%m-%d %H:%M"),
        "who": note.who or "-",
        "why": note.why or "-",
        "source": note.source_name or "-",
        "sha256": note.source_sha256[:12] or "-",
        "system": note.system or "-",
        "added": f"{one.added:,}",
        "changed": f"{one.changed:,}",
        "closed": f"{one.closed:,}",
    }


def _cell(value: object) -> str:
    return "∅" if value is None else str(value)[:60]


# ------------------------------------------------------------------------- copy


def copy(asked: argparse.Namespace, words: Words) -> int:
    """Copy everything from one place to another, and say what the copy holds."""
    origin, target = _places(asked.origin), _places(asked.target)
    kinds = [kind for kind in origin if kind in target]
    if not kinds:
        raise UnknownStore(asked.target, (f"{kind}" for kind in origin))
    told, copied = progress(words, asked), Copied()
    ways = f"{shown_place(asked.origin)} → {shown_place(asked.target)}"
    if asked.target != HERE:
        note_command("copy", place=ways)
    for kind in kinds:
        if kind != "evidence":
            _make_folder(target[kind])
        one = COPIES[kind](origin[kind], target[kind], asked.target, told)
        copied = Copied(**{**asdict(copied), **{k: v for k, v in asdict(one).items() if v}})
    if asked.target == HERE:  # a journal takes a copy only where nothing is in it yet
        note_command("copy", place=ways, rows=copied.features)
    if asked.json:
        _print(json.dumps(asdict(copied), ensure_ascii=False))
    else:
        _print(words.say("keeping", "copied", place=asked.target, **_counts(asdict(copied))))
        for kind in kinds:
            sha = asdict(copied)[f"{kind}_sha256"] or "-"
            _print(words.say("keeping", "copied_hash", what=words.say("keeping", kind), sha=sha))
        _tell_damage(asdict(copied), words)
    return DONE


def _tell_damage(held: dict[str, Any], words: Words) -> None:
    """Say how many entries of the journal were copied that are not what they were."""
    if held["journal_damaged"]:
        _print(words.say("keeping", "journal_damaged", **_counts(held)))


def _copy_features(origin: str, target: str, place: str, told: Told) -> Copied:
    return copy_features(open_features(origin), open_features(target), place, told)


def _copy_cases(origin: str, target: str, place: str, told: Told) -> Copied:
    there = open_cases(origin if may_hold(origin) else "memory:")
    return copy_cases(there, open_cases(target), place, told)


def _copy_findings(origin: str, target: str, place: str, told: Told) -> Copied:
    if not may_hold(origin):
        return Copied()
    return copy_findings(open_findings(origin), open_findings(target), place, told)


def _copy_journal(origin: str, target: str, place: str, told: Told) -> Copied:
    if not may_hold(origin):
        return Copied()
    return copy_journal(open_journal(origin), open_journal(target), place, told)


def _copy_evidence(origin: str, target: str, place: str, told: Told) -> Copied:
    if not is_there(origin):
        return Copied()
    return copy_evidence(open_evidence(origin), open_evidence(target), place, told)


COPIES: dict[str, Callable[[str, str, str, Told], Copied]] = {
    "features": _copy_features,
    "cases": _copy_cases,
    "findings": _copy_findings,
    "evidence": _copy_evidence,
    "journal": _copy_journal,
}
"""What is copied, in this order, and how: from a URL to a URL."""


def _places(place: str) -> dict[str, str]:
    """Return the URLs of what lies at a place, by kind: a folder has all, a URL what it can."""
    if place == HERE:
        return _all_places(read_settings())
    scheme, colon, _ = place.partition(":")
    if colon and len(scheme) > 1:  # one letter is a drive of Windows
        in_database = [kind for kind in COPIES if kind != "evidence"]  # originals are files
        known = {"file": ["features"], "sqlite": ["cases"], "postgresql": in_database}
        if scheme not in known:
            raise UnknownStore(place, [*(f"{one}:" for one in known), HERE])
        return dict.fromkeys(known[scheme], place)
    return _all_places(Settings(data_folder=Path(place)))


def _all_places(asked: Settings) -> dict[str, str]:
    return {kind: getattr(asked, f"{kind}_url") for kind in COPIES}


def _make_folder(url: str) -> None:
    scheme, _, place = url.partition(":")
    if scheme == "file":
        Path(place).mkdir(parents=True, exist_ok=True)
    elif scheme == "sqlite":
        Path(place).parent.mkdir(parents=True, exist_ok=True)


# --------------------------------------------------------------- backup, restore


def backup(asked: argparse.Namespace, words: Words) -> int:
    """Write one archive of everything and say what it holds."""
    file = Path(asked.file)
    note_command("backup", file=file.name)
    contents = back_up(read_settings(), file, datetime.now(UTC), progress(words, asked))
    size = file.stat().st_size
    return _tell_contents("backed_up", contents, asked, words, file=file, size=f"{size:,}")


def put_back(asked: argparse.Namespace, words: Words) -> int:
    """Put back what an archive holds and say what it was."""
    settings, file = read_settings(), Path(asked.file)
    contents, aside = restore(
        file, settings, datetime.now(UTC), replace=asked.replace, told=progress(words, asked)
    )
    before = head_of(aside)
    note_command(RESTORED, file=file.name, place=aside.name if aside else "", head=before)
    code = _tell_contents("restored", contents, asked, words, file=file, moved_to=str(aside or ""))
    if aside and not asked.json:
        _print(words.say("keeping", "kept_aside", place=aside))
    return code


def _tell_contents(
    key: str, contents: Contents, asked: argparse.Namespace, words: Words, **facts: Any
) -> int:
    if asked.json:
        told: dict[str, Any] = {name: str(one) for name, one in facts.items()}
        told = told | {"made_at": contents.made_at, **contents.held, "parts": len(contents.parts)}
        _print(json.dumps(told, ensure_ascii=False))
        return DONE
    made = datetime.fromisoformat(contents.made_at).astimezone(OFFICE_TIME)
    held = asdict(Copied()) | contents.held  # an older archive does not tell of all
    said = {"when": made.strftime("%Y-%m-%d %H:%M"), "parts": len(contents.parts)}
    _print(words.say("keeping", key, **facts, **said, **_counts(held)))
    _tell_damage(held, words)
    return DONE


def _counts(held: dict[str, Any]) -> dict[str, str]:
    return {name: f"{one:,}" for name, one in held.items() if isinstance(one, int)}


# ----------------------------------------------------------------------- doctor


def doctor(asked: argparse.Namespace, words: Words) -> int:
    """Print what is wrong with the installation, each with its remedy; return 0 if nothing is."""
    found = examine(os.environ, asked.schema_of, progress(words, asked))
    counts = {name: one for name, one in vars(found).items() if isinstance(one, int)}
    if asked.json:
        told = [
            {**asdict(one), "facts": dict(one.facts), **_worded(one, words)}
            for one in found.ailments
        ]
        facts = {"is_sound": found.is_sound, **counts, "findings": told}
        _print(json.dumps(facts, ensure_ascii=False))
        return DONE if found.is_sound else ILL
    for one in found.ailments[:MOST_SHOWN]:
        said = words.say("keeping", one.severity, **_worded(one, words))
        _print(said)
    if len(found.ailments) > MOST_SHOWN:
        _print(words.say("keeping", "more", count=len(found.ailments) - MOST_SHOWN))
    _print(words.say("keeping", "sound" if found.is_sound else "ill", **_counts(counts)))
    return DONE if found.is_sound else ILL


def _worded(one: Ailment, words: Words) -> dict[str, str]:
    """Return what is wrong and what to do about it, in words."""
    facts: dict[str, str] = dict(one.facts)
    facts["why"] = _say_why(facts, words)
    facts["place"] = one.place
    if "trouble" in facts:
        facts["trouble"] = words.say(
            "evidence_troubles", facts["trouble"], **facts | {"subject": one.place}
        )
    return {
        "text": words.say("ailments", one.what, **facts),
        "remedy": words.say("cures", one.what, **facts),
    }


def _say_why(facts: dict[str, str], words: Words) -> str:
    """Return the words of the error that was met, those of the entry of a case among them."""
    name = facts.get("error", "")
    if name in words.sections["case_reasons"]:
        return words.say("case_reasons", name, **facts)
    if not name:
        return ""
    kind: type[GeodataError] = type(name, (GeodataError,), {})
    return words.say_error(kind(**{one: fact for one, fact in facts.items() if one != "error"}))


def show_settings(asked: argparse.Namespace, words: Words) -> int:
    """Print what is set on this machine and what that means, or the page about all settings."""
    if asked.page:
        sys.stdout.write(settings_page())
        return DONE
    told = {one.name: one.shown(os.environ) for one in explained()}
    if asked.json:
        _print(json.dumps(told, ensure_ascii=False))
        return DONE
    for one in explained():
        zh, both, en = one.default.partition(" / ")
        default = (en if both and words.language == "en" else zh).replace("`", "")
        key = "setting" if told[one.name] else "setting_default"
        facts = {"name": one.name, "value": told[one.name] or default}
        _print(words.say("keeping", key, **facts, meaning=one.title.says(words.language)))
    return DONE


# --------------------------------------------------------------------- progress


def progress(
    words: Words,
    asked: argparse.Namespace,
    section: str = "keeping",
    names: Mapping[str, str] | None = None,
) -> Told:
    """Return what tells how far things are: one line that is written over, on a terminal only.

    `names` say what is going on where no word of the section does.
    """
    if asked.json or not sys.stderr.isatty():
        return lambda *_: None

    def told(what: str, done: int, total: int) -> None:
        filled = BAR * done // total if total else BAR
        bar = "█" * filled + "░" * (BAR - filled)
        said = (names or {}).get(what) or words.say(section, what)
        sys.stderr.write(f"\r{bar} {said} {done:,}/{total:,}\033[K")
        sys.stderr.write("\n" if done >= total else "")
        sys.stderr.flush()

    return told


def _print(text: str) -> None:
    sys.stdout.write(f"{text}\n")
