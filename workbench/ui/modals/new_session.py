"""The questions of a new session."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widgets import Button, Input, Label, OptionList
from textual.widgets.option_list import Option

from workbench.domain.image import Image, short_image
from workbench.domain.names import free_name, name_problem
from workbench.domain.offer import Offer, slots_text
from workbench.domain.session import NewSession
from workbench.ui.modals.dialog import Dialog
from workbench.ui.new_session_form import pairs, ranked, resources, resources_text
from workbench.ui.widgets.pick_field import Pick, PickField


@dataclass(frozen=True, slots=True)
class Choices:
    """What the dialog offers and starts from."""

    offer: Offer
    taken: Collection[str]
    """Names of live sessions."""
    recent: Sequence[str] = ()
    """Image references, last chosen first."""
    last: NewSession | None = None


class NewSessionModal(Dialog[NewSession | None]):
    """Image, name, resources, environment, mounts and project; Enter creates."""

    DEFAULT_CSS = """
    NewSessionModal > Vertical {
        width: 76; padding: 0 2;
        & VerticalScroll { height: auto; max-height: 100%; }
        & OptionList { background: $surface; text-wrap: nowrap; text-overflow: ellipsis; }
        & #images { height: auto; max-height: 7; border: none; padding: 0 0 0 13; }
        & .option-list--option, & .option-list--option-highlighted { padding: 0 1; }
        & #images.-away { display: none; }
        & .line, & PickField { height: auto; margin-top: 1; }
        & Horizontal > Label { width: 13; color: $text-muted; }
        & .hint { padding-left: 14; }
        & .hint.-empty { display: none; }
    }
    NewSessionModal.-short > Vertical {
        padding: 1 2;
        & .line, & PickField, & .problem, & .buttons { margin-top: 0; }
        & #images { max-height: 5; }
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
            box.border_subtitle = "Enter creates, Down picks, Esc leaves"
            with VerticalScroll(can_focus=False):
                yield from self._line("Image", "image", placeholder="type to find")
                yield OptionList(id="images")
                yield from self._line("Name", "name")
                yield Label("", id="hint", classes="hint -empty", markup=False)
                yield self._resources(last)
                left = slots_text(self.choices.offer.left)
                yield Label(f"left: {left}" if left else "", classes="hint" if left else "hint -empty", markup=False)
                yield from self._line("Environment", "environ", _words(last), "KEY=VALUE …")
                mounts = [Pick(folder) for folder in self.choices.offer.folders]
                yield PickField(
                    "Mounts",
                    mounts,
                    value=" ".join(last.mounts) if last else "",
                    placeholder="virtual folders" if mounts else "no virtual folders here",
                    many=True,
                    id="mounts",
                )
                project = last.project if last and isinstance(last.project, str) else ""
                projects = [Pick(each) for each in self.choices.offer.projects]
                yield PickField("Project", projects, value=project, placeholder="the profile's own", id="project")
                yield Label("", id="problem", classes="problem", markup=False)
            with Horizontal(classes="buttons"):
                yield Button("Leave", id="leave", compact=True)
                yield Button("Create", id="create", variant="primary", compact=True)

    @staticmethod
    def _line(label: str, name: str, value: str = "", placeholder: str = "") -> ComposeResult:
        with Horizontal(classes="line"):
            yield Label(label)
            yield Input(value, placeholder=placeholder, id=name)

    def _resources(self, last: NewSession | None) -> PickField:
        presets = self.choices.offer.presets
        picks = [
            Pick(preset.name, slots_text(preset.slots) + ("" if preset.fits else "  more than is left"), preset.fits)
            for preset in presets
        ]
        value = resources_text(last.resources, last.shared_memory, presets) if last else ""
        example = "a preset, or cpu=1 mem=512m" if picks else "cpu=1 mem=512m"
        return PickField("Resources", picks, value=value, placeholder=example, many=True, id="resources")

    def on_mount(self) -> None:
        self._list_images("")
        self.query_one("#image", Input).focus()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        picking = event.widget.id in {"image", "images"}
        self.query_one("#images").set_class(not picking, "-away")
        if not picking and not self.query_one("#image", Input).value:
            self.query_one("#image", Input).placeholder = self.image

    # -- the image ----------------------------------------------------------------------------------------------------

    def _list_images(self, needle: str) -> None:
        self._shown = ranked(self.choices.offer.images, self.choices.recent, needle)
        options = self.query_one("#images", OptionList)
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
        text = Text(image.reference, no_wrap=True, overflow="ellipsis")
        if not image.installed:
            text.append("  not installed", style="dim")
        return text

    @property
    def image(self) -> str:
        """The reference chosen now; "" when there is none."""
        at = self.query_one("#images", OptionList).highlighted
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

    def action_into_images(self) -> None:
        """Move from the search line into the list."""
        if self.query_one("#image").has_focus:
            self.query_one("#images").focus()

    # -- the rest -----------------------------------------------------------------------------------------------------

    def on_input_changed(self, event: Input.Changed) -> None:
        if event.input.id == "image":
            self._list_images(event.value.strip())
        elif event.input.id == "name":
            self._own_name = bool(event.value)
            self._check_name()

    def _check_name(self) -> None:
        name = self.query_one("#name", Input).value.strip()
        text = ""
        if name in self.choices.taken:
            text = f"{name} is a live session: this will attach to it."
        elif name:
            text = name_problem(name) or ""
        hint = self.query_one("#hint", Label)
        hint.update(text)
        hint.set_class(not text, "-empty")

    def on_input_submitted(self) -> None:
        self.action_create()

    def on_pick_field_submitted(self) -> None:
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
        try:
            self.dismiss(self._asked())
        except ValueError as error:
            label = self.query_one("#problem", Label)
            label.update(str(error))
            label.add_class("-said")

    def _asked(self) -> NewSession:
        if not self.image:
            raise ValueError("Choose an image.")
        name = self.query_one("#name", Input).value.strip()
        if name not in self.choices.taken and (problem := name_problem(name)):
            raise ValueError(problem)
        slots, shared = resources(self._picked("resources"), self.choices.offer.presets)
        project = self._picked("project")
        return NewSession(
            image=self.image,
            name=name,
            resources=slots,
            shared_memory=shared,
            environ=pairs(self.query_one("#environ", Input).value, "Environment"),
            mounts=tuple(self._picked("mounts").replace(",", " ").split()),
            **({"project": project} if project else {}),
        )

    def _picked(self, name: str) -> str:
        return self.query_one(f"#{name}", PickField).value


def _words(last: NewSession | None) -> str:
    return " ".join(f"{key}={value}" for key, value in last.environ.items()) if last else ""
