"""What is on offer: the layers of `layers/hazards` with their rules, the lists of `layers/lists`.

Each file offers one Layer under the name `LAYER`, or one SourceList under the name `LIST`; files
starting with an underscore are passed over.
"""

import importlib.util
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TypeVar

from geodata.errors import UnknownLayer, UnknownRule
from geodata.schema import Schema
from layers.layer import Layer
from layers.rule import Rule, SourceList

EXTRA_FOLDERS = "PIM_LAYER_FOLDERS"
"""Environment variable: further folders of layer and list files, separated as in PATH."""

Offered = TypeVar("Offered", Layer, SourceList)


def hazard_folders() -> tuple[Path, ...]:
    """Return the folders that layer files are read from, our own first."""
    return (Path(__file__).parent / "hazards", *_extra_folders())


def list_folders() -> tuple[Path, ...]:
    """Return the folders that files of lists are read from, our own first."""
    return (Path(__file__).parent / "lists", *_extra_folders())


@cache
def load_layers(folders: tuple[Path, ...]) -> tuple[Layer, ...]:
    """Return the layers of all files in the folders, by `order` and then id."""
    found = _offered(folders, "LAYER", Layer, "hazards")
    return tuple(sorted(found, key=lambda layer: (layer.order, layer.id)))


@cache
def load_lists(folders: tuple[Path, ...]) -> tuple[SourceList, ...]:
    """Return the lists of all files in the folders, by id."""
    found = _offered(folders, "LIST", SourceList, "lists")
    return tuple(sorted(found, key=lambda one: one.id))


def all_layers() -> tuple[Layer, ...]:
    """Return every layer on offer, in the order of legends and lists."""
    return load_layers(hazard_folders())


def all_lists() -> tuple[SourceList, ...]:
    """Return every list that rules compare, by id."""
    return load_lists(list_folders())


def all_rules() -> tuple[Rule, ...]:
    """Return every rule, in the order of its layer and then of its declaration."""
    return tuple(rule for layer in all_layers() for rule in layer.rules)


def layer_ids() -> tuple[str, ...]:
    """Return the ids of every layer on offer, in order."""
    return tuple(layer.id for layer in all_layers())


def list_ids() -> tuple[str, ...]:
    """Return the ids of every list that rules compare, in order."""
    return tuple(one.id for one in all_lists())


def find_layer(layer_id: str) -> Layer:
    """Return the layer with this id; raise UnknownLayer naming the known ones."""
    for layer in all_layers():
        if layer.id == layer_id:
            return layer
    raise UnknownLayer(layer_id, layer_ids())


def find_rule(rule_id: str) -> Rule:
    """Return the rule with this id; raise UnknownRule naming the known ones."""
    for rule in all_rules():
        if rule.id == rule_id:
            return rule
    raise UnknownRule(rule_id, [rule.id for rule in all_rules()])


def find_table(table_id: str) -> Layer | SourceList:
    """Return the layer or list with this id; raise UnknownLayer naming the known ones."""
    known: dict[str, Layer | SourceList] = {layer.id: layer for layer in all_layers()}
    known |= {one.id: one for one in all_lists()}
    if table_id not in known:
        raise UnknownLayer(table_id, known)
    return known[table_id]


def is_personal(table_id: str) -> bool:
    """Return whether a list holds persons, so that none of its rows is ever shown."""
    return any(one.is_personal for one in all_lists() if one.id == table_id)


def schema_of(table_id: str) -> Schema:
    """Return what the table of a layer or list must hold; raise UnknownLayer naming the known."""
    return find_table(table_id).schema


def _extra_folders() -> tuple[Path, ...]:
    extra = os.environ.get(EXTRA_FOLDERS, "")
    return tuple(Path(name) for name in extra.split(os.pathsep) if name)


def _offered(
    folders: tuple[Path, ...], name: str, kind: type[Offered], package: str
) -> Iterator[Offered]:
    """Yield what the files of the folders offer under a name; a file may offer the other kind."""
    for file in (file for folder in folders for file in sorted(folder.glob("*.py"))):
        if file.name.startswith("_"):
            continue
        offered = vars(_run(file, package)).get(name)
        if isinstance(offered, kind):
            yield offered
        elif offered is not None or not _is_extra(file):
            raise TypeError(f"{file.name}: {name} is not a {kind.__name__}")


def _is_extra(file: Path) -> bool:
    return file.parent in _extra_folders()


def _run(file: Path, package: str) -> object:
    spec = importlib.util.spec_from_file_location(f"layers.{package}.{file.stem}", file)
    if spec is None or spec.loader is None:
        raise ImportError(str(file))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
