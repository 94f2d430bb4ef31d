"""What the server offers to a new session; source: protocol.md §3.8."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping
from typing import Any

from workbench.domain.offer import Offer, Preset, amount_of
from workbench.wire import listing
from workbench.wire.errors import ApiError
from workbench.wire.transport import Transport


async def get_offer(transport: Transport) -> Offer:
    """Images, presets with what the quota leaves, folders and projects; raises `WireError` without a connection."""
    images, (presets, left), folders, projects = await asyncio.gather(
        listing.list_images(transport),
        _or(_presets(transport), ((), {})),
        _or(_folders(transport), ()),
        _or(_projects(transport), ()),
    )
    return Offer(images=tuple(images), presets=presets, left=left, folders=folders, projects=projects)


async def _or(asked: Coroutine[Any, Any, Any], otherwise: Any) -> Any:
    """The answer; what an older or narrower server refuses to tell is left out of the offer."""
    try:
        return await asked
    except ApiError:
        return otherwise


async def _presets(transport: Transport) -> tuple[tuple[Preset, ...], dict[str, str]]:
    asked = {"group": transport.endpoint.project}
    reply = (await transport.request("POST", "/resource/check-presets", json=asked, retry=True)).object()
    found = tuple(preset for item in _items(reply.get("presets")) if (preset := _preset(item)))
    limits = [reply.get(f"{whose}_remaining") for whose in ("keypair", "group", "scaling_group")]
    return found, least([each for each in limits if isinstance(each, Mapping)])


def _preset(item: Mapping[str, Any]) -> Preset | None:
    name, slots, shared = item.get("name"), item.get("resource_slots"), item.get("shared_memory")
    if not isinstance(name, str) or not isinstance(slots, Mapping):
        return None
    return Preset(
        name=name,
        slots={str(slot): str(amount) for slot, amount in slots.items() if amount_of(str(amount)) > 0},
        shared_memory=str(shared or ""),
        fits=item.get("allocatable") is not False,
    )


def least(limits: list[Mapping[str, Any]]) -> dict[str, str]:
    """What is left of each slot under several limits; slots without a limit are left out."""
    left: dict[str, str] = {}
    for limit in limits:
        for slot, amount in limit.items():
            text = str(amount)
            if amount_of(text) < amount_of(left.get(slot, "")):
                left[str(slot)] = text
    return left


async def _folders(transport: Transport) -> tuple[str, ...]:
    reply = (await transport.request("GET", "/folders", retry=True)).json()
    return tuple(str(item["name"]) for item in _items(reply) if item.get("name"))


async def _projects(transport: Transport) -> tuple[str, ...]:
    data = await listing.query(transport, "query { groups { id name } }", {})
    return tuple(str(item["name"]) for item in _items(data.get("groups")) if item.get("name"))


def _items(value: Any) -> list[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []
