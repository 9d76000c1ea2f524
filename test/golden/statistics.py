"""Reference values for test/analysis: writes one file a function into statistics/ beside itself.

    pip install scipy && python test/golden/statistics.py
"""

import json
import math
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


def rank_sum(before, after):
    """P(W > w) + P(W = w) / 2 of the candidate's ranks, ties at their mean rank: every dealing counted, and the normal law."""
    values = sorted(v for arm in (before, after) for v, c in arm.items() for _ in range(c))
    # Twice the mean rank: a whole number.
    rank = {v: values.index(v) + 1 + len(values) - values[::-1].index(v) for v in values}
    size, seen = sum(after.values()), sum(c * rank[v] for v, c in after.items())
    dealt = {(0, 0): 1}
    for v in values:
        for (k, w), ways in list(dealt.items()):
            if k < size:
                dealt[k + 1, w + rank[v]] = dealt.get((k + 1, w + rank[v]), 0) + ways
    ways_of = lambda least: sum(ways for (k, w), ways in dealt.items() if k == size and w >= least)
    exact = (ways_of(seen) + ways_of(seen + 1)) / (2 * ways_of(0))
    n, ties = len(values), [values.count(v) for v in set(values)]
    variance = size * (n - size) * (n + 1 - sum(t**3 - t for t in ties) / (n * (n - 1))) / 3
    return exact, math.erfc((seen - size * (n + 1)) / math.sqrt(2 * variance)) / 2


def median_of_few(before, after, clusters):
    """Wilcoxon's rank sum, two-sided; clusters alike, so that the design effect is 1. Up to 150 pairs the exact p is the one."""
    all_of = lambda arm: {v: clusters * c for v, c in arm.items()}
    exact, normal = rank_sum(all_of(before), all_of(after))
    two_sided = lambda upper: min(1.0, 2 * min(upper, 1 - upper))
    arm = lambda counts: dict(buckets=sorted(counts), counts=[counts[b] for b in sorted(counts)])
    few = clusters**2 * sum(before.values()) * sum(after.values()) <= 150
    p = two_sided(exact if few else normal)
    return dict(baseline=arm(before), candidate=arm(after), clusters=clusters, p=p, exact=two_sided(exact))


def covariance(k, slope):
    """Rates of equal exposure on a covariate: slope within the arms by least squares, then Welch's t with a degree lost."""
    speed = [rng.normal(0.5, 0.04, k), rng.normal(0.5, 0.04, k)]
    rate = [slope * (x - 0.5) + rng.normal(level, 0.003, k) for x, level in zip(speed, (0.02, 0.026))]
    centred = lambda arms: np.concatenate([x - x.mean() for x in arms])
    fitted = np.linalg.lstsq(centred(speed)[:, None], centred(rate), rcond=None)[0][0]
    common = np.concatenate(speed).mean()
    freed = [y - fitted * (x - common) for x, y in zip(speed, rate)]
    test = stats.ttest_ind(freed[1], freed[0], equal_var=False)
    t = test.statistic / np.sqrt((2 * k - 2) / (2 * k - 3))
    arm = lambda at: dict(rates=rate[at].tolist(), speeds=speed[at].tolist())
    difference = freed[1].mean() - freed[0].mean()
    p = 2 * stats.t.sf(abs(t), test.df - 1)
    return dict(baseline=arm(0), candidate=arm(1), difference=difference, p=p)


def wilson(hits, n):
    interval = stats.binomtest(hits, n).proportion_ci(method="wilson")
    return dict(hits=hits, n=n, low=interval.low, high=interval.high)


def weighted(p, weights):
    """Benjamini-Hochberg of p divided by weights of mean one (Genovese, Roeder, Wasserman 2006)."""
    scaled = np.minimum(1, np.array(p) * np.mean(weights) / np.array(weights))
    return dict(p=p, weights=weights, q=stats.false_discovery_control(scaled, method="bh").tolist())


t_points = [(t, df) for t in (0.1, 1.0, 2.5, 8.0, 40.0) for df in (1, 3.7, 9, 18.2, 200)]
p_values = [sorted(rng.uniform(0, 1, n) ** 2) for n in (1, 3, 20)]
golden = {
    "studentTwoSided": [dict(t=t, df=df, p=2 * stats.t.sf(t, df)) for t, df in t_points],
    "studentQuantile": [dict(p=p, df=df, t=stats.t.ppf(p, df)) for p in (0.8, 0.975, 0.999) for df in (1, 3.7, 18, 500)],
    "normalTwoSided": [dict(z=z, p=2 * stats.norm.sf(z)) for z in (0.0, 0.5, 1.96, 5.0, 20.0)],
    "normalQuantile": [dict(p=p, z=stats.norm.ppf(p)) for p in (1e-9, 0.025, 0.5, 0.8, 0.999999)],
    "binomialAtLeast": [
        dict(k=k, n=n, share=share, p=stats.binom.sf(k - 1, n, share))
        for k, n, share in ((0, 5, 0.3), (6, 6, 0.5), (3, 40, 0.02), (120, 400, 0.25), (6, 5, 0.5))
    ],
    "chiSquareAtLeast": [dict(x=x, df=df, p=stats.chi2.sf(x, df)) for df in (1, 6) for x in (0.0, 1.0, 3.84, 12.12)],
    "benjaminiHochberg": [
        dict(p=list(map(float, p)), q=stats.false_discovery_control(p, method="bh").tolist()) for p in p_values
    ],
    "conditional": [
        conditional(*c)
        for c in ((0, 500, 6, 500), (3, 1000, 9, 500), (5, 700, 5, 900), (8, 100, 0, 100), (2, 5000, 40, 5000))
    ],
    "welch": [welch(k) for k in (3, 10, 32)],
    "permutation": [permutation(*k) for k in ((4, 4), (5, 6), (6, 6), (2, 3))],
    "medianOfFew": [
        median_of_few({100: 2, 110: 2}, {112: 2, 122: 2}, 3),
        median_of_few({100: 3, 130: 1}, {101: 1, 131: 3}, 4),
        median_of_few({100: 1, 104: 1, 120: 1}, {102: 1, 119: 1, 125: 1}, 5),
        median_of_few({100: 2, 110: 1}, {90: 3, 108: 1}, 6),
        median_of_few({100: 2, 104: 1, 110: 1}, {104: 2, 107: 1}, 3),
    ],
    "adjustForSpeed": [covariance(k, slope) for k, slope in ((8, 0.3), (10, 0.5), (24, -0.4))],
    "wilson": [wilson(*c) for c in ((0, 100), (3, 60), (60, 60), (191, 200))],
    "weightedBenjaminiHochberg": [
        weighted([0.01, 0.2, 0.03, 0.5], [0.5, 0.5, 2, 1]),
        weighted([0.04, 0.04], [1, 1]),
        weighted([0.9, 1e-6, 0.3], [0.5, 2, 1]),
    ],
}
folder = pathlib.Path(__file__).with_suffix("")
folder.mkdir(exist_ok=True)
for name, values in golden.items():
    content = {"scipy": scipy.__version__, "values": values}
    (folder / f"{name}.json").write_text(json.dumps(content, indent=1) + "\n")
