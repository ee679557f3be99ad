// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#ifndef DETLOSS_TESTS_BENCH_TIMING_H_
#define DETLOSS_TESTS_BENCH_TIMING_H_

#include <algorithm>
#include <chrono>
#include <cmath>
#include <vector>

namespace detloss::bench {

using Clock = std::chrono::steady_clock;

inline double SecondsSince(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

// The value below which the given part of the values lies. REQUIRES: !values.empty().
inline double Quantile(std::vector<double> values, double part) {
  const auto nth = values.begin() + std::lround(part * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), nth, values.end());
  return *nth;
}

// Runs for about as long, at least once, and returns the median of the times: an interruption by
// another process leaves it alone.
template <class Run>
double MedianSeconds(double seconds, const Run& run) {
  std::vector<double> times;
  const Clock::time_point begin = Clock::now();
  do {
    const Clock::time_point run_begin = Clock::now();
    run();
    times.push_back(SecondsSince(run_begin));
  } while (SecondsSince(begin) < seconds);
  return Quantile(std::move(times), 0.5);
}

}  // namespace detloss::bench

#endif  // DETLOSS_TESTS_BENCH_TIMING_H_
