# Copyright 2026 The detloss Authors
# SPDX-License-Identifier: Apache-2.0
"""What a part of a goal is: a value with its spread, and what it is the ratio of."""

import statistics

from rounds import column, ratio, summary


def plain_part(values, remark):
    spread = summary(values)
    if spread is None:
        return {"value": None, "remark": remark}
    return {"value": spread["median"], "low": spread["low"], "high": spread["high"],
            "remark": remark}


def seconds_ratio(above, below):
    if None in above or None in below:
        return {"value": None}
    return {**ratio(above, below), "unit": "ms", "numerator": 1e3 * statistics.median(above),
            "denominator": 1e3 * statistics.median(below)}


def rate_ratio(samples, above, below, key="rate"):
    high, low = column(samples[above], key), column(samples[below], key)
    return {**ratio(high, low), "unit": "/s", "numerator": statistics.median(high),
            "denominator": statistics.median(low)}
