"""NannyML's CBPE on the rows that bench/estimate.ts wrote: python peer.py FOLDER version | speed CHUNK | errors CHUNK."""
import json
import os
import sys
import time
import warnings

for name in ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"]:
    os.environ[name] = "1"
os.environ["NML_DISABLE_USAGE_LOGGING"] = "1"
warnings.filterwarnings("ignore")

import nannyml
import numpy as np
import pandas as pd

METRICS = ["roc_auc", "average_precision", "accuracy", "precision", "recall", "specificity", "f1"]


def read(folder, name):
    score = np.fromfile(f"{folder}/{name}.score")
    truth = np.fromfile(f"{folder}/{name}.truth").astype(int)
    return pd.DataFrame({"score": score, "pred": (score >= 0.5).astype(int), "y": truth})


def main(folder, what, chunk="0"):
    if what == "version":
        return {"name": f"NannyML {nannyml.__version__}"}
    reference, window = read(folder, "reference"), read(folder, "window").drop(columns="y")
    estimator = nannyml.CBPE(metrics=METRICS, y_pred_proba="score", y_pred="pred", y_true="y",
                             problem_type="classification_binary", chunk_size=int(chunk))
    start = time.process_time()
    estimator.fit(reference)
    fitted = time.process_time()
    result = estimator.estimate(window)
    end = time.process_time()
    frame = result.filter(period="analysis").to_df()
    estimates = {name: {"estimated": float(frame[name]["value"].iloc[0]),
                        "lower": float(frame[name]["lower_confidence_boundary"].iloc[0]),
                        "upper": float(frame[name]["upper_confidence_boundary"].iloc[0])} for name in METRICS}
    return {"fit": fitted - start, "estimate": end - fitted, "estimates": estimates}


print(json.dumps(main(*sys.argv[1:])))
