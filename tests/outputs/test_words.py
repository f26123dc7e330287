"""Figures and sentences: rounding, ranges, and a catalogue without gaps."""

from __future__ import annotations

import ast
import math
import re
import string
from dataclasses import replace
from importlib import resources
from pathlib import Path

import pytest

from tests.outputs.plans import small_plan, with_sites
from treeplan.accuracy import Accuracy
from treeplan.outputs import words
from treeplan.vocabulary import BENEFITS

PACKAGE = Path(words.__file__).parents[1]


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (1234, "1,200"),
        (0.0123, "0.012"),
        (0, "0"),
        (-56.7, "−57"),
        (9.96, "10"),
        (99.6, "100"),
        (math.nan, "–"),
        (math.inf, "–"),
    ],
)
def test_modelled_figures_have_two_significant_figures(value, said):
    assert words.two_figures(value) == said


def test_a_range_is_left_out_where_it_has_no_width():
    assert words.spread(28, 34, 41, "tCO2e") == "34 (28–41) tCO2e"
    assert words.spread(5, 5, 5) == "5.0"
    assert words.spread(math.nan, math.nan, math.nan, "m") == "not known"


def test_counts_are_exact():
    assert words.whole(1_374_978) == "1,374,978"
    assert words.out_of_100(0.924) == "92"


def test_why_is_sorted_by_weight_and_names_every_benefit():
    plan = small_plan()
    rows = words.why(plan, plan.sites.iloc[0])
    assert sorted(r.benefit for r in rows) == sorted(BENEFITS)
    assert [r.weight for r in rows] == sorted((r.weight for r in rows), reverse=True)
    assert sum(r.weight for r in rows) == pytest.approx(1)


def test_what_was_not_measured_says_so():
    plan = with_sites(small_plan(), not_measured="heat; air")
    site = plan.sites.iloc[0]
    rows = {r.benefit: r for r in words.why(plan, site)}
    assert not rows["heat"].measured
    assert rows["heat"].gain == "not measured"
    assert rows["carbon"].measured
    assert "Not measured here: cooling, cleaner air." in words.paragraph(plan, site)


def test_a_paragraph_tells_trees_people_certainty_owner_and_unknowns():
    plan = small_plan()
    said = " ".join(words.paragraph(plan, plan.sites.iloc[0]))
    for part in ("trees fit here", "walk", "of 100 tries", "Owner:", "Not known from maps:"):
        assert part in said


def test_the_plan_s_own_carbon_stands_beside_the_sentence_on_2040():
    plan = small_plan()
    totals = plan.effects.total("carbon_tco2e", plan.chosen["site_id"].tolist())
    said = words.carbon(plan)
    assert said in words.caveats(plan)
    for year in (2040, 2050):
        own = words.spread(*totals[:, plan.effects.years.index(year)], unit="tonnes of CO₂")
        assert f"{own} by {year}" in said
    assert words.carbon(small_plan(sites=0)) == words.say("general.carbon_2040")


def test_the_cost_says_whether_care_is_in_it():
    assert words.care(small_plan()) == "with 3 years of watering and care"
    bare = small_plan(study={"growth": {"aftercare": False}})
    assert words.care(bare) == "with no care after planting"
    assert any("plans no care" in line for line in words.caveats(bare))
    assert (bare.sites["care_gbp_central"] == 0).all()
    assert (bare.sites["cost_gbp"] < small_plan().sites["cost_gbp"]).all()


def test_a_study_s_own_figures_are_named_wherever_limits_are():
    plan = small_plan()
    own = replace(plan.figures["crown_mature_m"], low=7.0, overridden=True)
    assert not any("study's own" in line for line in words.caveats(plan))
    said = words.caveats(replace(plan, figures={**plan.figures, "crown_mature_m": own}))
    assert f"Figures of the study's own: {own.plain}." in said


def test_caveats_are_fewer_without_sites():
    with_land, without = words.caveats(small_plan()), words.caveats(small_plan(sites=0))
    assert set(without) < set(with_land)


@pytest.mark.parametrize(
    ("layer", "said"),
    [("canopy_height", ""), ("canopy_mask", ""), ("woodland", "maps of woods"), ("land_cover", "squares of 10 m")],
)
def test_sources_that_miss_trees_say_so(layer: str, said: str) -> None:
    plan = small_plan()
    for other in ("canopy_height", "canopy_mask", "woodland", "land_cover"):
        plan.layers.tables.pop(other, None)
    plan.layers.tables[layer] = None
    missed = [sentence for sentence in words.caveats(plan) if "true figure is higher" in sentence]
    assert [said in sentence for sentence in missed] == ([True] if said else [])
    plan.sites["lsoa21_code"] = plan.neighbourhoods["lsoa21_code"].iloc[0]
    paragraph = " ".join(words.paragraph(plan, plan.sites.iloc[0]))
    assert "% tree canopy" in paragraph
    assert ("(mapped woods" in paragraph or "(seen in squares" in paragraph) == bool(said)


def keys_used() -> set[str]:
    """Every key that the code asks `say` for as plain text."""
    found = set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) == "say":
                found |= {a.value for a in node.args[:1] if isinstance(a, ast.Constant)}
    return found


def test_every_sentence_asked_for_is_in_the_catalogue():
    catalogue = words.catalogue()
    assert [key for key in sorted(keys_used()) if key.split(".")[1] not in catalogue[key.split(".")[0]]] == []


def keys_made(text: ast.JoinedStr) -> str:
    """A pattern for the keys that a text with gaps can become."""
    return "".join(re.escape(str(v.value)) if isinstance(v, ast.Constant) else r"[a-z0-9]\w*" for v in text.values)


def test_every_word_of_the_catalogue_is_read_somewhere():
    """A key is read where the code names it, or makes it from a text ("kinds.", "unit_") and a name; or where a template does."""
    texts, made, whole = set(), set(), set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                texts.add(node.value)
            elif isinstance(node, ast.JoinedStr):
                pattern = keys_made(node)
                if section := re.fullmatch(r"(\w+)\\\.\[a-z0-9\]\\w\*", pattern):
                    whole.add(section[1])
                elif re.match(r"\w+(\\\.\w+)?_\[", pattern):
                    made.add(pattern)
    rooms = resources.files("treeplan.templates").iterdir()
    pages = "\n".join(f.read_text("utf-8") for f in rooms if f.name.endswith((".js", ".j2", ".typ")))
    named, made = (
        set(re.findall(r"\w+", pages)),
        made | {rf"{start}\w+" for start in re.findall(r"[\"'](\w+_)[\"']", pages)},
    )
    unread = [
        f"{section}.{key}"
        for section, own in words.catalogue().items()
        for key in own
        if f"{section}.{key}" not in texts
        and key not in named
        and not (section in whole and key in texts)
        and not any(re.fullmatch(pattern, text) for pattern in made for text in (key, f"{section}.{key}"))
    ]
    assert unread == []


@pytest.mark.parametrize("template", ["pack.typ", "report.html.j2"])
def test_every_word_of_a_template_is_in_the_catalogue(template):
    text = resources.files("treeplan.templates").joinpath(template).read_text("utf-8")
    section = words.catalogue()["pack" if template == "pack.typ" else "report"]
    used = set(re.findall(r"(?<![\w.])w\.(\w+)", text))
    assert used - set(section) == set()


def test_gaps_in_sentences_are_plain_names():
    for section in words.catalogue().values():
        for sentence in section.values():
            for _, gap, spec, _ in string.Formatter().parse(sentence):
                assert gap is None or (gap.isidentifier() and not spec)


@pytest.mark.parametrize(
    ("area_m2", "said"), [(20, "20 m²"), (999, "1,000 m²"), (1_200, "0.12 ha"), (33_000, "3.3 ha")]
)
def test_the_size_of_a_site(area_m2: float, said: str) -> None:
    assert words.ground(area_m2) == said


def test_a_map_of_trees_is_told_with_its_error() -> None:
    told = Accuracy(90, 10, 5, 95, mapped_share=0.2, area_ha=1000, random_sample=True, block_m=1500, blocks=9, folds=5)
    said = " ".join(words.classified(told))
    assert "right on 94 % (90–98) of the ground" in said
    assert "Of what it calls tree, 90 % (83–94) is tree" in said
    assert "at 200 points, in 5 groups of squares of 1,500 m" in said
    assert "220 (180–260) ha lie under trees; the map by itself shows 200 ha" in said
    unsure = " ".join(words.classified(replace(told, random_sample=False)))
    assert "right at 92 %" in unsure
    assert "no corrected area is stated" in unsure
    assert " ha " not in unsure


def test_a_range_below_nought_says_to() -> None:
    assert words.spread(-130, -48, 67, "t") == "−48 (−130 to 67) t"
