"""The settings: one typed tree, each with its explanation and its default."""

from __future__ import annotations

import types
from functools import cache
from typing import Annotated, Any, Literal, NamedTuple, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta, Struct, field

ENV_PREFIX = "BACKEND_TUI_"


class UiSettings(Struct, frozen=True, kw_only=True):
    """How the screen looks."""

    theme: Annotated[str, Meta(description="Name of the colour theme.")] = "house-dark"
    graphics: Annotated[
        Literal["auto", "kitty", "sixel", "blocks"],
        Meta(description="How pictures are drawn: auto asks the terminal."),
    ] = "auto"
    reduce_motion: Annotated[bool, Meta(description="Whether nothing slides, fades or scrolls smoothly.")] = False


class OutputSettings(Struct, frozen=True, kw_only=True):
    """How much of the output is kept and shown."""

    keep_lines: Annotated[int, Meta(ge=100, le=1_000_000, description="Lines kept of one run's text.")] = 50_000
    keep_runs: Annotated[int, Meta(ge=1, le=2000, description="Runs shown per session; older ones go.")] = 100
    preview_rows: Annotated[int, Meta(ge=2, le=200, description="Rows a picture may take in the output.")] = 24


class TerminalSettings(Struct, frozen=True, kw_only=True):
    """The terminal pane."""

    scrollback: Annotated[int, Meta(ge=0, le=1_000_000, description="Lines kept above the screen.")] = 10_000


class EditorSettings(Struct, frozen=True, kw_only=True):
    """The editor pane."""

    tab_size: Annotated[int, Meta(ge=1, le=16, description="Columns of one indent.")] = 4


class IdleSettings(Struct, frozen=True, kw_only=True):
    """Idle sessions."""

    warn_below: Annotated[float, Meta(ge=0, description="Seconds before a reclaim at which a row shows it.")] = 600.0


class SessionSettings(Struct, frozen=True, kw_only=True):
    """What may be done with sessions."""

    protected: Annotated[
        tuple[str, ...], Meta(description="Names of sessions that are destroyed only when their name is typed.")
    ] = ()
    read_only: Annotated[bool, Meta(description="Whether every command that changes something is off.")] = False


class NotificationSettings(Struct, frozen=True, kw_only=True):
    """What is said about a run that ends or asks while you look elsewhere."""

    toast: Annotated[bool, Meta(description="Whether a message shows in the corner.")] = True
    system: Annotated[
        bool, Meta(description="Whether the desktop is told when the terminal window is not in front.")
    ] = True
    title: Annotated[bool, Meta(description="Whether the window's title is marked.")] = True
    after: Annotated[
        float, Meta(ge=0, description="Seconds a run must have taken for its end to be told; a question always is.")
    ] = 5.0


class LocalSettings(Struct, frozen=True, kw_only=True):
    """The embedded server, when this machine starts it."""

    idle_exit: Annotated[
        float, Meta(ge=0, description="Seconds without a session and a client after which it stops; 0 is never.")
    ] = 600.0
    network_timeout: Annotated[
        float, Meta(ge=0, description="Seconds without use after which a session is reclaimed; 0 is never.")
    ] = 0.0
    session_lifetime: Annotated[
        float, Meta(ge=0, description="Seconds after its start at which a session is reclaimed; 0 is never.")
    ] = 0.0


class KeyChoice(Struct, frozen=True):
    """Keys that a person gave to a command."""

    command: str
    """A command id, which need not exist."""
    keys: str
    """Comma separated; "" takes its keys away."""
    where: str
    """File and line."""


class KeysSettings(Struct, frozen=True, kw_only=True):
    """Keys. Every other entry of this group is a command id and its keys: `"run.buffer" = "f5, ctrl+r"`."""

    preset: Annotated[Literal["default", "vim", "emacs"], Meta(description="The keys that those below change.")] = (
        "default"
    )
    map: tuple[KeyChoice, ...] = ()


class Settings(Struct, frozen=True, kw_only=True):
    """All of them."""

    ui: UiSettings = field(default_factory=UiSettings)
    output: OutputSettings = field(default_factory=OutputSettings)
    terminal: TerminalSettings = field(default_factory=TerminalSettings)
    editor: EditorSettings = field(default_factory=EditorSettings)
    idle: IdleSettings = field(default_factory=IdleSettings)
    session: SessionSettings = field(default_factory=SessionSettings)
    notifications: NotificationSettings = field(default_factory=NotificationSettings)
    local: LocalSettings = field(default_factory=LocalSettings)
    keys: KeysSettings = field(default_factory=KeysSettings)


class Entry(NamedTuple):
    """One setting, as the file, the environment, the command line and the documentation know it."""

    group: str
    name: str
    type: Any
    default: Any
    description: str
    choices: tuple[str, ...]
    minimum: float | None
    maximum: float | None

    @property
    def key(self) -> str:
        """`group.name`."""
        return f"{self.group}.{self.name}"

    @property
    def variable(self) -> str:
        """The environment variable that sets it."""
        return f"{ENV_PREFIX}{self.group}_{self.name}".upper()

    @property
    def kind(self) -> str:
        """What a value must be, in words."""
        if self.choices:
            return f"one of {', '.join(self.choices)}"
        words = {bool: "true or false", int: "a whole number", float: "a number", str: "a text"}
        kind = words.get(self.type, "a list of texts")
        if self.minimum is not None and self.maximum is not None:
            return f"{kind} from {self.minimum:g} to {self.maximum:.0f}"
        return kind if self.minimum is None else f"{kind}, {self.minimum:g} or more"

    def convert(self, value: Any) -> Any:
        """The value as the tree holds it; raises `ValueError` with a sentence."""
        constraint = Meta(ge=self.minimum, le=self.maximum)
        wanted = Annotated[self.type, constraint] if self.minimum is not None or self.maximum is not None else self.type
        try:
            return msgspec.convert(value, wanted)
        except msgspec.ValidationError:
            raise ValueError(f"{self.key} is {value!r}; it must be {self.kind}") from None

    def parse(self, text: str) -> Any:
        """The value for a text of the environment or the command line; raises `ValueError` with a sentence."""
        value: Any = text
        if get_origin(self.type) is tuple:
            value = [word.strip() for word in text.split(",") if word.strip()]
        elif self.type is bool:
            value = _SWITCH.get(text.strip().lower(), text)
        elif self.type in {int, float}:
            try:
                value = self.type(text)
            except ValueError:
                value = text
        return self.convert(value)


_SWITCH = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}


@cache
def entries() -> dict[str, Entry]:
    """Every setting by its key, in the order of the tree; what is given to commands is no setting of its own."""
    found = {}
    for group, struct in groups().items():
        defaults = struct()
        for name, hint in get_type_hints(struct, include_extras=True).items():
            if get_origin(hint) is not Annotated:
                continue
            kind, meta = get_args(hint)
            choices = get_args(kind) if get_origin(kind) is Literal else ()
            entry = Entry(group, name, kind, getattr(defaults, name), meta.description or "", choices, meta.ge, meta.le)
            found[entry.key] = entry
    return found


@cache
def groups() -> types.MappingProxyType[str, type[Struct]]:
    """The groups by name; what one is for is its docstring."""
    return types.MappingProxyType(get_type_hints(Settings))
