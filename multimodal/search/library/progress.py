"""How far a run over a library has come."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, replace

from multimodal.files.sources import Skipped

SECONDS_PER_EVENT = 0.5
PACE_SECONDS = 20.0  # the speed is that of the last seconds: known files fly past


@dataclass(frozen=True)
class Update:
    """How far a run has come, in files; `total` is about how many there are, None until counted.

    `indexed` pictures were embedded. Of the files found, `unchanged` were known already, `copies`
    have a content that is already in the library, `changed` have another content than before and
    `moved` another place. `deleted` are gone; like `moved`, they are known when all is walked
    through. `skipped` are left out. `pictures` are in the library now, `complete` says that
    nothing stopped the run.
    """

    done: int = 0
    total: int | None = None
    indexed: int = 0
    unchanged: int = 0
    changed: int = 0
    copies: int = 0
    moved: int = 0
    deleted: int = 0
    skipped: tuple[Skipped, ...] = ()
    seconds: float = 0.0
    pictures_per_second: float = 0.0
    seconds_left: float | None = None
    pictures: int = 0
    complete: bool = False


class Clock:
    """Says when the next event is due, and at what speed the run goes."""

    def __init__(self) -> None:
        self.began = time.monotonic()
        self.marks = deque([(self.began, 0, 0)])  # (when, files done, pictures indexed)

    def is_due(self) -> bool:
        """Whether the last event is long enough ago."""
        return time.monotonic() - self.marks[-1][0] >= SECONDS_PER_EVENT

    def timed(self, state: Update) -> Update:
        """The state with its times and speeds."""
        now = time.monotonic()
        while len(self.marks) > 1 and now - self.marks[0][0] > PACE_SECONDS:
            self.marks.popleft()
        then, done, indexed = self.marks[0]
        self.marks.append((now, state.done, state.indexed))
        seconds, files = max(now - then, 1e-6), state.done - done
        left = None
        if state.total is not None and files:
            left = max(state.total - state.done, 0) * seconds / files
        return replace(
            state,
            seconds=now - self.began,
            pictures_per_second=(state.indexed - indexed) / seconds,
            seconds_left=left,
        )
