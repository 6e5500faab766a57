"""A Postfix of a test's own. It needs root, because Postfix does."""

from __future__ import annotations

import os
import shutil
import smtplib
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.support.mail_ledger import free_port
from tests.support.mail_servers import Certificate, make_certificate

_PATIENCE_S = 20.0
_MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = localhost
mydestination =
mynetworks = 127.0.0.0/8
virtual_mailbox_domains = example.org
virtual_mailbox_base = {folder}/mail
virtual_mailbox_maps = inline:{{ zoe@example.org=zoe/, clinic@example.org=clinic/ }}
virtual_uid_maps = static:65534
virtual_gid_maps = static:65534
smtpd_tls_cert_file = {folder}/certificate.pem
smtpd_tls_key_file = {folder}/key.pem
smtpd_tls_security_level = may
maillog_file = /dev/stdout
"""
_SERVICES = """
127.0.0.1:{port} inet n - n - - smtpd
127.0.0.1:{tls_port} inet n - n - - smtpd -o smtpd_tls_wrappermode=yes
127.0.0.1:{bouncing_port} inet n - n - - smtpd -o smtpd_reject_unlisted_recipient=no
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
anvil unix - - n - 1 anvil
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
postlog unix-dgram n - n - 1 postlogd
"""


@dataclass(frozen=True, kw_only=True)
class Postfix:
    """It takes mail for zoe and clinic at example.org.

    At ``bouncing_port`` it takes mail for anybody there, and sends it back.
    """

    port: int
    tls_port: int
    bouncing_port: int
    certificate: Certificate
    mailboxes: Path

    def mails(self, name: str, count: int) -> list[Path]:
        """The files of the mails for ``name``, as soon as there are ``count``."""
        patience = time.monotonic() + _PATIENCE_S
        while len(found := list((self.mailboxes / name / "new").glob("*"))) < count:
            if time.monotonic() > patience:
                raise TimeoutError(f"{len(found)} of {count} mails arrived")
            time.sleep(0.02)
        return found


@contextmanager
def running_postfix() -> Iterator[Postfix]:
    """Postfix, until the end of the block."""
    with TemporaryDirectory(prefix="dosecal-postfix-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o755)
        server = _prepared(folder)
        command = ["postfix", "-c", str(folder / "conf"), "start-fg"]
        with (folder / "log").open("w") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
            try:
                _wait_for(server.port)
                yield server
            finally:
                process.terminate()


def _prepared(folder: Path) -> Postfix:
    for part in ("conf", "queue", "data", "mail"):
        (folder / part).mkdir()
    shutil.chown(folder / "data", "postfix")
    os.chown(folder / "mail", 65534, 65534)
    made = Postfix(
        port=free_port(),
        tls_port=free_port(),
        bouncing_port=free_port(),
        certificate=make_certificate(folder),
        mailboxes=folder / "mail",
    )
    (folder / "conf" / "main.cf").write_text(_MAIN.format(folder=folder))
    services = _SERVICES.format(port=made.port, tls_port=made.tls_port, bouncing_port=made.bouncing_port)
    (folder / "conf" / "master.cf").write_text(services)
    return made


def _wait_for(port: int) -> None:
    patience = time.monotonic() + _PATIENCE_S
    while True:
        try:
            with smtplib.SMTP("127.0.0.1", port, timeout=5):
                return
        except (OSError, smtplib.SMTPException):
            if time.monotonic() > patience:
                raise
            time.sleep(0.05)
