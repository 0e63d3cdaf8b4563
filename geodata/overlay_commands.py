"""The command that lays two layers over each other: totals by class, every pair on demand.

    python -m geodata overlay FIRST SECOND [--by COLUMN ...] [--relation overlaps|inside|near]
        [--within METRES] [--office ID ...] [--store URL] [--dask [ADDRESS]] [--csv FILE]

Exit codes: 0 all was compared; 1 some features were mended or left out; 2 nothing was done.
"""

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from geodata.commands_on_record import note_command
from geodata.crs import SQUARE_METRES_PER_MU
from geodata.errors import BadSetting
from geodata.intake import guard_cells
from geodata.model import Overlay, Scope
from geodata.overlay import MEASURES, Met, Told, totals
from geodata.settings import read_settings
from geodata.store import open_features
from geodata.store_commands import MOST_SHOWN, progress
from geodata.wording import Words

WHOLE, DOUBTFUL = 0, 1


def add_overlay_command(
    commands: Any, shared: argparse.ArgumentParser, told: Callable[..., str]
) -> None:
    """Add the command; `told` gives the help of a key."""
    command = commands.add_parser("overlay", parents=[shared], help=told("overlay"))
    command.add_argument("first", metavar="FIRST", help=told("first"))
    command.add_argument("second", metavar="SECOND", help=told("second"))
    command.add_argument(
        "--relation", choices=tuple(MEASURES), default="overlaps", help=told("relation")
    )
    command.add_argument("--within", type=float, default=0.0, metavar="METRES", help=told("within"))
    command.add_argument("--by", nargs="+", default=[], metavar="COLUMN", help=told("by"))
    command.add_argument("--office", nargs="+", default=[], metavar="ID", help=told("office"))
    command.add_argument("--store", metavar="URL", help=told("store"))
    command.add_argument("--dask", nargs="?", const="", metavar="ADDRESS", help=told("dask"))
    command.add_argument("--csv", metavar="FILE", help=told("csv"))
    command.set_defaults(run=lay_over)


def lay_over(asked: argparse.Namespace, words: Words) -> int:
    """Print the totals of an overlay and what is doubtful; return the exit code."""
    overlay = Overlay(asked.first, asked.second, asked.relation, asked.within, tuple(asked.by))
    store = open_features(_with_dask(asked.store or read_settings().features_url, asked.dask))
    met = store.pairs(overlay, Scope(frozenset(asked.office)), _heard(words, asked))
    if asked.csv:
        layers, file = f"{asked.first} {asked.second}", Path(asked.csv).name
        note_command("overlay", file=file, layer=layers, rows=len(met.pairs))
        guard_cells(met.pairs).to_csv(Path(asked.csv), index=False, encoding="utf-8-sig")
    summed = totals(met.pairs, overlay)
    if asked.json:
        _print(_as_json(overlay, met, summed))
    else:
        for line in report(overlay, met, summed, words):
            _print(line)
        if asked.csv:
            said = words.say("overlay", "written", count=f"{len(met.pairs):,}", file=asked.csv)
            _print(said)
    return DOUBTFUL if len(met.doubts) else WHOLE


def _with_dask(url: str, address: str | None) -> str:
    """Return the URL of the same folder asked through dask, if it is to be."""
    if address is None:
        return url
    scheme, _, place = url.partition(":")
    if scheme != "file":
        raise BadSetting(name="--dask", value=url, form="file:FOLDER")
    return f"dask:{place}?scheduler={address}" if address else f"dask:{place}"


def _heard(words: Words, asked: argparse.Namespace) -> Told:
    return progress(words, asked, "overlay")


def report(overlay: Overlay, met: Met, summed: pd.DataFrame, words: Words) -> list[str]:
    """Return the lines on an answer: a total for each class, then what is doubtful."""
    measure = MEASURES[overlay.relation]
    lines = [] if len(met.pairs) else [words.say("overlay", "none")]
    for row in summed.to_dict("records") if len(met.pairs) else []:
        cells = [_cell(row[name], words) for name in overlay.by]
        facts = {
            "by": " ".join(cells) or words.say("overlay", "all"),
            "pairs": f"{row['pairs']:,}",
            "m2": f"{row[measure]:,.1f}",
            "mu": f"{row[measure] / SQUARE_METRES_PER_MU:,.2f}",
            "metres": f"{row[measure]:,.1f}",
        }
        lines.append(words.say("overlay", measure, **facts))
    for one in met.doubts.head(MOST_SHOWN).to_dict("records"):
        why = one["why"] if one["what"] == "mended" else words.say("overlay", str(one["why"]))
        said = {"layer": one["layer"], "id": one["id"], "why": why}
        lines.append(words.say("overlay", str(one["what"]), **said))
    if len(met.doubts) > MOST_SHOWN:
        lines.append(words.say("overlay", "more", count=f"{len(met.doubts) - MOST_SHOWN:,}"))
    return lines


def _cell(value: object, words: Words) -> str:
    return words.say("overlay", "blank") if pd.isna(value) else str(value)  # type: ignore[call-overload]


def _as_json(overlay: Overlay, met: Met, summed: pd.DataFrame) -> str:
    facts = {
        "overlay": vars(overlay),
        "totals": json.loads(summed.to_json(orient="records", double_precision=15)),
        "pairs": json.loads(met.pairs.to_json(orient="records", double_precision=15)),
        "doubts": met.doubts.to_dict("records"),
    }
    return json.dumps(facts, ensure_ascii=False, default=str)


def _print(text: str) -> None:
    sys.stdout.write(f"{text}\n")
