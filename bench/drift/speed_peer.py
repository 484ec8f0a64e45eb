"""The other side of bench/drift/speed.ts: drift of two Parquet files with a peer's own package.

  speed_peer.py scipy|alibi|nannyml|evidently

Reads "REFERENCE CURRENT" lines, answers {"cpuSeconds": ..., "flagged": ...} for each; the first line is the version.
Only the comparison is timed: import, reading the files and, where a peer wants another layout, making it are not.
"""
import json
import logging
import os
import sys
import time
import warnings

os.environ['OMP_NUM_THREADS'] = os.environ['OPENBLAS_NUM_THREADS'] = '1'
os.environ['TF_CPP_MIN_LOG_LEVEL'] = '3'
os.environ['NML_DISABLE_USAGE_LOGGING'] = '1'
warnings.filterwarnings('ignore')
logging.disable(logging.WARNING)
from importlib.metadata import version

import numpy as np
import pandas as pd


def scipy(reference, current):
    """The floor: one test per column, ks_2samp or chi2_contingency."""
    from scipy.stats import chi2_contingency, ks_2samp
    flagged = 0
    for name in reference.columns:
        a, b = reference[name].to_numpy(), current[name].to_numpy()
        if a.dtype == object:
            codes, names = pd.factorize(np.concatenate([a, b]))
            counts = [np.bincount(part, minlength=len(names)) for part in (codes[:len(a)], codes[len(a):])]
            p = chi2_contingency(counts, correction=False).pvalue
        else:
            p = ks_2samp(a, b).pvalue
        flagged += p < 0.05 / len(reference.columns)
    return flagged


def alibi(reference, current):
    from alibi_detect.cd import TabularDrift
    detector = TabularDrift(reference[0], p_val=0.05, categories_per_feature={c: None for c in reference[1]})
    return int(detector.predict(current[0], drift_type='feature')['data']['is_drift'].sum())


def nannyml(reference, current):
    from nannyml import UnivariateDriftCalculator
    calculator = UnivariateDriftCalculator(column_names=list(reference.columns))
    result = calculator.fit(reference).calculate(current)
    return int(result.filter(period='analysis').to_df().xs('alert', axis=1, level=2).to_numpy().sum())


def evidently(reference, current):
    from evidently import Report
    from evidently.presets import DataDriftPreset
    run = Report([DataDriftPreset()]).run(current_data=current, reference_data=reference)
    run.dict()
    return 0


def as_matrix(frame):
    """alibi-detect takes one matrix, categories as codes."""
    text = [c for c, name in enumerate(frame.columns) if frame[name].dtype == object]
    columns = [frame[name].map(lambda s: int(s[1:])) if c in text else frame[name] for c, name in enumerate(frame.columns)]
    return np.column_stack(columns).astype(np.float64), text


peer = sys.argv[1]
compare = {'scipy': scipy, 'alibi': alibi, 'nannyml': nannyml, 'evidently': evidently}[peer]
package = {'alibi': 'alibi-detect'}.get(peer, peer)
tables = {}


def table(path):
    if path not in tables:
        frame = pd.read_parquet(path)
        for name in frame.columns:
            if not pd.api.types.is_numeric_dtype(frame[name]):
                frame[name] = frame[name].astype(object)
        tables[path] = as_matrix(frame) if peer == 'alibi' else frame
    return tables[path]


small = pd.DataFrame({'x': np.random.default_rng(0).normal(size=200), 's': ['c0', 'c1'] * 100})
small['s'] = small['s'].astype(object)
warm = as_matrix(small) if peer == 'alibi' else small
# Imports and whatever is made on first use.
compare(warm, warm)
print(json.dumps({'version': version(package)}), flush=True)
for line in sys.stdin:
    reference, current = (table(path) for path in line.split())
    start = time.process_time()
    flagged = compare(reference, current)
    print(json.dumps({'cpuSeconds': time.process_time() - start, 'flagged': int(flagged)}), flush=True)
