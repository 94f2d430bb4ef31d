"""The command palette's source: the registry of commands."""

from __future__ import annotations

from functools import partial
from typing import Protocol, runtime_checkable

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from workbench.ui.commands import COMMANDS, Command, key_label, keys_of


@runtime_checkable
class RunsCommands(Protocol):
    """A screen that can do commands of the registry."""

    def can_run(self, command: Command) -> bool:
        """Whether it makes sense now."""

    async def run_command(self, command: Command) -> None:
        """Do it."""


class RegistryProvider(Provider):
    """Every command that makes sense now, with its key."""

    async def discover(self) -> Hits:
        """All of them, in the registry's order."""
        for command, host in self._possible():
            yield DiscoveryHit(
                self._label(command, Content(command.title)),
                partial(host.run_command, command),
                text=command.title,
                help=command.help,
            )

    async def search(self, query: str) -> Hits:
        """Those that match."""
        matcher = self.matcher(query)
        for command, host in self._possible():
            score = matcher.match(f"{command.title} {command.id}")
            if score > 0:
                yield Hit(
                    score,
                    self._label(command, matcher.highlight(command.title)),
                    partial(host.run_command, command),
                    text=command.title,
                    help=command.help,
                )

    def _possible(self) -> list[tuple[Command, RunsCommands]]:
        screen: object = self.screen
        if not isinstance(screen, RunsCommands):
            return []
        return [(command, screen) for command in COMMANDS if screen.can_run(command)]

    @staticmethod
    def _label(command: Command, title: Content) -> Content:
        keys = keys_of(command)
        return title.append("  ").append(Content.styled(key_label(keys), "$text-accent")) if keys else title
