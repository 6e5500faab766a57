"""A real browser is a program of its own; where it is not there, the tests that need it are left out."""

from __future__ import annotations

import shutil

_NEEDED = {"test_scanners.py": shutil.which("chromium") is not None}

collect_ignore = [name for name, is_there in _NEEDED.items() if not is_there]
