"""`leadline mcp`: what is offered, and which tools of other servers are approved."""

import json
import sys
from pathlib import Path

from leadline.environments.approvals import Approvals
from leadline.environments.mcp_session import Offered

TOY = Path(__file__).parent.parent / "environments" / "mcp_toy_server.py"
SERVER = f"{sys.executable} {TOY}"


def test_tools_of_a_server_are_listed_approved_and_found_changed(cli):
    code, out, _ = cli("mcp", "tools", SERVER, "--json")
    assert code == 0
    rows = {row["tool"]: row for row in json.loads(out)}
    assert {row["state"] for row in rows.values()} == {"new"}
    assert not Approvals().path.exists()  # looking is not approving
    old = [Offered(row["tool"], row["description"], {}) for row in rows.values() if row["tool"] != "keys"]
    Approvals().approve(SERVER, old)
    states = {row["tool"]: row["state"] for row in json.loads(cli("mcp", "tools", SERVER, "--json")[1])}
    assert (states["weather"], states["keys"]) == ("changed", "new")
    code, out, _ = cli("mcp", "approve", SERVER)
    assert code == 0
    assert "weather" in out
    assert set(json.loads(Approvals().path.read_bytes())[SERVER]["tools"]) == set(rows)


def test_a_server_that_is_not_there_is_said(cli):
    code, _, err = cli("mcp", "tools", "/no/such/server")
    assert code == 1
    assert "does not answer" in err


def test_without_a_collection_nothing_is_offered(cli):
    code, _, err = cli("mcp")
    assert code == 2
    assert "--collection" in err
