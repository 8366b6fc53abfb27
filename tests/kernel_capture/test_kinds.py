"""Which values transform or predict."""

from __future__ import annotations

from typing import Any

from sklearn.preprocessing import StandardScaler

from nbforge.training.kernel.kinds import is_fitted_object, is_state


class Later:
    """Stands for a value that is computed later, and raises where that does not work out."""

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(f"evaluation of .{name} failed")


def test_looking_at_a_value_raises_nothing() -> None:
    assert not is_fitted_object(Later())
    assert not is_state([1, Later()])
    assert is_fitted_object(StandardScaler())
