"""Score the planting sites of a study and print the best ones.

    python scripts/score_sites.py studies/trafford.toml --best 20

A thin wrapper: every step is one call of treeplan, so that a planner can see what happens and change it.
"""

from __future__ import annotations

import argparse
import sys

import treeplan


def main() -> int:
    """Read a study, run it, write its outputs and print the best sites."""
    parser = argparse.ArgumentParser(description="Score the planting sites of a study and print the best ones.")
    parser.add_argument("study", help="the study file")
    parser.add_argument("--best", type=int, default=10, help="how many sites to print (10)")
    parser.add_argument("--out", help="also write every output into this folder")
    options = parser.parse_args()
    try:
        study = treeplan.load_study(options.study)
        layers = treeplan.load_layers(study)
        plan = treeplan.make_plan(study, layers)
        if options.out:
            treeplan.write_outputs(plan, options.out)
    except treeplan.TreeplanError as err:
        sys.stderr.write(f"treeplan: {err}\n")
        return 1
    table, columns = plan.ranked, ["rank", "name", "trees", "priority", "band", "chosen"]
    if table.empty:
        table, columns = plan.neighbourhoods.sort_values("need_rank"), ["need_rank", "name", "residents", "need"]
    sys.stdout.write(table[columns].head(options.best).to_string(index=False) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
