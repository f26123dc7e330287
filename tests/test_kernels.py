"""Kernels are compiled once where that can be kept, and still run where it cannot; nobody loads the compiler in vain."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numba
import pytest

from treeplan.kernels import compiled


def test_a_place_that_keeps_nothing_compiles_for_this_run(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def njit(cache: bool = False, **how: Any) -> Any:
        asked.append(cache)
        if cache:
            raise RuntimeError("cannot cache function: no locator available")
        return lambda kernel: kernel

    monkeypatch.setattr(numba, "njit", njit)
    assert compiled(forceinline=True)(abs)(-3) == 3
    assert asked == [True, False]


def test_a_command_that_needs_no_kernel_does_not_load_the_compiler() -> None:
    code = "import sys, treeplan, treeplan.cli, treeplan.pipeline; print('numba' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
