"""Answer pages over HTTP, next to Starlette with nothing to do.

The command is ``python -m bench.answering``. Reading is asked by wrk. Answers are sent by a few connections
of our own, each answer by another link, because the second by one link records nothing.
"""

from __future__ import annotations

import os
import shutil
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from bench.measuring import milliseconds, report
from bench.serving_clinic import THREE_A_DAY, admit, opened
from bench.serving_constant import constant
from bench.serving_load import Contender, Load, fetched, measure
from bench.serving_process import HOST, Server, dosecal
from scheduler import clock
from scheduler.reminders.answer_links import PATH, make_key
from scheduler.reminders.answer_token import AnswerToken, LinkPurpose, LinkSigner
from scheduler.reminders.planner import plan_everyone
from scheduler.reminders.steps import DUE
from scheduler.store.recipients import RecipientRecord
from scheduler.store.unit_of_work import Store
from tests.support.postgresql import running_postgresql

SQLITE, POSTGRESQL = "dosecal, SQLite", "dosecal, PostgreSQL"
CONSTANT = "Starlette, constant bytes"
_SENDERS = 8
_GIVEN = b"answer=given"
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@contextmanager
def clinic(database_url: str, patients: int) -> Iterator[tuple[Server, list[str]]]:
    """A server, and the paths of links to doses that are not recorded, each of another dose."""
    with opened(database_url) as store:
        moment = clock.now()
        for number in range(patients):
            _remind(store, admit(store, number, THREE_A_DAY), number, moment)
        plan_everyone(store, moment)
        paths = _paths(store, moment)
    with dosecal(database_url) as server:
        yield server, paths


def _remind(store: Store, patient_id: str, number: int, moment: datetime) -> None:
    """From two days ago, so that there are reminders of what is due already."""
    recipient = RecipientRecord(
        id=f"r-{number}",
        patient_id=patient_id,
        channel="smtp",
        address=f"{number}@example.org",
        privacy="discreet",
        added_at=moment - timedelta(days=2),
        verified_at=moment - timedelta(days=2),
    )
    with store.transaction() as work:
        work.recipients.add(recipient)


def _paths(store: Store, moment: datetime) -> list[str]:
    signer = LinkSigner([make_key(store, moment)])
    with store.reading() as work:
        records = work.reminder_log.upcoming(None, 1_000_000)
    tokens = (AnswerToken.of(record, LinkPurpose.ONE) for record in records if record.step == DUE)
    return [f"{PATH}{signer.sign(token)}" for token in tokens]


def sent(server: Server, method: str, paths: Sequence[str]) -> tuple[Load, float]:
    """Ask for each of ``paths`` once, over some connections; and the server's own seconds for each.

    Those hold also where other work takes the cores away.
    """
    parts = [paths[start::_SENDERS] for start in range(_SENDERS)]
    began, spent = perf_counter(), _spent(server)
    with ThreadPoolExecutor(_SENDERS) as pool:
        lists = pool.map(lambda part: _send(server, method, part), parts)
        took = sorted(one for part in lists for one in part)
    load = Load(rate=len(took) / (perf_counter() - began), p99=took[int(len(took) * 0.99)])
    return load, (_spent(server) - spent) / len(took)


def _spent(server: Server) -> float:
    """Seconds that a server has run on a core: fields 14 and 15 of proc_pid_stat(5), in clock ticks."""
    fields = Path(f"/proc/{server.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _send(server: Server, method: str, paths: Sequence[str]) -> list[float]:
    connection = HTTPConnection(HOST, server.port)
    took: list[float] = []
    for path in paths:
        began = perf_counter()
        connection.request(method, path, _GIVEN if method == "POST" else None, _FORM)
        answer = connection.getresponse()
        answer.read()
        took.append(perf_counter() - began)
        assert answer.status == 200, f"an answer was answered {answer.status}"
    connection.close()
    return took


def compare(wanted: Namespace, folder: Path) -> None:
    """Measure and print."""
    with ExitStack() as stack:
        start = stack.enter_context
        postgresql = start(running_postgresql(folder))
        clinics = {
            SQLITE: start(clinic(f"sqlite:///{folder / 'dosecal.db'}", wanted.patients)),
            POSTGRESQL: start(clinic(postgresql.empty_database("clinic"), wanted.patients)),
        }
        links = {name: (server, server.url(paths[-1])) for name, (server, paths) in clinics.items()}
        plain = start(constant(len(fetched(links[SQLITE][1])[0])))
        asked = [Contender(name=name, url=url, headers={}) for name, (_, url) in links.items()]
        asked.append(Contender(name=CONSTANT, url=plain.url("/"), headers={}))
        read = measure(asked, wanted.rounds, wanted.seconds)
        few = {name: paths[:-1] for name, (_, paths) in clinics.items()}
        few[CONSTANT] = ["/"] * len(few[SQLITE])
        servers = {**{name: server for name, (server, _) in clinics.items()}, CONSTANT: plain}
        pages = {name: sent(server, "GET", few[name]) for name, server in servers.items()}
        answers = {name: sent(server, "POST", few[name]) for name, server in servers.items()}
    _show(f"the page, median of {wanted.rounds} rounds of {wanted.seconds} s each, in turn", read, pages)
    recorded = {name: load for name, (load, _) in answers.items()}
    _show(f"an answer, each by another link, {_SENDERS} at a time", recorded, answers)


def _show(title: str, found: dict[str, Load], spent: dict[str, tuple[Load, float]]) -> None:
    rows = [
        (name, f"{load.rate:,.0f}", milliseconds(load.p99), milliseconds(spent[name][1]))
        for name, load in found.items()
    ]
    report(title, ("server", "requests a second", "99 % within", "of a core for each"), rows)


def _arguments() -> Namespace:
    parser = ArgumentParser(prog="python -m bench.answering")
    parser.add_argument("--rounds", type=int, default=5, help="runs of each server")
    parser.add_argument("--seconds", type=int, default=3, help="how long a run is")
    parser.add_argument("--patients", type=int, default=400, help="three doses a day each")
    return parser.parse_args()


def main() -> None:
    """Measure and print."""
    if shutil.which("wrk") is None:
        print("The answering of reminders is measured with wrk, which is not here; install the package wrk.")
        sys.exit(2)
    with TemporaryDirectory() as name:
        compare(_arguments(), Path(name))


if __name__ == "__main__":
    main()
