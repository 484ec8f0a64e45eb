"""Writes evaluate.json: metrics by scikit-learn of the probabilities that LightGBM gave for the rows in lightgbm.json.
The labels are made up, so that no metric is 0 or 1."""
import json
import numpy as np
import sklearn
from sklearn import metrics as m

d = json.load(open("lightgbm.json"))
p = np.array(d["proba"])
y = (p >= 0.5).astype(int)
y[[1, 4, 7]] = 1 - y[[1, 4, 7]]
c = (p >= 0.5).astype(int)
json.dump({
    "made_with": f"scikit-learn {sklearn.__version__}",
    "label": y.tolist(),
    "metrics": {
        "accuracy": m.accuracy_score(y, c), "balanced_accuracy": m.balanced_accuracy_score(y, c),
        "precision": m.precision_score(y, c), "recall": m.recall_score(y, c),
        "specificity": m.recall_score(y, c, pos_label=0), "f1": m.f1_score(y, c),
        "f2": m.fbeta_score(y, c, beta=2), "mcc": m.matthews_corrcoef(y, c), "kappa": m.cohen_kappa_score(y, c),
        "roc_auc": m.roc_auc_score(y, p), "average_precision": m.average_precision_score(y, p),
        "log_loss": m.log_loss(y, p), "brier": m.brier_score_loss(y, p),
    },
}, open("evaluate.json", "w"))
