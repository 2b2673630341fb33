"""Signs of life while a step takes long: the last progress again, its times going on."""

from __future__ import annotations

import threading
import time
from collections.abc import Generator, Iterator
from queue import Empty, Queue
from threading import Thread
from typing import Any, TypeVar

from multimodal.events import Event, Progress

BEAT_SECONDS = 0.5

E = TypeVar("E", bound=Event)


def beating(events: Iterator[E], seconds: float = BEAT_SECONDS) -> Generator[E, None, None]:
    """The same events; while none comes for so many seconds, the last Progress again.

    The events are made in a thread of their own. Closing this generator closes them as soon as
    the step in flight is done, and does not wait for that.
    """
    made: Queue[E | BaseException | None] = Queue(maxsize=1)  # None: the events have ended
    closed = threading.Event()
    Thread(target=_make, args=(events, made, closed), daemon=True).start()
    last: Any = None  # a Progress
    came = time.monotonic()
    try:
        while True:
            try:
                item = made.get(timeout=seconds)
            except Empty:
                if last is not None:
                    yield last.later(time.monotonic() - came)
                continue
            if item is None:
                return
            if isinstance(item, BaseException):
                raise item
            if isinstance(item, Progress):
                last, came = item, time.monotonic()
            yield item
    finally:
        closed.set()


def _make(
    events: Iterator[E], made: Queue[E | BaseException | None], closed: threading.Event
) -> None:
    """Runs the events to their end; what they raise is handed over as an item."""
    end: BaseException | None = None
    try:
        for event in events:
            if not _put(made, event, closed):
                break
    except BaseException as error:  # shown and logged by whoever reads the items
        end = error
    finally:
        if isinstance(events, Generator):
            events.close()
    _put(made, end, closed)


def _put(made: Queue[Any], item: Any, closed: threading.Event) -> bool:
    """Hand over an item; False when nobody reads any more."""
    while not closed.is_set():
        if not made.full():  # this thread alone puts
            made.put(item)
            return True
        closed.wait(0.005)
    return False
