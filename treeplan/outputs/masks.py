"""A map of trees read from a picture, as a raster that can be used again, with its accuracy in it and beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import geopandas as gpd
import rasterio

from treeplan import provenance
from treeplan.accuracy import Accuracy
from treeplan.classifier import OTHER, TREE, UNSEEN, Classified, Tile, classify, map_bounds
from treeplan.errors import OutputError
from treeplan.geo import BNG
from treeplan.images import Image
from treeplan.outputs import words
from treeplan.study import Study

RATES = ("overall", "users_tree", "users_other", "producers_tree", "producers_other", "canopy_share", "canopy_ha")


def write_mask(
    path: Path,
    zones: gpd.GeoDataFrame,
    image: Image,
    labels: gpd.GeoDataFrame,
    study: Study,
    editions: Sequence[provenance.Edition] = (),
) -> Classified:
    """Map trees where zones are and write the map: 1 tree, 0 not tree, 255 not seen; beside it, as JSON, how far it can be trusted.

    Parameters
    ----------
    path : Path
        A GeoTIFF to write; the JSON file has its name.
    zones, image, labels, study
        As for `classifier.classify`.
    editions : sequence, optional
        The files used, for the record.

    Raises
    ------
    OutputError
        The path is taken or no GeoTIFF, or cannot be written.
    DataError, StudyError
        As `classifier.classify`; then nothing is written.
    """
    beside = path.with_suffix(".json")
    if path.suffix.lower() not in (".tif", ".tiff"):
        raise OutputError(f"{path} is no name for a map of trees", "end it in .tif.")
    for taken in (path, beside):
        if taken.exists():
            raise OutputError(f"{taken} is there already", "choose another name, or remove it first.")
    with provenance.whole_file(path) as partial:
        found = _write(partial, zones, image, labels, study)
    with provenance.whole_file(beside) as partial:
        provenance.write_json(partial, _record(found.accuracy, study, editions))
    return found


def _write(path: Path, zones: gpd.GeoDataFrame, image: Image, labels: gpd.GeoDataFrame, study: Study) -> Classified:
    rows, columns, transform = map_bounds(image, zones)
    profile = {"driver": "GTiff", "dtype": "uint8", "count": 1, "nodata": UNSEEN, "crs": BNG, "transform": transform}
    profile |= {"height": rows[1] - rows[0], "width": columns[1] - columns[0]}
    blocks = {"tiled": True, "blockxsize": 512, "blockysize": 512, "compress": "deflate", "bigtiff": "if_safer"}
    with rasterio.open(path, "w", **profile, **blocks) as file:

        def keep(tile: Tile) -> None:
            high, wide = tile.cells.shape
            window = rasterio.windows.Window(tile.column - columns[0], tile.row - rows[0], wide, high)
            file.write(tile.cells, 1, window=window)

        found = classify(zones, image, labels, study, keep)
        said = _figures(found.accuracy)
        tags = {f"ACCURACY_{key}".upper(): str(value) for key, value in said.items()}
        file.update_tags(**tags, TREEPLAN_ABOUT=" ".join(words.classified(found.accuracy)), AREA_OR_POINT="Area")
    return found


def _figures(accuracy: Accuracy) -> dict[str, Any]:
    """Every accuracy as low, central and high; those that cannot be stated are left out."""
    rates = {name: [round(value, 4) for value in getattr(accuracy, name)] for name in RATES}
    return {name: values for name, values in rates.items() if values[1] == values[1]}


def _record(accuracy: Accuracy, study: Study, editions: Sequence[provenance.Edition]) -> dict[str, Any]:
    return {
        "study": study.name,
        "date": provenance.run_date().isoformat(),
        "versions": provenance.versions(),
        "sources": [asdict(edition) for edition in editions],
        "settings": study.classifier.model_dump(mode="json") | {"seed": study.seed},
        "values": {str(TREE): "tree", str(OTHER): "not tree", str(UNSEEN): "not seen"},
        "points": {
            row: {column: int(n) for column, n in counts.items()} for row, counts in accuracy.confusion.iterrows()
        },
        "mapped_share": round(accuracy.mapped_share, 4),
        "seen_ha": round(accuracy.area_ha, 2),
        "blocks": {"side_m": accuracy.block_m, "number": accuracy.blocks, "groups": accuracy.folds},
        "accuracy_low_central_high": _figures(accuracy),
        "in_words": words.classified(accuracy),
    }
