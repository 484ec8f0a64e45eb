"""Estimates of NannyML 0.13.1 on synthetic data, for the tests of src/estimate: python peer.py (bench/estimate/venv.sh).

Writes cbpe.json (binary and multiclass) and dle.json beside this file. Scores have five digits, so that what is stored
is what NannyML saw; scores of the binary set are distinct, because with ties NannyML's result depends on the order.
"""
import json
import os
import warnings
from pathlib import Path

os.environ["NML_DISABLE_USAGE_LOGGING"] = "1"

import lightgbm
import nannyml
import numpy as np
import pandas as pd
import sklearn

warnings.filterwarnings("ignore")
rng = np.random.default_rng(20)
here = Path(__file__).parent
maker = f"NannyML {nannyml.__version__}, scikit-learn {sklearn.__version__}, lightgbm {lightgbm.__version__}"


def distinct(scores):
    """Moves equal scores apart by 1e-5."""
    taken, out = set(), []
    for s in np.round(scores, 5):
        while round(s, 5) in taken:
            s = s + 1e-5 if s < 0.5 else s - 1e-5
        taken.add(round(s, 5))
        out.append(round(s, 5))
    return np.array(out)


def binary(n, shift, distort):
    z = rng.normal(shift, 1.3, n)
    p = 1 / (1 + np.exp(-z))
    score = distinct(p**2 if distort else p)
    return pd.DataFrame({"score": score, "pred": (score >= 0.3).astype(int), "y": (rng.random(n) < p).astype(int)})


def rows(result, names):
    frame = result.filter(period="analysis").to_df()
    out = {}
    for name in names:
        part = frame[name]
        wanted = ["value", "sampling_error", "upper_confidence_boundary", "lower_confidence_boundary",
                  "upper_threshold", "lower_threshold", "realized"]
        out[name] = {key: [None if pd.isna(v) else float(v) for v in part[key]] for key in wanted if key in part}
    return out


def columns(frame):
    return {name: frame[name].tolist() for name in frame}


cbpe = {"maker": maker}
for name, distort in [("distorted", True), ("calibrated", False)]:
    reference = binary(2000, -0.5, distort)
    window = pd.concat([binary(500, -0.5, distort), binary(500, 0.3, distort), binary(500, 1.0, distort)])
    metrics = ["roc_auc", "average_precision", "f1", "precision", "recall", "specificity", "accuracy"]
    value = [[0.5, -2.0], [-5.0, 10.0]]
    estimator = nannyml.CBPE(
        metrics=metrics + ["confusion_matrix", "business_value"], y_pred_proba="score", y_pred="pred", y_true="y",
        problem_type="classification_binary", chunk_size=500 if distort else 200, business_value_matrix=value,
    )
    estimator.fit(reference)
    result = estimator.estimate(window.reset_index(drop=True))
    cells = ["true_positive", "true_negative", "false_positive", "false_negative"]
    calibrated = estimator.calibrator.calibrate(window["score"].to_numpy()) if estimator.needs_calibration else None
    cbpe[name] = {
        "reference": columns(reference), "window": columns(window), "chunk": 500 if distort else 200,
        "needs_calibration": bool(estimator.needs_calibration),
        "calibrated": None if calibrated is None else calibrated.tolist(),
        "estimates": rows(result, metrics + cells + ["business_value"]),
    }


def multiclass(n, shift):
    x = rng.normal(0, 1.2, (n, 3)) + np.array([0.0, shift, -0.3])
    p = np.exp(x) / np.exp(x).sum(1, keepdims=True)
    y = np.array([rng.choice(3, p=row) for row in p])
    bent = p**1.8
    scores = np.round(bent / bent.sum(1, keepdims=True), 5)
    names = np.array(["a", "b", "c"])
    return pd.DataFrame({"a": scores[:, 0], "b": scores[:, 1], "c": scores[:, 2],
                         "pred": names[scores.argmax(1)], "y": names[y]})


reference, window = multiclass(1500, 0.0), multiclass(1000, 0.6)
metrics = ["roc_auc", "average_precision", "f1", "precision", "recall", "specificity", "accuracy"]
estimator = nannyml.CBPE(
    metrics=metrics, y_pred_proba={name: name for name in "abc"}, y_pred="pred", y_true="y",
    problem_type="classification_multiclass", chunk_size=500,
)
estimator.fit(reference)
cbpe["multiclass"] = {"reference": columns(reference), "window": columns(window), "chunk": 500,
                      "estimates": rows(estimator.estimate(window), metrics)}
(here / "cbpe.json").write_text(json.dumps(cbpe, separators=(",", ":")) + "\n")


def regression(n, spread):
    x1, x2 = rng.uniform(0, 4, n), rng.uniform(0, 1, n)
    prediction = 20 + 3 * x1 + 5 * x2
    y = prediction + rng.normal(0, 0.5 + spread * x1, n)
    return pd.DataFrame({"x1": np.round(x1, 4), "x2": np.round(x2, 4), "prediction": np.round(prediction, 4), "y": np.round(y, 4)})


reference = regression(3000, 0.8)
window = pd.concat([regression(500, 0.8), regression(1500, 0.8).query("x1 > 2.5")[:500]]).reset_index(drop=True)
metrics = ["mae", "mse", "rmse", "mape", "msle", "rmsle"]
estimator = nannyml.DLE(feature_column_names=["x1", "x2"], y_pred="prediction", y_true="y", metrics=metrics, chunk_size=500)
estimator.fit(reference)
dle = {"maker": maker, "reference": columns(reference), "window": columns(window), "chunk": 500,
       "estimates": rows(estimator.estimate(window), metrics)}
(here / "dle.json").write_text(json.dumps(dle, separators=(",", ":")) + "\n")
