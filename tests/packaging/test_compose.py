"""The compose file starts what it should, in order, with all that an operator may set."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

FOLDER = Path(__file__).parents[2] / "packaging"
COMPOSE = yaml.safe_load((FOLDER / "compose.yaml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]
OURS = ["upgrade", "daemon", "serve"]


def test_the_tables_are_made_when_the_database_is_well_and_all_else_starts_after_them() -> None:
    assert SERVICES["upgrade"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}
    for service in ("daemon", "serve"):
        after = SERVICES[service]["depends_on"]["upgrade"]
        assert after == {"condition": "service_completed_successfully"}


def test_the_server_that_only_makes_a_new_database_is_not_taken_for_the_database() -> None:
    # It listens on its socket alone.
    assert "--host 127.0.0.1" in SERVICES["postgres"]["healthcheck"]["test"][-1]


@pytest.mark.parametrize("service", OURS)
def test_whatever_the_operator_sets_reaches_every_service(service: str) -> None:
    assert SERVICES[service]["env_file"] == ".env"
    given = SERVICES[service]["environment"].keys() - {"DOSECAL_NODE"}
    assert given == {"DOSECAL_DATABASE_URL"}, "what stands here takes the place of what is in .env"


@pytest.mark.parametrize("service", OURS)
def test_a_service_can_write_to_its_own_folder_alone(service: str) -> None:
    assert SERVICES[service]["read_only"] is True
    assert SERVICES[service]["cap_drop"] == ["ALL"]
    assert SERVICES[service]["security_opt"] == ["no-new-privileges:true"]


@pytest.mark.parametrize("service", ["postgres", "daemon", "serve"])
def test_what_has_to_run_starts_again_and_says_whether_it_is_well(service: str) -> None:
    assert SERVICES[service]["restart"] == "always"
    assert SERVICES[service]["healthcheck"]["test"]


def test_what_is_kept_has_a_volume_with_a_name() -> None:
    named = {volume.split(":")[0] for each in SERVICES.values() for volume in each.get("volumes", [])}
    assert named == set(COMPOSE["volumes"]) == {"database", "backups"}
    # One without a name is made anew by each container, and what was in it is lost to sight.
    assert "\nVOLUME" not in (FOLDER / "Containerfile").read_text()


def test_the_server_is_reached_from_this_machine_alone_and_the_others_from_nowhere() -> None:
    assert {name: each["ports"] for name, each in SERVICES.items() if "ports" in each} == {
        "serve": ["127.0.0.1:8460:8460"]
    }
