"""Text vectorizers in front of an estimator: words are counted and weighed as scikit-learn does it, exactly and in
every script; what comes after them is compiled.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_HOLDERS = ("GridSearchCV", "RandomizedSearchCV", "HalvingGridSearchCV", "HalvingRandomSearchCV")


def innermost(estimator: Any) -> Any:
    """The estimator that a search has found."""
    while type(estimator).__name__ in _HOLDERS and type(estimator).__module__.startswith("sklearn."):
        estimator = estimator.best_estimator_
    return estimator


def split(estimator: Any) -> tuple[Mapping[str, Any] | None, Any]:
    """The plan of the table of terms (see :mod:`nbforge.runtime.terms`) and what follows it; no plan where no
    words are counted, or in a way that is not known.
    """
    steps = getattr(estimator, "steps", None)
    if not steps or not _countable(steps[0][1]):
        return None, estimator
    from sklearn.pipeline import Pipeline

    vectorizer = steps[0][1]
    weighing = getattr(vectorizer, "_tfidf", None)
    rest = steps[1:]
    if weighing is None and len(rest) > 1 and _is_of_text(rest[0][1], "TfidfTransformer"):
        weighing, rest = rest[0][1], rest[1:]
    return _plan(vectorizer, weighing), Pipeline(rest) if len(rest) > 1 else rest[0][1]


def _is_of_text(step: Any, *names: str) -> bool:
    return type(step).__module__ == "sklearn.feature_extraction.text" and type(step).__name__ in names


def _countable(vectorizer: Any) -> bool:
    return (
        _is_of_text(vectorizer, "CountVectorizer", "TfidfVectorizer")
        and vectorizer.analyzer == "word"
        and vectorizer.input == "content"
        and (vectorizer.tokenizer, vectorizer.preprocessor, vectorizer.strip_accents) == (None, None, None)
    )


def _plan(vectorizer: Any, weighing: Any) -> dict[str, Any]:
    return {
        "pattern": vectorizer.token_pattern,
        "lowercase": bool(vectorizer.lowercase),
        "stop_words": sorted(vectorizer.get_stop_words() or ()),
        "ngrams": list(map(int, vectorizer.ngram_range)),
        "binary": bool(vectorizer.binary),
        "vocabulary": {term: int(place) for term, place in sorted(vectorizer.vocabulary_.items())},
        "weighing": None if weighing is None else _weighing(weighing),
    }


def _weighing(transformer: Any) -> dict[str, Any]:
    idf = [float(each) for each in transformer.idf_] if transformer.use_idf else None
    return {"sublinear": bool(transformer.sublinear_tf), "idf": idf, "norm": transformer.norm}
