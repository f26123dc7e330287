"""The report's part in the words of the Thriving Places Index: the same figures once more, by domain; no score of its own."""

from __future__ import annotations

from treeplan.effects import EFFECTS
from treeplan.outputs.report_tables import Section, Table, told
from treeplan.outputs.words import out_of_100, say
from treeplan.plan import Plan
from treeplan.vocabulary import BENEFITS, DOMAINS, Domain


def wellbeing_section(plan: Plan) -> Section:
    """What the chosen sites do, grouped by headline and domain of the Thriving Places Index; for plans with sites."""
    year = plan.study.horizon_year
    rows = [row for name in DOMAINS for row in _rows(plan, name, year)]
    columns = [say(f"wellbeing.{key}") for key in ("headline", "domain", "figure")]
    columns += [say("report.unit"), str(year)]
    table = Table(say("wellbeing.title"), columns, rows, frozenset({4}), note=say("wellbeing.note"))
    return Section("wellbeing", say("wellbeing.title"), [say("wellbeing.intro")], [table])


def domain_label(domain: Domain) -> str:
    """A domain's name; a star says that it was not read in a publication of the index."""
    return domain.label if domain.mark == "sourced" else f"{domain.label} *"


def _rows(plan: Plan, name: str, year: int) -> list[tuple[str, ...]]:
    """The effects of one domain in their units, and what the plan achieves of its benefits."""
    assert plan.effects is not None
    assert plan.choice is not None
    at, chosen = plan.effects.years.index(year), plan.chosen["site_id"].tolist()
    domain = DOMAINS[name]
    rows = []
    for effect in plan.effects.values:
        facts = EFFECTS[effect]
        if facts.domain == name:
            label = facts.label if facts.adds_up else f"{facts.label} ({say('effects.per_site')})"
            unit, (figure,) = told(plan.effects, effect, chosen, [at])
            rows.append((label, unit, figure))
    for benefit, words in BENEFITS.items():
        if words.domain == name and benefit in plan.choice.achieved:
            share = out_of_100(plan.choice.achieved[benefit])
            rows.append((say("wellbeing.benefit", benefit=words.label), "%", share))
    return [(domain.headline, domain_label(domain), *row) for row in rows or [(say("wellbeing.nothing"), "", "–")]]
