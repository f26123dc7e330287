"""What the report says of whose weights these are; nobody by name, and no group of a few."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from tests.outputs.plans import small_plan
from treeplan.outputs.report_tables import Section
from treeplan.outputs.report_weights import weights_section
from treeplan.plan import Plan
from treeplan.vocabulary import BENEFITS
from treeplan.weights import weigh

POINTS = {"residents": 40.0, "officers": 5.0}


def answered(people: dict[str, int], **workshop: object) -> Section:
    """The section for so many people in each group: residents want heat four times as much as the rest, officers half as much."""
    study = small_plan(study={"workshop": workshop} if workshop else None).study
    rows = [
        {"row": n, "person": f"nick {group} {n}", "group": group, "method": "points"}
        | {name: POINTS.get(group, 10.0) if name == "heat" else 10.0 for name in BENEFITS}
        for group, count in people.items()
        for n in range(count)
    ]
    return weights_section(replace(small_plan(), weighting=weigh(study, {"workshop_weights": pd.DataFrame(rows)})))


def words(section: Section) -> str:
    cells = [cell for t in section.tables for cells in (t.columns, *t.rows) for cell in cells]
    return " ".join([*section.said, *cells])


def plan_alone() -> Plan:
    plan = small_plan()
    return replace(plan, weighting=weigh(plan.study, {}))


def test_without_a_workshop_the_study_s_weights_stand_alone() -> None:
    section = weights_section(plan_alone())
    assert section.said == ["The weights stand in the study file. Nobody else has been asked."]
    assert ("Health", "20") in section.tables[0].rows  # 3 of 15


def test_groups_stand_beside_the_mean_and_the_study_file() -> None:
    section = answered({"officers": 5, "residents": 5})
    heat = next(row for row in section.tables[0].rows if row[0] == "Cooling")
    # residents 40 of 110, officers 5 of 75; the study 2 of 15
    assert [heat[1], *heat[3:]] == ["22", "7", "36", "13"]
    assert "10 people said" in section.said[0]


def test_few_people_are_not_shown() -> None:
    section = answered({"residents": 4})
    assert "What fewer than 5 people want is not shown." in section.said
    assert "36" not in words(section)


def test_nobody_is_named() -> None:
    assert "nick" not in words(answered({"officers": 6, "residents": 6}))


def test_a_workshop_that_is_not_used_says_so() -> None:
    assert "goes by the weights of the study file" in answered({"residents": 6}, use=False).said[0]
