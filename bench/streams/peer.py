"""river beside bench/streams.ts: reads a task as JSON on each line of standard input, answers with a line of JSON."""
import json
import sys
import time

import numpy as np
import river
from river.drift import ADWIN, KSWIN, PageHinkley
from river.drift.binary import DDM, EDDM, FHDDM, HDDMA, HDDMW

makers = {
    "adwin": ADWIN,
    "page-hinkley": PageHinkley,
    "kswin": KSWIN,
    "ddm": DDM,
    "eddm": EDDM,
    "fhddm": FHDDM,
    "hddm-a": HDDMA,
    "hddm-w": HDDMW,
}


def speed(detector, xs):
    alarms = 0
    before = time.process_time()
    for x in xs:
        detector.update(x)
        if detector.drift_detected:
            alarms += 1
    return dict(seconds=time.process_time() - before, alarms=alarms)


def alarms(detector, xs, first_from):
    """Indices of all alarms, or only of the first one from `first_from` on."""
    found = []
    for i, x in enumerate(xs):
        detector.update(x)
        if detector.drift_detected:
            if first_from is None:
                found.append(i)
            elif i >= first_from:
                return [i]
    return found


print(json.dumps({"version": river.__version__}), flush=True)
for line in sys.stdin:
    task = json.loads(line)
    make = lambda: makers[task["kind"]](**task["options"])
    values = np.fromfile(task["file"])
    if task["kind"] in ("ddm", "eddm", "fhddm"):
        values = values.astype(int)
    streams = values.reshape(task["streams"], -1)[:, : task.get("length")]
    if task["do"] == "speed":
        answer = speed(make(), streams[0].tolist())
    else:
        answer = [alarms(make(), xs.tolist(), task.get("from")) for xs in streams]
    print(json.dumps(answer), flush=True)
