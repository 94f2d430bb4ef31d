"""Questions of running code, across all sessions, in the order they were asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from workbench.domain.prompt import Prompt
from workbench.engine.signal import Signal


class PromptInbox:
    """Every prompt that waits; an answer is handed on once and kept nowhere."""

    def __init__(self) -> None:
        self._waiting: dict[str, tuple[Prompt, Callable[[str], bool]]] = {}
        self.changed: Signal[None] = Signal()
        """A prompt came, was answered or went away."""

    @property
    def waiting(self) -> Sequence[Prompt]:
        """The prompts that wait, oldest first."""
        return tuple(prompt for prompt, _ in self._waiting.values())

    def of_session(self, session_id: str) -> Sequence[Prompt]:
        """The prompts of one session."""
        return tuple(prompt for prompt in self.waiting if prompt.session_id == session_id)

    def add(self, prompt: Prompt, answer: Callable[[str], bool]) -> None:
        """A run asks; `answer` sends the text on."""
        self._waiting[prompt.run_id] = (prompt, answer)
        self.changed.emit(None)

    def remove(self, run_id: str) -> None:
        """The run's question was answered, or the run is over."""
        if self._waiting.pop(run_id, None) is not None:
            self.changed.emit(None)

    def answer(self, prompt: Prompt, text: str) -> bool:
        """Send the answer; False when the prompt no longer waits (answered elsewhere, or its run ended)."""
        present = self._waiting.get(prompt.run_id)
        if present is None or present[0] != prompt:
            return False
        return present[1](text)
