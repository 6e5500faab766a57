"""What `dosecal doctor` looks at without the database: versions, time zones, disk, the mail server."""

from __future__ import annotations

import shutil
import socket
from importlib.metadata import version
from pathlib import Path
from platform import python_version
from zoneinfo import TZPATH

from scheduler import __version__
from scheduler.actions.check import Check, look, well, wrong

_LEAST_FREE, _LITTLE_FREE = 100 * 1024 * 1024, 1024 * 1024 * 1024
_LIBRARIES = ("SQLAlchemy", "APScheduler", "icalendar")
_PATIENCE_S = 5.0


def check_versions() -> Check:
    """Of dosecal and of what decides how it behaves."""
    libraries = ", ".join(f"{name} {version(name)}" for name in _LIBRARIES)
    return well("versions", f"dosecal {__version__}, Python {python_version()}, {libraries}")


def check_tz_data(year: int) -> Check:
    """The rules of the clocks: those of the package and no others, and not older than last year's."""
    release = version("tzdata")
    found = f"time zones are those of the package tzdata {release}"
    if TZPATH:
        advice = "the environment sets PYTHONTZPATH or another program set it: leave it out"
        return wrong("tz-data", f"time zones are read from {', '.join(TZPATH)}", advice)
    if int(release.partition(".")[0]) < year - 1:
        return look("tz-data", found, "update it (pip install --upgrade tzdata): rules change every year")
    return well("tz-data", found)


def check_disk(folder: Path) -> Check:
    """Room for the database: without it nothing can be written down, so nothing is sent."""
    free = shutil.disk_usage(folder).free
    found = f"{free // 1024**2} MB are free beside the database"
    advice = "make room: where nothing can be written down, nothing is sent"
    if free < _LEAST_FREE:
        return wrong("disk", found, advice)
    return look("disk", found, advice) if free < _LITTLE_FREE else well("disk", found)


def check_permissions(file: Path) -> Check:
    """Whether others of this machine can read the database."""
    mode = file.stat().st_mode & 0o777
    found = f"the database file has the mode {mode:o}"
    if mode & 0o077:
        return look("permissions", found, f"others can read it: chmod 600 {file}")
    return well("permissions", found)


def check_mail_server(host: str, port: int) -> Check:
    """Whether anybody answers there."""
    where = f"{host}:{port}"
    advice = "see that the mail server runs and that this machine may reach it; reminders wait meanwhile"
    try:
        socket.create_connection((host, port), _PATIENCE_S).close()
    except OSError as error:
        return wrong("mail-server", f"{where} does not answer: {type(error).__name__}", advice)
    return well("mail-server", f"{where} answers")
