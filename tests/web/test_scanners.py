"""Mail scanners open the links in a mail before its reader does, some in a browser that runs scripts."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import pytest
import uvicorn

from scheduler.store.unit_of_work import Store
from tests.support.answer_world import World, reminded_at_seven
from tests.support.daemon_process import until

_LONGEST_S = 60
_SCRIPT = "data:text/html,<p id=x>asleep</p><script>document.getElementById('x').textContent='awake'</script>"


@contextmanager
def served(world: World) -> Iterator[str]:
    """The address of a real server of ``world`` on this machine."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        config = uvicorn.Config(world.browser.app, log_config=None, lifespan="off")
        server = uvicorn.Server(config)
        thread = Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            until(lambda: server.started)
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


def scanned(url: str, folder: Path) -> str:
    """What Chromium makes of ``url`` once its scripts have run for five seconds of their time."""
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=5000", "--dump-dom"]
    command = ["chromium", *options, f"--user-data-dir={folder}", url]
    done = subprocess.run(command, check=True, timeout=_LONGEST_S, capture_output=True, text=True)
    return done.stdout


def log_of(store: Store) -> list[tuple[int, str, int]]:
    with store.reading() as work:
        reminders = [*work.reminder_log.upcoming(None, 100), *work.reminder_log.ended(None, 100)]
    return sorted((reminder.id, reminder.state, reminder.attempt) for reminder in reminders)


@pytest.fixture
def world(store: Store) -> Iterator[World]:
    with reminded_at_seven(store) as made:
        yield made


def test_the_browser_of_these_tests_runs_scripts(tmp_path: Path) -> None:
    assert "awake</p>" in scanned(_SCRIPT, tmp_path)


def test_a_scanner_that_runs_scripts_changes_nothing_and_the_button_does(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = f"/answer/{world.token_for()}"
    before = log_of(world.store)

    def must_not_be_called(*_: object, **__: object) -> None:
        raise AssertionError("a scanner changed something")

    with served(world) as address, monkeypatch.context() as patched:
        patched.setattr(Store, "transaction", must_not_be_called)
        page = scanned(f"{address}{path}", tmp_path)
    assert '<form method="post"' in page
    assert log_of(world.store) == before
    assert world.press(path, "given").status_code == 200
    assert log_of(world.store) != before
