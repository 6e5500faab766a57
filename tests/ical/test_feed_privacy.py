"""What must never be seen below FULL: names of people and medicines, reasons, places on the body."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.dosing.administration import Administration, AdministrationStatus
from scheduler.dosing.hold import Hold
from scheduler.dosing.move import Move
from scheduler.dosing.occurrence_id import GridId
from scheduler.dosing.plan import Plan
from scheduler.dosing.product import Product
from scheduler.dosing.regimen import Regimen
from scheduler.ical.privacy import Privacy

# No word of ours and no digit of a UID has these letters side by side, so a match is a leak.
SECRETS = st.lists(st.from_regex(r"zq[a-z]{3,9}", fullmatch=True), min_size=9, max_size=9, unique=True)

Build = Callable[..., bytes]


def secretive_plan(
    secrets: list[str],
    plan: Callable[..., Plan],
    regimen: Callable[..., Regimen],
    product: Callable[..., Product],
) -> Plan:
    drug, regimen_id, person, site, why_moved, why_held, why_not, where, product_id = secrets
    daily = regimen(regimen_id, of=product(id=product_id, name=drug.title(), sites=(site,)), dose="777 mg")

    def dose(day: int) -> GridId:
        return GridId(regimen=regimen_id, on=date(2026, 10, day), slot=1)

    given_on = datetime(2026, 10, 19, 8, 0)  # noqa: DTZ001
    not_given = Administration(
        dose=dose(19), status=AdministrationStatus.NOT_GIVEN, at=given_on, site=where, reason=why_not
    )
    held = Hold(regimen=regimen_id, first=date(2026, 10, 24), last=date(2026, 10, 30), reason=why_held)
    to = datetime(2026, 10, 21, 10, 0)  # noqa: DTZ001
    return plan(
        daily,
        name=f"{person.title()} Smith",
        holds=(held,),
        moves=(Move(dose=dose(20), to=to, reason=why_moved),),
        administrations=(not_given,),
    )


@settings(deadline=None, max_examples=40)
@given(secrets=SECRETS, privacy=st.sampled_from([Privacy.DISCREET, Privacy.INITIALS]))
def test_no_name_of_a_person_or_medicine_is_anywhere_below_full(
    plan: Callable[..., Plan],
    regimen: Callable[..., Regimen],
    product: Callable[..., Product],
    render: Build,
    unfolded: Callable[[bytes], str],
    secrets: list[str],
    privacy: Privacy,
) -> None:
    whole = secretive_plan(secrets, plan, regimen, product)
    guidance = {secrets[1]: [f"Keep {secrets[0]} cold.", secrets[2]]}
    seen = unfolded(render(whole, privacy=privacy, guidance=guidance)).casefold()
    assert [secret for secret in secrets if secret in seen] == []
    assert "777" not in re.sub(r"UID:.*", "", seen, flags=re.IGNORECASE)
    assert "smith" not in seen


@settings(deadline=None, max_examples=20)
@given(secrets=SECRETS)
def test_a_full_feed_names_the_medicine_and_never_the_patient_or_an_id(
    plan: Callable[..., Plan],
    regimen: Callable[..., Regimen],
    product: Callable[..., Product],
    render: Build,
    unfolded: Callable[[bytes], str],
    secrets: list[str],
) -> None:
    drug, regimen_id, person, site, why_moved, *_ = secrets
    seen = unfolded(render(secretive_plan(secrets, plan, regimen, product), privacy=Privacy.FULL)).casefold()
    assert all(told in seen for told in (f"{drug} 777 mg", site, why_moved))
    assert [secret for secret in (regimen_id, person, secrets[-1]) if secret in seen] == []


def test_initials_are_shown_at_their_level_alone(
    plan: Callable[..., Plan], regimen: Callable[..., Regimen], render: Build
) -> None:
    seen = {privacy: b"A.S." in render(plan(regimen()), privacy=privacy) for privacy in Privacy}
    assert seen == {Privacy.DISCREET: False, Privacy.INITIALS: True, Privacy.FULL: False}


def test_without_initials_there_are_no_empty_brackets(
    plan: Callable[..., Plan], regimen: Callable[..., Regimen], render: Build
) -> None:
    assert b"SUMMARY:Garden\r\n" in render(plan(regimen()), privacy=Privacy.INITIALS, initials="\x00 ")
