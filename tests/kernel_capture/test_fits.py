"""Which fit an object goes back to that was not fitted itself."""

from __future__ import annotations

import numpy as np
import pytest

from nbforge.training.kernel import estimators
from nbforge.training.kernel.recorder import Fit, Recorder


def test_a_network_read_from_a_file_goes_back_to_the_fit_on_as_many_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    import keras

    recorder = Recorder({})
    recorder.fits = [Fit(object(), "fit", np.zeros((9, columns)), None, cell=columns) for columns in (2, 3, 4)]
    network = keras.Sequential([keras.layers.Input((3,)), keras.layers.Dense(1)])
    assert estimators.fit_of(network, recorder) is recorder.fits[1]
    images = keras.Sequential([keras.layers.Input((3, 4)), keras.layers.Dense(1)])
    assert estimators.fit_of(images, recorder) is None
