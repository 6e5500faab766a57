"""The errors of dosecal.

::

    DosecalError
    ├── InputError              what was handed in is wrong; the command line exits 2
    │   ├── PlanFileError       a plan file, with every fault found in it
    │   └── SettingsError       an option or environment variable
    ├── RefusedError            well-formed, and refused; the command line exits 1
    │   ├── NotFoundError       no such patient, feed, dose
    │   ├── ConflictError       it contradicts what is recorded already
    │   └── AlreadyRunningError a second daemon where one is allowed
    └── StoreError              the database cannot be used; the command line exits 1
        ├── UnreachableError    it does not answer
        ├── SchemaError         its tables are older or newer than this program
        └── BackupError         a copy of it cannot be made or used

A message says what is wrong, which value, and what to do. Beyond the ids that the person who asked
wrote, it never holds a name, an address, a medicine or a token, because messages end up in logs.
"""

from __future__ import annotations


class DosecalError(Exception):
    """Anything that dosecal refuses or cannot do, worded for the person who asked."""


class InputError(DosecalError):
    """What was handed in is wrong."""


class SettingsError(InputError):
    """An option or environment variable holds something unusable."""


class RefusedError(DosecalError):
    """A well-formed request that dosecal will not carry out."""


class NotFoundError(RefusedError):
    """The thing named does not exist."""


class ConflictError(RefusedError):
    """The request contradicts what is recorded already."""


class AlreadyRunningError(RefusedError):
    """A daemon holds what a second one would need."""


class StoreError(DosecalError):
    """The database cannot be used."""


class UnreachableError(StoreError):
    """The database does not answer."""


class SchemaError(StoreError):
    """The tables are older or newer than this program."""


class BackupError(StoreError):
    """A backup cannot be made, or cannot be used."""
