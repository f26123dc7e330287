"""Pictures: several bands read together, window by window."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import rasterio
from rasterio.transform import from_origin

from treeplan import images


def test_several_bands_are_read_together_in_the_order_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "bands.tif"
    with rasterio.open(
        path, "w", driver="GTiff", height=2, width=2, count=3, dtype="float32", crs=27700,
        transform=from_origin(0, 20, 10, 10), nodata=-1,
    ) as file:  # fmt: skip
        file.write(np.array([[[1, 2], [3, 4]], [[5, np.nan], [7, 8]], [[9, 10], [-1, 12]]], dtype="float32"))
    cells, _ = images.open_image(path, (3, 1)).read(0, 0, 20, 20)
    assert cells.shape == (2, 2, 2)
    assert cells[:, 0, 0].tolist() == [9, 1]
    assert cells.mask[0].tolist() == cells.mask[1].tolist() == [[False, False], [True, False]]
    assert images.open_image(path, (2,)).read(0, 0, 20, 20)[0].mask[0].tolist() == [
        [False, True],
        [False, False],
    ]
