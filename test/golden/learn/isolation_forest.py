"""Writes isolation_forest.json: scores and AUC of scikit-learn's IsolationForest on made-up rows, over many seeds."""
import json

import numpy as np
import sklearn
from sklearn.ensemble import IsolationForest
from sklearn.metrics import roc_auc_score

rng = np.random.default_rng(11)


def ordinary(n):
    """Two clusters, a column that follows another, a skewed one and one of few values."""
    first = rng.random(n) < 0.7
    a = np.where(first, rng.normal(0, 1, n), rng.normal(6, 0.5, n))
    return np.column_stack([a, 2 * a + rng.normal(0, 0.7, n), rng.exponential(1, n), rng.integers(0, 4, n)])


def strange(n):
    far = ordinary(n)
    kind = np.arange(n) % 3
    far[kind == 0, 0] = rng.uniform(2, 4.5, (kind == 0).sum())
    far[kind == 1, 2] = rng.uniform(3, 9, (kind == 1).sum())
    far[kind == 2, 1] = rng.uniform(-6, 18, (kind == 2).sum())
    return far


reference, rows = ordinary(1200).round(3), np.vstack([ordinary(300), strange(90)]).round(3)
label = [0] * 300 + [1] * 90
scores = np.array([-IsolationForest(n_estimators=100, random_state=seed).fit(reference).score_samples(rows) for seed in range(60)])
auc = [roc_auc_score(label, s) for s in scores]
small = np.array([-IsolationForest(n_estimators=100, max_samples=32, random_state=seed).fit(reference).score_samples(rows) for seed in range(60)])
out = dict(
    made_with=f"scikit-learn {sklearn.__version__}",
    reference=reference.T.tolist(),
    rows=rows.T.tolist(),
    label=label,
    seeds=len(scores),
    auc_mean=np.mean(auc), auc_sd=np.std(auc, ddof=1),
    score_mean=scores.mean(0).round(5).tolist(), score_sd=scores.std(0, ddof=1).round(5).tolist(),
    score_mean_32=small.mean(0).round(5).tolist(),
)
json.dump(out, open("isolation_forest.json", "w"), separators=(",", ":"))
print(out["auc_mean"], out["auc_sd"])
