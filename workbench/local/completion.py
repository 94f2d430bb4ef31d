"""Completion: what the kernel suggests for the text up to the cursor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench.local.kernel import Kernel, KernelFailed

if TYPE_CHECKING:
    from collections.abc import Mapping

_MOST = 1000


async def complete(kernel: Kernel, code: str, options: Mapping[str, Any], *, busy: bool) -> dict[str, Any]:
    """`{"status", "error", "suggestions", "cursor_start", "cursor_end"}`; source: protocol.md §4.10.

    A suggestion replaces `code[cursor_start:cursor_end]`; those two keys are this server's addition. `post`, the text
    behind the cursor, helps the kernel to understand an open bracket. A kernel that cannot answer is "failed".
    """
    post = options.get("post")
    text = code + post if isinstance(post, str) else code
    try:
        reply = await kernel.complete(text, len(code), busy=busy)
    except KernelFailed as error:
        return {"status": "failed", "error": str(error), "suggestions": []}
    matches = [match for match in reply.get("matches", ()) if isinstance(match, str)]
    start = int(reply.get("cursor_start", len(code)))
    if matches and all(match.startswith(".") for match in matches) and code[start : start + 1] == ".":
        matches, start = [match[1:] for match in matches], start + 1
    return {
        "status": "finished",
        "error": None,
        "suggestions": matches[:_MOST],
        "cursor_start": start,
        "cursor_end": reply.get("cursor_end", len(code)),
    }
