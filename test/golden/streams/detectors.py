"""Writes detectors.json: what river's detectors say about stored streams, with many settings. The streams `published_*` are
those of river's own tests (numpy's legacy generator, seed 12345), the others are made up here."""
import json

import numpy as np
import river
import scipy
from river.drift import ADWIN, KSWIN, PageHinkley
from river.drift.binary import DDM, EDDM, FHDDM, HDDMA, HDDMW
from scipy.stats import ks_2samp


def published():
    np.random.seed(12345)
    counts = np.concatenate((np.random.randint(2, size=1000), np.random.randint(8, size=1000)))
    np.random.seed(12345)
    rates = np.array([np.random.binomial(1, 0.2) for _ in range(1000)] + [np.random.binomial(1, 0.8) for _ in range(1000)])
    np.random.seed(12345)
    signs = np.concatenate([np.random.normal(mean, 0.1, 500) > 0 for mean in (0.0, 0.25, 0.0, 0.25)]).astype(int)
    return {"published_counts": counts, "published_rates": rates, "published_signs": signs}


rng = np.random.default_rng(7)
steps = np.repeat(rng.normal(0, 1.5, 10), 300) + rng.normal(0, 1, 3000)
trend = np.cumsum(rng.normal(0, 0.05, 3000)) + rng.standard_t(3, 3000)
rates = np.repeat(rng.uniform(0.05, 0.6, 12), 300)
streams = {
    **published(),
    "steps": steps.round(2),
    "trend": trend.round(2),
    "bits": (rng.random(3600) < rates).astype(int),
    "shares": np.clip(np.repeat(rng.uniform(0.2, 0.8, 6), 400) + rng.normal(0, 0.2, 2400), 0, 1).round(2),
}

numbers = ["published_counts", "steps", "trend"]
bits = ["published_rates", "published_signs", "bits"]
cases = [
    ("adwin", ADWIN, numbers + bits, [
        {},
        dict(clock=1),
        dict(delta=0.2, clock=5, max_buckets=2, min_window_length=12, grace_period=100),
        dict(delta=1e-8, max_buckets=9),
    ]),
    ("page-hinkley", PageHinkley, numbers + bits, [
        {},
        dict(threshold=8, delta=0.1, min_instances=5),
        dict(threshold=12, mode="up", alpha=0.99),
        dict(threshold=12, mode="down", alpha=0.995, delta=0),
    ]),
    # With a window of twice the statistic nothing is drawn at random.
    ("kswin", KSWIN, numbers, [dict(window_size=60), dict(window_size=200, stat_size=100, alpha=1e-4), dict(window_size=40, stat_size=20, alpha=0.05)]),
    ("ddm", DDM, bits, [{}, dict(warm_start=10, warning_threshold=1, drift_threshold=2)]),
    ("eddm", EDDM, bits, [{}, dict(warm_start=5, alpha=0.8, beta=0.7)]),
    ("fhddm", FHDDM, bits, [
        {},
        dict(sliding_window_size=30, confidence_level=0.01),
        dict(short_window_size=20),
        dict(sliding_window_size=60, short_window_size=60, confidence_level=0.001),
    ]),
    ("hddm-a", HDDMA, bits + ["shares"], [{}, dict(two_sided_test=True), dict(drift_confidence=0.05, warning_confidence=0.2)]),
    ("hddm-w", HDDMW, bits + ["shares"], [{}, dict(two_sided_test=True), dict(lambda_val=0.2, drift_confidence=0.01, warning_confidence=0.1)]),
]


def ranges(indices):
    out = []
    for i in indices:
        if out and out[-1][1] == i - 1:
            out[-1][1] = i
        else:
            out.append([i, i])
    return out


answers = []
for kind, make, names, settings in cases:
    for options in settings:
        for name in names:
            detector = make(**options)
            drifts, warnings = [], []
            for i, x in enumerate(streams[name].tolist()):
                detector.update(x)
                if detector.drift_detected:
                    drifts.append(i)
                elif getattr(detector, "warning_detected", False):
                    warnings.append(i)
            answers.append(dict(kind=kind, options=options, stream=name, drifts=drifts, warnings=ranges(warnings)))

# Run lengths on stable streams of at most 5000 values: standard normal ones, or bits of which one in five is an error.
run_lengths = []
for kind, make, _, _ in cases:
    alarms, values = 0, 0
    for seed in range(200):
        draw = np.random.default_rng(seed)
        if kind in ("adwin", "page-hinkley", "kswin"):
            stream = draw.normal(size=5000)
        else:
            stream = (draw.random(5000) < (0.8 if kind == "fhddm" else 0.2)).astype(int)
        detector = make(seed=seed) if kind == "kswin" else make()
        for x in stream.tolist():
            values += 1
            detector.update(x)
            if detector.drift_detected:
                alarms += 1
                break
    run_lengths.append(dict(kind=kind, streams=200, limit=5000, alarms=alarms, values=values))

# Exact p of equal sizes with statistic k / n.
p_values = []
for n, k in [(2, 1), (5, 3), (20, 9), (30, 4), (30, 13), (30, 30), (100, 20), (100, 30), (1000, 80)]:
    p = ks_2samp(np.arange(n), np.arange(n) + k - 0.5 if k < n else np.arange(n) + n, method="exact")
    assert abs(p.statistic - k / n) < 1e-12
    p_values.append([n, k, p.pvalue])

with open("detectors.json", "w") as file:
    json.dump({"made_with": f"river {river.__version__}, numpy {np.__version__}, scipy {scipy.__version__}", "streams": {k: v.tolist() for k, v in streams.items()}, "answers": answers, "run_lengths": run_lengths, "equal_sizes_p": p_values}, file, separators=(",", ":"))
