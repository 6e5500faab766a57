"""How a new calendar address is shown: once, to a person or to a script, and as a picture."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click

from cli.options import Command, option
from cli.output import print_json, write_file
from scheduler.actions import qr_code
from scheduler.actions.feed_address import BaseUrl, feed_url, subscribe_url, webcal_url
from scheduler.actions.feed_token import FeedToken

_PICTURES: dict[str, Callable[[str], bytes]] = {
    ".png": qr_code.png,
    ".svg": lambda text: f"{qr_code.svg(text)}\n".encode(),
}


class _PictureFile(click.ParamType[Path]):
    """A file to write a picture to; its ending says of which kind."""

    name = "file"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """Fail with exit 2 for another ending, or where there is no such folder."""
        path = Path(value)
        if path.suffix.lower() not in _PICTURES:
            self.fail(f"{str(path)!r} ends in neither .png nor .svg", param, ctx)
        # Sooner than the address is made, which is shown once.
        if not path.parent.is_dir() or path.is_dir():
            self.fail(f"{str(path)!r} is not a file in a folder that exists", param, ctx)
        return path


def address_options(command: Command) -> Command:
    """``--base-url`` and ``--qr``."""
    base_url = option(
        "--base-url",
        envvar="DOSECAL_BASE_URL",
        default="http://127.0.0.1:8460",
        show_default=True,
        help="Where 'dosecal serve' is reached from outside.",
    )
    picture = option(
        "--qr",
        "picture",
        type=_PictureFile(),
        help="Also write the QR code of the page that says how to subscribe: FILE.png or FILE.svg.",
    )
    return base_url(picture(command))


def show_address(
    base: BaseUrl, token: FeedToken, facts: Mapping[str, str], output_format: str, picture: Path | None
) -> None:
    """The feed's address first, so that a picture which cannot be written does not lose it."""
    if output_format == "json":
        print_json({"key_id": token.key_id, **facts, **_addresses(base, token)})
    else:
        _print(base, token)
    if picture is not None:
        write_file(picture, _PICTURES[picture.suffix.lower()](subscribe_url(base, token)))
        click.echo(f"wrote {picture}", err=True)


def warn_of_plain_http(base: BaseUrl) -> None:
    """On standard error, where whoever listens could learn the address."""
    if base.is_readable_on_the_way:
        click.echo(
            "dosecal: --base-url is plain http: whoever listens on the way learns the address and sees the "
            "calendar; put 'dosecal serve' behind https",
            err=True,
        )


def _addresses(base: BaseUrl, token: FeedToken) -> dict[str, str]:
    return {
        "url": feed_url(base, token),
        "subscribe_url": subscribe_url(base, token),
        "webcal_url": webcal_url(base, token),
    }


def _print(base: BaseUrl, token: FeedToken) -> None:
    """The feed's address on a line of its own, and nothing more where a script reads it."""
    click.echo(feed_url(base, token))
    if not sys.stdout.isatty():
        return
    page = subscribe_url(base, token)
    if _can_show_code(page):
        click.echo("\n" + "\n".join(qr_code.terminal_lines(page)))
    click.echo(f"\nOn the phone or computer that shows the calendar, open this page:\n{page}")
    if base.is_loopback:
        click.echo("It is reached from this machine alone; --base-url says where others reach it.", err=True)


def _can_show_code(text: str) -> bool:
    """Whether the terminal has the half blocks, and the columns to show them unbroken."""
    try:
        "▀▄█".encode(sys.stdout.encoding)
    except UnicodeEncodeError:
        return False
    return shutil.get_terminal_size().columns >= qr_code.terminal_width(text)
