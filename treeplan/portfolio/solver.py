"""HiGHS, in a process of its own: questions on standard input, better and better answers on standard output.

It is run as a file, not imported, so that it loads nothing of treeplan; and it may be ended at any moment, because every plan is
handed over as it is found. The questions are an npz of the arrays that `question` makes; an answer is a line of JSON.
"""

from __future__ import annotations

import io
import json
import sys
import time
from typing import Any

import numpy as np


def main() -> None:
    """Answer every question in turn; time that one leaves over is the others'."""
    import highspy

    began = time.monotonic()
    with np.load(io.BytesIO(sys.stdin.buffer.read()), allow_pickle=False) as question:
        asked = dict(question)
    count = int(asked["questions"])
    for k in range(count):
        own = {name.removeprefix(f"{k}_"): array for name, array in asked.items() if name.startswith(f"{k}_")}
        left = max(float(asked["seconds"]) - (time.monotonic() - began), 0.0)
        _answer(highspy, k, own, asked, left / (count - k))


def _answer(highspy: Any, k: int, own: dict[str, Any], asked: dict[str, Any], seconds: float) -> None:
    model = highspy.Highs()
    model.setOptionValue("output_flag", False)
    model.setOptionValue("time_limit", seconds)
    for name in ("mip_rel_gap", "primal_feasibility_tolerance", "mip_feasibility_tolerance"):
        model.setOptionValue(name, float(asked[name]))
    for name in ("mip_max_nodes", "threads", "random_seed"):
        model.setOptionValue(name, int(asked[name]))
    _pass(highspy, model, own)
    if len(own["begin"]):
        begin = highspy.HighsSolution()
        begin.col_value = own["begin"].tolist()
        model.setSolution(begin)
    whole = int(own["whole"])

    def tell(event: Any) -> None:
        out = event.data_out
        _say(k, out.mip_solution, out.objective_function_value, out.mip_dual_bound, whole)

    model.cbMipImprovingSolution += tell
    model.run()
    info, status = model.getInfo(), model.getModelStatus()
    found = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    ended = {
        highspy.HighsModelStatus.kOptimal: "optimal",
        highspy.HighsModelStatus.kInfeasible: "infeasible",
        highspy.HighsModelStatus.kTimeLimit: "time",
    }.get(status, "work")
    columns = model.getSolution().col_value if found else None
    _say(k, columns, info.objective_function_value, info.mip_dual_bound, whole, ended)


def _pass(highspy: Any, model: Any, asked: dict[str, Any]) -> None:
    """The model: columns from 0 to `upper`, the first `whole` of them whole numbers; rows between two ends."""
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = len(asked["value"]), len(asked["low"])
    lp.sense_, lp.offset_ = highspy.ObjSense.kMaximize, float(asked["offset"])
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = asked["value"], np.zeros(lp.num_col_), asked["upper"]
    lp.row_lower_, lp.row_upper_ = asked["low"], asked["high"]
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = asked["start"], asked["row"], asked["amount"]
    kinds = highspy.HighsVarType.kInteger, highspy.HighsVarType.kContinuous
    lp.integrality_ = [kinds[0]] * int(asked["whole"]) + [kinds[1]] * (lp.num_col_ - int(asked["whole"]))
    model.passModel(lp)


def _say(k: int, columns: Any, value: float, bound: float, whole: int, ended: str = "") -> None:
    """One line: the columns taken, their value, what nothing can exceed, and how it ended."""
    taken = None if columns is None else np.flatnonzero(np.asarray(columns)[:whole] > 0.5).tolist()
    finite = bound if np.isfinite(bound) else None
    sys.stdout.write(
        "\n" + json.dumps({"of": k, "taken": taken, "value": value, "bound": finite, "ended": ended}) + "\n"
    )
    sys.stdout.flush()


if __name__ == "__main__":
    main()
