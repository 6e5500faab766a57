"""How much room a page has, and how large its text is; the templates have the same numbers."""

from __future__ import annotations

from scheduler.paper.sheet import PaperSize, TextSize

MM_PER_POINT = 0.3528
LANDSCAPE_MM = {PaperSize.A4: (297.0, 210.0), PaperSize.LETTER: (279.4, 215.9)}
"""Width and height; of an upright page the other way round."""
MARGINS_MM = (24.0, 19.0)
"""Both sides together: left and right, top and bottom. What stands in them comes on top."""
SCALES = {TextSize.NORMAL: 1.0, TextSize.LARGE: 1.3}
