"""Figures in the words of the Thriving Places Index: told once more, and never read by a score."""

from __future__ import annotations

import ast
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

import treeplan
from tests.outputs.plans import small_plan
from treeplan import vocabulary
from treeplan.effects import EFFECTS, effect
from treeplan.needs import NEEDS, need
from treeplan.outputs.report_wellbeing import wellbeing_section
from treeplan.vocabulary import BENEFITS, DOMAINS

PACKAGE = Path(treeplan.__file__).parent
TELLING = {
    "vocabulary.py",
    "effects/register.py",
    "needs/register.py",
    "accounts.py",
    "outputs/report_wellbeing.py",
    "cli/knowledge.py",
}
"""The modules that may read where a figure is reported: those that keep it, and those that tell it."""


def reads_domains(tree: ast.Module) -> bool:
    """Whether a module reads the closed list, or the tag of a need, an effect or a benefit."""
    return any(
        (isinstance(node, ast.Name) and node.id == "DOMAINS")
        or (isinstance(node, ast.alias) and node.name == "DOMAINS")
        or (isinstance(node, ast.Attribute) and node.attr in ("DOMAINS", "domain"))
        for node in ast.walk(tree)
    )


def test_only_what_tells_figures_reads_the_domains() -> None:
    reading = {
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        if reads_domains(ast.parse(path.read_text("utf-8")))
    }
    assert reading <= TELLING
    assert "outputs/report_wellbeing.py" in reading


def test_other_domains_change_no_site(monkeypatch: pytest.MonkeyPatch) -> None:
    before = small_plan()
    for name, facts in EFFECTS.items():
        monkeypatch.setitem(EFFECTS, name, replace(facts, domain="learning"))
    for name, measured in NEEDS.items():
        monkeypatch.setitem(NEEDS, name, replace(measured, domain="health"))
    for name, words in BENEFITS.items():
        monkeypatch.setitem(vocabulary.BENEFITS, name, replace(words, domain="work"))
    after = small_plan(anew=True)
    pd.testing.assert_frame_equal(pd.DataFrame(before.sites), pd.DataFrame(after.sites))
    assert before.choice is not None
    assert after.choice is not None
    assert before.choice.achieved == after.choice.achieved
    rows = {row[1]: row[2:] for row in wellbeing_section(after).tables[0].rows}
    assert "Summer heat" in rows["Mental & Physical Health *"][0]
    assert "Tree canopy" in rows["Education & Learning *"][1]
    assert "Fairness" in rows["Work & Local Economy"][2]


def test_every_need_and_benefit_and_every_effect_but_the_cost_stands_in_one_domain() -> None:
    plan = small_plan()
    rows = wellbeing_section(plan).tables[0].rows
    needs = [label for row in rows for label in row[2].split("; ") if label != "–"]
    assert sorted(needs) == sorted(need.label for need in NEEDS.values() if need.name in plan.neighbourhoods)
    assert [row[1].removesuffix(" *") for row in rows] == [domain.label for domain in DOMAINS.values()]
    effects = [label for row in rows for label in row[3].split("; ")]
    for facts in (e for e in EFFECTS.values() if not e.optional):
        assert effects.count(facts.label) == (facts.domain is not None)
    benefits = [label for row in rows for label in row[4].split("; ") if label != "–"]
    assert sorted(benefits) == sorted(facts.label for facts in BENEFITS.values())


def test_names_that_were_not_read_are_marked() -> None:
    section = wellbeing_section(small_plan())
    starred = {row[1] for row in section.tables[0].rows if row[1].endswith(" *")}
    assert starred == {f"{d.label} *" for d in DOMAINS.values() if d.mark == "assumption"}
    assert "not read in a publication" in section.tables[0].note
    assert {d.headline for d in DOMAINS.values()} == {"Local Conditions", "Equality", "Sustainability"}


def test_an_effect_names_a_domain_that_there_is() -> None:
    with pytest.raises(ValueError, match="no domain is called 'joy'"):
        effect(label="Joy", unit="smiles", domain="joy")
    with pytest.raises(TypeError, match="domain"):
        effect(label="Joy", unit="smiles")  # type: ignore[call-arg]


def test_a_need_names_a_domain_that_there_is() -> None:
    with pytest.raises(ValueError, match="no domain is called 'joy'"):
        need(label="Joy", unit="smiles", prefer="high", domain="joy")
    with pytest.raises(TypeError, match="domain"):
        need(label="Joy", unit="smiles", prefer="high")  # type: ignore[call-arg]
    assert {facts.domain for facts in NEEDS.values()} <= set(DOMAINS)


def test_the_record_says_where_figures_are_reported() -> None:
    told = small_plan().record()["wellbeing"]
    assert told["effects"]["carbon_tco2e"] == "energy"
    assert "cost_gbp" not in told["effects"]
    assert set(told["benefits"]) == set(BENEFITS)
    assert told["needs"] == {name: facts.domain for name, facts in NEEDS.items()}
    assert told["needs"]["bad_health_ratio"] == "health"
    assert set(told["domains"]) == set(DOMAINS)
