"""treeplan ranks tree-planting sites by what they do for people and nature, from open data.

>>> import treeplan
>>> study = treeplan.load_study("studies/demo.toml")
>>> layers = treeplan.load_layers(study)
>>> plan = treeplan.make_plan(study, layers)
>>> treeplan.write_outputs(plan, "build/demo")  # doctest: +SKIP
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from treeplan.errors import DataError, OutputError, PlanError, StudyError, TreeplanError

if TYPE_CHECKING:
    from treeplan.comparison import Comparison, compare_plans
    from treeplan.layers import Layers, load_layers
    from treeplan.outputs import write_outputs
    from treeplan.pipeline import make_plan, make_plans
    from treeplan.plan import Plan
    from treeplan.scenarios import variants
    from treeplan.study import Study, load_study

_HOMES = {
    "Comparison": "treeplan.comparison",
    "compare_plans": "treeplan.comparison",
    "Layers": "treeplan.layers",
    "load_layers": "treeplan.layers",
    "write_outputs": "treeplan.outputs",
    "make_plan": "treeplan.pipeline",
    "make_plans": "treeplan.pipeline",
    "Plan": "treeplan.plan",
    "Study": "treeplan.study",
    "load_study": "treeplan.study",
    "variants": "treeplan.scenarios",
}

__all__ = [
    "Comparison",
    "DataError",
    "Layers",
    "OutputError",
    "Plan",
    "PlanError",
    "Study",
    "StudyError",
    "TreeplanError",
    "compare_plans",
    "load_layers",
    "load_study",
    "make_plan",
    "make_plans",
    "variants",
    "write_outputs",
]


def __getattr__(name: str) -> Any:
    """Load the public names when they are first asked for, so that `treeplan --help` answers at once."""
    if name not in _HOMES:
        raise AttributeError(f"module 'treeplan' has no attribute '{name}'")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
