"""The server that would be used: is it there, does it know the keypair, do the clocks agree, are there kernels."""

from __future__ import annotations

import shutil
import time
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from workbench.cli.checks.finding import Finding, State, fine, less, wrong

if TYPE_CHECKING:
    from workbench.wire.endpoint import Endpoint
    from workbench.wire.transport import Transport

SKEW_NOTED = 60.0
SKEW_REFUSED = 15 * 60.0
"""Seconds; a signature whose date is further away is refused (protocol.md §2)."""

_VARIABLES = "BACKEND_ENDPOINT, BACKEND_ACCESS_KEY and BACKEND_SECRET_KEY"


async def server() -> list[Finding]:
    """Look at the configured cluster, or at the embedded server when it runs."""
    from workbench.cli.endpoint import configured_endpoint, find_running
    from workbench.wire.errors import WireError

    try:
        configured = configured_endpoint()
    except WireError as error:
        return [wrong("endpoint", str(error), f"Set {_VARIABLES}, or none of them for the embedded server.")]
    if configured is not None:
        return await _talk(configured, configured.url)
    try:
        running = await find_running()
    except WireError as error:
        return [wrong("endpoint", str(error), "`backend-tui local stop` ends it; the next start makes it anew.")]
    if running is None:
        return [fine("endpoint", "the embedded server; it starts when it is needed")]
    return await _talk(running, f"the embedded server, {running.url}")


async def _talk(endpoint: Endpoint, name: str) -> list[Finding]:
    from workbench.wire.errors import AuthError, WireError
    from workbench.wire.transport import Transport

    async with Transport(endpoint) as transport:
        try:
            info = await transport.negotiate()
        except WireError as error:
            return [wrong("endpoint", f"{name}: {error}", "Check the address, the network and any VPN or proxy.")]
        latency = f"{transport.latency_ms:.0f} ms" if transport.latency_ms is not None else "no latency"
        said = " ".join(filter(None, (info.manager, info.version))) or "it does not say its version"
        found = [fine("endpoint", f"{name}: {said}, {latency}")]
        if endpoint.url.startswith("https") and not endpoint.verify_tls:
            found.append(less("tls", "certificates are not checked", "Leave BACKEND_SKIP_SSLCERT_VALIDATION out."))
        found.append(await _clock(transport))
        if found[-1].state is State.WRONG:
            return found
        try:
            await transport.request("GET", "/auth/test", params=[("echo", "hello")])
        except AuthError as error:
            mend = "Check BACKEND_ACCESS_KEY and BACKEND_SECRET_KEY, and the clock."
            return [*found, wrong("credentials", str(error), mend)]
        except WireError as error:
            return [*found, wrong("credentials", str(error), f"Check {_VARIABLES}.")]
        return [*found, fine("credentials", f"the keypair {endpoint.access_key} is accepted")]


async def _clock(transport: Transport) -> Finding:
    """How far this clock is from the server's; its answers are dated to the second."""
    from workbench.wire.errors import WireError

    try:
        reply = await transport.request("GET", "/")
        theirs = parsedate_to_datetime(reply.headers["Date"]).timestamp()
    except (WireError, KeyError, ValueError):
        return less("clock", "the server does not say its time")
    return clock(time.time() - theirs)


def clock(skew: float) -> Finding:
    """What a skew in seconds means."""
    ahead = "ahead of" if skew > 0 else "behind"
    if abs(skew) < SKEW_NOTED:
        return fine("clock", "agrees with the server's")
    text = f"{abs(skew):.0f} s {ahead} the server's"
    mend = "Set this machine's clock: timedatectl set-ntp true, or systemsetup -setusingnetworktime on."
    if abs(skew) < SKEW_REFUSED:
        return less("clock", text, mend)
    return wrong("clock", f"{text}: every call is refused", mend)


def kernels() -> list[Finding]:
    """The kernels of this machine, which are the embedded server's images."""
    import importlib.util

    from workbench.local.kernelspecs import find_images

    if importlib.util.find_spec("ipykernel") is None:
        return [wrong("kernels", "ipykernel is missing beside backend-tui", "Install backend-tui anew.")]
    images = find_images()
    gone = [image for image in images if shutil.which(image.interpreter) is None]
    found = [fine("kernels", ", ".join(image.reference for image in images if image not in gone))]
    found += [
        wrong(
            "kernels",
            f"{image.kernelspec} starts {image.interpreter}, which is not there",
            f"Remove it: jupyter kernelspec remove {image.kernelspec}",
        )
        for image in gone
    ]
    return found
