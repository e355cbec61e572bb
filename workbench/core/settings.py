"""Settings: read once, frozen, handed down."""

from __future__ import annotations

import getpass
import ipaddress
import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import platformdirs
from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from workbench.core._outside_settings import OutsideSettings
from workbench.core.errors import ParameterError

__all__ = ["Settings", "ToldSetting", "settings", "told_settings"]

MIB = 1024 * 1024
MOST_DAYS = 36_500


def _cores() -> int:
    # What this process may use, which in a container or a batch job is less than the machine has.
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # a container's user without a name
        return "somebody"


def _home() -> Path:
    return Path(os.environ.get("WORKBENCH_HOME") or platformdirs.user_data_dir("anomaly-workbench"))


class Settings(OutsideSettings):
    """What can be set from outside: environment ``WORKBENCH_*``, then a file, then defaults.

    The file is ``settings.toml`` in the data folder (``WORKBENCH_HOME``), or the file that
    ``WORKBENCH_SETTINGS`` names. Unknown keys in the file are refused.
    """

    model_config = SettingsConfigDict(env_prefix="WORKBENCH_", frozen=True, extra="forbid")

    home: Path = Field(
        default_factory=_home, description="Folder for labels, models, uploads and settings."
    )
    database: SecretStr | None = Field(
        default=None,
        description="Address of a PostgreSQL database; by default a file in the data folder.",
    )
    secret: SecretStr | None = Field(
        default=None,
        description="Key of at least 32 random bytes that tokens are signed with; by default one "
        "is made and kept in the data folder.",
    )
    origins: str | None = Field(
        default=None,
        description="Addresses that people open the server by, with commas, where a proxy stands "
        "before it: https://workbench.plant.example",
    )
    allowed_networks: str | None = Field(
        default=None,
        description="Private networks that the server may fetch data from and send alerts to, with "
        "commas: 10.20.0.0/16. Link-local addresses stay closed.",
    )
    job_workers: int = Field(
        default=1, ge=0, le=64, description="Jobs that a server works on at once."
    )
    live_workers: int = Field(
        default=1,
        ge=0,
        le=16,
        description="Processes beside the server that read streams and run monitors; 0 leaves them "
        "to others (`workbench watch`).",
    )
    live_folder: Path | None = Field(
        default=None,
        description="Folder on the server whose files streams may follow; by default none.",
    )
    page_seconds: float = Field(
        default=60.0,
        ge=1.0,
        le=3600.0,
        description="Seconds that a page is held whose browser does not speak: not yet, or not "
        "any more.",
    )
    author: str = Field(default_factory=_user, description="Name that labels are stored under.")
    parse_memory: int = Field(
        default=1024 * MIB,
        ge=128 * MIB,
        description="Bytes of memory that reading one file may take.",
    )
    parse_seconds: float = Field(
        default=30.0, gt=0, description="Seconds that reading one file may take."
    )
    isolate: bool = Field(
        default=True,
        description="Parse files in a separate, capped process. Turn off only for files you trust.",
    )
    upload_limit: int = Field(
        default=200 * MIB, gt=0, description="Bytes that an uploaded file may have."
    )
    plot_points: int = Field(
        default=4000, ge=200, description="Points drawn at once; more are thinned, extremes kept."
    )
    progress: bool = Field(
        default=True,
        description="Show a bar with a cancel button in a notebook cell that works for a while.",
    )

    report_seconds: float = Field(
        default=600.0, gt=0, description="Seconds that making one report may take."
    )
    report_folder: Path | None = Field(
        default=None,
        description="Folder on the server that reports may be written to; by default none.",
    )
    browser: Path | None = Field(
        default=None,
        description="Chrome, Chromium or Edge to print PDF with; by default one that is found.",
    )
    folder: Path | None = Field(
        default=None,
        description="Folder whose files dashboards open by name; by default their own.",
    )

    keep_incidents: int | None = Field(
        default=None,
        ge=1,
        le=MOST_DAYS,
        description="Days that resolved incidents are kept, with firings and timeline; by default "
        "for ever.",
    )
    keep_runs: int | None = Field(
        default=None,
        ge=1,
        le=MOST_DAYS,
        description="Days that results are kept which nobody labelled, named, shared or built "
        "on; by default for ever.",
    )
    keep_reports: int | None = Field(
        default=None,
        ge=1,
        le=MOST_DAYS,
        description="Days that reports are kept which nobody shared; by default for ever.",
    )
    keep_audit: int | None = Field(
        default=None,
        ge=1,
        le=MOST_DAYS,
        description="Days that entries of the audit are kept; by default for ever.",
    )
    keep_jobs: int = Field(
        default=30, ge=1, le=MOST_DAYS, description="Days that jobs are kept after they ended."
    )
    keep_points: int = Field(
        default=30,
        ge=1,
        le=MOST_DAYS,
        description="Days that scored points of monitors are kept, and what came for a monitor "
        "that is paused.",
    )

    threads: int = Field(
        default_factory=_cores,
        ge=1,
        description="Threads that detectors use; by default one for each core we may use.",
    )

    @field_validator("allowed_networks")
    @classmethod
    def _networks(cls, given: str | None) -> str | None:
        for one in filter(None, (part.strip() for part in (given or "").split(","))):
            ipaddress.ip_network(one, strict=False)
        return given

    @property
    def addresses(self) -> tuple[str, ...]:
        """Addresses that people open the server by, the first one being its own."""
        parts = (part.strip().rstrip("/") for part in (self.origins or "").split(","))
        return tuple(part for part in parts if part)

    @property
    def address(self) -> str:
        """The server's own address; empty where none is set."""
        return next(iter(self.addresses), "")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read arguments, then the environment, then the file."""
        file = Path(os.environ.get("WORKBENCH_SETTINGS") or _home() / "settings.toml")
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, toml_file=file)


@dataclass(frozen=True)
class ToldSetting:
    """A setting as people may see it: what is secret is not in it.

    Attributes
    ----------
    name, variable, about : str
    value : str, int, float, bool or None
    secret : bool
    usual : bool
        Whether it is as it comes.
    """

    name: str
    variable: str
    about: str
    value: str | int | float | bool | None
    secret: bool
    usual: bool


def told_settings() -> list[ToldSetting]:
    """Return all settings in force, without what is secret."""
    known, told = settings(), []
    for name, field in Settings.model_fields.items():
        value, secret = getattr(known, name), _is_secret(field)
        plain = value if isinstance(value, (int, float, bool, type(None))) else str(value)
        told.append(
            ToldSetting(
                name, f"WORKBENCH_{name.upper()}", field.description or "",
                None if secret else plain, secret, name not in known.model_fields_set,
            )
        )  # fmt: skip
    return told


def _told(item: Any) -> str:
    name = ".".join(map(str, item["loc"]))
    if not name:  # about several at once: what was found would be all of them, secrets too
        return str(item["msg"])
    field = Settings.model_fields.get(name)
    if field is not None and _is_secret(field):
        return f"{name}: {item['msg']}"
    return f"{name}: {item['msg']} (found {item.get('input')!r})"


def _is_secret(field: Any) -> bool:
    return "Secret" in str(field.annotation)


@lru_cache(maxsize=1)
def settings() -> Settings:
    """Return the settings of this process; they are read at the first call.

    Raises
    ------
    ParameterError
        A setting has a value that cannot work; the message names each one.
    """
    try:
        return Settings()
    except ValidationError as error:
        found = "; ".join(_told(item) for item in error.errors())
        raise ParameterError(f"Settings cannot be used. {found}") from error
