"""The tables.

Instants are integer milliseconds since 1970-01-01T00:00Z, so both databases do the same arithmetic on
them and no driver's idea of a time zone comes between. Local dates and wall times are ISO 8601 text.
History is never deleted: a correction retracts a row and adds another. Removing a patient is the one
exception, and takes everything of theirs.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite counts rows by INTEGER PRIMARY KEY alone; BIGINT would not count by itself.
_RowId = BigInteger().with_variant(Integer(), "sqlite")
_NOT_RETRACTED = text("retracted_at IS NULL")


def _of_patient(column: str = "patient_id") -> ForeignKeyConstraint:
    return ForeignKeyConstraint([column], ["patient.id"], ondelete="CASCADE")


def _of_caseload() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["caseload_id"], ["caseload.id"], ondelete="CASCADE")


def _of_one_or_the_other() -> CheckConstraint:
    return CheckConstraint("(patient_id IS NULL) <> (caseload_id IS NULL)", name="subject")


patient = Table(
    "patient",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("document", Text, nullable=False),  # PatientDocument as JSON
    Column("name", String(200), nullable=False),
    Column("zone", String(64), nullable=False),
    Column("clinic", Text),  # ClinicDocument as JSON
    Column("shard", Integer, nullable=False),
    Column("revision", Integer, nullable=False),  # +1 with every change of what is planned or recorded
    Column("revised_at", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("reminders_planned_until", BigInteger, nullable=False),
    Index("ix_patient_name", "name"),
)

regimen_version = Table(
    "regimen_version",
    metadata,
    Column("patient_id", String(64), primary_key=True),
    Column("regimen_id", String(40), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("place", Integer, nullable=False),  # order among the patient's regimens
    Column("effective_on", String(10), nullable=False),
    Column("document", Text, nullable=False),  # RegimenDocument as JSON
    Column("recorded_at", BigInteger, nullable=False),
    Column("superseded_at", BigInteger),  # a later one is in force from its date or an earlier one
    _of_patient(),
    Index(
        "uq_regimen_version_effective",
        "patient_id",
        "regimen_id",
        "effective_on",
        unique=True,
        sqlite_where=text("superseded_at IS NULL"),
        postgresql_where=text("superseded_at IS NULL"),
    ),
)


def _entry(name: str, *columns: Column[Any] | CheckConstraint, one_for: str | None = None) -> Table:
    """What is written down beside a plan's regimens: where it came from, when, and whether it stands.

    ``one_for``: the column of which a patient has each value once, as long as it is not retracted.
    """
    of = ("patient_id",) if one_for is None else ("patient_id", one_for)
    label = f"ix_{name}_patient" if one_for is None else f"uq_{name}_{one_for.removesuffix('_id')}"
    is_unique = one_for is not None
    return Table(
        name,
        metadata,
        Column("id", _RowId, primary_key=True),
        Column("patient_id", String(64), nullable=False),
        *columns,
        Column("origin", String(8), nullable=False),
        Column("recorded_at", BigInteger, nullable=False),
        Column("retracted_at", BigInteger),
        _of_patient(),
        CheckConstraint("origin IN ('file', 'recorded')", name="origin"),
        Index(label, *of, unique=is_unique, sqlite_where=_NOT_RETRACTED, postgresql_where=_NOT_RETRACTED),
    )


hold = _entry(
    "hold",
    Column("regimen_id", String(40), nullable=False),
    Column("first_on", String(10), nullable=False),
    Column("last_on", String(10)),
    Column("reason", String(200), nullable=False),
)

rest = _entry(
    "rest",
    Column("site", String(40), nullable=False),
    Column("first_on", String(10), nullable=False),
    Column("last_on", String(10)),
    Column("reason", String(200), nullable=False),
)

surgery = _entry(
    "surgery",
    Column("planned_on", String(10), nullable=False),
    Column("dental", Boolean, nullable=False),
)

supply = _entry(
    "supply",
    Column("regimen_id", String(40), nullable=False),
    Column("label", String(80), nullable=False),
    Column("wall_out", String(26)),
    Column("wall_back", String(26)),
    Column("wall_opened", String(26)),
)

confirmation = _entry(
    "confirmation",
    Column("regimen_id", String(40), nullable=False),
    Column("code", String(40), nullable=False),
    Column("reason", String(200), nullable=False),
)

move = _entry(
    "move",
    Column("dose_id", String(64), nullable=False),
    Column("wall_to", String(26), nullable=False),
    Column("reason", String(200), nullable=False),
    one_for="dose_id",
)

# One truth for each dose: two answers to one reminder, or two nurses, cannot both be recorded.
administration = _entry(
    "administration",
    Column("dose_id", String(64), nullable=False),
    Column("status", String(16), nullable=False),
    Column("wall_at", String(26), nullable=False),
    Column("site", String(40)),
    Column("reason", String(200), nullable=False),
    CheckConstraint("status IN ('given', 'not-given')", name="status"),
    one_for="dose_id",
)

caseload = Table(
    "caseload",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("zone", String(64), nullable=False),  # whose midnight begins its day
    Column("revision", Integer, nullable=False),  # +1 with every change of who belongs to it
    Column("revised_at", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("digests_planned_until", BigInteger, nullable=False, server_default="0"),
)

caseload_member = Table(
    "caseload_member",
    metadata,
    Column("caseload_id", String(64), primary_key=True),
    Column("patient_id", String(64), primary_key=True),
    Column("place", String(60), nullable=False),  # where to find the patient: "room 12"; may be empty
    Column("added_at", BigInteger, nullable=False),
    _of_caseload(),
    _of_patient(),
    Index("ix_caseload_member_patient", "patient_id"),
)

# What was chosen for the digest of a caseload's day. What was chosen before stays, as superseded.
digest = Table(
    "digest",
    metadata,
    Column("id", _RowId, primary_key=True),
    Column("caseload_id", String(64), nullable=False),
    Column("document", Text, nullable=False),  # DigestDocument as JSON
    Column("set_at", BigInteger, nullable=False),
    Column("superseded_at", BigInteger),
    _of_caseload(),
    Index(
        "uq_digest_caseload",
        "caseload_id",
        unique=True,
        sqlite_where=text("superseded_at IS NULL"),
        postgresql_where=text("superseded_at IS NULL"),
    ),
)

feed = Table(
    "feed",
    metadata,
    Column("key_id", String(8), primary_key=True),
    Column("patient_id", String(64)),
    Column("caseload_id", String(64)),
    Column("audience", String(16), nullable=False),
    Column("label", String(80), nullable=False),
    Column("privacy", String(16), nullable=False),
    Column("alias", String(80), nullable=False),
    Column("lead_tasks", String(80), nullable=False),  # "prepare,food,order=7": what the person chose
    Column("secret_hash", LargeBinary(32), nullable=False),  # SHA-256; the secret itself is shown once
    Column("issued_at", BigInteger, nullable=False),
    Column("revoked_at", BigInteger),  # in the future while a new address takes this one's place
    Column("last_used_on", String(10)),
    Column("last_used_by", String(24)),  # the family of calendar programs, nothing finer
    _of_patient(),
    _of_caseload(),
    CheckConstraint("audience IN ('patient', 'carer', 'nurse', 'clinic')", name="audience"),
    _of_one_or_the_other(),
    Index("ix_feed_patient", "patient_id"),
    Index("ix_feed_caseload", "caseload_id"),
)

# The bytes a feed was last served as, and what each of its events was then: see ical/revisions.py.
rendered_feed = Table(
    "rendered_feed",
    metadata,
    Column("key_id", String(8), primary_key=True),
    Column("state", String(120), nullable=False),  # what the bytes were made from
    Column("etag", String(48), nullable=False),
    Column("last_modified", BigInteger, nullable=False),
    Column("body", LargeBinary, nullable=False),  # gzip
    Column("events", LargeBinary, nullable=False),
    ForeignKeyConstraint(["key_id"], ["feed.key_id"], ondelete="CASCADE"),
)


def _address_index(name: str, of: str) -> Index:
    """An address is used once for each patient or caseload and channel."""
    stands = text("removed_at IS NULL")
    columns = (of, "channel", "address")
    return Index(name, *columns, unique=True, sqlite_where=stands, postgresql_where=stands)


recipient = Table(
    "recipient",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("patient_id", String(64)),
    Column("caseload_id", String(64)),  # whose digest is sent there
    Column("channel", String(16), nullable=False),
    Column("address", String(320), nullable=False),
    Column("privacy", String(16), nullable=False),
    Column("role", String(12), nullable=False),  # RecipientRole
    Column("consented_at", BigInteger),  # when somebody who is told on escalation agreed to it
    Column("added_at", BigInteger, nullable=False),
    Column("removed_at", BigInteger),
    Column("verified_at", BigInteger),  # nothing but a code goes there before
    Column("verified_how", String(200)),  # 'code', or why somebody answered for it
    Column("code_hash", LargeBinary(32)),
    Column("code_sent_at", BigInteger),
    Column("code_tries", Integer, nullable=False, default=0),  # wrong codes since it was sent
    Column("broken_at", BigInteger),
    Column("broken_how", String(12)),  # 'refused' or 'bounced'
    Column("unsubscribed_at", BigInteger),  # when its owner ended what goes there
    _of_patient(),
    _of_caseload(),
    _of_one_or_the_other(),
    _address_index("uq_recipient_address", "patient_id"),
    _address_index("uq_recipient_caseload_address", "caseload_id"),
)

# What was chosen for a patient, one of their regimens or one of their recipients; '' where it is for all.
policy = Table(
    "policy",
    metadata,
    Column("id", _RowId, primary_key=True),
    Column("patient_id", String(64), nullable=False),
    Column("regimen_id", String(40), nullable=False),
    Column("recipient_id", String(16), nullable=False),
    Column("document", Text, nullable=False),  # PolicyDocument as JSON
    Column("set_at", BigInteger, nullable=False),
    Column("superseded_at", BigInteger),
    _of_patient(),
    Index(
        "uq_policy_scope",
        "patient_id",
        "regimen_id",
        "recipient_id",
        unique=True,
        sqlite_where=text("superseded_at IS NULL"),
        postgresql_where=text("superseded_at IS NULL"),
    ),
)

_WAITS = "state = 'pending'"


def _queue_index(name: str, condition: str, *columns: str) -> Index:
    """Over the rows under ``condition`` alone, so that it is as long as the queue and not as the history."""
    return Index(name, *columns, sqlite_where=text(condition), postgresql_where=text(condition))


_STATES = "'pending', 'leased', 'sent', 'failed', 'unknown', 'cancelled', 'expired'"

reminder = Table(
    "reminder",
    metadata,
    Column("id", _RowId, primary_key=True),
    Column("patient_id", String(64)),
    Column("caseload_id", String(64)),  # of a digest, whose dose_id is "digest@" and its local date
    Column("dose_id", String(64), nullable=False),
    Column("step", String(16), nullable=False),
    Column("recipient_id", String(16), nullable=False),
    Column("channel", String(16), nullable=False),
    Column("shard", Integer, nullable=False),
    Column("due_at", BigInteger, nullable=False),  # when to try next
    Column("dose_due_at", BigInteger, nullable=False),
    Column("not_after", BigInteger),  # no longer useful from then on; NULL: useful until recorded
    Column("wall_due", String(16), nullable=False),  # what the words of the message are made from
    Column("zone", String(64), nullable=False),
    Column("policy", Text, nullable=False),  # JSON, frozen when the row was planned
    Column("priority", Integer, nullable=False),  # the lower is sent first where two are due
    Column("state", String(12), nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("lease_owner", String(80)),
    Column("lease_until", BigInteger),
    Column("provider_id", String(200)),
    Column("last_error", String(300)),
    Column("planned_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
    _of_patient(),
    _of_caseload(),
    _of_one_or_the_other(),
    # The promise that nobody is told twice on purpose: planning again finds the row and changes it.
    UniqueConstraint("patient_id", "dose_id", "step", "recipient_id"),
    # Of digests alone: a patient's reminder costs no entry.
    Index(
        "uq_reminder_digest",
        "caseload_id",
        "dose_id",
        "step",
        "recipient_id",
        unique=True,
        sqlite_where=text("caseload_id IS NOT NULL"),
        postgresql_where=text("caseload_id IS NOT NULL"),
    ),
    Index(
        "ix_reminder_open_digest",
        "caseload_id",
        sqlite_where=text("caseload_id IS NOT NULL AND ended_at IS NULL"),
        postgresql_where=text("caseload_id IS NOT NULL AND ended_at IS NULL"),
    ),
    CheckConstraint(f"state IN ({_STATES})", name="state"),
    # The order of claims: see queue_ranks.py.
    _queue_index("ix_reminder_untried", _WAITS + " AND attempt = 0", "channel", "priority", "due_at"),
    _queue_index("ix_reminder_tried", _WAITS + " AND attempt > 0", "channel", "priority", "due_at"),
    _queue_index("ix_reminder_not_after", _WAITS + " AND not_after IS NOT NULL", "not_after"),
    _queue_index("ix_reminder_leased", "lease_until IS NOT NULL", "lease_until"),
    _queue_index("ix_reminder_open", "ended_at IS NULL", "patient_id"),
)

attempt = Table(
    "attempt",
    metadata,
    Column("reminder_id", _RowId, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("node", String(80), nullable=False),
    Column("started_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
    Column("outcome", String(16)),
    Column("provider_id", String(200)),
    Column("detail", String(300)),
    ForeignKeyConstraint(["reminder_id"], ["reminder.id"], ondelete="CASCADE"),
)

# What somebody did by a link in a message; the record itself, where there is one, is an administration.
answer = Table(
    "answer",
    metadata,
    Column("id", _RowId, primary_key=True),
    Column("patient_id", String(64), nullable=False),
    Column("dose_id", String(64), nullable=False),
    Column("recipient_id", String(16), nullable=False),
    Column("kind", String(12), nullable=False),
    Column("answered_at", BigInteger, nullable=False),
    Column("told_at", BigInteger),  # when to tell of the dose, where the answer was to be told of it later
    _of_patient(),
    CheckConstraint("kind IN ('given', 'not-given', 'undone', 'snoozed', 'asked')", name="kind"),
    Index("ix_answer_dose", "patient_id", "dose_id"),
)

# What links in messages are signed with. Several may stand; the newest signs.
link_key = Table(
    "link_key",
    metadata,
    Column("id", _RowId, primary_key=True),
    Column("secret", LargeBinary(32), nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("ends_at", BigInteger),  # from then on no link that it signed is good; NULL: it is the newest
)

# What stands for a patient in an address that is no secret.
patient_page = Table(
    "patient_page",
    metadata,
    Column("code", String(12), primary_key=True),
    Column("patient_id", String(64), nullable=False),
    _of_patient(),
    UniqueConstraint("patient_id"),
)

node = Table(
    "node",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("epoch", Integer, nullable=False),
    Column("heartbeat_at", BigInteger, nullable=False),
)

channel_health = Table(
    "channel_health",
    metadata,
    Column("channel", String(16), primary_key=True),
    Column("node", String(64), primary_key=True),
    Column("state", String(12), nullable=False),
    Column("failures", Integer, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
)

# What outlives a process and belongs to no table: the latest wall clock seen, the last audit.
keeping = Table(
    "keeping",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("value", Text, nullable=False),
)
