"""Writes metrics.json: metrics, intervals and tests by scikit-learn, statsmodels, scipy and MLstatkit, and by published
formulas in numpy, on the rows of ../metrics.json and on made-up ones. pip install scikit-learn statsmodels MLstatkit"""
import json
from importlib.metadata import version
import numpy as np
import scipy.stats as st
from MLstatkit import Delong_test
from sklearn import metrics as m
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.inter_rater import cohens_kappa
from statsmodels.stats.proportion import proportion_confint

rows = json.load(open("../metrics.json"))
out = {"made_with": {p: version(p) for p in
                     ["scikit-learn", "statsmodels", "scipy", "MLstatkit", "numpy"]}}

# Binary: what ../metrics.json lacks; all metrics with weights and another threshold.
b = rows["binary"]
y, s, w = (np.array(b[k]) for k in ["y_true", "score", "weight"])


def binary(threshold, w):
    c = (s >= threshold).astype(int)
    k = {"sample_weight": w}
    return {
        "accuracy": m.accuracy_score(y, c, **k), "balanced_accuracy": m.balanced_accuracy_score(y, c, **k),
        "precision": m.precision_score(y, c, **k), "recall": m.recall_score(y, c, **k),
        "specificity": m.recall_score(y, c, pos_label=0, **k), "f1": m.f1_score(y, c, **k),
        "f2": m.fbeta_score(y, c, beta=2, **k), "mcc": m.matthews_corrcoef(y, c, **k),
        "kappa": m.cohen_kappa_score(y, c, **k), "roc_auc": m.roc_auc_score(y, s, **k),
        "average_precision": m.average_precision_score(y, s, **k), "log_loss": m.log_loss(y, s, **k),
        "brier": m.brier_score_loss(y, s, **k),
    }


c = (s >= 0.5).astype(int)
tn, fp, fn, tp = m.confusion_matrix(y, c).ravel()
wilson = lambda k, n: [float(v) for v in proportion_confint(k, n, method="wilson")]
pp = np.array([tn, fp, fn, tp]) / len(y)
f1 = m.f1_score(y, c)
gradient = np.array([0, -f1, -f1, 2 * (1 - f1)]) / (2 * pp[3] + pp[1] + pp[2])
rng = np.random.default_rng(1)
other = np.round(np.clip(0.6 * s + 0.4 * rng.random(len(s)), 0.001, 0.999), 2)
z, p, _, _, auc_a, auc_b, info = Delong_test(y, s, other)
out["binary"] = {"plain": binary(0.5, None), "weighted": binary(0.5, w), "threshold_03": binary(0.3, w)}
out["binary_intervals"] = {
    "wilson": {"accuracy": wilson(tp + tn, len(y)), "precision": wilson(tp, tp + fp), "recall": wilson(tp, tp + fn),
               "specificity": wilson(tn, tn + fp)},
    "kappa_sd": float(cohens_kappa(m.confusion_matrix(y, c)).std_kappa),
    "f1_sd": float(np.sqrt(gradient @ (np.diag(pp) - np.outer(pp, pp)) @ gradient / len(y))),  # multinomial, delta method
}
# MLstatkit gives B - A.
out["delong"] = {"other": other.tolist(), "z": -float(z), "p": float(p), "first": auc_a, "second": auc_b,
                 "variance": float(info["var_diff"])}
zero, pz, _, _, a0, _, info0 = Delong_test(y, s, np.where(np.arange(len(s)) % 2 == 0, 0.5, 0.5))
out["auc_variance"] = float(info0["var_diff"])  # against a constant score: the variance of one AUC

# Multiclass with weights.
mc = rows["multiclass"]
yt, pr = np.array(mc["y_true"]), np.array(mc["proba"])
pc = pr.argmax(1)


def multi(w):
    k = {"sample_weight": w}
    d = {"accuracy": m.accuracy_score(yt, pc, **k), "balanced_accuracy": m.balanced_accuracy_score(yt, pc, **k)}
    for a in ["macro", "micro", "weighted"]:
        d["precision_" + a] = m.precision_score(yt, pc, average=a, **k)
        d["recall_" + a] = m.recall_score(yt, pc, average=a, **k)
        d["f1_" + a] = m.f1_score(yt, pc, average=a, **k)
    d |= {"mcc": m.matthews_corrcoef(yt, pc, **k), "kappa": m.cohen_kappa_score(yt, pc, **k),
          "kappa_quadratic": m.cohen_kappa_score(yt, pc, weights="quadratic", **k),
          "log_loss": m.log_loss(yt, pr, **k), "brier": m.brier_score_loss(yt, pr, scale_by_half=False, **k),
          "roc_auc_ovr_macro": m.roc_auc_score(yt, pr, multi_class="ovr", **k),
          "top2": m.top_k_accuracy_score(yt, pr, k=2, **k)}
    if w is None:
        d["roc_auc_ovo_macro"] = m.roc_auc_score(yt, pr, multi_class="ovo")
    return d


table = m.confusion_matrix(yt, pc)
q = table / table.sum()
size = q.sum(0) + q.sum(1)
f1k = 2 * np.diag(q) / size
miss = size - 2 * np.diag(q)
# Takahashi, Yamamoto, Kuchiba and Koyama, Applied Intelligence 52 (2022) 4961, section 3.2.
takahashi = 2 / len(f1k) ** 2 * (np.sum(f1k * miss / size ** 2 * (f1k / 2 + miss / size)) + sum(
    q[i, j] * f1k[i] * f1k[j] / size[i] / size[j] for i in range(4) for j in range(4) if i != j)) / table.sum()
out["multiclass"] = {"plain": multi(None), "weighted": multi(w), "weight": w.tolist()}
out["multiclass_intervals"] = {
    "kappa_sd": float(cohens_kappa(table).std_kappa),
    "kappa_quadratic_sd": float(cohens_kappa(table, wt="quadratic").std_kappa),
    "f1_macro_sd": float(np.sqrt(takahashi)),
}

# Regression: what ../metrics.json lacks.
r = rows["regression"]
yr, fr, wr = (np.array(r[k]) for k in ["y_true", "y_pred", "weight"])


def regression(w):
    k = {"sample_weight": w}
    e = yr - fr
    return {
        "mae": m.mean_absolute_error(yr, fr, **k), "mse": m.mean_squared_error(yr, fr, **k),
        "rmse": m.root_mean_squared_error(yr, fr, **k), "r2": m.r2_score(yr, fr, **k),
        "mape": m.mean_absolute_percentage_error(yr, fr, **k), "max_error": m.max_error(yr, fr),
        "explained_variance": m.explained_variance_score(yr, fr, **k),
        "pinball_09": m.mean_pinball_loss(yr, fr, alpha=0.9, **k), "msle": m.mean_squared_log_error(yr, fr, **k),
        "rmsle": m.root_mean_squared_log_error(yr, fr, **k),
        "smape": float(np.average(2 * np.abs(e) / (np.abs(yr) + np.abs(fr)), weights=w)),
    }


out["regression"] = {"plain": regression(None), "weighted": regression(wr)}

# Tests on pairs.
tables = [[[59, 6], [16, 80]], [[10, 1], [8, 3]], [[101, 121], [59, 33]], [[40, 3], [3, 40]], [[5, 0], [7, 2]]]
out["mcnemar"] = [{
    "onlyFirst": t[0][1], "onlySecond": t[1][0],
    "exact": float(mcnemar(t, exact=True).pvalue),
    "chi-square": float(mcnemar(t, exact=False, correction=False).pvalue),
    "corrected": float(mcnemar(t, exact=False, correction=True).pvalue),
} for t in tables]
d = np.round(rng.normal(0.1, 1, 25), 3)
t = st.ttest_1samp(d, 0)
out["paired_t"] = {"differences": d.tolist(), "statistic": float(t.statistic), "p": float(t.pvalue)}

# Rankings: one query a row; scores with ties; graded relevance.
rel = rng.integers(0, 4, (12, 9)).astype(float)
sc = np.round(rng.normal(size=(12, 9)) + 0.4 * rel, 0)
out["ranking"] = {
    "relevance": rel.tolist(), "tied": sc.tolist(),
    "ndcg": [float(m.ndcg_score(rel[i:i + 1], sc[i:i + 1])) for i in range(12)],
    "ndcg_at_4": [float(m.ndcg_score(rel[i:i + 1], sc[i:i + 1], k=4)) for i in range(12)],
}
sc2 = sc + rng.permutation(108).reshape(12, 9) / 1000
out["ranking"]["untied"] = sc2.tolist()
out["ranking"]["average_precision"] = [
    float(m.average_precision_score(rel[i] > 0, sc2[i])) if (rel[i] > 0).any() else None for i in range(12)]

# Calibration: reliability bins by scikit-learn, Spiegelhalter and Hosmer-Lemeshow by their formulas.
from sklearn.calibration import calibration_curve
prob_true, prob_pred = calibration_curve(y, s, n_bins=10)
zs = np.sum((y - s) * (1 - 2 * s)) / np.sqrt(np.sum((1 - 2 * s) ** 2 * s * (1 - s)))
groups = np.array_split(np.argsort(s, kind="stable"), 5)
hl = sum((y[g].sum() - s[g].sum()) ** 2 / (s[g].sum() * (1 - s[g].mean())) for g in groups)
out["calibration"] = {"observed": prob_true.tolist(), "meanScore": prob_pred.tolist(),
                      "spiegelhalter": [float(zs), float(2 * st.norm.sf(abs(zs)))],
                      "hosmer_lemeshow": [float(hl), float(st.chi2.sf(hl, 5))]}

json.dump(out, open("metrics.json", "w"), default=float)
