"""A slow step does not leave the visitor without a sign of life."""

from __future__ import annotations

import time
from collections.abc import Iterator
from threading import Event

import pytest

from multimodal.errors import LabError
from multimodal.events import Progress, Result
from multimodal.ui.making.heartbeat import beating


def slow(pause: float, closed: Event | None = None) -> Iterator[Progress | Result]:
    try:
        for step in (1, 2):
            yield Progress(step, 2, seconds=step, seconds_left=9.0)
            time.sleep(pause)
        yield Result((), 2.0, 2)
    finally:
        if closed:
            closed.set()


def test_the_last_progress_is_repeated_while_a_step_takes_long() -> None:
    events = list(beating(slow(0.2), 0.03))
    steps = [event.step for event in events if isinstance(event, Progress)]
    assert steps == sorted(steps) and steps.count(1) > 2
    first, second = events[0], events[1]
    assert isinstance(first, Progress) and isinstance(second, Progress)
    assert second.seconds > first.seconds
    assert second.seconds_left is not None and second.seconds_left < 9.0
    assert isinstance(events[-1], Result) and len([e for e in events if isinstance(e, Result)]) == 1


def test_quick_events_pass_as_they_are() -> None:
    events = list(beating(slow(0.0), 5.0))
    assert [type(event) for event in events] == [Progress, Progress, Result]


def test_what_a_step_raises_reaches_the_reader() -> None:
    def failing() -> Iterator[Progress | Result]:
        yield Progress(1, 2)
        raise LabError("It diverged; lower learning_rate.")

    with pytest.raises(LabError, match="diverged"):
        list(beating(failing()))


def test_closing_does_not_wait_for_the_step_but_closes_the_events() -> None:
    closed = Event()
    events = beating(slow(0.3, closed), 0.05)
    next(events)
    began = time.monotonic()
    events.close()
    assert time.monotonic() - began < 0.25
    assert closed.wait(2.0)
