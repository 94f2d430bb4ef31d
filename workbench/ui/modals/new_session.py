"""The questions of a new session."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.fuzzy import Matcher
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Label, OptionList
from textual.widgets.option_list import Option

from workbench.domain.image import Image, short_image
from workbench.domain.names import free_name, name_problem
from workbench.domain.session import NewSession


@dataclass(frozen=True, slots=True)
class Choices:
    """What the dialog offers and starts from."""

    images: Sequence[Image]
    taken: Collection[str]
    """Names of live sessions."""
    recent: Sequence[str] = ()
    """Image references, last chosen first."""
    last: NewSession | None = None


def ranked(images: Sequence[Image], recent: Sequence[str], needle: str) -> list[Image]:
    """Images that match, recent first, then installed, then by name; the best match first while typing."""
    places = {reference: place for place, reference in enumerate(recent)}
    usable = [image for image in images if image.runs_code]
    ordered = sorted(usable, key=lambda i: (places.get(i.reference, len(places)), not i.installed, i.reference))
    if not needle:
        return ordered
    matcher = Matcher(needle)
    scores = {image.reference: matcher.match(image.reference) for image in ordered}
    return sorted((i for i in ordered if scores[i.reference] > 0), key=lambda i: -scores[i.reference])


def pairs(text: str, what: str) -> dict[str, str]:
    """`KEY=VALUE` words as a mapping.

    Raises:
        ValueError: a word has no `=` or no key; the text says which.
    """
    found: dict[str, str] = {}
    for word in text.split():
        key, equals, value = word.partition("=")
        if not (key and equals):
            raise ValueError(f"{what}: “{word}” should be KEY=VALUE.")
        found[key] = value
    return found


class NewSessionModal(ModalScreen[NewSession | None]):
    """Image, name, resources, environment, mounts and project; Enter creates."""

    DEFAULT_CSS = """
    NewSessionModal { align: center middle; }
    NewSessionModal > Vertical {
        width: 76; max-width: 95%; height: auto; max-height: 95%; padding: 0 2; background: $surface;
        border: round $primary; border-title-color: $text-primary; border-subtitle-color: $text-muted;
        & VerticalScroll { height: auto; max-height: 100%; }
        & OptionList { height: auto; max-height: 7; border: none; background: $surface; padding: 0; }
        & Input, & Input:focus { border: none; height: 1; padding: 0 1; background: $panel; }
        & .field { height: auto; margin-top: 1; }
        & .field > Label { width: 13; color: $text-muted; }
        & .field > Input { width: 1fr; }
        & #hint { color: $text-muted; height: auto; }
        & #problem { color: $text-error; height: auto; margin-top: 1; }
        & #buttons { height: auto; align-horizontal: right; }
        & Button { margin-left: 2; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Leave"),
        Binding("ctrl+s", "create", "Create", show=False),
        Binding("down", "into_images", show=False),
    ]

    def __init__(self, choices: Choices) -> None:
        super().__init__()
        self.choices = choices
        self._shown: list[Image] = []
        self._own_name = False

    def compose(self) -> ComposeResult:
        last = self.choices.last
        with Vertical() as box:
            box.border_title = "New session"
            box.border_subtitle = "Enter creates, Esc leaves"
            with VerticalScroll(can_focus=False):
                with Horizontal(classes="field"):
                    yield Label("Image")
                    yield Input(placeholder="type to find", id="image")
                yield OptionList(id="images")
                yield from self._field("Name", "name", "")
                yield Label("", id="hint", markup=False)
                yield from self._field(
                    "Resources", "resources", _words(last.resources if last else {}), "cpu=1 mem=512m"
                )
                yield from self._field("Environment", "environ", _words(last.environ if last else {}), "KEY=VALUE …")
                yield from self._field("Mounts", "mounts", " ".join(last.mounts) if last else "", "virtual folders")
                project = last.project if last and isinstance(last.project, str) else ""
                yield from self._field("Project", "project", project, "the profile's own")
                yield Label("", id="problem", markup=False)
            with Horizontal(id="buttons"):
                yield Button("Leave", id="leave", compact=True)
                yield Button("Create", id="create", variant="primary", compact=True)

    @staticmethod
    def _field(label: str, name: str, value: str, placeholder: str = "") -> ComposeResult:
        with Horizontal(classes="field"):
            yield Label(label)
            yield Input(value, placeholder=placeholder, id=name)

    def on_mount(self) -> None:
        self._list_images("")
        self.query_one("#image", Input).focus()

    def _list_images(self, needle: str) -> None:
        self._shown = ranked(self.choices.images, self.choices.recent, needle)
        options = self.query_one(OptionList)
        options.clear_options()
        options.add_options(Option(self._label(image)) for image in self._shown)
        if self._shown:
            options.highlighted = 0
        elif needle:
            options.add_option(Option(Text(f"Use “{needle}” as it is", style="italic")))
            options.highlighted = 0
        else:
            options.add_option(Option("The server lists no image that runs code.", disabled=True))

    @staticmethod
    def _label(image: Image) -> Text:
        text = Text(image.reference)
        if not image.installed:
            text.append("  not installed", style="dim")
        return text

    @property
    def image(self) -> str:
        """The reference chosen now; "" when there is none."""
        at = self.query_one(OptionList).highlighted
        if self._shown and at is not None and at < len(self._shown):
            return self._shown[at].reference
        return self.query_one("#image", Input).value.strip()

    def on_option_list_option_highlighted(self) -> None:
        if not self._own_name:
            stem = short_image(self.image) or "session"
            with self.prevent(Input.Changed):
                self.query_one("#name", Input).value = free_name(
                    stem if len(stem) > 1 else f"{stem}-s", self.choices.taken
                )
            self._check_name()

    def on_option_list_option_selected(self) -> None:
        self.action_create()

    def on_input_changed(self, event: Input.Changed) -> None:
        if event.input.id == "image":
            self._list_images(event.value.strip())
        elif event.input.id == "name":
            self._own_name = bool(event.value)
            self._check_name()

    def _check_name(self) -> None:
        name = self.query_one("#name", Input).value.strip()
        hint = ""
        if name in self.choices.taken:
            hint = f"{name} is a live session: this will attach to it."
        elif name:
            hint = name_problem(name) or ""
        self.query_one("#hint", Label).update(hint)

    def action_into_images(self) -> None:
        """Move from the search line into the list."""
        self.query_one(OptionList).focus()

    def on_input_submitted(self) -> None:
        self.action_create()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        if event.button.id == "create":
            self.action_create()
        else:
            self.action_leave()

    def action_leave(self) -> None:
        """Create nothing."""
        self.dismiss(None)

    def action_create(self) -> None:
        """Answer with what is filled in, or say what is wrong with it."""
        value = {box.id: box.value.strip() for box in self.query(Input)}
        name = value["name"]
        problem = None if name in self.choices.taken else name_problem(name)
        if not self.image:
            problem = "Choose an image."
        try:
            asked = NewSession(
                image=self.image,
                name=name,
                resources=pairs(value["resources"], "Resources"),
                environ=pairs(value["environ"], "Environment"),
                mounts=tuple(value["mounts"].replace(",", " ").split()),
                **({"project": value["project"]} if value["project"] else {}),
            )
        except ValueError as error:
            problem = str(error)
        if problem:
            self.query_one("#problem", Label).update(problem)
        else:
            self.dismiss(asked)


def _words(mapping: object) -> str:
    return " ".join(f"{key}={value}" for key, value in mapping.items()) if isinstance(mapping, dict) else ""
