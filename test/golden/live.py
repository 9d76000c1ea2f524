"""Reference values for test/analysis/live: writes live.json beside itself.

    pip install scipy mpmath && python test/golden/live.py

The e-values are integrated from their definition, not from the closed form that Hinge uses.
"""

import json
import pathlib

import mpmath as mp
import numpy as np
import scipy
from scipy import optimize, stats
from scipy.special import logsumexp

mp.mp.dps = 30
G = mp.mpf("0.3")


def normal_density(x, variance):
    return mp.exp(-(x**2) / (2 * variance)) / mp.sqrt(2 * mp.pi * variance)


def log_e(a, b, na, nb, ka, kb, tau2, at_least=0.0):
    """Half-normal prior on the effect, normal likelihood of the log ratio."""
    th = mp.log((mp.mpf(b) + 0.5) / (mp.mpf(a) + 0.5)) - mp.log(mp.mpf(nb) / na) - mp.mpf(at_least)
    v = 1 / (mp.mpf(a) + 0.5) + 1 / (mp.mpf(b) + 0.5) + mp.mpf(tau2) / ka + mp.mpf(tau2) / kb
    centre = th * G**2 / (v + G**2)
    width = mp.sqrt(v * G**2 / (v + G**2))
    # Where the peak lies below zero, what is left falls like an exponential from zero on.
    start, step = (centre, width) if centre > 0 else (mp.mpf(0), width**2 / max(width, abs(centre)))
    points = sorted({mp.mpf(0)} | {start + k * step for k in range(-24, 49, 2) if start + k * step > 0})
    worse = mp.quad(lambda t: 2 * normal_density(t, G**2) * normal_density(th - t, v), points)
    logE = mp.log(worse) - mp.log(normal_density(th, v))
    return dict(a=a, b=b, na=na, nb=nb, ka=ka, kb=kb, tau2=tau2, atLeast=at_least, logE=float(logE))


def log_e_few(a, b, na, nb, ka, kb, tau2, at_least=0.0):
    """The same with the binomial likelihood: effect and difference of the instances by Gauss-Legendre on a grid of both."""
    w = np.sqrt(tau2 / ka + tau2 / kb)
    log_likelihood = lambda x: stats.binom.logpmf(b, a + b, 1 / (1 + np.exp(-x - np.log(nb / na) - at_least)))
    nodes, weights = np.polynomial.legendre.leggauss(600)
    effect, instances = 2 * (nodes + 1), 12 * w * nodes
    worse = (
        log_likelihood(effect[:, None] + instances[None, :])
        + (np.log(2 * weights * 2) + stats.norm.logpdf(effect, 0, float(G)))[:, None]
        + (np.log(weights * 12 * w) + stats.norm.logpdf(instances, 0, w))[None, :]
    )
    same = log_likelihood(instances) + np.log(weights * 12 * w) + stats.norm.logpdf(instances, 0, w)
    logE = logsumexp(worse) - logsumexp(same)
    return dict(a=a, b=b, na=na, nb=nb, ka=ka, kb=kb, tau2=tau2, atLeast=at_least, logE=float(logE))


def spread(counts):
    k, n = (np.array(column, float) for column in zip(*counts))
    mu = k.sum() / n.sum() * n
    q = lambda tau2: ((k - mu) ** 2 / (mu + tau2 * mu**2)).sum()
    df = len(k) - 1
    solve = lambda f: float(optimize.brentq(f, 0, 4, xtol=1e-14)) if f(0) > 0 else 0.0
    return dict(
        counts=[dict(events=e, exposure=x) for e, x in counts],
        tau2=solve(lambda t: q(t) - df),
        upper=solve(lambda t: q(t) - stats.chi2.ppf(0.2, df)),
    )


def e_bh(log_values):
    """By definition: rejected at alpha are the k largest, for the largest k with k e_(k) / m >= 1 / alpha."""
    m = len(log_values)
    order = sorted(log_values, reverse=True)
    adjusted = lambda own: max(order[k - 1] + np.log(k / m) for k in range(1, m + 1) if order[k - 1] <= own)
    return dict(logE=list(log_values), adjusted=[float(adjusted(own)) for own in log_values])


rng = np.random.default_rng(20260201)


def fleet(k, mean, sd):
    return [(int(rng.poisson(mean * np.exp(sd * rng.normal()))), int(6000 + 400 * rng.integers(0, 5))) for _ in range(k)]


golden = {
    "scipy": scipy.__version__,
    "mpmath": mp.__version__,
    "logE": [
        log_e(60, 104, 6000, 6000, 10, 10, 0.0225),
        log_e(60, 60, 6000, 6000, 10, 10, 0.0225),
        log_e(104, 60, 6000, 6000, 10, 10, 0.0225),
        log_e(3000, 900, 300000, 30000, 10, 2, 0.04),
        log_e(3000, 900, 300000, 30000, 10, 2, 0.04, 0.5),
        log_e(40, 4000, 10000, 10000, 4, 4, 0.0),
        log_e(40000, 400, 100000, 100000, 6, 7.5, 0.01),
    ],
    "logEOfFew": [
        log_e_few(0, 25, 10000, 10000, 10, 10, 0.0225),
        log_e_few(25, 0, 10000, 10000, 10, 10, 0.0225),
        log_e_few(5, 25, 10000, 9000, 10, 4, 0.0225),
        log_e_few(200, 20, 10000, 500, 10, 1, 0.09),
        log_e_few(12, 28, 10000, 10000, 10, 10, 0.0376, 0.25),
    ],
    "spread": [spread(fleet(*f)) for f in ((10, 60, 0.15), (10, 60, 0.5), (4, 300, 0.3), (25, 40, 0.0), (10, 2000, 0.2))],
    "eBenjaminiHochberg": [
        e_bh([3.2]),
        e_bh([9.0, 1.0, -2.0, 9.0, 5.0]),
        e_bh([float(x) for x in rng.normal(2, 3, 20)]),
    ],
    "logNormalAtMost": [dict(z=z, log=float(mp.log(mp.ncdf(z)))) for z in (-200, -40, -31, -30, -29, -5, 0, 3, 9)],
}
path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps(golden, indent=1) + "\n")
