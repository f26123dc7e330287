"""The sites chosen within a budget that is fair, how good the choice is, and what fairness costs."""

from treeplan.portfolio.choice import Choice, choose
from treeplan.portfolio.fairness import by_neighbourhood, gini
from treeplan.portfolio.problem import Floor
from treeplan.portfolio.rules import require_sense

__all__ = ["Choice", "Floor", "by_neighbourhood", "choose", "gini", "require_sense"]
