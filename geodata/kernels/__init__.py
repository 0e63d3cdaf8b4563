"""The few hot loops, compiled by numba on first use; tests hold each against a plain answer.

Modules here hold functions only and do nothing when they are imported. numba deadlocks if a
function is first compiled by a thread of a pool: whoever uses threads calls a kernel once on
its own thread before, as `geodata.flat.warm_up` does.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar, cast

import numba

HERE = Path(__file__).parent

Kernel = TypeVar("Kernel", bound=Callable[..., object])


def compiled(function: Kernel) -> Kernel:
    """Return a function that is compiled on first use, without the lock, and kept on disk.

    Where no folder can be written, neither beside the code nor in the user's cache, it is
    compiled anew by each process.
    """
    try:
        made = numba.njit(nogil=True, cache=True)(function)
    except RuntimeError:  # no place for a cache
        made = numba.njit(nogil=True)(function)
    return cast("Kernel", made)


def are_kept() -> bool:
    """Return whether the loops of overlays were compiled before and lie beside the code."""
    return any((HERE / "__pycache__").glob("overlap.overlap_areas*.nbi"))
