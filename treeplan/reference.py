"""The candidate sites that benefits are compared with: this run's own, or those that another run saved."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from treeplan.errors import DataError, StudyError
from treeplan.formulas import formulas_of
from treeplan.study import Study, printed_path
from treeplan.vocabulary import BENEFITS

Values = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]

ENDS = (2.5, 97.5)
"""Percentiles between which a winsorised score runs from 0 to 1 (METHODS.md 7.2)."""

STEP = 0.001
"""Scores are published and ranked in steps of this size."""

KEY = "reference_sites"
"""Where `run.json` holds the reference sites."""


@dataclass(frozen=True)
class Population:
    """What a hectare of canopy does for one benefit at each of the sites that scores are compared with.

    Attributes
    ----------
    values : array
        The qualities there are, ascending, each once.
    below, up_to : array
        How many sites lie below each of them, and how many do not lie above it.
    ends : (float, float)
        The 2.5 and 97.5 percentiles.
    """

    values: Values
    below: Counts
    up_to: Counts
    ends: tuple[float, float]

    @property
    def sites(self) -> int:
        """How many sites it holds."""
        return int(self.up_to[-1])

    def at_percentile(self, percentile: float) -> float:
        """The quality at a percentile; between two sites, that of the lower one."""
        place = int((self.sites - 1) * percentile / 100)
        return float(self.values[max(0, int(np.searchsorted(self.below, place, side="right")) - 1)])

    def percentile_share(self, values: Values) -> Values:
        """Where values stand among the sites, 0–1: the share below, and half of those equal."""
        at = np.minimum(np.searchsorted(self.values, values), len(self.values) - 1)
        counted = (self.below[at] + self.up_to[at]) / 2
        between = self.values[at] != values
        if between.any():
            steps = np.repeat(self.values, 2), np.column_stack([self.below, self.up_to]).ravel()
            counted[between] = np.interp(values[between], *steps, left=0, right=self.sites)
        return np.asarray(counted / self.sites, dtype=np.float64)

    def winsorised_share(self, values: Values) -> Values:
        """Where values lie between the two ends, 0–1, those beyond at the ends; a half at ends that are one."""
        low, high = self.ends
        if high <= low:
            return np.asarray((np.sign(values - low) + 1) / 2, dtype=np.float64)
        return np.asarray(np.clip((values - low) / (high - low), 0, 1), dtype=np.float64)

    def thinned(self) -> Population:
        """The same with so few of its qualities that between two of them lies less than one step of the sites.

        Shares of qualities that were left out are off by less than a step; all others are the same.
        """
        most, kept, last = STEP * self.sites, [0], len(self.values) - 1
        while kept[-1] < last:
            here = kept[-1]
            reach = int(np.searchsorted(self.below, self.up_to[here] + most)) - 1
            kept.append(min(last, max(here + 1, reach)))
        return Population(self.values[kept], self.below[kept], self.up_to[kept], self.ends)


def population(values: Values) -> Population | None:
    """The population of some qualities (`steady`), NaN left out; None where all are."""
    known = values[~np.isnan(values)]
    if not len(known):
        return None
    each, counts = np.unique(known, return_counts=True)
    up_to = np.cumsum(counts)
    low, high = np.percentile(known, ENDS)
    return Population(each, up_to - counts, up_to, (float(low), float(high)))


def populations(qualities: pd.DataFrame) -> dict[str, Population]:
    """The population of each benefit that was measured at a site."""
    found = {str(name): population(steady(qualities[name].to_numpy(dtype=float))) for name in qualities}
    return {name: sites for name, sites in found.items() if sites is not None}


def steady(values: Values) -> Values:
    """Values to nine significant figures: sites that are equal but for the last bit of a float must tie."""
    least = 1e-290  # below it, a power of ten would be too great to be held
    size = np.floor(np.log10(np.maximum(np.abs(values), least, where=np.isfinite(values), out=np.ones(len(values)))))
    scale = 10.0 ** (8 - size)
    rounded: Values = np.round(values * scale) / scale
    return rounded


# ---------------------------------------------------------------- saved by one run, read by another


@dataclass(frozen=True)
class Reference:
    """The reference sites that a run saved.

    Attributes
    ----------
    path : str
        The file, as the study names it.
    run : str
        The config hash of the run whose sites they are.
    settings : dict
        The settings that make qualities comparable (`terms`).
    formulas : dict
        Benefit to the formula by which it was worked out.
    populations : dict
        Benefit to its population; those that no site had measured are not there.
    """

    path: str
    run: str
    settings: dict[str, Any]
    formulas: dict[str, str]
    populations: dict[str, Population]

    def for_study(self, study: Study, needs: Collection[str], measured: Collection[str]) -> dict[str, Population]:
        """The populations, once it is sure that the study measures the same thing.

        Parameters
        ----------
        needs : collection of str
            The columns of the neighbourhoods, which say what needs count.
        measured : collection of str
            The benefits that some site of the study has measured.

        Raises
        ------
        StudyError
            Settings or formulas differ, or a benefit of some weight is not among the saved ones: all in one message.
        """
        found = []
        ours, theirs = terms(study), self.settings
        found += [
            f"{name} is {ours[name]!r} here, {theirs.get(name)!r} there"
            for name in ours
            if ours[name] != theirs.get(name)
        ]
        weight, formulas = study.weights.relative(), formulas_of(study)
        for name in BENEFITS:
            if not weight[name] or name not in measured:
                continue
            ours_said, theirs_said = formulas[name].text(needs), self.formulas.get(name)
            if name not in self.populations:
                found.append(f"{name} was not measured there")
            elif ours_said != theirs_said:
                found.append(f"{name} is {ours_said} here, {theirs_said} there")
        if found:
            raise StudyError(
                f"[scoring] reference: the sites of {printed_path(self.path)} cannot be compared with those of this study:\n  "
                + "\n  ".join(found),
                "name the run.json of a run with the same settings and layers, run that study again with them, or leave the setting "
                "out: then sites are compared with one another.",
            )
        return self.populations

    def record(self) -> dict[str, Any]:
        """What `run.json` holds of it."""
        saved = {}
        for name, sites in self.populations.items():
            saved[name] = {
                "formula": self.formulas[name],
                "unit": f"{BENEFITS[name].gain_unit} per ha of canopy",
                "ends": list(sites.ends),
                "values": sites.values.tolist(),
                "below": sites.below.tolist(),
                "up_to": sites.up_to.tolist(),
            }
        return {"run": self.run, "settings": self.settings, "benefits": saved}


def terms(study: Study) -> dict[str, Any]:
    """The settings without which the same site would have another quality; where, only if needs are compared within the study."""
    where = {"places": sorted(study.places), "area": study.area} if study.reference == "study" else {}
    return where | {
        "reference": study.reference,
        "planting_year": study.planting_year,
        "horizon_year": study.horizon_year,
        "walk_m": study.people.walk_m,
    }


def saved_reference(study: Study, run: str, needs: Collection[str], populations: Mapping[str, Population]) -> Reference:
    """The sites of a run as it saves them, so that another run can be compared with them."""
    formulas = {name: formulas_of(study)[name].text(needs) for name in populations}
    return Reference("run.json", run, terms(study), formulas, {n: sites.thinned() for n, sites in populations.items()})


def read_reference(study: Study) -> Reference | None:
    """The reference sites that the study names in `[scoring] reference`; None where it names none.

    Raises
    ------
    DataError
        There is no such file, or it holds no reference sites.
    """
    if study.scoring.reference is None:
        return None
    path = study.find(study.scoring.reference)
    said = f"[scoring] reference: {printed_path(study.scoring.reference)}"
    if not path.is_file():
        raise DataError(
            f"{said} is no file",
            "give the path of another run's run.json, from the data folder or from the study file; or leave the setting out.",
        )
    try:
        return _parsed(study.scoring.reference, path)
    except (OSError, ValueError, KeyError, TypeError, IndexError, AttributeError) as err:
        raise DataError(
            f"{said} is not a run.json that holds reference sites ('{KEY}': {type(err).__name__}, {err})",
            "name the run.json of a finished run with sites, and run that study again if an older treeplan made it.",
        ) from err


def _parsed(named: str, path: Path) -> Reference:
    saved = json.loads(path.read_text("utf-8"))[KEY]
    read = {}
    for name, rows in saved["benefits"].items():
        values = np.asarray(rows["values"], dtype=np.float64)
        below, up_to = (np.asarray(rows[key], dtype=np.int64) for key in ("below", "up_to"))
        low, high = map(float, rows["ends"])
        if not len(values) == len(below) == len(up_to) or not (
            (np.diff(values) > 0).all() and (below < up_to).all() and (up_to[:-1] <= below[1:]).all() and len(values)
        ):
            raise ValueError(f"the figures of {name} are damaged")
        read[str(name)] = Population(values, below, up_to, (low, high))
    if not read:
        raise ValueError("no benefit was measured")
    formulas = {str(name): str(rows["formula"]) for name, rows in saved["benefits"].items()}
    return Reference(named, str(saved["run"]), dict(saved["settings"]), formulas, read)
