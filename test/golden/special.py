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

bessel = [[order, x, float(mp.exp(x) * mp.besselk(order, x))]
          for order in [0.25, 0, 1, 2] for x in [1e-6, 0.01, 0.3, 1, 2.5, 10, 77, 1e3, 1e4]]


def kolmogorov_sf(x):
    """Limiting law: 2 sum (-1)^(k-1) exp(-2 k^2 x^2), by its other form where x is small."""
    if x < 0.5:
        return 1 - mp.sqrt(2 * mp.pi) / x * mp.nsum(lambda k: mp.exp(-((2 * k - 1) * mp.pi / x) ** 2 / 8), [1, 60])
    return 2 * mp.fsum((-1) ** (k - 1) * mp.exp(-2 * (k * x) ** 2) for k in range(1, 60))


def cramer_von_mises_sf(x):
    """Limiting law of the Cramer-von Mises statistic (Csorgo and Faraway 1996)."""
    x = mp.mpf(x)
    total = mp.mpf(0)
    for k in range(0, 2000):
        y = 4 * k + 1
        q = y * y / (16 * x)
        term = mp.gamma(k + mp.mpf(1) / 2) / mp.gamma(k + 1) * mp.sqrt(y) * mp.exp(-q) * mp.besselk(mp.mpf(1) / 4, q)
        total += term
        if q > 120:
            break
    return 1 - total / (mp.pi ** mp.mpf(1.5) * mp.sqrt(x))


json.dump({
    "made_with": f"mpmath {mp.__version__}",
    "non_central_chi_square_density": density,
    "bessel_k_scaled": bessel,
    "kolmogorov_limit_sf": [[x, float(kolmogorov_sf(mp.mpf(x)))] for x in [0.15, 0.3, 0.5, 0.8, 1, 1.36, 2, 5, 12]],
    "cramer_von_mises_limit_sf": [[x, float(cramer_von_mises_sf(x))]
                                  for x in [0.01, 0.05, 0.1, 0.2, 0.3, 0.34730, 0.46136, 0.7, 1, 2, 5, 12]],
}, open("special.json", "w"))
