"""Finished trials of searches: what a search that was stopped goes on from."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, Column, Float, Integer, String, Table, Text, delete, insert, select

from workbench.core.trial import Trial
from workbench.store.database import TABLES, is_there, reading, writing

__all__ = ["add_trial", "drop_trials", "read_trials"]

TRIALS = Table(
    "trials",
    TABLES,
    Column("study", String(200), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("about", Text, nullable=False),
    Column("detector", String(200), nullable=False),
    Column("params", JSON, nullable=False),
    Column("state", String(16), nullable=False),
    Column("value", Float, nullable=True),
    Column("parts", JSON, nullable=False),
    Column("seconds", Float, nullable=False),
    Column("reason", Text, nullable=False),
)


def add_trial(study: str, about: str, trial: Trial) -> None:
    """Keep a finished trial: once this returns it outlives the process.

    Parameters
    ----------
    study : str
        What the search is called.
    about : str
        What it is about: data, objective, detectors. A study is about one thing only.
    trial : Trial
    """
    line: dict[str, Any] = {**vars(trial), "parts": list(trial.parts)}
    with writing() as connection:
        # Whoever comes second under a number (a job that was thought dead) takes the place.
        where = (TRIALS.c.study == study) & (TRIALS.c.number == trial.number)
        connection.execute(delete(TRIALS).where(where))
        connection.execute(insert(TRIALS).values(study=study, about=about, **line))


def read_trials(study: str) -> list[tuple[str, Trial]]:
    """Return what is known of a search, in order: what each trial was about, and the trial."""
    if not is_there():
        return []
    with reading() as connection:
        wanted = select(TRIALS).where(TRIALS.c.study == study).order_by(TRIALS.c.number)
        lines = connection.execute(wanted).mappings().all()
    found = []
    for line in lines:
        told = {name: item for name, item in line.items() if name not in ("study", "about")}
        found.append((line["about"], Trial(**{**told, "parts": tuple(line["parts"])})))
    return found


def drop_trials(study: str) -> None:
    """Forget a search."""
    if is_there():
        with writing() as connection:
            connection.execute(delete(TRIALS).where(TRIALS.c.study == study))
