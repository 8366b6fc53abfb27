"""Words are counted and weighed as scikit-learn does it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer

from nbforge.runtime.terms import TermTable
from nbforge.training.kernel.compiling.terms import split

TEXTS = [
    "The cat sat, the CAT ran.",
    "A dog; Über-große Straße 42",
    "İstanbul ΣΊΣΥΦΟΣ e\u0301t\u00e9",
    "",
    "x y zz",
    "don't 3.14 a_b",
]


@pytest.mark.parametrize(
    "vectorizer",
    [
        CountVectorizer(),
        CountVectorizer(ngram_range=(1, 3)),
        CountVectorizer(ngram_range=(2, 2), lowercase=False),
        CountVectorizer(stop_words="english", ngram_range=(1, 2)),
        CountVectorizer(stop_words=["the", "dog"], binary=True),
        CountVectorizer(token_pattern=r"(?u)\b(\w)\w*\b"),
        CountVectorizer(vocabulary={"cat": 1, "dog": 0}),
        CountVectorizer(max_features=3),
        TfidfVectorizer(),
        TfidfVectorizer(sublinear_tf=True, norm="l1"),
        TfidfVectorizer(use_idf=False, norm=None, binary=True),
    ],
    ids=str,
)
@settings(max_examples=30, deadline=None)
@given(texts=st.lists(st.one_of(st.text(max_size=30), st.sampled_from(TEXTS)), max_size=4))
def test_counts(vectorizer: CountVectorizer, texts: list[str]) -> None:
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    vectorizer.fit(TEXTS)
    plan, _ = split(make_pipeline(vectorizer, LogisticRegression()))
    assert plan is not None
    counts = TermTable({**plan, "dtype": "float64"}).table([*TEXTS, *texts])
    np.testing.assert_allclose(counts, vectorizer.transform([*TEXTS, *texts]).toarray(), rtol=1e-15)
