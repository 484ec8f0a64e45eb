"""CPU milliseconds per row of LightGBM's TreeSHAP on one thread: 150 trees of 31 leaves, 20 features. Needs lightgbm."""
import time

import lightgbm as lgb
import numpy as np

rng = np.random.default_rng(0)
x = rng.normal(size=(20_000, 20))
y = (x[:, 0] * x[:, 1] + rng.normal(size=20_000) > 0).astype(int)
options = dict(objective="binary", num_leaves=31, num_threads=1, verbose=-1)
model = lgb.train(options, lgb.Dataset(x, y), 150)
before = time.process_time()
model.predict(x[:2000], pred_contrib=True, num_threads=1)
print(f"LightGBM {lgb.__version__}: {(time.process_time() - before) / 2:.3f} ms a row")
