"""A judge fitted from some of the medical charter's labels, quickly."""

import random

import pytest

from lawgiver.charter.files import label_rows
from lawgiver.evidence import fit
from lawgiver.evidence.fit import fit_judge, label_exchange

FIELDS = ["response_scope", "helpful", "overclaim"]


@pytest.fixture(scope="package", autouse=True)
def _one_strength():
    """Which regularisation is best does not matter here, and trying all takes five times as long."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fit, "STRENGTHS", (1.0,))
        yield


@pytest.fixture(scope="package")
def rows(medical):
    return random.Random(0).sample(label_rows(medical.root), 220)


@pytest.fixture(scope="package")
def fitted(rows):
    return fit_judge(rows, FIELDS)


@pytest.fixture(scope="package")
def judge(fitted):
    return fitted[0]


@pytest.fixture(scope="package")
def saved(judge, tmp_path_factory):
    path = tmp_path_factory.mktemp("judge") / "judges.npz"
    judge.save(path)
    return path


@pytest.fixture(scope="package")
def exchanges(rows):
    return [label_exchange(row) for row in rows]
