"""Mail through Apprise: run by the Python of the judges with the port, how many, and by how many threads.

A fresh object for each mail, because one that is used again waits seconds between two. Prints the seconds.
"""

from __future__ import annotations

import sys
import time
from concurrent.futures import ThreadPoolExecutor

import apprise


def send(port: int) -> bool:
    """One mail, over a connection of its own."""
    asset = apprise.AppriseAsset(async_mode=False, storage_mode="memory")
    opened = apprise.Apprise(asset=asset)
    opened.add(f"mailto://127.0.0.1:{port}?from=clinic@example.org&to=zoe@example.org&mode=insecure")
    return bool(opened.notify(body="Reminder: your 08:00 is due.", title="Reminder"))


def main(port: int, count: int, threads: int) -> None:
    """Send ``count`` and print how long it took."""
    send(port)  # what is loaded once is not counted
    began = time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        good = sum(pool.map(send, [port] * count))
    took = time.perf_counter() - began
    assert good == count, f"{good} of {count}"
    print(took)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:4]))
