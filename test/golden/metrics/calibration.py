"""Writes calibration.json: isotonic regression and Platt scaling by scikit-learn, the calibration line by a tight optimiser
of scipy, on made-up scores. Run with scikit-learn 1.9 and scipy 1.17."""
import json
import numpy as np
import scipy
import sklearn
from scipy.optimize import minimize
from scipy.special import expit
from sklearn.calibration import _sigmoid_calibration
from sklearn.isotonic import IsotonicRegression

rng = np.random.default_rng(7)
n = 240
score = np.round(rng.normal(size=n), 1)
truth = (rng.random(n) < expit(1.3 * score - 0.4)).astype(int)
weight = np.round(rng.uniform(0.2, 3, n), 2)
grid = np.round(np.linspace(-4, 4, 81), 2)


def iso(w):
    fit = IsotonicRegression(out_of_bounds="clip").fit(score, truth, sample_weight=w)
    return {"x": fit.X_thresholds_.tolist(), "y": fit.y_thresholds_.tolist(), "at": fit.predict(grid).tolist()}


def platt(w):
    a, b = _sigmoid_calibration(score, truth, sample_weight=w)
    return {"slope": -a, "intercept": -b}


def line(w):
    """Logistic regression by scipy, with the inverse information matrix."""
    x = np.column_stack([score, np.ones(n)])
    loss = lambda b: np.sum(w * (np.logaddexp(0, x @ b) - truth * (x @ b)))
    gradient = lambda b: x.T @ (w * (expit(x @ b) - truth))
    hessian = lambda b: (x * (w * expit(x @ b) * expit(-x @ b))[:, None]).T @ x
    found = minimize(loss, np.zeros(2), jac=gradient, hess=hessian, method="Newton-CG", options={"xtol": 1e-14})
    b = found.x
    for _ in range(5):
        b = b - np.linalg.solve(hessian(b), gradient(b))
    c = np.linalg.inv(hessian(b))
    return {"slope": b[0], "intercept": b[1], "slopeVariance": c[0, 0], "interceptVariance": c[1, 1],
            "covariance": c[0, 1], "logLikelihood": -loss(b)}


one = np.ones(n)
json.dump({
    "made_with": f"scikit-learn {sklearn.__version__}, scipy {scipy.__version__}",
    "score": score.tolist(), "truth": truth.tolist(), "weight": weight.tolist(), "grid": grid.tolist(),
    "isotonic": iso(None), "isotonic_weighted": iso(weight),
    "platt": platt(None), "platt_weighted": platt(weight),
    "line": line(one), "line_weighted": line(weight),
}, open("calibration.json", "w"))
