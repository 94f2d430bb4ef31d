"""Search in what a terminal holds."""

from __future__ import annotations

from typing import Any

from workbench.vt.ghostty import Native, check, ffi, init_sized, lib

_MAX_NEEDLE = 1024


class Search:
    """The matches of one needle in one terminal, as of when it was made (ASCII letters match in either case)."""

    def __init__(self, native: Native, needle: str) -> None:
        """Search everything kept for the needle."""
        slot = ffi.new("GhosttySearch*")
        check(lib.ghostty_search_new(ffi.NULL, slot, native.handle), "search_new")
        # A search refers to its terminal, so it has to go first: gc on the handle keeps the terminal alive until then.
        self._native = native
        self._search = ffi.gc(slot[0], lib.ghostty_search_free)
        data = needle.encode()[:_MAX_NEEDLE]
        kept = ffi.from_buffer("uint8_t[]", data)
        check(
            lib.ghostty_search_set(
                self._search, lib.GHOSTTY_SEARCH_OPT_NEEDLE, ffi.new("GhosttyString*", {"ptr": kept, "len": len(data)})
            ),
            "search needle",
        )
        check(lib.ghostty_search_run(self._search), "search_run")

    @property
    def total(self) -> int:
        """The number of matches."""
        out = ffi.new("size_t*")
        check(lib.ghostty_search_get(self._search, lib.GHOSTTY_SEARCH_DATA_TOTAL_MATCHES, out), "search total")
        return int(out[0])

    def step(self, *, forward: bool) -> Any | None:
        """Choose the next newer (or older) match, scroll to it, and return it as a native selection."""
        option = lib.GHOSTTY_SEARCH_OPT_SELECT_PREV if forward else lib.GHOSTTY_SEARCH_OPT_SELECT_NEXT
        if lib.ghostty_search_set(self._search, option, ffi.NULL):
            return None
        match = init_sized("GhosttySelection")
        if lib.ghostty_search_get(self._search, lib.GHOSTTY_SEARCH_DATA_SELECTED_MATCH, match):
            return None
        return match

    def rows(self, limit: int) -> list[int]:
        """Return the rows (from the oldest kept) in which the first `limit` matches begin, from the top."""
        count = min(self.total, limit)
        if not count:
            return []
        selections = ffi.new("GhosttySelection[]", count)
        for index in range(count):
            selections[index].size = ffi.sizeof("GhosttySelection")
        out = ffi.new("GhosttySelectionBuffer*", {"ptr": selections, "cap": count})
        check(lib.ghostty_search_get(self._search, lib.GHOSTTY_SEARCH_DATA_MATCHES, out), "search matches")
        points = (self._native.point(ffi.addressof(selections[index], "start"), "SCREEN") for index in range(out.len))
        return sorted(point[1] for point in points if point is not None)
