"""Where the world's people live, by the offset of their clocks from UTC.

Source: United Nations, World Population Prospects 2024, mid-2024, in millions: the 32 countries of most
people, which have 78 % of all. Offsets are standard time. The United States, Indonesia and Russia are divided
by zone, in rounded parts; any other country counts where most of its people live.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

Shares = dict[int, float]
"""Parts of the world's people by offset in minutes."""

_MILLIONS: dict[str, dict[int, float]] = {
    "India": {330: 1451},
    "China": {480: 1419},
    "United States": {-300: 164, -360: 100, -420: 23, -480: 58},
    "Indonesia": {420: 230, 480: 45, 540: 8},
    "Pakistan": {300: 251},
    "Nigeria": {60: 233},
    "Brazil": {-180: 212},
    "Bangladesh": {360: 174},
    "Russia": {180: 100, 300: 25, 420: 20},
    "Ethiopia": {180: 132},
    "Mexico": {-360: 131},
    "Japan": {540: 124},
    "Egypt": {120: 117},
    "Philippines": {480: 116},
    "DR Congo": {60: 109},
    "Viet Nam": {420: 101},
    "Iran": {210: 92},
    "Türkiye": {180: 87},
    "Germany": {60: 85},
    "Thailand": {420: 72},
    "United Kingdom": {0: 69},
    "Tanzania": {180: 69},
    "France": {60: 67},
    "South Africa": {120: 64},
    "Italy": {60: 59},
    "Kenya": {180: 56},
    "Myanmar": {390: 55},
    "Colombia": {-300: 53},
    "Republic of Korea": {540: 52},
    "Sudan": {120: 50},
    "Uganda": {180: 50},
    "Spain": {60: 48},
}


def _shares(belongs: Callable[[int], bool]) -> Shares:
    total = sum(sum(zones.values()) for zones in _MILLIONS.values())
    found: defaultdict[int, float] = defaultdict(float)
    for zones in _MILLIONS.values():
        for offset, millions in zones.items():
            if belongs(offset):
                found[offset] += millions / total
    return dict(found)


SHARES = _shares(lambda _: True)
REGIONS = (
    _shares(lambda offset: offset < 0),
    _shares(lambda offset: 0 <= offset <= 210),
    _shares(lambda offset: offset > 210),
)
"""The Americas; Europe, Africa and the Near East; Asia. Together they are `SHARES`."""
