"""From the text of a plan file to a plan, or to every fault in it.

1. Read the TOML. A syntax error ends here, because nothing after it can be trusted.
2. Read each table by itself, so that a fault in one does not hide those of another.
3. Where every regimen could be read, ask the domain whether the whole holds together, and the laid-out
   schedule whether every dose it names was ever planned.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any, Protocol, TypeVar
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ValidationError

from scheduler.dosing.clinic import Clinic
from scheduler.dosing.consistency import inconsistencies
from scheduler.dosing.patient import Patient
from scheduler.dosing.plan import Plan
from scheduler.dosing.product import Market
from scheduler.dosing.refusal import DosingError, Path, PlanRefusedError, Refusal
from scheduler.dosing.regimen import Regimen
from scheduler.formulary.errors import OtherMarketError, UnknownProductError
from scheduler.formulary.formulary import Formulary
from scheduler.planfile.checked_document import ConfirmationDocument, SupplyDocument, SurgeryDocument
from scheduler.planfile.document import (
    VERSION,
    AdministrationDocument,
    ClinicDocument,
    HoldDocument,
    MoveDocument,
    PatientDocument,
    PlanDocument,
    RegimenDocument,
    RestDocument,
)
from scheduler.planfile.fault import NOTHING, Fault, PlanFileError
from scheduler.planfile.field import did_you_mean
from scheduler.planfile.wording import faults_of, unknown_key

_LARGEST = 5_000_000
# tomllib takes time that grows with the square of the parts of a dotted key; a plan needs two.
_MOST_DOTS = 100
_STAND_IN = Patient(name="unreadable", zone=ZoneInfo("UTC"), market=Market.US, travel=())

_Document = TypeVar("_Document", bound=BaseModel)


@dataclass(frozen=True, kw_only=True, slots=True)
class PlanFile:
    """What a plan file says: a plan, and the writer's own key for the patient, if any."""

    plan: Plan
    patient_id: str | None


def read_plan_file(file: FilePath, formulary: Formulary) -> PlanFile:
    """Read ``file``. Raises PlanFileError with every fault, also where it cannot be opened at all."""
    try:
        with file.open("rb") as stream:
            content = stream.read(_LARGEST + 1)
    except OSError as error:
        problem = (error.strerror or "cannot be read").lower()
        raise PlanFileError(str(file), [Fault(path=(), value=NOTHING, text=problem)]) from error
    return parse_plan_file(content, str(file), formulary)


def parse_plan_file(content: bytes, name: str, formulary: Formulary) -> PlanFile:
    """Read the bytes of a plan file. ``name`` stands in the faults. Raises PlanFileError with all of them."""
    reader = _Reader(formulary)
    try:
        plan_file = reader.read(_toml(content))
    except _SyntaxFaultError as error:
        raise PlanFileError(name, [Fault(path=(), value=NOTHING, text=str(error))]) from error
    if plan_file is None or reader.faults:
        raise PlanFileError(name, reader.faults)
    return plan_file


def parse_regimen(table: dict[str, Any], name: str, formulary: Formulary, market: Market) -> Regimen:
    """Read one regimen told as the table of a plan file would. Raises PlanFileError with every fault."""
    reader = _Reader(formulary)
    regimen = reader.regimen((), table, market)
    if regimen is None or reader.faults:
        raise PlanFileError(name, reader.faults)
    return regimen


def parse_inline_table(text: str, name: str) -> dict[str, Any]:
    """Read the inside of a TOML table on one line, ``dose = "20 mg", doses = 2``. Raises PlanFileError."""
    try:
        table = _toml(f"table = {{ {text} }}".encode())["table"]
    except _SyntaxFaultError as error:
        raise PlanFileError(name, [Fault(path=(), value=NOTHING, text=str(error))]) from error
    assert isinstance(table, dict)
    return table


class _SyntaxFaultError(Exception):
    pass


def _toml(content: bytes) -> dict[str, Any]:
    if len(content) > _LARGEST:
        raise _SyntaxFaultError(f"is larger than {_LARGEST:,} bytes, which no plan is")
    for number, line in enumerate(content.split(b"\n"), 1):
        if line.count(b".") > _MOST_DOTS:
            raise _SyntaxFaultError(f"has more than {_MOST_DOTS} dots on line {number}, which no plan has")
    try:
        return tomllib.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise _SyntaxFaultError(f"is not UTF-8 text: byte {error.start} cannot be read") from error
    except (ValueError, RecursionError) as error:  # tomllib lets ValueError through for a huge number
        raise _SyntaxFaultError(f"is not TOML: {error}") from error


class _Says(Protocol):
    def value(self) -> Any: ...


@dataclass
class _Reader:
    formulary: Formulary
    faults: list[Fault] = field(default_factory=list)

    def read(self, root: dict[str, Any]) -> PlanFile | None:
        self._check_root(root)
        patient_document = self._document(PatientDocument, ("patient",), root.get("patient", NOTHING))
        patient = self._value(("patient",), patient_document)
        market = patient.market if patient else Market.US
        tables = self._tables(root, "regimen")
        regimens = [self.regimen(("regimen", i), table, market) for i, table in tables]
        lists = _Lists(
            holds=self._values(root, "hold", HoldDocument),
            moves=self._values(root, "move", MoveDocument),
            administrations=self._values(root, "administration", AdministrationDocument),
            rests=self._values(root, "rest", RestDocument),
            clinic=self._clinic(root),
            surgeries=self._values(root, "surgery", SurgeryDocument),
            supplies=self._values(root, "supply", SupplyDocument),
            confirmations=self._values(root, "confirmed", ConfirmationDocument),
        )
        if not regimens or not all(regimens):
            return None
        plan = self._plan(patient or _STAND_IN, [r for r in regimens if r], lists)
        patient_id = patient_document.id if patient_document else None
        return None if plan is None else PlanFile(plan=plan, patient_id=patient_id)

    def _check_root(self, root: dict[str, Any]) -> None:
        known = PlanDocument.model_fields
        self.faults += [
            unknown_key((key,), value, list(known)) for key, value in root.items() if key not in known
        ]
        if "version" not in root:
            self._fault(("version",), NOTHING, f"is missing; this program reads version = {VERSION}")
        elif root["version"] != VERSION or type(root["version"]) is not int:
            self._fault(
                ("version",), root["version"], f"is not a version this program reads; it reads {VERSION}"
            )
        if not root.get("regimen"):
            self._fault(("regimen",), NOTHING, "is missing; a plan has at least one [[regimen]]")

    def _tables(self, root: dict[str, Any], name: str) -> list[tuple[int, object]]:
        tables = root.get(name, [])
        if isinstance(tables, list):
            return list(enumerate(tables))
        self._fault((name,), tables, f"must be a list of tables: write [[{name}]]")
        return []

    def _document(self, kind: type[_Document], path: Path, table: object) -> _Document | None:
        if table is NOTHING:
            self._fault(path, NOTHING, "is missing")
            return None
        try:
            return kind.model_validate(table, by_alias=True, by_name=False)
        except ValidationError as error:
            self.faults += faults_of(error, path, kind)
            return None

    def _value(self, path: Path, document: _Says | None) -> Any:
        return None if document is None else self._attempt(path, document.value)

    def _values(self, root: dict[str, Any], name: str, kind: type[Any]) -> list[tuple[int, Any]]:
        read = [
            (i, self._value((name, i), self._document(kind, (name, i), table)))
            for i, table in self._tables(root, name)
        ]
        return [(i, value) for i, value in read if value is not None]

    def _clinic(self, root: dict[str, Any]) -> Clinic | None:
        if "clinic" not in root:
            return None
        clinic: Clinic | None = self._value(
            ("clinic",), self._document(ClinicDocument, ("clinic",), root["clinic"])
        )
        return clinic

    def _attempt(self, path: Path, make: Callable[[], Any]) -> Any:
        try:
            return make()
        except DosingError as error:
            self._fault(path, NOTHING, str(error))
            return None

    def regimen(self, path: Path, table: object, market: Market) -> Regimen | None:
        document = self._document(RegimenDocument, path, table)
        if document is None:
            self._check_product(path, table, market)
            return None
        try:
            product = document.find_product(self.formulary, market)
        except UnknownProductError as error:
            self._unknown_product(path, document.product, error)
            return None
        regimen: Regimen | None = self._attempt(path, lambda: document.value(product))
        return regimen

    def _check_product(self, path: Path, table: object, market: Market) -> None:
        """Name an unknown product also where the rest of its table could not be read."""
        name = table.get("product") if isinstance(table, dict) else None
        if isinstance(name, str) and name != "custom":
            try:
                self.formulary.find(name, market)
            except UnknownProductError as error:
                self._unknown_product(path, name, error)

    def _unknown_product(self, path: Path, name: str, error: UnknownProductError) -> None:
        if isinstance(error, OtherMarketError):
            text = f'is known for market {" and ".join(error.markets)} alone; use "custom" for another'
        elif error.suggestions:
            text = f'is not a product of the formulary; did you mean "{error.suggestions[0]}"?'
        else:
            text = 'is not a product of the formulary; for another product write "custom", name and route'
        self._fault((*path, "product"), name, text)

    def _plan(self, patient: Patient, regimens: list[Regimen], lists: _Lists) -> Plan | None:
        try:
            plan = Plan(
                patient=patient,
                regimens=tuple(regimens),
                holds=tuple(value for _, value in lists.holds),
                moves=tuple(value for _, value in lists.moves),
                administrations=tuple(value for _, value in lists.administrations),
                rests=tuple(value for _, value in lists.rests),
                clinic=lists.clinic,
                surgeries=tuple(value for _, value in lists.surgeries),
                supplies=tuple(value for _, value in lists.supplies),
                confirmations=tuple(value for _, value in lists.confirmations),
            )
        except PlanRefusedError as error:
            self._refused(error.refusals, lists)
            return None
        self._refused([*inconsistencies(plan), *_unknown_sites(plan)], lists)
        return plan

    def _refused(self, refusals: Iterable[Refusal], lists: _Lists) -> None:
        for refusal in refusals:
            path = lists.path_in_file(refusal.path)
            hint = did_you_mean(str(refusal.value), self._known_ids(refusal))
            self._fault(path, refusal.value, refusal.text + hint)

    def _known_ids(self, refusal: Refusal) -> list[str]:
        _, _, listed = refusal.text.partition("there are: ")
        return [name for name in listed.split(", ") if name]

    def _fault(self, path: Path, value: object, text: str) -> None:
        self.faults.append(Fault(path=path, value=value, text=text))


def _unknown_sites(plan: Plan) -> Iterator[Refusal]:
    """Rests of sites that no regimen of the file uses. A stored plan may have one after an amendment."""
    sites = sorted({site for regimen in plan.regimens for site in regimen.sites})
    for index, rest in enumerate(plan.rests):
        if rest.site not in sites:
            text = f"is a site of no regimen; there are: {', '.join(sites) or 'none'}"
            yield Refusal(path=("rest", index, "site"), value=rest.site, text=text)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Lists:
    """The readable entries of each list with their places in the file."""

    holds: list[tuple[int, Any]]
    moves: list[tuple[int, Any]]
    administrations: list[tuple[int, Any]]
    rests: list[tuple[int, Any]]
    clinic: Clinic | None
    surgeries: list[tuple[int, Any]]
    supplies: list[tuple[int, Any]]
    confirmations: list[tuple[int, Any]]

    def path_in_file(self, path: Path) -> Path:
        """``path`` counts the readable entries; the file also counts those that were not."""
        entries = {
            "hold": self.holds,
            "move": self.moves,
            "administration": self.administrations,
            "rest": self.rests,
            "supply": self.supplies,
            "confirmed": self.confirmations,
        }
        if len(path) < 2 or not isinstance(path[1], int) or path[0] not in entries:
            return path
        return (path[0], entries[str(path[0])][path[1]][0], *path[2:])
