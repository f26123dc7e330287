"""Inner loops, compiled. Import them where they are called, because loading the compiler takes a moment."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba


def compiled(**how: Any) -> Callable[[Any], Any]:
    """Compile a kernel once for all runs; where no folder can keep what was compiled, once for this run."""

    def compile_(kernel: Any) -> Any:
        try:
            return numba.njit(cache=True, nogil=True, error_model="numpy", **how)(kernel)
        except RuntimeError:
            return numba.njit(nogil=True, error_model="numpy", **how)(kernel)

    return compile_
