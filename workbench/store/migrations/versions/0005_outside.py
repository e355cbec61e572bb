"""Who people are at a provider of sign-in."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "outside",
        sa.Column("issuer", sa.String(500), nullable=False),
        sa.Column("subject", sa.String(255), nullable=False),
        sa.Column("user", sa.String(32), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user"], ["users.id"], ondelete="CASCADE", name="outside_user_of_users"
        ),
        sa.PrimaryKeyConstraint("issuer", "subject", name="outside_key"),
    )
    op.create_index("outside_by_user", "outside", ["user"])


def downgrade() -> None:
    """Forget who people are elsewhere; their accounts stay."""
    op.drop_table("outside")
