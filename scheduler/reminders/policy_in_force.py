"""Which policy is in force for one regimen and one recipient.

Each value comes from the narrowest scope that chooses it: the defaults, then the patient, then one of their
regimens, then one of their recipients, then the two together. A recipient goes before a regimen, because it
is somebody's own quiet and own channel that they choose for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from scheduler.reminders.policy import DEFAULTS, Policy
from scheduler.reminders.policy_document import PolicyDocument, read_policy, written_policy
from scheduler.store.policies import PolicyRecord, PolicyScope

DEFAULT = "default"
_Key = tuple[str | None, str | None]


@dataclass(frozen=True, kw_only=True, slots=True)
class ValueInForce:
    """``value`` as a document writes it; ``source``: default, patient, regimen, recipient or both."""

    name: str
    value: object
    source: str


class PoliciesInForce:
    """What was chosen for one patient. Raises PlanFileError where it cannot be read."""

    def __init__(self, records: Sequence[PolicyRecord]) -> None:
        self._chosen = {_key(record.scope): read_policy(record.document) for record in records}
        self._known: dict[_Key, Policy] = {}

    @property
    def has_choices(self) -> bool:
        """Whether anything was ever chosen, though it was forgotten since."""
        return bool(self._chosen)

    def of(self, regimen_id: str | None, recipient_id: str | None) -> Policy:
        """The policy for one regimen, or for none in particular, and one recipient, or none."""
        key = (regimen_id, recipient_id)
        if key not in self._known:
            policy = DEFAULTS
            for document, _ in self._from_wide_to_narrow(*key):
                policy = document.over(policy)
            self._known[key] = policy
        return self._known[key]

    def values(self, regimen_id: str | None, recipient_id: str | None) -> list[ValueInForce]:
        """Every value of that policy, and where it comes from."""
        sources = dict.fromkeys(PolicyDocument.model_fields, DEFAULT)
        for document, source in self._from_wide_to_narrow(regimen_id, recipient_id):
            sources |= dict.fromkeys(document.chosen(), source)
        written = written_policy(self.of(regimen_id, recipient_id))
        return [ValueInForce(name=n, value=written[n], source=source) for n, source in sources.items()]

    def _from_wide_to_narrow(
        self, regimen_id: str | None, recipient_id: str | None
    ) -> Iterator[tuple[PolicyDocument, str]]:
        for key, source in _scopes(regimen_id, recipient_id).items():
            if key in self._chosen:
                yield self._chosen[key], source


def _scopes(regimen_id: str | None, recipient_id: str | None) -> dict[_Key, str]:
    """From wide to narrow. Where no regimen or no recipient is asked for, two scopes are one: the wider."""
    narrow_to_wide = {
        (regimen_id, recipient_id): "regimen and recipient",
        (None, recipient_id): "recipient",
        (regimen_id, None): "regimen",
        (None, None): "patient",
    }
    return dict(reversed(narrow_to_wide.items()))


def _key(scope: PolicyScope) -> _Key:
    return (scope.regimen_id, scope.recipient_id)
