"""What a label says of a late dose of a stored patient."""

from __future__ import annotations

from datetime import datetime

from scheduler.actions.record_dose import planned_dose
from scheduler.dosing.expansion import Layout
from scheduler.formulary.formulary import Formulary
from scheduler.formulary.late_guidance import LateGuidance, late_guidance
from scheduler.store.unit_of_work import Store


def late_dose(
    store: Store, formulary: Formulary, patient_id: str, dose: str, moment: datetime
) -> LateGuidance:
    """What to do about ``dose`` at the aware ``moment``, by the label of the patient's market.

    Raises NotFoundError.
    """
    with store.reading() as work:
        stored = work.plans.load(work.patients.get(patient_id))
    found = planned_dose(stored, dose)
    entry = formulary.of_product(found.regimen.product, stored.record.patient.market)
    regimen = stored.plan.regimens_by_id[found.regimen.id]
    following = Layout(stored.plan).numbered(regimen, found.number + 1)
    return late_guidance(found, entry, following, moment)
