"""What every answer says of itself: nobody keeps it, finds it, or learns its address from it."""

from __future__ import annotations

ALWAYS = {
    "Cache-Control": "private, no-store",
    # The address is the secret, and a followed link would carry it along.
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow",
}
