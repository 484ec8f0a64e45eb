"""Writes hypothesis.json: tests of two and more samples, tables and matrices by scipy, scikit-learn and statsmodels."""
import itertools
import json
import warnings
import numpy as np
import scipy
import sklearn
import statsmodels
from scipy import stats
from sklearn.covariance import EmpiricalCovariance, LedoitWolf, MinCovDet
from sklearn.decomposition import PCA
from sklearn.metrics import roc_auc_score
from sklearn.preprocessing import StandardScaler
from statsmodels.stats.multitest import multipletests

warnings.filterwarnings("ignore")
rng = np.random.default_rng(20)


def pair(result):
    return [float(result.statistic), float(result.pvalue)]


def rounded(x):
    return np.round(x, 6)


k_samples = []
for sizes, shift, ties in [((30, 25, 40), 0, False), ((12, 15, 9, 20), 0.6, False), ((50, 60, 55), 0.3, True), ((500, 20, 100), 0.2, False)]:
    samples = [rounded(rng.normal(size=n) + i * shift) for i, n in enumerate(sizes)]
    if ties:
        samples = [np.round(2 * s) for s in samples]
    k_samples.append({
        "samples": [s.tolist() for s in samples],
        "kruskal": pair(stats.kruskal(*samples)),
        "levene_median": pair(stats.levene(*samples, center="median")),
        "anderson_midrank": pair(stats.anderson_ksamp(samples, variant="midrank")),
    })

def middle_gap(x, y):
    """nm/N^2 sum over rows of the squared gap between the distribution functions, in the middle of equal values."""
    pooled = np.r_[x, y]
    below = [np.mean(s[:, None] < pooled, axis=0) / 2 + np.mean(s[:, None] <= pooled, axis=0) / 2 for s in (x, y)]
    return len(x) * len(y) / len(pooled) ** 2 * np.sum((below[0] - below[1]) ** 2)


exact = []
for n, m, ties in [(5, 4, False), (6, 5, True), (20, 20, False), (15, 12, False), (7, 7, True), (4, 9, True)]:
    a, b = rounded(rng.normal(size=n)), rounded(rng.normal(size=m) + 0.7)
    if ties:
        a, b = np.round(a), np.round(b)
    row = {"a": a.tolist(), "b": b.tolist()}
    if not ties:
        row["cramer_von_mises_exact"] = pair(stats.cramervonmises_2samp(a, b, method="exact"))
    if n + m < 15:
        # All ways to label the pooled rows.
        for name, statistic in [
            ("kolmogorov_smirnov", lambda x, y: stats.ks_2samp(x, y, method="asymp").statistic),
            ("cramer_von_mises", middle_gap if ties else
             lambda x, y: stats.cramervonmises_2samp(x, y, method="asymptotic").statistic),
            ("wasserstein", stats.wasserstein_distance),
        ]:
            result = stats.permutation_test((a, b), statistic, n_resamples=np.inf, alternative="greater", vectorized=False)
            row[name + "_permutation"] = pair(result)
    exact.append(row)

tables = []
for table in [[[20, 30, 50], [25, 25, 40], [30, 10, 60]], [[3, 0, 5, 9], [1, 2, 0, 4]], [[120, 80], [90, 110], [60, 70], [15, 10]],
              [[10, 2], [3, 15]], [[100000, 2000], [99000, 2300]], [[700000, 300], [650000, 420]]]:
    t = np.array(table)
    chi = stats.chi2_contingency(t, correction=False)
    row = {"table": table, "chi2": [float(chi.statistic), float(chi.pvalue), int(chi.dof)],
           "g": pair(stats.chi2_contingency(t, correction=False, lambda_="log-likelihood")),
           "cramers_v": float(stats.contingency.association(t, method="cramer"))}
    if t.shape == (2, 2):
        row["fisher"] = pair(stats.fisher_exact(t))
    tables.append(row)

p = [0.01, 0.04, 0.03, 0.005, 0.2, 0.9, 0.04, 0.0001]
epps = []
for a, b in [(rng.poisson(2, 60), rng.poisson(2.6, 45)), (rng.integers(0, 5, 20), rng.integers(0, 6, 22)),
             (1e6 + rounded(rng.standard_t(2, 300)), 1e6 + rounded(rng.normal(size=80)))]:
    epps.append({"a": a.tolist(), "b": b.tolist(), "epps_singleton": pair(stats.epps_singleton_2samp(a, b))})


def cohens_d(a, b):
    n, m = len(a), len(b)
    return (a.mean() - b.mean()) / np.sqrt(((n - 1) * a.var(ddof=1) + (m - 1) * b.var(ddof=1)) / (n + m - 2))


a, b = rounded(rng.normal(size=40)), rounded(rng.normal(size=33) - 0.4)
effects = {"a": a.tolist(), "b": b.tolist(), "cohens_d": float(cohens_d(a, b)),
           "rank_biserial": float(2 * stats.mannwhitneyu(a, b).statistic / (len(a) * len(b)) - 1)}

# Several columns.
n, m, width = 120, 60, 6
mixing = rng.normal(size=(width, width))
reference = rounded(rng.normal(size=(n, width)) @ mixing + np.arange(width))
window = rounded(rng.normal(size=(m, width)) @ mixing * 1.1 + np.arange(width) + 0.3)


def gram(x, y, sigma):
    square = ((x[:, None, :] - y[None, :, :]) ** 2).sum(2)
    return np.exp(-square / (2 * sigma ** 2))


def mmd2(x, y, sigma):
    kx, ky, kxy = gram(x, x, sigma), gram(y, y, sigma), gram(x, y, sigma)
    return ((kx.sum() - np.trace(kx)) / (len(x) * (len(x) - 1)) + (ky.sum() - np.trace(ky)) / (len(y) * (len(y) - 1))
            - 2 * kxy.mean())


from scipy.spatial.distance import pdist
sigma = float(np.median(pdist(np.vstack([reference, window]))))
few_x, few_y = reference[:6], window[:5]
few_sigma = float(np.median(pdist(np.vstack([few_x, few_y]))))
pooled = np.vstack([few_x, few_y])
drawn = []
for chosen in itertools.combinations(range(11), 6):
    rest = [i for i in range(11) if i not in chosen]
    drawn.append(mmd2(pooled[list(chosen)], pooled[rest], few_sigma))
observed = mmd2(few_x, few_y, few_sigma)
scaler = StandardScaler().fit(reference)
pca = PCA(n_components=0.65, svd_solver="full").fit(scaler.transform(reference))


def errors(x):
    z = scaler.transform(x)
    return np.linalg.norm(z - pca.inverse_transform(pca.transform(z)), axis=1)


contaminated = reference.copy()
contaminated[:18] += np.array([30, -20, 10, 25, -30, 15])
mcd = MinCovDet(random_state=0, support_fraction=0.75).fit(contaminated)
multivariate = {
    "reference": reference.T.tolist(), "window": window.T.tolist(),
    "median_distance": sigma, "mmd2_unbiased": float(mmd2(reference, window, sigma)),
    "few": {"n": 6, "m": 5, "median_distance": few_sigma, "mmd2_unbiased": float(observed),
            "share_at_least": float(np.mean(np.array(drawn) >= observed - 1e-12))},
    "pca": {"components": int(pca.n_components_), "explained": pca.explained_variance_ratio_.tolist(),
            "reference_errors": errors(reference).tolist(), "window_errors": errors(window).tolist()},
    "covariance": np.cov(reference.T).tolist(),
    "mahalanobis_window": [float(v) for v in
                           EmpiricalCovariance().fit(reference).mahalanobis(window) * (n - 1) / n],
    "ledoit_wolf": {"shrinkage": float(LedoitWolf().fit(reference).shrinkage_),
                    "covariance": LedoitWolf().fit(reference).covariance_.tolist()},
    "contaminated_rows": 18, "contamination": [30, -20, 10, 25, -30, 15],
    "mcd": {"support": int(mcd.raw_support_.sum()), "raw_location": mcd.raw_location_.tolist(),
            "location": mcd.location_.tolist(), "inliers": np.flatnonzero(mcd.support_).tolist()},
    "auc": float(roc_auc_score(np.r_[np.zeros(n), np.ones(m)], np.r_[reference[:, 0], window[:, 0]])),
}

json.dump({
    "made_with": f"scipy {scipy.__version__}, scikit-learn {sklearn.__version__}, statsmodels {statsmodels.__version__}",
    "k_samples": k_samples, "exact": exact, "tables": tables, "epps_singleton": epps, "effects": effects,
    "holm": {"p": p, "adjusted": multipletests(p, method="holm")[1].tolist()},
    "kolmogorov_sf": [[n, d, float(stats.kstwo.sf(d, n))] for n in [1, 5, 20, 140, 141, 1000, 50000, 1000000]
                      for d in [1.5 / n ** 0.5 / 2, 1 / n ** 0.5, 1.4 / n ** 0.5, 2.5 / n ** 0.5, 6 / n ** 0.5] if d < 1],
    "multivariate": multivariate,
}, open("hypothesis.json", "w"))
