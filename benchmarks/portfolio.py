"""The plan within a budget: whole sites of the greatest value, with floors for groups and for the most deprived.

What is compared is the value of the plan, in parts of what the budget buys without any floor; one that breaks a rule has none.
Answers may differ by the gaps that the solvers leave. Beside the time stands the proven gap. Each may take as many seconds as
the size of the row says.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import Answer, ContenderError, Numbers, Work, contender, row
from benchmarks.made_plans import Made, kept, make_problem, read_problem

_PEERS = 0.5
"""By how much a peer may be worse: what it finds in its time is told by its gap."""

Plan = tuple[Any, float]
"""Which sites are chosen, and what the contender proves that no plan can exceed (NaN where it does not tell)."""


@row(
    title="A plan within a budget, 10 groups with floors",
    oracle="HiGHS",
    within=5e-3,
    unit="of the value",
    shown="proven gap",
    sizes={
        "full": {"sites": 50_000, "groups": 10, "seconds": 60},
        "tiny": {"sites": 120, "groups": 3, "seconds": 2},
    },
)
def portfolio(folder: Path, seed: int, sites: int, groups: int, seconds: int) -> None:
    """Write the question."""
    make_problem(folder, seed, sites, groups, seconds)


@row(
    title="A plan within a budget, 10 groups with floors and a target in trees that binds",
    oracle="HiGHS",
    within=5e-3,
    unit="of the value",
    shown="proven gap",
    sizes={
        "full": {"sites": 50_000, "groups": 10, "trees": 20, "seconds": 60},
        "tiny": {"sites": 120, "groups": 3, "trees": 5, "seconds": 2},
    },
)
def portfolio_trees(folder: Path, seed: int, sites: int, groups: int, trees: int, seconds: int) -> None:
    """Write the question."""
    make_problem(folder, seed, sites, groups, seconds, trees)


@row(
    title="A plan within a budget, 900 groups with floors",
    oracle="HiGHS",
    within=5e-2,
    unit="of the value",
    shown="proven gap",
    sizes={
        "full": {"sites": 50_000, "groups": 900, "seconds": 60},
        "tiny": {"sites": 120, "groups": 6, "seconds": 2},
    },
)
def portfolio_900(folder: Path, seed: int, sites: int, groups: int, seconds: int) -> None:
    """Write the question."""
    make_problem(folder, seed, sites, groups, seconds)


def ours(folder: Path) -> tuple[Work, Answer]:
    """Our own, as the stage calls it: the search, and HiGHS where it leaves a gap; compiled beforehand, as a second run finds it."""
    from treeplan.portfolio.exact import solve
    from treeplan.portfolio.problem import Floor, Problem
    from treeplan.portfolio.search import prepare

    made = read_problem(folder)
    every, groups = np.arange(len(made.value)), int(made.group.max()) + 1
    rows = [Floor("the budget", every, made.cost, 1.0, 1.0, True, setting="budget_gbp")]
    some = [np.flatnonzero(made.group == k) for k in range(groups)]
    rows += [
        Floor(f"group {k}", s, made.cost[s], float(made.low[1 + k]), setting="min_share_by_ward")
        for k, s in enumerate(some)
    ]
    poor = np.flatnonzero(made.deprived)
    rows.append(
        Floor("the most deprived fifth", poor, made.cost[poor], float(made.low[1 + groups]), setting="deprived")
    )
    if made.least_trees:
        rows.append(Floor("trees", every, made.trees, made.least_trees, unit="trees", setting="min_trees"))
    problem = Problem(made.value, tuple(rows), np.ones(len(every), dtype=bool))
    prepare()

    def work() -> Plan:
        found = solve(problem, time.monotonic() + made.seconds)
        return found.chosen, found.bound

    return work, _judge(made)


def highs(folder: Path) -> tuple[Work, Answer]:
    """HiGHS on the whole question, as highspy gives it, to the gap that the search stops at."""
    import highspy

    made = read_problem(folder)
    model = _highs(highspy, made, whole=True)

    def work() -> Plan:
        model.run()
        if model.getInfo().primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
            raise ContenderError(f"found nothing in {made.seconds:g} s")
        return np.array(model.getSolution().col_value) > 0.5, model.getInfo().mip_dual_bound

    return work, _judge(made)


def relaxed(folder: Path) -> tuple[Work, Answer]:
    """The question with parts of sites: what every plan is bounded by, and where branch and bound begins."""
    import highspy

    made = read_problem(folder)
    model = _highs(highspy, made, whole=False)

    def work() -> Plan:
        model.run()
        return None, model.getInfo().objective_function_value

    return work, lambda result: np.array([result[1]])


def scipy_milp(folder: Path) -> tuple[Work, Answer]:
    """The same through scipy, which brings its own HiGHS."""
    from scipy.optimize import Bounds, LinearConstraint, milp

    made = read_problem(folder)

    def work() -> Plan:
        found = milp(
            -made.value,
            constraints=LinearConstraint(made.rows, made.low, made.high),
            integrality=np.ones(len(made.value)),
            bounds=Bounds(0, 1),
            options={"time_limit": made.seconds, "mip_rel_gap": 1e-4},
        )
        if found.x is None:
            raise ContenderError(f"found nothing in {made.seconds:g} s")
        return found.x > 0.5, -found.mip_dual_bound

    return work, _judge(made)


def cbc(folder: Path) -> tuple[Work, Answer]:
    """CBC, as pulp brings it."""
    import pulp

    made = read_problem(folder)
    model = pulp.LpProblem("plan", pulp.LpMaximize)
    sites = [pulp.LpVariable(f"x{i}", cat="Binary") for i in range(len(made.value))]
    model += pulp.LpAffineExpression(list(zip(sites, made.value.tolist(), strict=True)))
    for k in range(made.rows.shape[0]):
        part = made.rows[k].tocoo()
        left = pulp.LpAffineExpression([(sites[i], float(a)) for i, a in zip(part.col, part.data, strict=True)])
        model += left <= float(made.high[k]) if np.isfinite(made.high[k]) else left >= float(made.low[k])

    def work() -> Plan:
        model.solve(pulp.PULP_CBC_CMD(msg=False, timeLimit=made.seconds, gapRel=1e-4))
        chosen = np.array([(x.value() or 0) > 0.5 for x in sites])
        if model.sol_status not in (pulp.LpSolutionOptimal, pulp.LpSolutionIntegerFeasible):
            raise ContenderError(f"found nothing in {made.seconds:g} s")
        return chosen, np.nan  # pulp does not tell the bound

    return work, _judge(made)


def cp_sat(folder: Path) -> tuple[Work, Answer]:
    """CP-SAT of OR-Tools, which counts in whole numbers: money in millionths of the budget, rounded to its safe side."""
    from ortools.sat.python import cp_model

    made = read_problem(folder)
    model, scale = cp_model.CpModel(), 10**6
    sites = [model.new_bool_var(f"x{i}") for i in range(len(made.value))]
    model.maximize(cp_model.LinearExpr.weighted_sum(sites, np.round(made.value * 10**9).astype(int).tolist()))
    for k in range(made.rows.shape[0]):
        part = made.rows[k].tocoo()
        capped = np.isfinite(made.high[k])
        amounts = (np.ceil if capped else np.floor)(part.data * scale).astype(int).tolist()
        left = cp_model.LinearExpr.weighted_sum([sites[i] for i in part.col], amounts)
        model.add(left <= scale if capped else left >= int(np.ceil(made.low[k] * scale)))

    def work() -> Plan:
        solver = cp_model.CpSolver()
        solver.parameters.max_time_in_seconds, solver.parameters.relative_gap_limit = made.seconds, 1e-4
        if solver.solve(model) not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            raise ContenderError(f"found nothing in {made.seconds:g} s")
        return np.array([solver.boolean_value(x) for x in sites]), solver.best_objective_bound / 10**9

    return work, _judge(made)


def _highs(highspy: Any, made: Made, whole: bool) -> Any:
    model, columns = highspy.Highs(), made.rows.tocsc()
    model.setOptionValue("output_flag", False)
    model.setOptionValue("time_limit", made.seconds)
    model.setOptionValue("mip_rel_gap", 1e-4)
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = len(made.value), len(made.low)
    lp.sense_, lp.col_cost_ = highspy.ObjSense.kMaximize, made.value
    lp.col_lower_, lp.col_upper_ = np.zeros(lp.num_col_), np.ones(lp.num_col_)
    lp.row_lower_, lp.row_upper_ = made.low, made.high
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = columns.indptr, columns.indices, columns.data
    if whole:
        lp.integrality_ = [highspy.HighsVarType.kInteger] * lp.num_col_
    model.passModel(lp)
    return model


def _judge(made: Made) -> Callable[[Any], Numbers]:
    """The value of a plan that keeps every rule, and the gap that is proven."""

    def answer(result: Any) -> Numbers:
        chosen, bound = result
        value = float(made.value[chosen].sum()) if chosen is not None and kept(made, chosen) else -np.inf
        return np.array([value, (bound - value) / value])

    return answer


for _row in ("portfolio", "portfolio-trees", "portfolio-900"):
    contender(_row, "treeplan", package="treeplan")(ours)
    contender(_row, "HiGHS", package="highspy")(highs)
    contender(_row, "scipy milp", package="scipy", within=_PEERS)(scipy_milp)
    contender(_row, "CBC", package="pulp", within=_PEERS)(cbc)
    contender(_row, "CP-SAT", package="ortools", within=_PEERS)(cp_sat)
    contender(_row, "limit", package="highspy", only="the best with parts of sites, by HiGHS")(relaxed)
