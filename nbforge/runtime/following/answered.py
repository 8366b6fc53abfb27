"""What happens to an answered request once its answers are known."""

from __future__ import annotations

from dataclasses import dataclass

from nbforge.runtime import identity
from nbforge.runtime.answers import Answers
from nbforge.runtime.following.feedback import Feedback
from nbforge.runtime.following.predictionlog import PredictionLog
from nbforge.runtime.logs import LOGGER, describe
from nbforge.runtime.validation import Checked


@dataclass(frozen=True, slots=True)
class Answered:
    """Remembers predictions for feedback, and logs them where that is wanted."""

    feedback: Feedback
    log: PredictionLog | None = None

    def __call__(self, checked: Checked, answers: Answers) -> None:
        """Never fails the request."""
        request = identity.CURRENT.get().request
        try:
            self.feedback.remember(request, answers)
            if self.log is not None:
                self.log.put(request, checked.columns, checked.n, answers)
        except Exception as error:  # noqa: BLE001 - the client has its answer coming
            LOGGER.error("An answer could not be kept.", extra=describe(error))

    def stop(self) -> None:
        """Write what is not written yet."""
        if self.log is not None:
            self.log.stop()
