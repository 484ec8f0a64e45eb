"""Judges tables with a peer's own package. `python calibration_peers.py alibi|nannyml|evidently FOLDER` reads
FOLDER/manifest.json and the tables beside it, prints one JSON value: per table, window and column the score (a p-value, or
the negative of a distance: less is more drift) and whether the peer's default rule flags it. Columns are Float64, one after the other; categories are codes, NaN is missing."""

import json
import logging
import os
import sys
import warnings

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
warnings.filterwarnings("ignore")
logging.disable(logging.WARNING)
import numpy as np

peer, folder = sys.argv[1:3]
manifest = json.load(open(f"{folder}/manifest.json"))
columns = manifest["columns"]


def read(name, rows):
    return np.fromfile(f"{folder}/{name}", dtype="<f8").reshape(len(columns), rows)


def frame(values):
    import pandas as pd

    out = {}
    for column, of in zip(columns, values):
        if column["kind"] == "number":
            out[column["name"]] = of
        else:
            out[column["name"]] = [None if np.isnan(x) else f"level {int(x)}" for x in of]
    return pd.DataFrame(out)


def alibi(reference, window):
    """TabularDrift: Kolmogorov-Smirnov and chi-square, Bonferroni, p 0.05. Missing categories are a category; missing numbers
    are given as they are."""
    from alibi_detect.cd import TabularDrift

    a, b = reference.T.copy(), window.T.copy()
    levels = {}
    for i, column in enumerate(columns):
        if column["kind"] == "category":
            for values in (a, b):
                values[np.isnan(values[:, i]), i] = -1
            levels[i] = sorted({int(x) for x in a[:, i]} | {int(x) for x in b[:, i]})
    result = TabularDrift(a, p_val=0.05, categories_per_feature=levels).predict(b)["data"]
    limit = 0.05 / len(columns)
    return [{"score": nothing(p), "drifted": bool(p < limit)} for p in result["p_val"]]


def nannyml(reference, window):
    """UnivariateDriftCalculator with its default methods (Jensen-Shannon), chunks of a tenth of the reference."""
    import nannyml as nml

    rows = reference.shape[1] // 10
    calculator = nml.UnivariateDriftCalculator(
        column_names=[c["name"] for c in columns],
        treat_as_categorical=[c["name"] for c in columns if c["kind"] == "category"],
        chunk_size=rows,
    )
    calculator.fit(frame(reference))
    data = calculator.calculate(frame(window)).to_df()
    data = data[data[("chunk", "chunk", "period")] == "analysis"]
    out = []
    for column in columns:
        of = data[column["name"]]
        method = of.columns.get_level_values(0)[0]
        flags = [bool(x) for x in of[method]["alert"]]
        out.append({"score": nothing(-of[method]["value"].iloc[0]), "drifted": any(flags), "chunks": flags})
    return out


def evidently(reference, window):
    """DataDriftPreset with its defaults: KS, chi-square and z up to 1000 reference rows, then Wasserstein and JS."""
    from evidently import DataDefinition, Dataset, Report
    from evidently.presets import DataDriftPreset

    definition = DataDefinition(
        numerical_columns=[c["name"] for c in columns if c["kind"] == "number"],
        categorical_columns=[c["name"] for c in columns if c["kind"] == "category"],
    )
    make = lambda values: Dataset.from_pandas(frame(values), data_definition=definition)
    result = Report([DataDriftPreset()]).run(make(window), make(reference)).dict()
    by_name = {}
    for metric in result["metrics"]:
        config = metric.get("config", {})
        if config.get("type", "").endswith("ValueDrift"):
            by_name[config["column"]] = metric
    out = []
    for column in columns:
        metric = by_name[column["name"]]
        method, threshold = metric["config"]["method"], metric["config"]["threshold"]
        value = float(metric["value"])
        is_p = "p_value" in method
        out.append({"score": nothing(value if is_p else -value), "drifted": value < threshold if is_p else value >= threshold})
    return out


def nothing(x):
    return None if x is None or np.isnan(x) else float(x)


judge = {"alibi": alibi, "nannyml": nannyml, "evidently": evidently}[peer]
answer = []
for table in manifest["tables"]:
    reference = read(table["reference"], table["n"])
    answer.append([judge(reference, read(window, table["m"])) for window in table["windows"]])
json.dump(answer, sys.stdout)
