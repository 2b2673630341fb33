"""A generation ends in one Result whose pictures are best first."""

import pytest
from PIL import Image

from multimodal.events import Picture, Progress, Result, last


def picture(color: str) -> Picture:
    return Picture(Image.new("RGB", (2, 2), color), seed=1, clip_score=0.3)


def test_last_drains_the_events_and_returns_the_result():
    drained = []

    def events():
        yield Progress(1, 2)
        yield Result((), seconds=1.0, steps=2)
        drained.append(True)

    assert last(events()) == Result((), seconds=1.0, steps=2)
    assert drained


def test_events_without_a_result_are_refused():
    with pytest.raises(ValueError, match="without a Result"):
        last([Progress(1, 1)])


def test_the_image_of_a_result_is_its_first_picture():
    best, other = picture("red"), picture("blue")
    assert Result((best, other), seconds=0.1, steps=1).image is best.image


def test_a_run_stopped_before_its_first_picture_has_no_image():
    with pytest.raises(ValueError, match="stopped"):
        _ = Result((), seconds=0.0, steps=0, stopped=True).image
