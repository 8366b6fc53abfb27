"""What kinds of answers are told apart."""

from __future__ import annotations

import pytest

from nbforge.runtime.answers import Answers
from nbforge.training.kernel import outputs


@pytest.mark.parametrize(
    ("answers", "kind"),
    [
        ([f"Estimated price: {value / 8:.3f} EUR" for value in (700, 800, 900, 950)] * 20, "text"),
        (["0.5", "1.5", "2.5", "3.5"] * 20, "text"),
        (["class_0", "class_1", "class_2"] * 20, "label"),
        (["up to 18.5", "over 25.0"] * 20, "label"),
    ],
)
def test_texts_that_say_a_figure_are_no_labels(answers: list[str], kind: str) -> None:
    _, output = outputs.describe("prediction", Answers(tuple(answers)), None)
    assert output.kind == kind
