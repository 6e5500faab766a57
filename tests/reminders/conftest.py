"""Tests with a server that this machine does not have are not collected. `.ci/run` installs what it can."""

from __future__ import annotations

import os
import shutil

_CAN_RUN_POSTFIX = shutil.which("postfix") is not None and os.geteuid() == 0

_NEEDED = {"test_postfix.py": _CAN_RUN_POSTFIX, "test_mosquitto.py": shutil.which("mosquitto") is not None}

collect_ignore = [name for name, is_there in _NEEDED.items() if not is_there]
