"""Reference values for src/learn: LightGBM 4.7.0, scikit-learn 1.9.1. Run: python make.py > reference.json"""
import json

import lightgbm
import numpy as np
import sklearn
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.preprocessing import StandardScaler

r = np.random.default_rng(7)
n = 800
x = np.column_stack([r.integers(0, 100, n), r.integers(0, 12, n), r.integers(-40, 40, n), r.integers(0, 3, n)]).astype(float)
score = 0.03 * (x[:, 0] - 50) + 0.4 * (x[:, 1] > 6) - 0.002 * x[:, 2] ** 2 + 0.5 * x[:, 3]
label = (r.random(n) < 1 / (1 + np.exp(-score))).astype(float)
amount = np.round(score + r.normal(size=n), 3)
x[r.random(n) < 0.1, 0] = np.nan
x[r.random(n) < 0.2, 2] = np.nan


def boosted(objective, y, iterations):
    data = lightgbm.Dataset(x, y)
    model = lightgbm.train({
        'objective': objective, 'num_threads': 1, 'deterministic': True, 'verbosity': -1, 'learning_rate': 0.1,
        'num_leaves': 31, 'min_data_in_leaf': 1, 'min_sum_hessian_in_leaf': 3, 'max_bin': 255, 'min_data_in_bin': 1,
    }, data, iterations)
    return np.round(model.predict(x, raw_score=True), 10).tolist()


filled = np.where(np.isnan(x), np.nanmean(x, axis=0), x)
mean = np.nanmean(x, axis=0)
deviation = np.nanstd(x, axis=0)
z = (filled - mean) / deviation
ridge = 1e-2
logistic = LogisticRegression(C=1 / (n * ridge), tol=1e-12, max_iter=10000).fit(z, label)
linear = Ridge(alpha=n * ridge).fit(z, amount)
print(json.dumps({
    'source': f'lightgbm {lightgbm.__version__}, scikit-learn {sklearn.__version__}',
    'x': [[None if np.isnan(v) else v for v in column] for column in x.T.tolist()],
    'label': label.tolist(),
    'amount': amount.tolist(),
    'boosted': {str(k): boosted('binary', label, k) for k in (1, 5, 20)},
    'boostedAmount': {str(k): boosted('regression', amount, k) for k in (1, 5, 20)},
    'ridge': ridge,
    'logistic': np.round(logistic.predict_proba(z)[:, 1], 10).tolist(),
    'linear': np.round(linear.predict(z), 10).tolist(),
}))
