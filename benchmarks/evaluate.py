"""Identification of N probes among N enrolled, streamed: seconds and peak memory.

    python -m benchmarks.evaluate [--people 31623]

31,623 squared is 10^9 comparisons. Templates are random unit vectors; every second probe has a mate
planted, its template turned away from the reference by noise.
"""

import argparse
import resource
from time import perf_counter, process_time

import numpy as np

from facewarden.data import Float32
from facewarden.evaluate.identification import FPIRS, Identification
from facewarden.measure.searches import Probes, References, search

DIMENSION = 128
NOISE = 1.6
"""Of a mate's template, as a share of its length: similarities of about 0.53, as on video."""


def unit(rows: Float32) -> Float32:
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


def planted(people: int) -> tuple[References, Probes]:
    """Enrol `people`; probe with as many, of whom every second one is enrolled."""
    random = np.random.default_rng(1)
    enrolled = unit(random.standard_normal((people, DIMENSION), np.float32))
    towards = unit(random.standard_normal((people, DIMENSION), np.float32))
    mated = np.arange(people) % 2 == 0
    who = np.where(mated, np.arange(people), people + np.arange(people)).astype(np.int64)
    probes = unit(np.where(mated[:, None], enrolled + np.float32(NOISE) * towards, towards))
    ids = np.arange(people, dtype=np.int64)
    return References(enrolled, ids, ids), Probes(probes, np.ones(people, np.bool_), who)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    arguments.add_argument("--people", type=int, default=31_623)
    people = arguments.parse_args().people
    references, probes = planted(people)
    base = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    began, spent = perf_counter(), process_time()
    sizes = [people >> step for step in range(5, 0, -1)]
    told = search(references, probes, people=2 * people, model_id="random", sizes=sizes)
    searched, worked = perf_counter() - began, process_time() - spent
    began = perf_counter()
    found = Identification(told[-1])
    fnir = found.fnir
    figures = perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{people:,} x {people:,} = {people**2:,} comparisons, {len(told)} sizes of gallery")
    print(f"search: {searched:.1f} s, {worked:.1f} s of processor time")
    print(f"figures with their intervals: {figures:.1f} s")
    print(f"peak memory: {peak:,.0f} MB, of which {base:,.0f} MB before the search")
    print(f"rank 1: {100 * found.cmc()[0]:.2f} %")
    for rate in FPIRS:
        one = fnir[rate]
        value, low, high = (100 * x for x in (one.value, one.low, one.high))
        print(f"FNIR at FPIR {100 * rate:g} %: {value:.2f} % ({low:.2f} to {high:.2f})")


if __name__ == "__main__":
    main()
