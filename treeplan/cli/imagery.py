"""The command that reads a picture from the air: classify."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from treeplan.cli import app
from treeplan.cli.runs import StudyPath
from treeplan.cli.screen import console, progress, show
from treeplan.errors import StudyError


@app.command("classify")
def classify_(
    study: StudyPath,
    out: Annotated[Path, typer.Argument(metavar="OUT", help="The map to write, for example trees.tif.")],
) -> None:
    """Map trees in the study's picture from the air, by its labelled points, and say how far the map can be trusted."""
    from treeplan.layers import load_layers
    from treeplan.outputs import words
    from treeplan.outputs.masks import write_mask
    from treeplan.roles import LAYERS
    from treeplan.study import load_study

    settings = load_study(study)
    with progress(len(settings.sources) + 1) as move_on:
        layers = load_layers(settings, progress=move_on)
        lacking = [LAYERS[name] for name in ("image", "canopy_labels") if name not in layers]
        if lacking:
            raise StudyError(
                "the study lacks " + " and ".join(layer.label for layer in lacking),
                "add " + "; and ".join(layer.how_to_get for layer in lacking) + ".",
            )
        move_on("Map of trees")
        zones = layers["neighbourhoods"]
        own, image, labels = zones[zones["inside"]], layers["image"], layers["canopy_labels"]
        used = [e for e in layers.editions if {"image", "canopy_labels"} & set(e.layers)]
        found = write_mask(out, own, image, labels, settings, used)
    matrix = found.accuracy.confusion
    rows = [
        [str(name), *(f"{count:,}" for count in counts)]
        for name, counts in zip(matrix.index, matrix.to_numpy(), strict=True)
    ]
    show("Labelled points: what the map says (rows), what people saw", ["", *matrix.columns], rows, right=(1, 2))
    for sentence in words.classified(found.accuracy):
        console.print(sentence, markup=False, soft_wrap=True)
    console.print(f"\nWrote {out} and {out.with_suffix('.json')}.", markup=False, soft_wrap=True)
