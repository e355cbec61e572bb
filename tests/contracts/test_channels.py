"""What every channel and every alert rule promises, tried on each."""

from __future__ import annotations

import inspect

import pytest

from workbench.alerts.channels import CHANNELS
from workbench.alerts.channels.base import Channel, parameters_of
from workbench.alerts.rules import RULES
from workbench.core.errors import ParameterError


@pytest.mark.parametrize("name", CHANNELS.names())
def test_a_channel_tells_its_gain_and_names_what_is_secret(name: str) -> None:
    kind = CHANNELS.get(name)
    told = inspect.getdoc(kind) or ""
    assert kind.name() == name
    assert told.partition("\n")[0].endswith((".", "?"))
    assert set(kind.secrets) <= set(parameters_of(kind))
    for parameter in parameters_of(kind):
        assert parameter in told, f"{name}: {parameter} has no meaning"
    assert len(parameters_of(kind)) == len(inspect.signature(kind).parameters)  # keywords only


@pytest.mark.parametrize("name", CHANNELS.names())
def test_a_channel_says_no_more_than_where_it_leads(name: str) -> None:
    kind = CHANNELS.get(name)
    assert kind.__repr__ is Channel.__repr__


@pytest.mark.parametrize("name", RULES.names())
def test_an_alert_rule_documents_itself_and_refuses_what_it_does_not_know(name: str) -> None:
    from workbench.alerts.rules import make_rule

    assert len(inspect.getdoc(RULES.get(name)) or "") > 60
    with pytest.raises(ParameterError, match="has no parameter"):
        make_rule("m", name, nonsense=1)
