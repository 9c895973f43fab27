"""Scores a platform's model of itself with numpy and scipy, from the definitions and not from the rules.

Reads one JSON object a line and answers one a line.

  {"ask": "score", "input": what awareness.score is given}
      -> {"coverage", "prediction", "calibration", "integration", "series", "calibration_parts", "awareness", "unknown"},
         null for what is unknown
  {"ask": "forecast", "observed": [...]}
      -> {"low", "high"}, the interval of the next value
"""

import json
import sys

import networkx
import numpy
from scipy.optimize import isotonic_regression
from scipy.stats import gmean

ALPHA = 0.1
QUANTILES = [ALPHA / 2, 1 - ALPHA / 2]


def interval_score(low, high, seen):
    """Gneiting and Raftery (2007), equation 43."""
    return (high - low) + 2 / ALPHA * ((low - seen) * (seen < low) + (seen - high) * (seen > high))


def foresight(series):
    seen, low, high = (numpy.array(series[name], dtype=float) for name in ("observed", "low", "high"))
    if len(seen) < 40 or numpy.ptp(seen) == 0:
        return None
    plain = numpy.array([numpy.quantile(seen[:step], QUANTILES) for step in range(20, len(seen))])
    seen, low, high = seen[20:], low[20:], high[20:]
    hit = numpy.mean((low <= seen) & (seen <= high))
    ours = numpy.mean(interval_score(low, high, seen))
    others = numpy.mean(interval_score(plain[:, 0], plain[:, 1], seen))
    sharpness = 1 if ours <= others else others / ours
    return (1 - abs(hit - (1 - ALPHA)) / (1 - ALPHA)) * sharpness


def calibration(claims):
    counts = [claim.get("n", 1) for claim in claims]
    claimed = numpy.repeat([claim["claimed"] for claim in claims], counts)
    came = numpy.repeat([float(claim["healthy"]) for claim in claims], counts)
    if came.sum() < 5 or (1 - came).sum() < 5:
        return None
    values, place = numpy.unique(claimed, return_inverse=True)
    weights = numpy.bincount(place).astype(float)
    shares = numpy.bincount(place, weights=came) / weights
    recalibrated = isotonic_regression(shares, weights=weights).x[place]
    brier, best = numpy.mean((claimed - came) ** 2), numpy.mean((recalibrated - came) ** 2)
    usual = numpy.mean((came.mean() - came) ** 2)
    return {
        "miscalibration": brier - best,
        "discrimination": usual - best,
        "uncertainty": usual,
        "score": float(numpy.clip(1 - brier / usual, 0, 1)),
    }


def integration(components, calls):
    graph = networkx.Graph()
    graph.add_nodes_from(component["name"] for component in components)
    graph.add_edges_from(
        (call["from"], call["to"]) for call in calls if call["from"] in graph and call["to"] in graph)
    return max(map(len, networkx.connected_components(graph))) / len(components) if components else None


def score(given):
    components = given["components"]
    ages = [component.get("telemetry_age_milliseconds") for component in components]
    series = {one["name"]: foresight(one) for one in given["series"]}
    known = [value for value in series.values() if value is not None]
    parts = calibration(given["claims"])
    result = {
        "coverage": numpy.mean([age is not None and age < 60_000 for age in ages]) if components else None,
        "prediction": numpy.mean(known) if known else None,
        "calibration": parts and parts["score"],
        "integration": integration(components, given["calls"]),
    }
    values = [value for value in result.values() if value is not None]
    unknown = sorted(name for name, value in result.items() if value is None)
    with numpy.errstate(divide="ignore"):
        awareness = gmean(values) if len(values) > 1 else None
    return result | {"series": series, "calibration_parts": parts, "awareness": awareness, "unknown": unknown}


def forecast(seen):
    """The better of the two, by the mean cost of each at every step at which both had something to go by."""
    seen = numpy.array(seen, dtype=float)
    plain = numpy.quantile(seen, QUANTILES)
    if len(seen) < 3:
        return dict(zip(("low", "high"), plain if len(seen) < 2 else better(seen, plain, [], [])))
    of_values, of_steps = [], []
    for step in range(2, len(seen)):
        past, moves = seen[:step], numpy.diff(seen[:step])
        of_values.append(interval_score(*numpy.quantile(past, QUANTILES), seen[step]))
        of_steps.append(interval_score(*(past[-1] + numpy.quantile(moves, QUANTILES)), seen[step]))
    return dict(zip(("low", "high"), better(seen, plain, of_values, of_steps)))


def better(seen, plain, of_values, of_steps):
    if sum(of_steps) < sum(of_values):
        return seen[-1] + numpy.quantile(numpy.diff(seen), QUANTILES)
    return plain


def main():
    for line in sys.stdin:
        asked = json.loads(line)
        answer = score(asked["input"]) if asked["ask"] == "score" else forecast(asked["observed"])
        print(json.dumps(answer, default=float), flush=True)


main()
