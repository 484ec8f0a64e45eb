"""The other side of bench/trainer.ts: makes the data sets and fits LightGBM on one thread.

  peer.py data DIR FLIGHTS   writes NAME.json and the columns of each data set under DIR
  peer.py serve DIR          reads "NAME SEED ITERATIONS ROW_SHARE" lines, answers
                             {"seconds": wall, "cpuSeconds": cpu, "scores": file}
"""
import json
import os
import sys
import time

os.environ['OMP_NUM_THREADS'] = '1'
import numpy as np


def write(folder, name, task, columns, label, parts):
    """columns: name -> float array or list of str; parts: name -> row indices."""
    described = []
    for i, (column, values) in enumerate(columns.items()):
        text = not isinstance(values, np.ndarray)
        path = f'{name}.{i}.' + ('json' if text else 'f64')
        if text:
            json.dump(list(values), open(os.path.join(folder, path), 'w'))
        else:
            values.astype('<f8').tofile(os.path.join(folder, path))
        described.append({'name': column, 'kind': 'text' if text else 'number', 'file': path})
    np.asarray(label, '<f8').tofile(os.path.join(folder, f'{name}.label.f64'))
    for part, rows in parts.items():
        np.asarray(rows, '<i4').tofile(os.path.join(folder, f'{name}.{part}.i32'))
    json.dump({'name': name, 'task': task, 'columns': described, 'parts': list(parts)},
              open(os.path.join(folder, f'{name}.json'), 'w'))


def flights(folder, source):
    """The 19 features of examples/flights: schedule, route, weather of the hour before, plane."""
    import pandas as pd
    f = pd.read_parquet(os.path.join(source, 'flights.parquet'))
    w = pd.read_parquet(os.path.join(source, 'weather.parquet'))
    p = pd.read_parquet(os.path.join(source, 'planes.parquet'))
    f = f.sort_values(['time_hour', 'sched_dep_time', 'carrier', 'flight', 'origin'], kind='stable').reset_index(drop=True)
    weather = ['temp', 'dewp', 'humid', 'wind_dir', 'wind_speed', 'wind_gust', 'precip', 'pressure', 'visib']
    f['weather_hour'] = f.time_hour - pd.Timedelta(hours=1)
    w = w[['origin', 'time_hour', *weather]].rename(columns={'time_hour': 'weather_hour'})
    f = f.merge(w.drop_duplicates(['origin', 'weather_hour']), on=['origin', 'weather_hour'], how='left')
    p = p[['tailnum', 'year', 'seats', 'engines']].rename(columns={'year': 'made'})
    f = f.merge(p, on='tailnum', how='left')
    day = pd.to_datetime(f[['year', 'month', 'day']])
    f['weekday'] = day.dt.day_of_week
    known = f.arr_delay.notna().to_numpy()
    f = f[known].reset_index(drop=True)
    columns = {name: list(f[name].astype(str)) for name in ['carrier', 'origin', 'dest']}
    f['hour'] = f.sched_dep_time // 100
    f['minute'] = f.sched_dep_time % 100
    for name in ['distance', 'hour', 'minute', 'weekday', *weather, 'made', 'seats', 'engines']:
        columns[name] = f[name].to_numpy('float64', na_value=np.nan)
    label = (f.arr_delay > 15).to_numpy('float64')
    month = f.month.to_numpy()
    parts = {f'month{m}': np.flatnonzero(month == m) for m in range(3, 13)}
    write(folder, 'flights', 'binary', columns, label,
          {'train': np.flatnonzero(month <= 2), 'test': np.flatnonzero(month >= 3), **parts})


def breast_cancer(folder):
    from sklearn.datasets import load_breast_cancer
    x, y = load_breast_cancer(return_X_y=True)
    order = np.random.default_rng(1).permutation(len(y))
    write(folder, 'breast-cancer', 'binary', {f'x{i}': x[:, i] for i in range(x.shape[1])}, y,
          {'train': order[:380], 'test': order[380:]})


def synthetic(folder):
    """350,000 rows, 20 numbers with 5 % missing and two texts; a non-linear score with noise."""
    r = np.random.default_rng(2)
    n = 350_000
    x = r.normal(size=(n, 20))
    x[:, 5] = np.exp(x[:, 5])
    x[:, 6] = np.round(x[:, 6] * 3)
    a = r.integers(0, 12, n)
    b = (r.pareto(1.2, n) * 10).astype(int) % 300
    effect = r.normal(size=300)
    f = (np.sin(2 * x[:, 0]) + x[:, 1] * x[:, 2] + 0.5 * (x[:, 3] > 0.5) + 0.3 * x[:, 6] + np.abs(x[:, 4])
         + 0.7 * effect[b] + 0.4 * (a % 3) + 0.3 * x[:, 7] * (a > 6) - 1.5)
    y = (r.random(n) < 1 / (1 + np.exp(-f))).astype(float)
    x[r.random(x.shape) < 0.05] = np.nan
    columns = {f'x{i}': x[:, i] for i in range(20)}
    columns['a'] = [f'a{v}' for v in a]
    columns['b'] = [f'b{v}' for v in b]
    write(folder, 'synthetic', 'binary', columns, y,
          {'train': np.arange(300_000), 'test': np.arange(300_000, n)})


def load(folder, name):
    about = json.load(open(os.path.join(folder, f'{name}.json')))
    columns = []
    categorical = []
    for i, c in enumerate(about['columns']):
        path = os.path.join(folder, c['file'])
        if c['kind'] == 'text':
            values = json.load(open(path))
            codes = {v: k for k, v in enumerate(dict.fromkeys(values))}
            columns.append(np.array([codes[v] for v in values], 'float64'))
            categorical.append(i)
        else:
            columns.append(np.fromfile(path, '<f8'))
    x = np.column_stack(columns)
    y = np.fromfile(os.path.join(folder, f'{name}.label.f64'), '<f8')
    parts = {p: np.fromfile(os.path.join(folder, f'{name}.{p}.i32'), '<i4') for p in about['parts']}
    return x, y, parts, categorical


def serve(folder):
    import lightgbm

    cache = {}
    print(json.dumps({'lightgbm': lightgbm.__version__}), flush=True)
    for line in sys.stdin:
        name, seed, iterations, share = line.split()
        if name not in cache:
            cache[name] = load(folder, name)
        x, y, parts, categorical = cache[name]
        xt, yt = np.ascontiguousarray(x[parts['train']]), y[parts['train']]
        start, busy = time.perf_counter(), time.process_time()
        data = lightgbm.Dataset(xt, yt, categorical_feature=categorical, free_raw_data=False)
        model = lightgbm.train({
            'objective': 'binary', 'num_threads': 1, 'verbosity': -1, 'seed': int(seed), 'learning_rate': 0.1,
            'num_leaves': 31, 'min_data_in_leaf': 20, 'min_sum_hessian_in_leaf': 1e-3, 'max_bin': 255,
            'lambda_l2': 0, 'data_random_seed': int(seed), 'bagging_seed': int(seed),
            'bagging_fraction': float(share), 'bagging_freq': 1 if float(share) < 1 else 0,
        }, data, int(iterations))
        seconds, cpu = time.perf_counter() - start, time.process_time() - busy
        out = os.path.join(folder, f'{name}.scores.f64')
        model.predict(x[parts['test']], num_threads=1).astype('<f8').tofile(out)
        print(json.dumps({'seconds': seconds, 'cpuSeconds': cpu, 'scores': out}), flush=True)


if __name__ == '__main__':
    if sys.argv[1] == 'data':
        flights(sys.argv[2], sys.argv[3])
        breast_cancer(sys.argv[2])
        synthetic(sys.argv[2])
    else:
        serve(sys.argv[2])
