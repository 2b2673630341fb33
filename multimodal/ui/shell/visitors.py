"""What one visitor owns while the page is open: a gallery, a picture's codes, the code of his last
painting, the last pictures made, and the runs that can be stopped."""

from __future__ import annotations

import time
from collections import OrderedDict
from dataclasses import dataclass, field
from threading import Event, Lock, Timer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

    from multimodal.events import Picture
    from multimodal.search.gallery import Gallery
    from multimodal.search.hits import Hit
    from multimodal.ui.codes.editor import CodeEditor

IDLE_SECONDS = 3600.0
LEFT_SECONDS = 300.0  # a laptop that slept may come back under the same session


@dataclass
class Visitor:
    """One browser tab or API client."""

    gallery: Gallery | None = None
    hits: list[Hit] = field(default_factory=list)
    editor: CodeEditor | None = None
    stops: dict[str, Event] = field(default_factory=dict)
    codes: dict[str, Tensor] = field(default_factory=dict)  # the z that a job ended with
    pictures: dict[str, Picture] = field(default_factory=dict)  # the best one a job ended with
    seen: float = 0.0
    left: bool = False

    def begin(self, job: str) -> Event:
        """The Event that stops a new run of this job; an older run is told to stop."""
        self.stop(job)
        self.stops[job] = Event()
        return self.stops[job]

    def stop(self, job: str | None = None) -> None:
        """Stop a job, or all of them."""
        for name, event in list(self.stops.items()):
            if job in (None, name):
                event.set()


class Visitors:
    """All visitors by session; those who left or stay away are forgotten, and so is the one
    unseen for longest when there are more than `capacity`."""

    def __init__(self, capacity: int = 100) -> None:
        self.capacity = capacity
        self._lock = Lock()
        self._visitors: OrderedDict[str, Visitor] = OrderedDict()

    def __len__(self) -> int:
        return len(self._visitors)

    def of(self, session: str | None) -> Visitor:
        """The visitor of a session; without a session nothing is remembered."""
        if not session:
            return Visitor()
        now = time.monotonic()
        with self._lock:
            visitor = self._visitors.setdefault(session, Visitor())
            self._visitors.move_to_end(session)
            visitor.seen, visitor.left = now, False
            self._forget(now)
            return visitor

    def leave(self, session: str | None) -> None:
        """Stop all that a visitor had running, and forget him soon."""
        with self._lock:
            if visitor := self._visitors.get(session or ""):
                visitor.stop()
                visitor.left = True
                timer = Timer(LEFT_SECONDS + 1, self._sweep)
                timer.daemon = True
                timer.start()

    def _sweep(self) -> None:
        with self._lock:
            self._forget(time.monotonic())

    def _forget(self, now: float) -> None:
        for session, visitor in list(self._visitors.items()):
            away = now - visitor.seen
            crowded = len(self._visitors) > self.capacity
            if crowded or away > (LEFT_SECONDS if visitor.left else IDLE_SECONDS):
                visitor.stop()
                del self._visitors[session]
