"""The page of plans side by side: its figures are the comparison's, private land is not named, nothing in it runs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from tests.outputs.plans import small_plan, with_sites
from tests.outputs.test_report import Page
from treeplan.comparison import Comparison, compare_plans
from treeplan.effects import EFFECTS
from treeplan.errors import OutputError
from treeplan.outputs import comparison as side_by_side
from treeplan.outputs.words import spread
from treeplan.vocabulary import BENEFITS


@pytest.fixture(scope="module")
def compared() -> Comparison:
    plan = small_plan()
    reached = pd.DataFrame({"lsoa21_code": ["E01000001"], "residents": [1234.0], "most_deprived_fifth": [True]})
    other = small_plan(study={"weights": {**plan.study.weights.relative(), "carbon": 5}, "plan": {"budget_gbp": 9_000}})
    plans = {"As it is": replace(plan, reached=reached), "More carbon": other}
    return compare_plans(plans, {"More carbon": "Carbon counts for more, and there is less money."})


def test_the_figures_are_the_comparison_s(compared: Comparison) -> None:
    table = side_by_side.leading_table(compared)
    assert list(table.columns[2:]) == ["As it is", "More carbon"]
    rows = {row[0]: row[1:] for row in table.rows}
    assert rows["Carbon held, net, 2040"][1] == spread(*compared.figure("As it is", "carbon_tco2e", 2040))
    assert rows["Trees planted"][2] == spread(*compared.figure("More carbon", "trees_planted"))
    assert rows["Residents within a walk of a chosen site"] == ("people", "1,234", "not known")
    assert rows[EFFECTS["cost_gbp"].label][0] == "£"
    assert all(row[1] for row in table.rows)


def test_a_tonne_that_has_no_upper_price_says_so(compared: Comparison) -> None:
    plan = with_sites(compared.plans["As it is"], carbon_tco2e_low=-1.0)
    row = next(r for r in side_by_side.leading_table(compare_plans({"a": plan, "b": plan})).rows if "per tonne" in r[0])
    assert row[1] == "£ of 2022 per tCO2e"
    assert row[2].endswith(" or more)")


def test_every_benefit_and_every_effect_has_its_row(compared: Comparison) -> None:
    parts = {part.id: part for part in side_by_side.sections(compared)}
    assert [row[0] for row in parts["achieved"].tables[0].rows] == [facts.label for facts in BENEFITS.values()]
    assert len(parts["effects"].tables[0].rows) == sum(not e.optional for e in EFFECTS.values()) * len(
        compared.horizons
    )


def test_what_differs_is_told_with_its_reason(compared: Comparison) -> None:
    part = next(p for p in side_by_side.sections(compared) if p.id == "differing")
    assert part.said == ["More carbon: Carbon counts for more, and there is less money."]
    assert ("weights.carbon", "1", "5") in part.tables[0].rows
    assert ("plan.budget_gbp", "15,000", "9,000") in part.tables[0].rows


def test_the_page_asks_for_nothing_and_can_be_read_without_seeing_it(compared: Comparison) -> None:
    page = Page(side_by_side.render(compared))
    assert not {"script", "link"} & {tag for tag, _ in page.tags}
    ids = {attrs["id"] for _, attrs in page.tags if "id" in attrs}
    assert {attrs["href"][1:] for tag, attrs in page.tags if tag == "a"} <= ids
    text = "".join(page.text)
    assert "Against As it is, More carbon keeps" in text
    for plan in compared.plans.values():
        assert plan.config_hash in text


def test_private_land_is_not_named(compared: Comparison) -> None:
    plan = with_sites(compared.plans["As it is"], owner_tier=3)
    plans = {"As it is": plan, "Turned": with_sites(plan, rank=plan.sites["rank"].to_numpy()[::-1])}
    html = side_by_side.render(compare_plans(plans))
    assert "on private land, not named" in html
    assert not [name for name in plans["As it is"].sites["name"] if name in html]


def test_a_plan_without_sites_and_another_place_say_so() -> None:
    found = compare_plans({"here": small_plan(), "bare": small_plan(sites=0), "there": small_plan(neighbourhoods=6)})
    html = side_by_side.render(found)
    assert "No planting site can be named in bare" in html
    assert "there is another place than here, so their ranks are not compared." in html
    assert "How far neighbourhoods move by need" in html


def test_hostile_labels_stay_labels(compared: Comparison) -> None:
    plans = dict(zip(["<script>a", "=cmd()"], compared.plans.values(), strict=True))
    assert "<script>a" not in side_by_side.render(compare_plans(plans))


def test_files_are_written_whole_and_are_the_same_every_time(compared: Comparison, tmp_path: Path) -> None:
    for folder in ("one", "two"):
        side_by_side.write_comparison(compared, tmp_path / folder)
    for name in side_by_side.FILES:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    table = pd.read_csv(tmp_path / "one" / "comparison.csv")
    assert len(table) == len(compared.table())
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("mine")
    with pytest.raises(OutputError, match="did not make"):
        side_by_side.write_comparison(compared, tmp_path / "mine")
