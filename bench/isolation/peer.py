"""scikit-learn beside bench/isolationForest.ts: a seed on each line of standard input, times and AUC as JSON back."""
import json
import sys
import time

import numpy as np
import sklearn
from sklearn.ensemble import IsolationForest
from sklearn.metrics import roc_auc_score

file, width, fitted = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
rows = np.fromfile(file, dtype=np.float32).reshape(-1, width)
label = np.fromfile(f"{file}.label")
print(json.dumps({"version": sklearn.__version__}), flush=True)
for line in sys.stdin:
    before = time.process_time()
    forest = IsolationForest(n_estimators=100, max_samples=256, random_state=int(line), n_jobs=1).fit(rows[:fitted])
    middle = time.process_time()
    scores = -forest.score_samples(rows)
    after = time.process_time()
    print(json.dumps({"fit": middle - before, "score": after - middle, "auc": roc_auc_score(label, scores)}), flush=True)
