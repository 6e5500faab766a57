"""Letting a site of the body rest."""

from __future__ import annotations

from datetime import date

from scheduler.actions.free_text import check_reason
from scheduler.actions.plan_change import Done, Occasion, PlanChange, change_plan
from scheduler.actions.stretch import before, to_end
from scheduler.dosing.site_rotation import SiteRest
from scheduler.dosing.timezone import local_date
from scheduler.errors import NotFoundError
from scheduler.store.plans import Origin, StoredPlan
from scheduler.store.unit_of_work import Store, UnitOfWork


def rest_site(store: Store, patient_id: str, rest: SiteRest, occasion: Occasion) -> PlanChange:
    """Leave a site alone on the dates of ``rest``. Raises NotFoundError where no regimen has the site."""
    check_reason(rest.reason)

    def act(work: UnitOfWork, stored: StoredPlan) -> Done:
        sites = sorted({site for regimen in stored.regimens for site in regimen.sites})
        if rest.site not in sites:
            known = ", ".join(sites) or "none"
            raise NotFoundError(f"no regimen of {patient_id} uses the site {rest.site}; there are: {known}")
        work.plans.add(patient_id, rest, Origin.RECORDED, occasion.moment)
        return Done()

    return change_plan(store, patient_id, occasion, act)


def use_site(store: Store, patient_id: str, site: str, occasion: Occasion, *, on: date | None) -> PlanChange:
    """Use a resting site again from local date ``on``, else from today.

    Where it does not rest then, its next rest is taken back. Raises NotFoundError where there is none.
    """

    def act(work: UnitOfWork, stored: StoredPlan) -> Done:
        day = on or local_date(occasion.moment, stored.record.patient.zone)
        resting = to_end((entry for entry in stored.rests if entry.value.site == site), day)
        if not resting:
            raise NotFoundError(f"the site {site} does not rest on {day}")
        for entry in resting:
            work.plans.retract(entry, occasion.moment)
            if (shortened := before(entry.value, day)) is not None:
                work.plans.add(patient_id, shortened, Origin.RECORDED, occasion.moment)
        return Done()

    return change_plan(store, patient_id, occasion, act)
