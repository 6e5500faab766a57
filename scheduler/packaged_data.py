"""Where the files of ``data/`` are: inside the package when installed, beside it in a checkout."""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path


def packaged_data() -> Traversable:
    """The root of ``data/``.

    A wheel carries it as ``scheduler/_data``; an editable install has no such folder, because
    hatchling applies ``force-include`` to wheels alone, and reads the checkout's own.
    """
    installed = files("scheduler") / "_data"
    return installed if installed.is_dir() else Path(__file__).resolve().parents[1] / "data"
