"""Writes special.json: special functions and densities in 40 digits by mpmath, rounded to doubles."""
import json
import mpmath as mp

mp.mp.dps = 40


def non_central_chi_square(x, df, lam):
    if lam == 0:
        return mp.power(x / 2, df / 2 - 1) * mp.exp(-x / 2) / (2 * mp.gamma(df / 2))
    return mp.exp(-(x + lam) / 2) / 2 * mp.power(x / lam, df / 4 - mp.mpf(1) / 2) * mp.besseli(df / 2 - 1, mp.sqrt(lam * x))


density = []
for df in [1, 2, 3, 4.5, 10, 50]:
    for lam in [0, 0.01, 1, 7.5, 100, 2500, 1e6]:
        centre = df + lam
        for x in [0.001, 0.5, df, centre, 1.3 * centre, centre + 8 * (2 * (df + 2 * lam)) ** 0.5]:
            value = non_central_chi_square(mp.mpf(x), mp.mpf(df), mp.mpf(lam))
            if value > 1e-290:
                density.append([x, df, lam, float(value)])

json.dump({
    "made_with": f"mpmath {mp.__version__}",
    "non_central_chi_square_density": density,
}, open("special.json", "w"))
