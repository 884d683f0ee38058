import threading

import pytest

from facewarden.pipeline.metrics import Metrics


def test_items_and_time_add_up_also_when_a_stage_fails() -> None:
    metrics = Metrics()
    with metrics.stage("detect", 3):
        pass
    with pytest.raises(RuntimeError), metrics.stage("detect"):
        raise RuntimeError
    items, seconds = metrics.snapshot()["detect"]
    assert items == 4
    assert seconds > 0
    assert set(metrics.snapshot()) == {"detect"}


def test_threads_lose_nothing() -> None:
    metrics = Metrics()

    def work() -> None:
        for _ in range(1000):
            with metrics.stage("embed"):
                pass

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert metrics.snapshot()["embed"][0] == 4000


def test_counts_stand_beside_the_stages() -> None:
    metrics = Metrics()
    for name in ("held", "held", "attack"):
        metrics.count(name)
    assert metrics.counts() == {"held": 2, "attack": 1}
    assert metrics.snapshot() == {}
