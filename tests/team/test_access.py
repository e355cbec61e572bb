"""What a role opens, what a grant adds, and what neither does."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.core.account import User
from workbench.core.errors import NotAllowed, ParameterError, UnknownName
from workbench.store.database import reading
from workbench.team.access import Identity, allow, identity_of, may
from workbench.team.accounts import create_account
from workbench.team.permissions import PERMISSIONS, ROLES
from workbench.team.sharing import (
    create_group,
    create_role,
    give,
    list_groups,
    list_roles,
    put_in_group,
    remove_role,
    take_back,
    take_from_group,
)


def who(user: User) -> Identity:
    with reading() as connection:
        return identity_of(connection, user, "session:x")


def test_each_role_may_what_the_smaller_one_may_and_the_last_may_all() -> None:
    assert list(ROLES) == ["viewer", "analyst", "operator", "admin"]
    for smaller, larger in pairwise(ROLES.values()):
        assert smaller.permissions < larger.permissions
    assert ROLES["admin"].permissions == set(PERMISSIONS)


def test_only_administrators_reach_people_audit_and_programs() -> None:
    kept = {"users:write", "audit:read", "settings:write", "models:import", "notebooks:run",
            "objects:all"}  # fmt: skip
    assert not kept & ROLES["operator"].permissions


@pytest.mark.usefixtures("any_database")
def test_a_viewer_sees_what_was_granted_and_nothing_else() -> None:
    user = create_account("Vic", "viewer")
    give("user:vic", "dataset:7")
    assert may(who(user), "datasets:read", "dataset:7", owner="somebody")
    assert not may(who(user), "datasets:read", "dataset:8", owner="somebody")
    assert not may(who(user), "datasets:write", "dataset:7", owner="somebody")
    take_back("user:Vic", "dataset:7")
    assert not may(who(user), "datasets:read", "dataset:7", owner="somebody")


@pytest.mark.usefixtures("any_database")
def test_a_group_passes_its_grants_on_and_the_wider_one_counts() -> None:
    user, group = create_account("Ana", "analyst"), create_group("Plant 3")
    give("group:Plant 3", "dataset:7", "write")
    assert not may(who(user), "datasets:write", "dataset:7", owner="x")
    put_in_group("Plant 3", "ana")
    put_in_group(group.id, "ana")
    give("user:ana", "dataset:7", "read")
    assert may(who(user), "datasets:write", "dataset:7", owner="x")
    assert list_groups()[0].members == {user.id}
    take_from_group("Plant 3", "ana")
    assert not may(who(user), "datasets:write", "dataset:7", owner="x")


def test_a_grant_opens_no_more_than_the_role_knows() -> None:
    user = create_account("Vic", "viewer")
    give("user:vic", "model:1", "write")
    assert not may(who(user), "models:promote", "model:1", owner="x")
    with pytest.raises(NotAllowed, match="'models:promote'"):
        allow(who(user), "models:promote", "model:1", owner="x")


def test_a_permission_that_is_none_opens_nothing_by_accident() -> None:
    with pytest.raises(KeyError):
        may(who(create_account("Ada", "admin")), "datasets:reed")


def test_a_role_of_ones_own_is_made_changed_and_removed() -> None:
    create_role("auditor", ["audit:read", "users:read"])
    user = create_account("Otto", "auditor")
    assert who(user).permissions == {"audit:read", "users:read"}
    create_role("auditor", ["audit:read"])
    assert who(user).permissions == {"audit:read"}
    assert [role.name for role in list_roles()][-1] == "auditor"
    with pytest.raises(ParameterError, match="Otto"):
        remove_role("auditor")
    with pytest.raises(ParameterError, match="of the house"):
        create_role("admin", [])
    with pytest.raises(ParameterError, match="Did you mean 'audit:read'"):
        create_role("other", ["audit:reed"])
    with pytest.raises(UnknownName):
        remove_role("other")


@pytest.mark.parametrize(
    "wrong", ["dataset", "dataset:", "dataset:../x", "planet:7", "dataset:a b"]
)
def test_a_grant_is_on_an_object(wrong: str) -> None:
    create_account("Vic", "viewer")
    with pytest.raises(ParameterError, match="names no object"):
        give("user:vic", wrong)
    with pytest.raises(ParameterError, match="neither"):
        give("vic", "dataset:7")


OBJECTS = st.sampled_from(["", "dataset:1", "model:2"])
LEVELS = st.sampled_from(["read", "write"])


@given(
    st.sampled_from(sorted(ROLES)), st.sampled_from(sorted(PERMISSIONS)), OBJECTS,
    st.sampled_from(["me", "somebody"]), st.dictionaries(OBJECTS, LEVELS),
)  # fmt: skip
def test_whatever_is_asked_nobody_gets_past_their_role(
    role: str, permission: str, thing: str, owner: str, grants: dict[str, str]
) -> None:
    from datetime import UTC, datetime

    user = User("me", "me", role, "", True, "", 1, datetime.now(UTC))
    asking = Identity(user, ROLES[role].permissions, grants, "session:x")
    if may(asking, permission, thing, owner):
        assert permission in ROLES[role].permissions
        reached = not thing or owner == "me" or role == "admin" or thing in grants
        assert reached
