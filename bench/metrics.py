"""The other side of bench/metrics.ts: reads rows from FILE (truth, then score, as float64), then one metric a line, and
answers its CPU seconds and its value by scikit-learn."""
import sys
import time

import numpy as np
import sklearn
from sklearn import metrics as m
from sklearn.isotonic import IsotonicRegression

both = np.fromfile(sys.argv[1]).reshape(2, -1)
y, s = both[0].astype(np.int64), both[1]


def isotonic():
    return IsotonicRegression(out_of_bounds='clip').fit(s, y).predict(s[:1])[0]


work = {
    'rocAuc': lambda: m.roc_auc_score(y, s),
    'averagePrecision': lambda: m.average_precision_score(y, s),
    'logLoss': lambda: m.log_loss(y, s),
    'confusion': lambda: m.f1_score(y, s >= 0.5),
    'isotonicFit': isotonic,
}
print(sklearn.__version__, flush=True)
for line in sys.stdin:
    start = time.process_time()
    value = work[line.strip()]()
    print(time.process_time() - start, float(value), flush=True)
