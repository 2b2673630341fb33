"""What an error says, and that it keeps saying it wherever it goes."""

from __future__ import annotations

import copy
import json
import pickle

import pytest

from multimodal.errors import ImageError, LabError, LimitError, Message, Name


def test_a_message_is_its_english_sentence() -> None:
    message = Message("{count} of {most:g} {what}", count=3, most=4.0, what=Message("files"))
    assert message == "3 of 4 files" and type(str(message)) is str
    assert message.template == "{count} of {most:g} {what}" and message.values["count"] == 3
    assert json.dumps({"reason": message}) == '{"reason": "3 of 4 files"}'


def test_several_values_at_one_place_are_listed() -> None:
    assert Message("one of {known}", known=("a", "b")) == "one of a, b"


def test_braces_in_a_value_are_only_text() -> None:
    error = ImageError("{source} is no picture.", source="{source}{0}{.jpg")
    assert str(error) == "{source}{0}{.jpg is no picture."
    assert str(LabError(Message("It was {words}.", words="{}"))) == "It was {}."


def test_without_values_a_template_is_the_sentence() -> None:
    assert str(LabError("Write {} or {name}.")) == "Write {} or {name}."


def test_a_place_without_its_value_is_found_at_once() -> None:
    with pytest.raises(KeyError):
        LabError("There are {count} files.", number=1)


def test_an_error_shows_its_sentence_as_any_exception_does() -> None:
    error = LimitError("There are {count} files.", count=3)
    assert repr(error) == "LimitError('There are 3 files.')" and error.args == (str(error),)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_an_error_crosses_a_process_whole(protocol: int) -> None:
    error = ImageError("{source} has {size:.1f} MB.", source="{a}.jpg", size=2.0)
    back = pickle.loads(pickle.dumps(error, protocol))
    assert type(back) is ImageError and str(back) == str(error) == "{a}.jpg has 2.0 MB."
    assert back.source == "{a}.jpg" and back.message.template == error.message.template
    name = pickle.loads(pickle.dumps(Name("VQGAN+CLIP steps", "VQGANCLIPSettings.steps"), protocol))
    assert name == "VQGAN+CLIP steps" and name.key == "VQGANCLIPSettings.steps"


def test_a_copy_of_a_message_keeps_its_values() -> None:
    message = Message("{count} files", count=3)
    for again in (copy.copy(message), copy.deepcopy(message)):
        assert again == message and again.values == {"count": 3} and type(again) is Message


def test_a_cause_is_kept() -> None:
    with pytest.raises(LabError) as caught:
        raise LabError("{path} is gone.", path="x") from OSError("why")
    assert isinstance(caught.value.__cause__, OSError)


def test_only_an_error_about_a_picture_that_is_there_has_a_source() -> None:
    assert ImageError("No picture was given; choose at least one.").source == ""
    assert ImageError("{source} is empty.", source="a.jpg").source == "a.jpg"
