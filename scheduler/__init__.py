"""dosecal: regimens into planned doses, doses into calendars and reminders.

Importing this package makes :mod:`zoneinfo` read the installed ``tzdata`` package and nothing else.
An operating system's own copy may be years older: Debian's 2025b and the 2026.6 package put a winter
dose in Vancouver an hour apart, so two machines would print two plans from one file.
"""

import zoneinfo

zoneinfo.reset_tzpath(to=())
zoneinfo.ZoneInfo.clear_cache()

__version__ = "0.1.0"
