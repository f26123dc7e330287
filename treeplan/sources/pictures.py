"""Opens pictures from the air or from space by the names of their bands."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path

from rasterio.errors import NotGeoreferencedWarning

from treeplan import images
from treeplan.errors import DataError
from treeplan.sources.spoilt import require_content, require_whole_raster


def open_image(path: Path, nodata: float | None, bands: Mapping[str, int], said: bool) -> images.Image:
    """A handle on the named bands of a picture from the air or from space, in the order of their names.

    Parameters
    ----------
    path : Path
        A GeoTIFF of several bands.
    nodata : float, optional
        The value that means "not seen", where neither the file nor a band of transparency says.
    bands : mapping
        Name ("red", "green", "blue", "near_infrared") to number of the band.
    said : bool
        True when the user named them: then the file's own words on what its bands are do not count.

    Raises
    ------
    DataError
        The file lacks a band, or calls it something else; and whatever keeps a raster from opening.
    """
    require_content(path)
    with warnings.catch_warnings():
        # A picture without any position warns on opening; `images.open_image` refuses it with a remedy.
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        called = images.band_colours(path)
    lacking = [f"{_plain(name)} (band {number})" for name, number in bands.items() if number > len(called)]
    if lacking:
        has = "a single band" if len(called) == 1 else f"{len(called)} bands"
        raise DataError(
            f"{path.name} has {has} and lacks {', '.join(lacking)}",
            "trees are told from grass and roofs by near infrared: use a picture of four bands (red, green, blue, near "
            "infrared), or say which bands this one has by number, for example [sources.aerial_image] columns = "
            '{ near_infrared = "1", red = "2", green = "3" }.',
        )
    other = {name: called[number - 1] for name, number in bands.items() if called[number - 1] not in ("", name)}
    if other and not said:
        found = ", ".join(f"band {bands[name]} as {colour}, not {_plain(name)}" for name, colour in other.items())
        own = ", ".join(f'{name} = "{number}"' for name, number in bands.items())
        raise DataError(
            f"{path.name} describes {found}",
            "find out which band is which. Programs often mark near infrared as transparency (alpha); if it is, or the order "
            f"below is right, say so in the study file: [sources.aerial_image] columns = {{ {own} }}. A picture without near "
            "infrared does not do.",
        )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        image = images.open_image(path, tuple(bands.values()), nodata)
    require_whole_raster(path)
    return image


def _plain(name: str) -> str:
    return name.replace("_", " ")
