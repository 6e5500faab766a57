"""Which calendar program asks, as far as its name for itself tells.

It serves to show a nurse what a calendar is read with. Nothing is refused by it: lists of allowed programs
have shut calendars out for years.
"""

from __future__ import annotations

OTHER = "other"
OUTLOOK = "Outlook"

# The first that is found in the User-Agent, in lower case; Apple's last, for others name its parts too.
_MARKS = (
    ("google-calendar-importer", "Google"),
    ("google", "Google"),
    ("microsoft", OUTLOOK),
    ("outlook", OUTLOOK),
    ("ms-office", OUTLOOK),
    ("thunderbird", "Thunderbird"),
    ("icsx5", "ICSx5"),
    ("davx5", "DAVx5"),
    ("evolution", "Evolution"),
    ("gnome", "GNOME"),
    ("nextcloud", "Nextcloud"),
    ("homeassistant", "Home Assistant"),
    ("home-assistant", "Home Assistant"),
    ("vdirsyncer", "vdirsyncer"),
    ("akonadi", "KDE"),
    ("kio", "KDE"),
    ("dataaccessd", "Apple"),
    ("ical/", "Apple"),
    ("calendaragent", "Apple"),
    (" ios/", "Apple"),
    ("macos/", "Apple"),
    ("mac os x", "Apple"),
)


def client_family(user_agent: str) -> str:
    """The name of the family, at most 24 characters; ``other`` for one that is not known."""
    told = f" {user_agent.lower()}"
    return next((family for mark, family in _MARKS if mark in told), OTHER)
