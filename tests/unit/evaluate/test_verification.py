import json
from datetime import UTC, datetime

import numpy as np
import pytest

from facewarden.errors import DataError
from facewarden.evaluate import as_console, as_html, as_json
from facewarden.evaluate.folds import Folds
from facewarden.evaluate.report import EvaluationReport
from facewarden.evaluate.verification import PairScores, Verification
from facewarden.evaluate.verification_report import figures, plots, tables


def scores(seed: int = 1, people: int = 60, folds: int = 5, *, apart: float = 3.0) -> PairScores:
    """Each person twice in genuine pairs, and as many pairs of neighbours as strangers."""
    random = np.random.default_rng(seed)
    who = np.repeat(np.arange(people), 2)
    same = np.concatenate([np.ones(len(who), bool), np.zeros(len(who), bool)])
    similarity = random.normal(0, 0.1, len(same)) + np.where(same, 0.1 * apart, 0)
    return PairScores(
        similarity,
        same,
        np.tile(np.arange(len(who)) % folds, 2).astype(np.int64),
        np.tile(who, 2).astype(np.int64),
        np.concatenate([who, (who + 1) % people]).astype(np.int64),
        people,
    )


def repeated(once: PairScores, times: int) -> PairScores:
    """The same people, each pair as often as that."""
    return PairScores(
        np.tile(once.similarity, times),
        np.tile(once.same, times),
        np.tile(once.fold, times),
        np.tile(once.left, times),
        np.tile(once.right, times),
        once.subjects,
    )


def test_a_fold_is_judged_by_a_threshold_that_the_others_chose() -> None:
    # The best threshold of folds 0 and 1 lets the strangers of fold 2 pass.
    similarity = np.array([0.9, 0.1, 0.8, 0.2, 0.9, 0.7])
    same = np.array([True, False] * 3)
    folds = Folds(similarity, same, np.array([0, 0, 1, 1, 2, 2]))
    last = folds.accuracies()[2]
    assert last.threshold == pytest.approx(0.5)
    assert last.accuracy == 0.5


def test_the_validation_rate_is_that_of_the_other_folds_threshold() -> None:
    found = scores(people=300)
    val, spread, reached = Folds(found.similarity, found.same, found.fold).validation_rate(0.01)
    expected = []
    for fold in range(5):
        strangers = np.sort(found.similarity[(found.fold != fold) & ~found.same])[::-1]
        threshold = strangers[int(len(strangers) * 0.01)]
        test = found.similarity[(found.fold == fold) & found.same]
        expected.append((test > threshold).mean())
    assert val == pytest.approx(np.mean(expected))
    assert spread == pytest.approx(np.std(expected))
    assert 0 <= reached < 0.05


def test_more_pairs_of_the_same_people_do_not_make_us_surer() -> None:
    once = scores()
    often = repeated(once, 20)
    one, other = Verification(once).auc, Verification(often).auc
    assert (other.low, other.high) == pytest.approx((one.low, one.high))


def test_figures_of_normal_scores_are_those_of_theory() -> None:
    found = Verification(scores(people=1500))
    # Two normal distributions whose means are 3 standard deviations apart.
    assert found.eer.low <= 0.0668 <= found.eer.high
    assert found.auc.low <= 0.98305 <= found.auc.high
    assert found.accuracy.low <= 0.9332 <= found.accuracy.high
    assert found.tmr[0.01].low <= 0.7497 <= found.tmr[0.01].high


def test_what_the_pairs_cannot_show_is_said() -> None:
    found = Verification(scores())
    assert "120 impostor pairs cannot show it" in found.tmr[0.001].note
    assert np.isnan(found.tmr[0.001].value)
    above = found.at("sure", 5.0)
    assert above.fmr.value == 0
    sides = np.sort(np.stack([found.scores.left, found.scores.right]), axis=0).T
    pairs = len(np.unique(sides[~found.scores.same], axis=0))
    assert above.fmr.high == pytest.approx(3 / pairs)
    assert "rule of three" in above.fmr.note
    assert above.fnmr.value == 1


def test_the_worst_pairs_are_the_most_alike_strangers_and_the_least_alike_genuine() -> None:
    found = scores()
    strangers, genuine = Verification(found).worst(3)
    assert found.similarity[strangers[0]] == found.similarity[~found.same].max()
    assert found.similarity[genuine[0]] == found.similarity[found.same].min()
    assert len(strangers) == len(genuine) == 3


def test_one_fold_gives_no_accuracy() -> None:
    found = Verification(scores(folds=1))
    assert found.folds == []
    assert np.isnan(found.accuracy.value)
    assert np.isnan(found.standard_error)
    assert np.isnan(found.validation_rate(0.01)[0])


def test_a_template_with_nan_is_refused() -> None:
    good = scores()
    broken = good.similarity.copy()
    broken[3] = np.nan
    with pytest.raises(DataError, match="not finite"):
        PairScores(broken, good.same, good.fold, good.left, good.right, good.subjects)


@pytest.mark.parametrize("folds", [1, 5])
def test_the_report_can_be_written_in_every_form(folds: int) -> None:
    found = Verification(scores(folds=folds))
    product = [found.at("card, FMR 0.1 %", 0.3)]
    report = EvaluationReport(
        "Verification", "facewarden evaluate ...", ("a model",), (("pairs", "240"),),
        datetime(2026, 1, 1, tzinfo=UTC), 1.0, tables(found, product),
        plots=plots(found, product), figures=figures(found, product),
    )  # fmt: skip
    page = as_html.render(report)
    assert page.count("<svg") == 3
    machine = json.loads(as_json.render(report))
    assert machine["figures"]["genuine_pairs"] == 120
    assert machine["figures"]["tmr_at_fmr"]["0.1"]["count"] == 60
    assert as_console.render(report)


def test_photographs_of_the_same_people_show_no_lower_rate() -> None:
    once = scores()
    often = repeated(once, 50)
    for threshold in (-5.0, 5.0):
        one, other = (Verification(each).at("x", threshold) for each in (once, often))
        assert (one.fmr.high, one.fnmr.high) == (other.fmr.high, other.fnmr.high)


def test_five_people_without_an_error_do_not_show_that_there_are_none() -> None:
    found = Verification(scores(people=5, apart=50.0))
    assert (found.auc.value, found.eer.value) == (1, 0)
    assert (found.auc.low, found.auc.high) == pytest.approx((1 - 3 / 5, 1))
    assert (found.eer.low, found.eer.high) == pytest.approx((0, 3 / 5))


def test_a_threshold_that_lets_everybody_pass_is_as_little_known() -> None:
    found = Verification(scores())
    all_match = found.at("all", -5.0).fmr
    assert (all_match.value, all_match.low) == pytest.approx((1, 1 - 3 / 60))
    assert found.at("none", 5.0).fnmr.low == pytest.approx(1 - 3 / 60)
