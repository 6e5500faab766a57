"""The addresses of a feed, and which base address may stand before them."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from scheduler.actions.feed_address import (
    LONGEST_URL,
    BaseUrl,
    feed_url,
    outlook_urls,
    subscribe_url,
    webcal_url,
)
from scheduler.actions.feed_token import FeedToken
from scheduler.errors import SettingsError

TOKEN = FeedToken(key_id="abcdefgh", secret="S" * 43)
WRITTEN = f"abcdefgh-{'S' * 43}"


@pytest.mark.parametrize(
    "base",
    [
        "https://doses.example",
        "https://doses.example/",
        "https://doses.example//",
    ],
)
def test_slashes_at_the_end_of_the_base_address_make_no_difference(base: str) -> None:
    base_url = BaseUrl.parse(base)
    assert feed_url(base_url, TOKEN) == f"https://doses.example/feeds/{WRITTEN}.ics"
    assert subscribe_url(base_url, TOKEN) == f"https://doses.example/subscribe/{WRITTEN}"


@pytest.mark.parametrize(
    "base",
    [
        "http://127.0.0.1:8460",
        "https://doses.example:8443/clinic/north",
        "https://[2001:db8::1]:8443",
        "https://xn--bcher-kva.example/a_b~c.d-e",
        "HTTPS://Doses.Example",
    ],
)
def test_a_port_a_path_and_an_address_of_numbers_are_taken(base: str) -> None:
    assert feed_url(BaseUrl.parse(base), TOKEN) == f"{base}/feeds/{WRITTEN}.ics"


def test_a_webcal_address_differs_in_the_scheme_alone() -> None:
    for scheme in ("http", "https", "HTTPS"):
        base_url = BaseUrl.parse(f"{scheme}://doses.example:8443/x")
        assert webcal_url(base_url, TOKEN) == f"webcal://doses.example:8443/x/feeds/{WRITTEN}.ics"


def test_outlook_is_handed_the_https_address_and_a_name_that_tells_nothing() -> None:
    base_url = BaseUrl.parse("https://doses.example")
    urls = outlook_urls(base_url, TOKEN)
    for url, host in ((urls.personal, "outlook.live.com"), (urls.work, "outlook.office.com")):
        parts = urlsplit(url)
        assert (parts.scheme, parts.netloc, parts.path) == ("https", host, "/calendar/0/addfromweb")
        assert parse_qs(parts.query) == {"url": [feed_url(base_url, TOKEN)], "name": ["Calendar"]}


@pytest.mark.parametrize(
    ("base", "said"),
    [
        ("https://doses.example?x=1", "has a '?' or a '#'"),
        ("https://doses.example/#top", "has a '?' or a '#'"),
        ("ftp://doses.example", "is not https://HOST"),
        ("webcal://doses.example", "is not https://HOST"),
        ("doses.example", "is not https://HOST"),
        ("https://", "is not https://HOST"),
        ("https:///feeds", "is not https://HOST"),
        ("", "is not https://HOST"),
        ("https://doses.example:99999", "is not https://HOST"),
        ("https://doses.example:0", "is not https://HOST"),
        ("https://doses.example:", "is not https://HOST"),
        ("https://doses.example/a b", "is not https://HOST"),
        ("https://doses.example/a\n", "is not https://HOST"),
        ("https://doses.example/\x1b[2J", "is not https://HOST"),
        ('https://doses.example/"><b>', "is not https://HOST"),
        ("https://bücher.example", "plain ASCII"),
        ("https://[fe80::1%25eth0]", "is not https://HOST"),
    ],
)
def test_a_base_address_of_another_form_is_refused(base: str, said: str) -> None:
    with pytest.raises(SettingsError, match="--base-url") as refused:
        BaseUrl.parse(base)
    assert said in str(refused.value)


def test_a_refusal_does_not_repeat_a_password() -> None:
    with pytest.raises(SettingsError, match="without a name or a password") as refused:
        BaseUrl.parse("https://nurse:hunter2@doses.example")
    assert "hunter2" not in str(refused.value)


def test_every_address_stays_below_the_length_that_google_takes() -> None:
    longest = "https://doses.example/" + "x" * 170
    base_url = BaseUrl.parse(longest)
    assert len(feed_url(base_url, TOKEN)) == LONGEST_URL == 255
    assert len(subscribe_url(base_url, TOKEN)) <= LONGEST_URL
    assert BaseUrl.parse(f"{longest}/") == base_url
    with pytest.raises(SettingsError, match="has 193 characters and may have 192"):
        BaseUrl.parse(f"{longest}x")


@pytest.mark.parametrize(
    ("base", "loopback", "readable"),
    [
        ("http://127.0.0.1:8460", True, False),
        ("http://127.8.0.1", True, False),
        ("http://[::1]:8460", True, False),
        ("http://localhost:8460", True, False),
        ("http://LOCALHOST", True, False),
        ("http://10.0.0.5", False, True),
        ("http://127.0.0.1.example", False, True),
        ("http://localhost.example", False, True),
        ("http://doses.example", False, True),
        ("HTTP://doses.example", False, True),
        ("https://doses.example", False, False),
        ("https://127.0.0.1", True, False),
    ],
)
def test_plain_http_is_private_on_this_machine_alone(base: str, loopback: bool, readable: bool) -> None:
    base_url = BaseUrl.parse(base)
    assert base_url.is_loopback is loopback
    assert base_url.is_readable_on_the_way is readable
