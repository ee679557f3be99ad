# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""Rounds in which several things are measured in turn, so that what disturbs one disturbs all."""

import statistics


def interleave(variants, rounds):
    """Calls every variant in each round, after one round to warm up. Name to list of samples."""
    samples = {name: [] for name in variants}
    for number in range(rounds + 1):
        for name, measure in variants.items():
            sample = measure()
            if number > 0:
                samples[name].append(sample)
    return samples


def quartiles(values):
    values = sorted(values)
    last = len(values) - 1
    return values[round(last / 4)], values[round(last * 3 / 4)]


def summary(values):
    """None where a round has no value: a p99 of too few calls."""
    if None in values:
        return None
    low, high = quartiles(values)
    return {"median": statistics.median(values), "low": low, "high": high}


def ratio(above, below):
    """Of the medians; the spread is that of the ratios of single rounds."""
    low, high = quartiles([a / b for a, b in zip(above, below)])
    return {"value": statistics.median(above) / statistics.median(below), "low": low, "high": high}


def column(samples, key):
    return [sample[key] for sample in samples]


def fastest(samples, names):
    """The name whose seconds have the least median."""
    return min(names, key=lambda name: statistics.median(column(samples[name], "seconds")))


def busiest(samples, names):
    """The name whose rate has the highest median."""
    return max(names, key=lambda name: statistics.median(column(samples[name], "rate")))
