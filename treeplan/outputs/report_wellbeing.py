"""The report's part in the words of the Thriving Places Index: which figures belong where; no score of its own."""

from __future__ import annotations

from treeplan.effects import EFFECTS
from treeplan.needs import NEEDS
from treeplan.outputs.report_tables import Section, Table
from treeplan.outputs.words import say
from treeplan.plan import Plan
from treeplan.vocabulary import BENEFITS, DOMAINS, Domain


def wellbeing_section(plan: Plan) -> Section:
    """The needs, effects and benefits of the plan by headline and domain of the Thriving Places Index; for plans with sites."""
    assert plan.effects is not None
    rows = [(domain.headline, domain_label(domain), *_belonging(plan, name)) for name, domain in DOMAINS.items()]
    columns = [say(f"wellbeing.{key}") for key in ("headline", "domain", "needs", "effects", "benefits")]
    table = Table(say("wellbeing.title"), columns, rows, note=say("wellbeing.note"))
    return Section("wellbeing", say("wellbeing.title"), [say("wellbeing.intro")], [table], folded=True)


def domain_label(domain: Domain) -> str:
    """A domain's name; a star says that it was not read in a publication of the index."""
    return domain.label if domain.mark == "sourced" else f"{domain.label} *"


def _belonging(plan: Plan, name: str) -> tuple[str, str, str]:
    """The needs that the study measures, the effects and the benefits that are reported under a domain."""
    assert plan.effects is not None
    needs = [need.label for need in NEEDS.values() if need.domain == name and need.name in plan.neighbourhoods]
    effects = [EFFECTS[effect].label for effect in plan.effects.values if EFFECTS[effect].domain == name]
    benefits = [words.label for words in BENEFITS.values() if words.domain == name]
    return "; ".join(needs) or "–", "; ".join(effects) or "–", "; ".join(benefits) or "–"
