"""How much each benefit matters: the study's own weights, and presets for those who want to start from one."""

from __future__ import annotations

from treeplan.study import Study
from treeplan.vocabulary import BENEFITS

PRESETS: dict[str, dict[str, float]] = {
    "equal": dict.fromkeys(BENEFITS, 1.0),
    "people first": {
        "carbon": 1,
        "heat": 3,
        "air": 2,
        "water": 1,
        "nature": 1,
        "health": 3,
        "equity": 3,
        "community": 2,
    },
    "nature and carbon": {
        "carbon": 3,
        "heat": 1,
        "air": 1,
        "water": 2,
        "nature": 3,
        "health": 1,
        "equity": 1,
        "community": 1,
    },
    "cooling": {"carbon": 1, "heat": 4, "air": 1, "water": 1, "nature": 1, "health": 2, "equity": 2, "community": 1},
}
"""Starting points for a conversation, not findings."""


def shares(study: Study) -> dict[str, float]:
    """The study's weights by benefit, adding up to 1."""
    given = study.weights.relative()
    total = sum(given.values())
    return {name: weight / total for name, weight in given.items()}
