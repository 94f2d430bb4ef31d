"""Small calls about the server and the machine; source: protocol.md §2.1, §2.6 and §3.8."""

from __future__ import annotations

import os
from typing import Any

from aiohttp import web

from workbench import __version__
from workbench.local.bodies import read_params
from workbench.local.create import DEFAULT_SLOTS, machine_slots, slot_amount
from workbench.local.service import service_of
from workbench.local.signature import VERSION, proof

_GIB = 1024**3


async def version(_request: web.Request) -> web.Response:
    """`GET /`: the version probe, the one call without a signature."""
    return web.json_response({"version": VERSION, "manager": f"backend-tui {__version__}"})


async def auth_test(request: web.Request) -> web.Response:
    """`GET|POST /auth/test?echo=`; `proof` tells the own launcher that this is really its server."""
    service = service_of(request)
    service.refuse_when_stopping()
    echo = str((await read_params(request)).get("echo", ""))
    answer = {"authorized": "yes", "echo": echo, "proof": proof(service.secret_key, echo, os.getpid())}
    return web.json_response(answer)


async def auth_role(_request: web.Request) -> web.Response:
    """`GET /auth/role`."""
    return web.json_response({"global_role": "user", "domain_role": "user", "group_role": "user"})


async def announcement(_request: web.Request) -> web.Response:
    """`GET /manager/announcement`: there is none."""
    return web.json_response({"enabled": False, "message": ""})


async def manager_status(_request: web.Request) -> web.Response:
    """`GET /manager/status`."""
    return web.json_response({"status": "running", "active_sessions": 0, "manager_version": __version__})


async def slot_types(_request: web.Request) -> web.Response:
    """`GET /config/resource-slots`."""
    return web.json_response({"cpu": "count", "mem": "bytes"})


async def slot_details(_request: web.Request) -> web.Response:
    """`GET /config/resource-slots/details`."""
    return web.json_response(
        {
            "cpu": _slot("cpu", "CPU", "Core", binary=False, icon="cpu"),
            "mem": _slot("mem", "Memory", "GiB", binary=True, icon="ram"),
        }
    )


def _slot(name: str, human: str, unit: str, *, binary: bool, icon: str) -> dict[str, Any]:
    return {
        "slot_name": name,
        "description": human,
        "human_readable_name": human,
        "display_unit": unit,
        "number_format": {"binary": binary, "round_length": 2 if binary else 0},
        "display_icon": icon,
    }


async def presets(_request: web.Request) -> web.Response:
    """`GET /resource/presets`."""
    return web.json_response({"presets": machine_presets()})


def machine_presets() -> list[dict[str, Any]]:
    """A small share and all of this machine."""
    machine = machine_slots()
    half = {"cpu": f"{max(1, machine['cpu'] // 2):.0f}", "mem": f"{machine['mem'] // 2:.0f}"}
    whole = {"cpu": f"{machine['cpu']:.0f}", "mem": f"{machine['mem']:.0f}"}
    small = {"cpu": "1", "mem": str(min(_GIB, int(machine["mem"])))}
    found = {"small": small, "half": half, "machine": whole}
    return [{"name": name, "resource_slots": slots, "shared_memory": None} for name, slots in found.items()]


async def check_presets(request: web.Request) -> web.Response:
    """`POST /resource/check-presets`; sessions share the machine and are not fenced in, so all of it remains."""
    await read_params(request)
    live = service_of(request).sessions.live()
    using = {slot: f"{sum(slot_amount(s.resources.get(slot, '0')) or 0 for s in live):.0f}" for slot in DEFAULT_SLOTS}
    machine = {slot: f"{amount:.0f}" for slot, amount in machine_slots().items()}
    return web.json_response(
        {
            "presets": [preset | {"allocatable": True} for preset in machine_presets()],
            "keypair_limits": machine,
            "keypair_using": using,
            "keypair_remaining": machine,
            "group_limits": machine,
            "group_using": using,
            "group_remaining": machine,
            "scaling_group_remaining": machine,
            "scaling_groups": {
                "default": {"using": using, "occupied": using, "remaining": machine, "available": machine}
            },
        }
    )


async def scaling_groups(_request: web.Request) -> web.Response:
    """`GET /scaling-groups`."""
    return web.json_response({"scaling_groups": [{"name": "default"}]})


async def folders(_request: web.Request) -> web.Response:
    """`GET /folders`: there are no virtual folders."""
    return web.json_response([])
