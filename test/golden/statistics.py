"""Reference values for test/analysis: writes statistics.json beside itself.

    pip install scipy && python test/golden/statistics.py
"""

import json
import pathlib

import numpy as np
import scipy
from scipy import optimize, stats

rng = np.random.default_rng(20260101)


def mid_upper(k, n, share):
    return (stats.binom.sf(k - 1, n, share) + stats.binom.sf(k, n, share)) / 2


def conditional(a, na, b, nb):
    share = nb / (na + nb)
    upper = mid_upper(b, a + b, share)
    odds = lambda p: p / (1 - p) * na / nb
    bound = lambda level: optimize.brentq(lambda p: mid_upper(b, a + b, p) - level, 1e-12, 1 - 1e-12, xtol=1e-15)
    low = odds(bound(0.025)) if b > 0 else 0.0
    high = odds(bound(0.975)) if a > 0 else None
    return dict(a=a, na=na, b=b, nb=nb, p=min(1.0, 2 * min(upper, 1 - upper)), low=low, high=high)


def welch(k):
    a, b = rng.normal(0.01, 0.002, k), rng.normal(0.012, 0.004, k)
    test = stats.ttest_ind(b, a, equal_var=False)
    paired = stats.ttest_rel(b, a)
    return dict(
        baseline=a.tolist(), candidate=b.tolist(), p=test.pvalue, df=test.df, paired=paired.pvalue, t=test.statistic
    )


def permutation(ka, kb):
    a, b = rng.normal(1, 0.2, ka), rng.normal(1.3, 0.2, kb)
    test = stats.permutation_test(
        (a, b), lambda x, y: abs(y.mean() - x.mean()), alternative="greater", n_resamples=np.inf
    )
    return dict(baseline=a.tolist(), candidate=b.tolist(), p=test.pvalue)


t_points = [(t, df) for t in (0.1, 1.0, 2.5, 8.0, 40.0) for df in (1, 3.7, 9, 18.2, 200)]
p_values = [sorted(rng.uniform(0, 1, n) ** 2) for n in (1, 3, 20)]
golden = {
    "scipy": scipy.__version__,
    "studentTwoSided": [dict(t=t, df=df, p=2 * stats.t.sf(t, df)) for t, df in t_points],
    "studentQuantile": [dict(p=p, df=df, t=stats.t.ppf(p, df)) for p in (0.8, 0.975, 0.999) for df in (1, 3.7, 18, 500)],
    "normalTwoSided": [dict(z=z, p=2 * stats.norm.sf(z)) for z in (0.0, 0.5, 1.96, 5.0, 20.0)],
    "normalQuantile": [dict(p=p, z=stats.norm.ppf(p)) for p in (1e-9, 0.025, 0.5, 0.8, 0.999999)],
    "binomialAtLeast": [
        dict(k=k, n=n, share=share, p=stats.binom.sf(k - 1, n, share))
        for k, n, share in ((0, 5, 0.3), (6, 6, 0.5), (3, 40, 0.02), (120, 400, 0.25), (6, 5, 0.5))
    ],
    "chiSquareAtLeast": [dict(x=x, df=1, p=stats.chi2.sf(x, 1)) for x in (0.0, 1.0, 3.84, 12.12)],
    "benjaminiHochberg": [
        dict(p=list(map(float, p)), q=stats.false_discovery_control(p, method="bh").tolist()) for p in p_values
    ],
    "conditional": [
        conditional(*c)
        for c in ((0, 500, 6, 500), (3, 1000, 9, 500), (5, 700, 5, 900), (8, 100, 0, 100), (2, 5000, 40, 5000))
    ],
    "welch": [welch(k) for k in (3, 10, 32)],
    "permutation": [permutation(*k) for k in ((4, 4), (5, 6), (6, 6), (2, 3))],
}
path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps(golden, indent=1) + "\n")
