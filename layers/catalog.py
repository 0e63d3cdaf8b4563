"""The layers on offer: whatever the folder `layers/hazards` holds, in their own order."""

import importlib.util
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from geodata.errors import UnknownLayer
from geodata.schema import Schema
from layers.layer import Layer

EXTRA_FOLDERS = "PIM_LAYER_FOLDERS"
"""Environment variable: further folders of layer files, separated as in PATH."""


def hazard_folders() -> tuple[Path, ...]:
    """Return the folders that layer files are read from, our own first."""
    extra = os.environ.get(EXTRA_FOLDERS, "")
    own = Path(__file__).parent / "hazards"
    return (own, *(Path(name) for name in extra.split(os.pathsep) if name))


@cache
def load_layers(folders: tuple[Path, ...]) -> tuple[Layer, ...]:
    """Return the layers of all files in the folders, by `order` and then id.

    Each file offers one Layer under the name `LAYER`; files starting with an
    underscore are passed over.
    """
    found = [_layer_in(file) for folder in folders for file in _layer_files(folder)]
    return tuple(sorted(found, key=lambda layer: (layer.order, layer.id)))


def all_layers() -> tuple[Layer, ...]:
    """Return every layer on offer, in the order of legends and lists."""
    return load_layers(hazard_folders())


def layer_ids() -> tuple[str, ...]:
    """Return the ids of every layer on offer, in order."""
    return tuple(layer.id for layer in all_layers())


def find_layer(layer_id: str) -> Layer:
    """Return the layer with this id; raise UnknownLayer naming the known ones."""
    for layer in all_layers():
        if layer.id == layer_id:
            return layer
    raise UnknownLayer(layer_id, layer_ids())


def _layer_files(folder: Path) -> Iterator[Path]:
    return (file for file in sorted(folder.glob("*.py")) if not file.name.startswith("_"))


def _layer_in(file: Path) -> Layer:
    spec = importlib.util.spec_from_file_location(f"layers.hazards.{file.stem}", file)
    if spec is None or spec.loader is None:
        raise ImportError(str(file))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    layer = module.LAYER
    if not isinstance(layer, Layer):
        raise TypeError(f"{file.name}: LAYER is not a Layer")
    return layer


def schema_of(layer_id: str) -> Schema:
    """Return what the table of a layer must hold; raise UnknownLayer naming the known ones."""
    return find_layer(layer_id).schema
