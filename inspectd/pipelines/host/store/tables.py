"""The tables, as SQLAlchemy sees them. `migrations/` makes them; a test holds the two together.

Times are seconds of the Unix clock. Pictures and artefacts are blobs on disk, named by sha256.
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

STATES = ("queued", "running", "done", "failed", "cancelled")


def _picture() -> Column[str]:
    return Column(
        "sha256", String(64), ForeignKey("picture.sha256", ondelete="CASCADE"), nullable=False
    )


def _job() -> Column[int]:
    return Column("job_id", Integer, ForeignKey("job.id", ondelete="CASCADE"), nullable=False)


picture = Table(
    "picture",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("name", String(255), nullable=False),
    Column("media_type", String(60), nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("width_px", Integer),
    Column("height_px", Integer),
    Column("frames", Integer, nullable=False),
    Column("received_s", Float, nullable=False, index=True),
)

# Every time that a file came, whether it was new, known or refused: nothing is lost unseen.
arrival = Table(
    "arrival",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("sha256", String(64), index=True),
    Column("name", String(255), nullable=False),
    Column("source", String(200), nullable=False),
    Column("at_s", Float, nullable=False, index=True),
    Column("refused", Text),
)

# What the watcher has read, so that a start does not read an archive again.
watched_file = Table(
    "watched_file",
    metadata,
    Column("path", Text, primary_key=True),
    Column("size_bytes", BigInteger, nullable=False),
    Column("modified_ns", BigInteger, nullable=False),
)

job = Table(
    "job",
    metadata,
    Column("id", Integer, primary_key=True),
    _picture(),
    Column("pipeline", String(60), nullable=False),
    # Pipeline, models and options in one name (`Provenance.key`).
    Column("work_key", String(64), nullable=False),
    Column("options", JSON, nullable=False),
    Column("models", JSON, nullable=False),
    Column("code_version", String(40), nullable=False),
    Column("state", String(10), nullable=False),
    Column("priority", Integer, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("worker", String(120)),
    Column("lease_until_s", Float),
    Column("progress", Float, nullable=False),
    Column("error", Text),
    Column("queued_s", Float, nullable=False),
    Column("started_s", Float),
    Column("finished_s", Float),
    UniqueConstraint("sha256", "work_key"),
    CheckConstraint(f"state IN {STATES}", name="state"),
    Index("ix_job_state", "state", "id"),
    Index("ix_job_pipeline", "pipeline", "state"),
)

finding = Table(
    "finding",
    metadata,
    Column("id", Integer, primary_key=True),
    _job(),
    Column("kind", String(60), nullable=False),
    Column("label", String(200), nullable=False),
    Column("score", Float, nullable=False),
    Column("geometry", JSON),
    Column("attributes", JSON, nullable=False),
    Index("ix_finding_job_id", "job_id"),
    Index("ix_finding_label", "label"),
)

# float16, C order: half of float32's room, and 3 decimal digits are more than a distance needs.
feature = Table(
    "feature",
    metadata,
    Column("job_id", Integer, ForeignKey("job.id", ondelete="CASCADE"), primary_key=True),
    Column("name", String(60), primary_key=True),
    Column("shape", JSON, nullable=False),
    Column("values", LargeBinary, nullable=False),
)

artefact = Table(
    "artefact",
    metadata,
    Column("job_id", Integer, ForeignKey("job.id", ondelete="CASCADE"), primary_key=True),
    Column("name", String(100), primary_key=True),
    Column("media_type", String(60), nullable=False),
    Column("sha256", String(64), nullable=False, index=True),
)

reduction = Table(
    "reduction",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("pipeline", String(60), nullable=False),
    Column("work_key", String(64), nullable=False, index=True),
    Column("made_s", Float, nullable=False),
    # Results that were finished until then are in it.
    Column("up_to_s", Float, nullable=False),
    Column("pictures", JSON, nullable=False),
    Column("state", LargeBinary, nullable=False),
)

grouping = Table(
    "grouping",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("reduction_id", Integer, ForeignKey("reduction.id", ondelete="CASCADE"), nullable=False),
    Column("kind", String(60), nullable=False),
    Column("label", String(200), nullable=False),
    Column("members", JSON, nullable=False),
    Column("attributes", JSON, nullable=False),
    Index("ix_grouping_reduction_id", "reduction_id"),
)

review = Table(
    "review",
    metadata,
    Column("id", Integer, primary_key=True),
    _job(),
    Column("sample", String(80), nullable=False, index=True),
    Column("stratum", String(200), nullable=False),
    Column("proposed", String(200), nullable=False),
    Column("confirmed", String(200)),
    Column("reviewer", String(80)),
    Column("asked_s", Float, nullable=False),
    Column("answered_s", Float),
    UniqueConstraint("job_id", "sample"),
)

# What people say a picture is: the truth for scores, and what models learn from next.
label = Table(
    "label",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("pipeline", String(60), primary_key=True),
    Column("label", String(200), nullable=False),
    Column("source", String(80), nullable=False),
    Column("at_s", Float, nullable=False),
)
