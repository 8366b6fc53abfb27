"""Counting and weighing the words of texts as scikit-learn's vectorizers do, without scikit-learn.

Only the analysis of words is here; the plan that a build writes is ``{"pattern", "lowercase", "stop_words", "ngrams":
[shortest, longest], "binary", "vocabulary": {term: column}, "weighing": {"sublinear", "idf", "norm"} | null,
"dtype"}``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np


class TermTable:
    """Makes tables of terms by a plan."""

    def __init__(self, plan: Mapping[str, Any]) -> None:
        self._words = re.compile(plan["pattern"]).findall
        self._lowercase = plan["lowercase"]
        self._stop_words = frozenset(plan["stop_words"])
        self._shortest, self._longest = plan["ngrams"]
        self._binary = plan["binary"]
        self._vocabulary: dict[str, int] = plan["vocabulary"]
        self._weighing = plan["weighing"]
        if self._weighing and self._weighing["idf"] is not None:
            self._weighing = {**self._weighing, "idf": np.array(self._weighing["idf"])}
        self._dtype = np.dtype(plan["dtype"])

    def table(self, texts: Sequence[str]) -> Any:
        """``[n, terms]``: the weight of each term in each text."""
        found = np.zeros((len(texts), len(self._vocabulary)))
        column = self._vocabulary.get
        for row, text in zip(found, texts, strict=True):
            for term in self._terms(text):
                place = column(term)
                if place is not None:
                    row[place] += 1
        if self._binary:
            found = (found > 0).astype(float)
        if self._weighing:
            found = _weighed(found, **self._weighing)
        return found.astype(self._dtype, copy=False)

    def _terms(self, text: str) -> Iterator[str]:
        words = self._words(text.lower() if self._lowercase else text)
        if self._stop_words:
            words = [word for word in words if word not in self._stop_words]
        for length in range(self._shortest, self._longest + 1):
            if length == 1:
                yield from words
                continue
            for start in range(len(words) - length + 1):
                yield " ".join(words[start : start + length])


def _weighed(counts: Any, sublinear: bool, idf: Any, norm: str | None) -> Any:
    """TF-IDF as ``sklearn.feature_extraction.text.TfidfTransformer`` defines it."""
    if sublinear:
        there = counts > 0
        np.log(counts, out=counts, where=there)
        counts += there
    if idf is not None:
        counts *= idf
    if norm is None:
        return counts
    lengths = np.sqrt((counts * counts).sum(axis=1)) if norm == "l2" else np.abs(counts).sum(axis=1)
    lengths[lengths == 0] = 1
    counts /= lengths[:, np.newaxis]
    return counts
