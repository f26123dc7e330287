from __future__ import annotations

import numpy as np

from tests.outputs.plans import small_plan, with_sites
from treeplan.outputs import report
from treeplan.outputs.report_overlap import overlap_section
from treeplan.vocabulary import BENEFITS


def scored(**benefits):
    """Six sites whose benefits are those named, the others a half; priority is the mean of all eight."""
    plan = small_plan()
    columns = {name: np.full(6, 0.5) for name in BENEFITS} | {n: np.array(v, dtype=float) for n, v in benefits.items()}
    priority = np.mean(list(columns.values()), axis=0)
    return with_sites(plan, priority=priority, not_measured="", **{f"benefit_{n}": v for n, v in columns.items()})


UP, OTHER = [0, 0.2, 0.4, 0.6, 0.8, 1], [0.5, 0, 1, 1, 0, 0.5]


def test_the_matrix_is_symmetric_and_shades_what_goes_together():
    matrix, _ = overlap_section(small_plan()).tables
    cells = [row[1:] for row in matrix.rows]
    for i in range(len(BENEFITS)):
        assert cells[i][i] == ""
        assert [row[i] for row in cells] == list(cells[i])
        for told, shade in zip(cells[i], matrix.cell_shades[i][1:], strict=True):
            assert (shade is not None) == (told not in ("", "–", "0.00") and not told.startswith("−"))


def test_benefits_that_are_one_are_named_and_decide_more_than_their_weight():
    section = overlap_section(scored(carbon=UP, heat=UP, air=UP, health=OTHER))
    said = " ".join(section.said)
    assert "carbon and cooling (1.00)" in said
    assert "Decides far more than its weight: carbon (" in said
    assert "Decides far less than its weight: health (5 % for a weight of 20 %)" in said
    weights = {row[0]: row for row in section.tables[1].rows}
    assert weights["Rain"][2] == "–"  # it is the same everywhere
    assert weights["Carbon"][2] == weights["Cooling"][2]


def test_a_benefit_that_goes_against_the_priority_is_named():
    down = [0.5 - v / 2 for v in UP]
    section = overlap_section(scored(heat=UP, carbon=down))
    assert (
        section.said[-1]
        == "Lower where the priority is higher, because the other benefits ask for other places: carbon."
    )
    assert "−1.00" in section.tables[0].rows[0]


def test_where_no_two_go_together_that_is_said():
    section = overlap_section(scored(heat=UP, carbon=OTHER))
    assert "No two benefits that have a weight go together by more than 0.8." in section.said


def test_of_sites_all_alike_nothing_can_be_told():
    section = overlap_section(scored())
    assert section.said[1] == "It cannot be told here: 6 ranked sites are too few for it, or they are too much alike."
    assert {row[2] for row in section.tables[1].rows} == {"–"}


def test_the_part_stands_in_the_report_with_its_shades():
    html = report.render(small_plan())
    assert 'id="overlap"' in html
    assert "background: rgb(18 67 109 / 0." in html
    assert 'id="overlap"' not in report.render(small_plan(sites=0))
