"""Sessions and images as rows of the GraphQL schema; JSON fields are text, as on the wire."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

from workbench.local.create import DEFAULT_SLOTS, architecture
from workbench.local.idle import report
from workbench.local.lifecycle import details, iso

if TYPE_CHECKING:
    from workbench.local.kernelspecs import LocalImage
    from workbench.local.service import LocalService
    from workbench.local.sessions import LocalSession

GROUP_ID = str(uuid.uuid5(uuid.NAMESPACE_DNS, "default.group.backend-tui.local"))
USER_ID = str(uuid.uuid5(uuid.NAMESPACE_DNS, "user.backend-tui.local"))
EMAIL = "user@localhost"

FILTERABLE = frozenset({
    "id", "type", "name", "priority", "image", "agent_ids", "agent_id", "agents", "domain_name", "group_name",
    "user_email", "user_id", "full_name", "access_key", "scaling_group", "cluster_mode", "cluster_size", "status",
    "status_info", "result", "created_at", "terminated_at", "starts_at", "scheduled_at", "startup_command",
})  # fmt: skip


def session_row(service: LocalService, session: LocalSession) -> dict[str, Any]:
    """A `ComputeSession`."""
    slots = json.dumps(session.resources)
    common = _common(session)
    return common | {
        "id": session.id,
        "session_id": session.id,
        "main_kernel_id": session.id,
        "tag": session.tag,
        "name": session.name,
        "type": "INTERACTIVE",
        "main_kernel_role": "COMPUTE",
        "priority": 10,
        "cluster_mode": "single-node",
        "cluster_size": 1,
        "domain_name": "default",
        "group_name": "default",
        "group_id": GROUP_ID,
        "user_email": EMAIL,
        "full_name": "local user",
        "user_id": USER_ID,
        "access_key": session.access_key,
        "created_user_email": EMAIL,
        "created_user_id": USER_ID,
        "status_history": json.dumps(session.history),
        "result": "UNDEFINED",
        "commit_status": "ready",
        "abusing_reports": [],
        "idle_checks": json.dumps(report(session.idle_checks(service.settings))),
        "agent_ids": ["local"],
        "agents": ["local"],
        "agent_id": "local",
        "resource_opts": "{}",
        "scaling_group": "default",
        "service_ports": "[]",
        "mounts": [],
        "vfolder_mounts": [],
        "occupying_slots": slots,
        "occupied_slots": slots,
        "requested_slots": slots,
        "num_queries": session.num_queries,
        "containers": [common | _container(session, slots)],
        "dependencies": [],
    }


def _common(session: LocalSession) -> dict[str, Any]:
    return {
        "image": session.image.reference,
        "architecture": architecture(),
        "registry": "local",
        "status": session.status.value,
        "status_changed": iso(session.changed_at),
        "status_info": session.status_info or None,
        "status_data": json.dumps(details(session)),
        "created_at": iso(session.created_at),
        "terminated_at": iso(session.ended_at),
        "scheduled_at": iso(session.created_at),
    }


def _container(session: LocalSession, slots: str) -> dict[str, Any]:
    stat = None if session.live_stat is None else json.dumps(session.live_stat)
    return {
        "id": session.id,
        "idx": 0,
        "role": "COMPUTE",
        "hostname": "localhost",
        "kernel_id": session.id,
        "cluster_idx": 1,
        "local_rank": 0,
        "cluster_role": "main",
        "cluster_hostname": "main1",
        "session_id": session.id,
        "agent": "local",
        "agent_addr": "127.0.0.1",
        "container_id": session.id,
        "resource_opts": "{}",
        "occupied_slots": slots,
        "live_stat": stat,
        "last_stat": stat,
        "preopen_ports": [],
    }


def image_row(image: LocalImage) -> dict[str, Any]:
    """An `Image`."""
    labels = {
        "ai.backend.runtime-type": image.language,
        "ai.backend.runtime-path": image.interpreter,
        "ai.backend.role": "COMPUTE",
        "ai.backend.features": "query batch user-input",
        "ai.backend.service-ports": "",
        "ai.backend.kernelspec": image.kernelspec,
        "ai.backend.display-name": image.display_name,
    }
    return {
        "id": str(uuid.uuid5(uuid.NAMESPACE_URL, image.reference)),
        "name": image.kernelspec,
        "namespace": image.kernelspec,
        "base_image_name": image.kernelspec,
        "project": "",
        "tag": image.version,
        "registry": "local",
        "architecture": architecture(),
        "digest": "",
        "is_local": True,
        "status": "ALIVE",
        "humanized_name": image.kernelspec,
        "size_bytes": 0,
        "aliases": ["python"] if image.embedded else [],
        "installed": True,
        "supported_accelerators": [],
        "labels": [{"key": key, "value": value} for key, value in labels.items()],
        "resource_limits": [{"key": key, "min": value, "max": None} for key, value in DEFAULT_SLOTS.items()],
    }
