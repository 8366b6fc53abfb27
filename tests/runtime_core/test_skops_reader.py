"""skops' files are read without skops, and construct no type that their record does not list."""

from __future__ import annotations

import json
import operator
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from nbforge.runtime import formats
from nbforge.runtime.errors import FormatError
from nbforge.runtime.formats import _skops_reader

ROOT = Path(__file__).parents[2]
X = np.random.default_rng(5).normal(size=(60, 3))
Y = (X[:, 0] > 0).astype(int)

WITHOUT_SKOPS = """
import json, sys
sys.modules["skops"] = None
from pathlib import Path
from nbforge.runtime import formats
import numpy as np
folder, given = Path(sys.argv[1]), np.load(sys.argv[2])
for record in json.loads((folder / "records.json").read_text()):
    print(formats.load(record, folder).predict_proba(given).tobytes().hex())
assert "sklearn.cluster" not in sys.modules, "only what the files name is imported"
"""


def _changed(path: Path, change: Any) -> None:
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    schema = json.loads(members["schema.json"])
    change(list(_skops_reader.nodes(schema)))
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in {**members, "schema.json": json.dumps(schema).encode()}.items():
            archive.writestr(name, data)


def test_models_answer_the_same_bits_in_a_process_that_has_no_skops(tmp_path: Path) -> None:
    models = [
        make_pipeline(StandardScaler(), LogisticRegression()),
        RandomForestClassifier(5, random_state=0),
        HistGradientBoostingClassifier(max_iter=5, random_state=np.random.RandomState(0)),
    ]
    records = [formats.save(model.fit(X, Y), tmp_path, f"model{place}") for place, model in enumerate(models)]
    (tmp_path / "records.json").write_text(json.dumps(records))
    np.save(tmp_path / "given.npy", X)
    command = [sys.executable, "-c", WITHOUT_SKOPS, str(tmp_path), str(tmp_path / "given.npy")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [model.predict_proba(X).tobytes().hex() for model in models]


def test_a_type_that_the_record_does_not_list_is_never_constructed(tmp_path: Path) -> None:
    record = formats.save(StandardScaler().fit(X), tmp_path, "model")
    marker = tmp_path / "ran"

    def change(nodes: list[dict[str, Any]]) -> None:
        scale = next(node for node in nodes if "scale_" in node.get("content", {}))
        argument = {
            "__module__": "builtins",
            "__class__": "str",
            "__loader__": "JsonNode",
            "content": f'"touch {marker}"',
        }
        arguments = {"__module__": "builtins", "__class__": "tuple", "__loader__": "TupleNode", "content": [argument]}
        scale["content"]["scale_"] = {
            "__module__": "os", "__class__": "system", "__loader__": "ConstructorFromReduceNode", "content": arguments,
        }  # fmt: skip

    _changed(tmp_path / record["file"], change)
    with pytest.raises(FormatError, match=r"does not list: .*os\.system"):
        formats.load(record, tmp_path)
    assert not marker.exists()


def test_a_name_in_the_data_of_a_generator_is_called_only_if_it_is_one(tmp_path: Path) -> None:
    record = formats.save(np.random.default_rng(0), tmp_path, "generator")
    assert formats.load(record, tmp_path).random() == np.random.default_rng(0).random()

    def change(nodes: list[dict[str, Any]]) -> None:
        named = next(node for node in nodes if node.get("content") == '"PCG64"')
        named["content"] = '"seed"'

    _changed(tmp_path / record["file"], change)
    with pytest.raises(FormatError, match="no bit generator"):
        formats.load(record, tmp_path)


def test_what_the_reader_cannot_read_is_left_to_skops(tmp_path: Path) -> None:
    model = FunctionTransformer(operator.itemgetter(0)).fit(X)
    record = formats.save(model, tmp_path, "model")
    assert record["format"] == "skops"
    assert record["reader"] == "skops"
    assert formats.load(record, tmp_path).transform(X).tobytes() == X[0].tobytes()


def test_what_skops_knows_only_where_it_was_imported_is_loaded_anywhere(tmp_path: Path) -> None:
    from sklearn.experimental import enable_halving_search_cv  # noqa: F401
    from sklearn.model_selection import HalvingGridSearchCV

    model = make_pipeline(FunctionTransformer(operator.itemgetter(0)), HalvingGridSearchCV(Ridge(), {"alpha": [1, 2]}))
    record = formats.save(model, tmp_path, "model")
    assert record["reader"] == "skops"
    elsewhere = "import pathlib; from nbforge.runtime import formats; formats.load({!r}, pathlib.Path({!r}))"
    subprocess.run([sys.executable, "-c", elsewhere.format(record, str(tmp_path))], check=True, timeout=120)


def test_shared_parts_stay_shared(tmp_path: Path) -> None:
    words = TfidfVectorizer().fit(["a dog", "a bird"])
    record = formats.save(make_pipeline(words), tmp_path, "model")
    assert "reader" not in record
    twice = {"one": words, "other": words}
    record = formats.save([twice, StandardScaler().fit(X)], tmp_path, "twice")
    (back, _) = formats.load(record, tmp_path)
    assert back["one"] is back["other"]
