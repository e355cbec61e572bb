"""Settings about others that a team's server speaks to: a provider of sign-in, a collector."""

from __future__ import annotations

from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings

__all__ = ["OutsideSettings"]


class OutsideSettings(BaseSettings):
    """The part of :class:`~workbench.core.settings.Settings` that is about others."""

    oidc_issuer: str | None = Field(
        default=None,
        description="Address of a provider of sign-in (OpenID Connect), as it calls itself: "
        "https://login.plant.example/realms/plant. By default there is none.",
    )
    oidc_client: str | None = Field(
        default=None, description="Name of this server at the provider (client id)."
    )
    oidc_secret: SecretStr | None = Field(
        default=None,
        description="Secret of this server at the provider; a public client has none.",
    )
    oidc_scopes: str = Field(
        default="openid profile email", description="What the provider is asked for."
    )
    oidc_name: str = Field(
        default="single sign-on",
        min_length=1,
        max_length=60,
        description="What the provider is called on the button of the sign-in page.",
    )
    oidc_username: str = Field(
        default="preferred_username",
        min_length=1,
        description="Claim of the provider that holds the name of the account. People must not be "
        "able to choose it themselves.",
    )
    oidc_groups: str = Field(
        default="groups",
        min_length=1,
        description="Claim of the provider that holds groups or roles.",
    )
    oidc_roles: str | None = Field(
        default=None,
        description="Which group gives which role, the first that fits counts: "
        "wb-admins=admin,plant-7=analyst. By default roles are given here alone.",
    )
    oidc_role: str = Field(
        default="viewer",
        min_length=1,
        description="Role of new accounts, and of who is in none of the groups.",
    )
    oidc_new_accounts: bool = Field(
        default=False,
        description="Whether everybody the provider knows gets an account by themselves; by "
        "default an administrator invites them.",
    )
    oidc_link_by_email: bool = Field(
        default=False,
        description="Whether an account belongs to who has its address of e-mail at the provider, "
        "where the provider says that it has verified it.",
    )
    passwords: bool = Field(
        default=True,
        description="Whether people may sign in with a password; without, only by the provider.",
    )
    push_contact: str | None = Field(
        default=None,
        description="How keepers of push services reach whoever runs this server: "
        "mailto:ops@plant.example. By default the first of `origins`.",
    )
    telemetry_endpoint: str | None = Field(
        default=None,
        description="Address of a collector that the server tells how long what took "
        "(OpenTelemetry, OTLP over HTTP): http://127.0.0.1:4318. By default nobody is told.",
    )
    telemetry_headers: SecretStr | None = Field(
        default=None,
        description="Headers that the collector wants, with commas: authorization=Bearer …",
    )
    telemetry_share: float = Field(
        default=1.0, ge=0, le=1, description="Share of requests and jobs that it is told about."
    )

    @field_validator("push_contact")
    @classmethod
    def _contact(cls, given: str | None) -> str | None:
        if given and not given.startswith(("mailto:", "https://")):
            raise ValueError("must begin with mailto: or https://")
        return given

    @field_validator("telemetry_endpoint")
    @classmethod
    def _collector(cls, given: str | None) -> str | None:
        parts = urlsplit(given or "http://none")
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query:
            raise ValueError("must be an address that begins with http:// or https://")
        return given

    @field_validator("telemetry_headers")
    @classmethod
    def _headers(cls, given: SecretStr | None) -> SecretStr | None:
        for one in filter(None, (given.get_secret_value() if given else "").split(",")):
            if not one.partition("=")[2].strip():
                raise ValueError("must be like name=value, with commas")
        return given

    @field_validator("oidc_issuer")
    @classmethod
    def _issuer(cls, given: str | None) -> str | None:
        parts = urlsplit(given or "https://none")
        near = parts.hostname in ("localhost", "127.0.0.1", "::1")
        plain = not (parts.query or parts.fragment or parts.username or parts.password)
        if (
            not parts.hostname
            or not plain
            or not (parts.scheme == "https" or (near and parts.scheme == "http"))
        ):
            raise ValueError("must be an address that begins with https:// and has no query")
        return given

    @field_validator("oidc_client")
    @classmethod
    def _client(cls, given: str | None) -> str | None:
        if not (given or "").isascii():
            raise ValueError("must have ASCII characters only")
        return given

    @field_validator("oidc_secret")
    @classmethod
    def _secret(cls, given: SecretStr | None) -> SecretStr | None:
        if given is not None and not given.get_secret_value().isascii():
            raise ValueError("must have ASCII characters only")  # it is sent in a header
        return given

    @field_validator("oidc_scopes")
    @classmethod
    def _scopes(cls, given: str) -> str:
        if "openid" not in given.split():
            raise ValueError("must name 'openid', and others with spaces")
        return given

    @field_validator("oidc_roles")
    @classmethod
    def _roles(cls, given: str | None) -> str | None:
        for one in filter(None, (part.strip() for part in (given or "").split(","))):
            group, _, role = one.rpartition("=")
            if not group.strip() or not role.strip():
                raise ValueError("must be like group=role, with commas")
        return given

    @model_validator(mode="after")
    def _whole(self) -> OutsideSettings:
        if bool(self.oidc_issuer) != bool(self.oidc_client):
            raise ValueError("oidc_issuer and oidc_client are set both, or neither")
        if not self.passwords and not self.oidc_issuer:
            raise ValueError("passwords = false needs oidc_issuer: nobody could sign in")
        return self
