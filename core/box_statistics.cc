// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "core/box_statistics.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace detloss {
namespace {

struct Corners {
  double x1, y1, x2, y2;
};

template <class T>
using Box = std::array<T, 4>;

template <class T>
Box<T> BoxAt(const Unaligned<T>* box) {
  return {box[0], box[1], box[2], box[3]};
}

// The power of two that brings the largest number of a pair of boxes near 1, so that no area
// overflows or underflows.
template <class T>
int RangeExponent(const Box<T>& prediction, const Box<T>& target) {
  T largest = 0;
  for (size_t k = 0; k < 4; ++k) {
    largest = std::max({largest, std::abs(prediction[k]), std::abs(target[k])});
  }
  return largest > 0 ? -std::ilogb(largest) : 0;
}

// In T, so that corners are rounded as those of the loss are.
template <class T>
Corners CornersOf(const Box<T>& box, int exponent, BoxFormat format) {
  T x1 = std::ldexp(box[0], exponent), y1 = std::ldexp(box[1], exponent);
  T x2 = std::ldexp(box[2], exponent), y2 = std::ldexp(box[3], exponent);
  if (format == BoxFormat::kCxcywh) {
    x1 -= x2 / 2;
    y1 -= y2 / 2;
  }
  if (format != BoxFormat::kXyxy) {
    x2 += x1;
    y2 += y1;
  }
  return {static_cast<double>(x1), static_cast<double>(y1), static_cast<double>(x2),
          static_cast<double>(y2)};
}

double Area(const Corners& c) { return std::max(c.x2 - c.x1, 0.0) * std::max(c.y2 - c.y1, 0.0); }
bool Inverted(const Corners& c) { return c.x2 < c.x1 || c.y2 < c.y1; }
bool Flat(const Corners& c) { return c.x2 == c.x1 || c.y2 == c.y1; }

template <class T>
bool IsFinite(const Box<T>& box) {
  return std::all_of(box.begin(), box.end(), [](T x) { return std::isfinite(x); });
}

void AddPair(const Corners& p, const Corners& t, StatisticsSums& sums) {
  const Corners both = {std::max(p.x1, t.x1), std::max(p.y1, t.y1), std::min(p.x2, t.x2),
                        std::min(p.y2, t.y2)};
  const double intersection = Area(both);
  const double area = Area(p) + Area(t) - intersection;
  const bool inverted = Inverted(p) || Inverted(t);
  sums.counts.inverted_count += inverted;
  sums.counts.degenerate_count += !inverted && (Flat(p) || Flat(t));
  sums.counts.non_overlapping_count += !(intersection > 0);
  sums.iou_sum += area > 0 ? intersection / area : 0;
}

}  // namespace

BoxFormat FormatOf(const PlanDetails& plan) {
  const auto specs = plan.loss->parameters;
  const ParameterSpec* const format =
      std::find_if(specs.begin(), specs.end(),
                   [](const ParameterSpec& spec) { return spec.name == kBoxFormatName; });
  return static_cast<BoxFormat>(
      plan.parameters[static_cast<size_t>(format - specs.begin())].number);
}

template <class T>
void AddBoxes(BoxFormat format, const Unaligned<T>* prediction, const Unaligned<T>* target,
              StatisticsSums& sums) {
  ++sums.box_count;
  const Box<T> p = BoxAt(prediction), t = BoxAt(target);
  if (!IsFinite(p) || !IsFinite(t)) {
    sums.iou_sum = std::numeric_limits<double>::quiet_NaN();
    return;
  }
  const int exponent = RangeExponent(p, t);
  AddPair(CornersOf(p, exponent, format), CornersOf(t, exponent, format), sums);
}
template void AddBoxes(BoxFormat, const Unaligned<float>*, const Unaligned<float>*,
                       StatisticsSums&);
template void AddBoxes(BoxFormat, const Unaligned<double>*, const Unaligned<double>*,
                       StatisticsSums&);

}  // namespace detloss
