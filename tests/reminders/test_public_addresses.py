"""Addresses that people gave lead to the internet and nowhere else."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from typing import Any

import pytest

from scheduler.reminders.channels.public_address import PrivateAddressError, is_public, places

PUBLIC = ["8.8.8.8", "2606:4700:4700::1111", "2001:4860:4860::8888"]
PRIVATE = [
    "127.0.0.1",
    "10.1.1.1",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "100.100.100.200",
    "169.254.169.254",
    "168.63.129.16",
    "0.0.0.0",
    "192.0.0.9",
    "192.0.2.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::7f00:1",
    "64:ff9b:1::7f00:1",
    "2002:7f00:1::",
    "2001:0:7f00:1::",
    "2001:db8::1",
    "fe80::1",
    "fe80::1%eth0",
    "fc00::1",
    "fd00:ec2::254",
    "ff02::1",
    "not an address",
]


@pytest.mark.parametrize("address", PUBLIC)
def test_what_everybody_can_reach_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("address", PRIVATE)
def test_anything_else_is_not(address: str) -> None:
    assert not is_public(address)


class Names:
    """A name server that gives its answers one after the other."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self._answers = list(answers)
        self.asked = 0

    def __call__(self, host: str, port: int, **_: Any) -> list[Any]:
        self.asked += 1
        found = self._answers.pop(0)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]


def test_one_private_address_among_several_is_enough() -> None:
    with pytest.raises(PrivateAddressError):
        places("rebind.example", 443, resolve=Names(["8.8.8.8", "127.0.0.1"]))


def test_a_name_is_looked_up_once() -> None:
    names = Names(["8.8.8.8"], ["127.0.0.1"])
    assert places("rebind.example", 443, resolve=names) == [(socket.AF_INET, ("8.8.8.8", 443))]
    assert names.asked == 1


def test_an_operator_may_let_them_lead_anywhere() -> None:
    found = places("home.example", 80, private_too=True, resolve=Names(["192.168.1.7"]))
    assert found == [(socket.AF_INET, ("192.168.1.7", 80))]


@pytest.mark.parametrize("host", ["2130706433", "0x7f000001", "0177.0.0.1", "127.1", "localhost", "0"])
def test_this_machine_by_another_name_is_this_machine(host: str) -> None:
    with pytest.raises((PrivateAddressError, OSError)):
        places(host, 443)


@pytest.mark.parametrize("host", ["a" * 64 + ".example", "a..b"])
def test_what_cannot_be_a_name_is_not_found(host: str) -> None:
    with pytest.raises(OSError, match=r"not a name|not known|failure"):
        places(host, 443)
