"""Signs of life while a step takes long: the last progress again, its times going on."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator
from dataclasses import replace
from queue import Empty, Queue
from threading import Event, Thread

from multimodal.events import Progress, Result

BEAT_SECONDS = 0.5

Item = Progress | Result | BaseException | None  # None: the events have ended


def beating(
    events: Iterator[Progress | Result], seconds: float = BEAT_SECONDS
) -> Generator[Progress | Result, None, None]:
    """The same events; while none comes for so many seconds, the last Progress again.

    The events are made in a thread of their own. Closing this generator closes them as soon as
    the step in flight is done, and does not wait for that.
    """
    made: Queue[Item] = Queue(maxsize=1)
    closed = Event()
    Thread(target=_make, args=(events, made, closed), daemon=True).start()
    last: Progress | None = None
    came = time.monotonic()
    try:
        while True:
            try:
                item = made.get(timeout=seconds)
            except Empty:
                if last is not None:
                    yield _later(last, time.monotonic() - came)
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


def _make(events: Iterator[Progress | Result], made: Queue[Item], closed: Event) -> None:
    """Runs the events to their end; what they raise is handed over as an item."""
    end: Item = None
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


def _put(made: Queue[Item], item: Item, closed: Event) -> bool:
    """Hand over an item; False when nobody reads any more."""
    while not closed.is_set():
        if not made.full():  # this thread alone puts
            made.put(item)
            return True
        closed.wait(0.005)
    return False


def _later(event: Progress, seconds: float) -> Progress:
    left = event.seconds_left
    if left is not None:
        left = max(left - seconds, 0.0)
    return replace(event, seconds=event.seconds + seconds, seconds_left=left)
