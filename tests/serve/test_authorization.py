"""Nobody reaches further than they may: every operation, page and websocket, by whom, on what."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.routing import Route

from workbench.serve.app import make_app, rules_of
from workbench.serve.pages import PAGES
from workbench.team.permissions import PERMISSIONS

from ._copies import Copies, access, made_once
from ._operations import (
    ANYBODY,
    DOORS,
    OPERATIONS,
    RELATIONS,
    SIGNED_IN,
    Needs,
    expected,
    opens,
)
from ._server import PASSWORD, ROLES, Server, Team, populated

PEOPLE = ("", *ROLES)
STANDS = ("own", "other", "read", "write")
NOBODYS = "0" * 32


@dataclass(frozen=True)
class Case:
    """An operation, asked for by somebody ("" for nobody) who stands to its object in some way."""

    name: str
    role: str
    relation: str

    @property
    def needs(self) -> Needs:
        return OPERATIONS[self.name]


def every_case() -> list[Case]:
    return [
        Case(name, role, relation)
        for role in PEOPLE
        for relation in STANDS
        for name, needs in OPERATIONS.items()
        if relation in RELATIONS.get(needs.kind, ("own",))
    ]


def sampled(count: int) -> list[Case]:
    """Return some cases, and of every operation one that is refused."""
    cases = every_case()
    refused = {
        case.name: case
        for case in random.Random(1).sample(cases, len(cases))
        if expected(case.needs, case.role, case.relation, 200) in (401, 403, 404)
    }
    some = {*random.Random(7).sample(cases, count), *refused.values()}
    return [case for case in cases if case in some]


@dataclass
class Matrix:
    """A server, the ids of the objects of each case, and the operations by operationId."""

    team: Team
    ids: dict[Case, dict[str, str]]
    operations: dict[str, tuple[str, str, dict[str, Any]]]
    client: httpx.Client
    asked: dict[Case, tuple[int, int]] = field(default_factory=dict)

    def send(self, role: str, method: str, path: str, **parts: Any) -> httpx.Response:
        """Send a request as somebody; "" for nobody."""
        headers = dict(parts.pop("headers", {}))
        if role:
            headers["authorization"] = f"Bearer {self.team.tokens[role]}"
        return self.client.request(method, path, headers=headers, **parts)

    def ask(self, case: Case) -> tuple[int, int]:
        """Return the status of a case, and the one that it must have."""
        method, path, told = self.operations[case.name.partition("#")[0]]
        success = min(int(status) for status in told["responses"])
        ids = dict(self.ids[case])
        if case.needs.kind != "model" and "{model}" in path:
            ids["model"] = ids["spare"]
        answer = self.send(case.role, method, path.format(**ids), **case.needs.send(ids))
        return answer.status_code, expected(case.needs, case.role, case.relation, success)

    def wrong(self, cases: list[Case]) -> list[str]:
        """Return what was answered otherwise than it must be."""
        found = []
        for case in cases:
            if case not in self.asked:  # what was removed once is not removed again
                self.asked[case] = self.ask(case)
            status, must = self.asked[case]
            if status != must:
                found.append(f"{case}: {status}, not {must}")
        print(f"{len(cases)} cases, {len(found)} escapes or wrong refusals")
        return found


@pytest.fixture(scope="module")
def matrix(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Matrix]:
    home = tmp_path_factory.mktemp("matrix")
    with Server(home) as server:
        team = populated(server)
        once = made_once(team)
    copies = Copies(home, once, team.ids)
    with copies.open():
        ids = {
            case: (copies.fresh if case.needs.fresh else copies.shared)(case.role, case.relation)
            for case in every_case()
        }
    # Nothing that is ordered is done: whether it may be ordered is the question.
    with Server(home, {"WORKBENCH_JOB_WORKERS": "0"}) as server:
        team = Team(server, {}, team.ids)
        team.tokens = {name: access(team, name) for name in (*ROLES, "owner")}
        document = team.ask("viewer", "GET", "/api/v1/openapi.json").json()
        with httpx.Client(base_url=server.url, timeout=120) as client:
            yield Matrix(team, ids, _operations(document), client)
    assert not [line for line in server.lines if "Traceback" in line], "\n".join(server.lines)


def _operations(document: dict[str, Any]) -> dict[str, tuple[str, str, dict[str, Any]]]:
    return {
        one["operationId"]: (method.upper(), path, one)
        for path, methods in document["paths"].items()
        for method, one in methods.items()
    }


def test_the_table_names_every_operation_with_its_permission(matrix: Matrix) -> None:
    told = {name: one["x-permission"] for name, (_, _, one) in matrix.operations.items()}
    assert {name.partition("#")[0] for name in OPERATIONS} == set(told)
    ours = {name: needs.permission for name, needs in OPERATIONS.items()}
    assert {name: told[name.partition("#")[0]] for name in ours} == ours


def test_the_nouns_of_live_monitoring_are_kept_free(matrix: Matrix) -> None:
    document = matrix.send("viewer", "GET", "/api/v1/openapi.json").json()
    nouns = {path.removeprefix("/api/v1/").partition("/")[0] for path in document["paths"]}
    assert not nouns & set(document["x-reserved"])
    assert matrix.send("admin", "GET", "/api/v1/alerts").status_code == 404


def test_nobody_reaches_further_than_they_may(matrix: Matrix) -> None:
    wrong = matrix.wrong(sampled(150))
    assert not wrong, "\n".join(wrong)


@pytest.mark.bars
@pytest.mark.timeout(900)
def test_every_operation_by_everybody_on_everything(matrix: Matrix) -> None:
    wrong = matrix.wrong(every_case())
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("datasets", "dataset"), ("detections", "detection"), ("models", "model"),
        ("reports", "report"), ("views", "view"), ("jobs", "job"),
        ("schedules", "schedule"), ("incidents", "incident"), ("streams", "stream"),
        ("monitors", "monitor"),
    ],
)  # fmt: skip
def test_lists_hold_what_one_may_see_and_nothing_else(
    matrix: Matrix, role: str, path: str, kind: str
) -> None:
    listed, after = set(), ""
    while True:
        params = {"limit": 200, "after": after}
        page = matrix.send(role, "GET", f"/api/v1/{path}", params=params).json()
        listed |= {one["id"] for one in page["items"]}
        after = page["next"]
        if not after:
            break
    of = {case.relation: ids[kind] for case, ids in matrix.ids.items()
          if case.role == role and not case.needs.fresh}  # fmt: skip
    seen = {relation for relation, id_ in of.items() if id_ in listed}
    shared = {"own", "read", "write"} if kind not in ("job", "schedule") else {"own"}
    assert seen == (set(STANDS) if role == "admin" else shared)


def _narrow(matrix: Matrix, permission: str) -> tuple[str, dict[str, str]]:
    asked = {"name": permission, "scopes": [permission]}
    made = matrix.send("admin", "POST", "/api/v1/tokens", json=asked).json()
    return made["token"]["id"], {"authorization": f"Bearer {made['key']}"}


def _beyond(matrix: Matrix, permission: str) -> list[str]:
    """Return operations that an administrator's key of one permission reaches though it must not.

    Nothing is there that it asks about, and nothing valid is sent: what it reaches stays as it is.
    """
    _, headers = _narrow(matrix, permission)
    wrong = []
    for name, (method, path, told) in matrix.operations.items():
        names = [part[1:].partition("}")[0] for part in path.split("/") if part.startswith("{")]
        blank = dict.fromkeys(names, NOBODYS) | {"number": "1", "row": "1", "role": "none"}
        asked = {} if method == "GET" else {"json": {"nothing": 1}}
        needs = told["x-permission"]
        status = matrix.send("", method, path.format(**blank), headers=headers, **asked)
        reached = status.status_code != 403
        if reached != (needs in (ANYBODY, SIGNED_IN, permission)) or status.status_code >= 500:
            wrong.append(f"{permission} on {name} ({needs}): {status.status_code}")
    return wrong


def test_a_narrow_key_reaches_only_its_scopes(matrix: Matrix) -> None:
    some = random.Random(5).sample(sorted(PERMISSIONS), 4)
    wrong = [line for permission in some for line in _beyond(matrix, permission)]
    assert not wrong, "\n".join(wrong)


@pytest.mark.bars
def test_narrow_keys_of_every_permission(matrix: Matrix) -> None:
    wrong = [line for permission in PERMISSIONS for line in _beyond(matrix, permission)]
    print(f"{len(PERMISSIONS)} keys on {len(matrix.operations)} operations, {len(wrong)} escapes")
    assert not wrong, "\n".join(wrong)


def test_an_administrators_key_without_everybodys_objects_sees_their_own_only(
    matrix: Matrix,
) -> None:
    _, headers = _narrow(matrix, "datasets:read")
    ids = {case.relation: ids for case, ids in matrix.ids.items()
           if case.role == "admin" and not case.needs.fresh}  # fmt: skip
    paths = {relation: f"/api/v1/datasets/{ids[relation]['dataset']}" for relation in STANDS}
    got = {r: matrix.send("", "GET", p, headers=headers).status_code for r, p in paths.items()}
    assert got == {"own": 200, "other": 404, "read": 200, "write": 200}


def test_a_key_opens_no_page(matrix: Matrix) -> None:
    # A page does whatever its owner may; a key must not.
    _, headers = _narrow(matrix, "detections:read")
    for page in PAGES:
        answer = matrix.send("", "GET", f"/{page}", headers=headers)
        assert answer.status_code == 403


def test_a_key_makes_no_key_and_no_administrator(matrix: Matrix) -> None:
    _, headers = _narrow(matrix, "users:write")
    owner = matrix.team.ids["owner"]
    admin = matrix.team.ids["admin"]
    asked: list[tuple[str, str, dict[str, Any]]] = [
        ("POST", "/tokens", {"name": "x", "scopes": ["models:read"]}),
        ("POST", "/users", {"name": "helper", "role": "admin", "password": PASSWORD}),
        ("PATCH", f"/users/{owner}", {"role": "admin"}),
        ("PATCH", f"/users/{owner}", {"role": "operator"}),
        ("POST", "/roles", {"name": "wide", "permissions": ["models:read"]}),
        ("POST", f"/users/{admin}/link", {}),
        ("PATCH", f"/users/{admin}", {"active": False}),
        ("DELETE", f"/users/{admin}", {}),
    ]
    for method, path, body in asked:
        answer = matrix.send("", method, f"/api/v1{path}", headers=headers, json=body)
        assert answer.status_code == 403, (method, path, answer.text)


def test_a_secret_is_not_kept_for_who_asks_again(matrix: Matrix) -> None:
    owner = matrix.team.ids["owner"]
    asked: list[tuple[str, dict[str, Any]]] = [
        ("/tokens", {"json": {"name": "once", "scopes": ["models:read"]}}),
        (f"/users/{owner}/link", {}),
        ("/users", {"json": {"name": "invited", "role": "viewer"}}),
    ]
    for path, body in asked:
        key = {"idempotency-key": f"again {path}"}
        answers = [matrix.send("admin", "POST", f"/api/v1{path}", headers=key, **body)
                   for _ in range(2)]  # fmt: skip
        assert [one.status_code for one in answers] == [201, 409], answers[1].text


def test_who_asks_is_not_taken_from_headers(matrix: Matrix) -> None:
    admin = matrix.team.ids["admin"]
    for name in ("x-wb-identity", "X-WB-Identity", "X-Wb-Identity"):
        forged = {name: admin}
        me = matrix.send("viewer", "GET", "/api/v1/auth/me", headers=forged).json()
        assert me["name"] == "viewer"
        assert matrix.send("", "GET", "/api/v1/auth/me", headers=forged).status_code == 401
        assert matrix.send("", "GET", "/explore", headers=forged).status_code == 303


def test_pages_open_to_who_holds_their_permission(matrix: Matrix) -> None:
    role = {"name": "clerk", "permissions": ["reports:read"]}
    assert matrix.send("admin", "POST", "/api/v1/roles", json=role).status_code == 201
    person = {"name": "clerk", "role": "clerk", "password": PASSWORD}
    assert matrix.send("admin", "POST", "/api/v1/users", json=person).status_code == 201
    cookies = {name: matrix.team.cookie(name) for name in (*ROLES, "clerk")}
    for page in PAGES:
        anonymous = httpx.get(f"{matrix.team.url}/{page}", timeout=60)
        assert anonymous.status_code == 303
        for name, cookie in cookies.items():
            sent = {"cookie": f"wb_session={cookie}"}
            answer = httpx.get(f"{matrix.team.url}/{page}", headers=sent, timeout=60)
            may = DOORS[page] == SIGNED_IN if name == "clerk" else opens(name, page)
            assert answer.status_code == (200 if may else 403), (page, name)


def test_the_table_covers_every_websocket_and_page() -> None:
    doors = list(make_app().rules)
    assert {name: page.need for name, page in PAGES.items()} == DOORS
    pages = {f"/{name}" for name in PAGES}
    assert {rule.path for rule in doors if rule.kind == "websocket"} == {f"{p}/ws" for p in pages}
    assert pages <= {rule.path for rule in doors if rule.page}


def test_a_route_without_a_permission_stops_the_server() -> None:
    async def nothing() -> None:
        """Answer nothing."""

    open_door, other_socket, plain, mounted = FastAPI(), FastAPI(), FastAPI(), FastAPI()
    for app in (open_door, other_socket, plain, mounted):
        app.router.routes.clear()
    open_door.add_api_route("/api/v1/anything", nothing)
    other_socket.add_api_websocket_route("/admin/ws", nothing)
    plain.router.routes.append(Route("/plain", lambda request: None))  # type: ignore[arg-type]
    mounted.mount("/files", Starlette())
    for app in (open_door, other_socket, plain, mounted):
        with pytest.raises(LookupError, match="Nobody says who may use"):
            list(rules_of(app))
