"""How hard the laws are tried. To hunt for exceptions: ``LAW_EXAMPLES=2000``."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

law = settings(
    max_examples=int(os.environ.get("LAW_EXAMPLES", "60")),
    deadline=None,
    derandomize=bool(os.environ.get("CI")),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
