// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Losses of two boxes. A Jet carries a number and its derivatives by the four numbers of the
// prediction, so that each formula is written as in its paper.

#include <array>
#include <cmath>
#include <numbers>

#include "tests/reference/reference.h"

namespace detloss::reference {
namespace {

struct Jet {
  Real v = 0;
  std::array<Real, 4> d = {};
};

Jet Constant(Real v) { return {v, {}}; }

// f(a, b) with the partial derivatives fa and fb.
Jet Compose(Real f, Real fa, const Jet& a, Real fb, const Jet& b) {
  Jet jet = {f, {}};
  for (size_t k = 0; k < 4; ++k) {
    if (a.d[k] != 0) jet.d[k] += fa * a.d[k];
    if (b.d[k] != 0) jet.d[k] += fb * b.d[k];
  }
  return jet;
}
Jet operator+(const Jet& a, const Jet& b) { return Compose(a.v + b.v, 1, a, 1, b); }
Jet operator-(const Jet& a, const Jet& b) { return Compose(a.v - b.v, 1, a, -1, b); }
Jet operator*(const Jet& a, const Jet& b) { return Compose(a.v * b.v, b.v, a, a.v, b); }
Jet operator/(const Jet& a, const Jet& b) {
  return Compose(a.v / b.v, 1 / b.v, a, -a.v / b.v / b.v, b);
}

// At a tie the derivative is the mean of both.
Jet Larger(const Jet& a, const Jet& b) {
  if (a.v == b.v) return Compose(a.v, 0.5L, a, 0.5L, b);
  return a.v > b.v ? a : b;
}
Jet Smaller(const Jet& a, const Jet& b) {
  if (a.v == b.v) return Compose(a.v, 0.5L, a, 0.5L, b);
  return a.v < b.v ? a : b;
}

// atan(w / h); 0 for a point.
Jet Angle(const Jet& w, const Jet& h) {
  const Real square = w.v * w.v + h.v * h.v;
  if (square == 0) return {};
  return Compose(std::atan(w.v / h.v), h.v / square, w, -w.v / square, h);
}

struct Corners {
  Jet x1, y1, x2, y2;
};

Corners Decode(absl::string_view format, const Jet& a, const Jet& b, const Jet& c, const Jet& d) {
  if (format == "XYXY") return {a, b, c, d};
  if (format == "XYWH") return {a, b, a + c, b + d};
  const Jet half = Constant(0.5L);
  return {a - half * c, b - half * d, a + half * c, b + half * d};
}

struct Pair {
  Pair(const Parameters& parameters, const Item& item)
      : torchvision(parameters.Choice("convention") == "TORCHVISION") {
    Jet n[8];
    for (size_t k = 0; k < 4; ++k) {
      n[k].v = item.prediction[k];
      n[k].d[k] = 1;
      n[k + 4].v = item.target[k];
      finite &= std::isfinite(item.prediction[k]) && std::isfinite(item.target[k]);
    }
    p = Decode(parameters.Choice("format"), n[0], n[1], n[2], n[3]);
    t = Decode(parameters.Choice("format"), n[4], n[5], n[6], n[7]);
    wp = Side(p.x1, p.x2);
    hp = Side(p.y1, p.y2);
    wt = Side(t.x1, t.x2);
    ht = Side(t.y1, t.y2);
    cw = Side(Smaller(p.x1, t.x1), Larger(p.x2, t.x2));
    ch = Side(Smaller(p.y1, t.y1), Larger(p.y2, t.y2));
    const Jet w = Smaller(p.x2, t.x2) - Larger(p.x1, t.x1);
    const Jet h = Smaller(p.y2, t.y2) - Larger(p.y1, t.y1);
    if (!torchvision) intersection = Larger(w, Jet()) * Larger(h, Jet());
    if (torchvision && w.v > 0 && h.v > 0) intersection = w * h;
    union_area = wp * hp + wt * ht - intersection;
  }

  Jet Side(const Jet& a, const Jet& b) const { return torchvision ? b - a : Larger(b - a, Jet()); }

  Jet Ratio(const Jet& a, const Jet& b) const {
    if (torchvision) return a / (b + Constant(1e-7L));
    return b.v > 0 ? a / b : Jet();
  }
  Jet Iou() const { return Ratio(intersection, union_area); }

  // Squared distance of the centers over the squared diagonal of the enclosing box.
  Jet Distance() const {
    const Jet half = Constant(0.5L);
    const Jet dx = half * (p.x1 + p.x2) - half * (t.x1 + t.x2);
    const Jet dy = half * (p.y1 + p.y2) - half * (t.y1 + t.y2);
    return Ratio(dx * dx + dy * dy, cw * cw + ch * ch);
  }

  bool torchvision;
  bool finite = true;
  Corners p, t;        // prediction and target
  Jet wp, hp, wt, ht;  // their sides
  Jet cw, ch;          // the sides of the enclosing box
  Jet intersection, union_area;
};

// A box that is not finite has neither value nor gradient.
Real Write(const Pair& pair, const Jet& loss, absl::Span<Real> gradient) {
  constexpr Real kNan = std::numeric_limits<Real>::quiet_NaN();
  for (size_t k = 0; k < 4; ++k) gradient[k] = pair.finite ? loss.d[k] : kNan;
  return pair.finite ? loss.v : kNan;
}

// 1 - IoU, -log(IoU) or 1 - IoU^2; the logarithm ends at the smallest normal number.
Real Iou(const Parameters& parameters, const Item& item, absl::Span<Real> gradient) {
  const Pair pair(parameters, item);
  const Jet iou = pair.Iou();
  const absl::string_view mode = parameters.Choice("mode");
  if (mode == "LINEAR") return Write(pair, Constant(1) - iou, gradient);
  if (mode == "SQUARED") return Write(pair, Constant(1) - iou * iou, gradient);
  const Real least = parameters.least_normal();
  if (iou.v < least) return Write(pair, Constant(-std::log(least)), gradient);
  return Write(pair, Compose(-std::log(iou.v), -1 / iou.v, iou, 0, iou), gradient);
}

// 1 - IoU + (C - U) / C
Real Giou(const Parameters& parameters, const Item& item, absl::Span<Real> gradient) {
  const Pair pair(parameters, item);
  const Jet enclosing = pair.cw * pair.ch;
  const Jet gap = pair.Ratio(enclosing - pair.union_area, enclosing);
  return Write(pair, Constant(1) - pair.Iou() + gap, gradient);
}

// 1 - IoU + d^2 / c^2
Real Diou(const Parameters& parameters, const Item& item, absl::Span<Real> gradient) {
  const Pair pair(parameters, item);
  return Write(pair, Constant(1) - pair.Iou() + pair.Distance(), gradient);
}

// 1 - IoU + d^2 / c^2 + alpha v, v = 4 / pi^2 (atan(wt / ht) - atan(w / h))^2 and the constant
// alpha = v / (1 - IoU + v)
Real Ciou(const Parameters& parameters, const Item& item, absl::Span<Real> gradient) {
  const Pair pair(parameters, item);
  const Jet angle = Angle(pair.wt, pair.ht) - Angle(pair.wp, pair.hp);
  constexpr Real kPi = std::numbers::pi_v<Real>;
  const Jet v = Constant(4 / (kPi * kPi)) * angle * angle;
  const Jet miss = Constant(1) - pair.Iou();
  const Jet alpha = Constant(pair.Ratio(v, miss + v).v);
  return Write(pair, miss + pair.Distance() + alpha * v, gradient);
}

}  // namespace

absl::Span<const Reference> BoxReferences() {
  static constexpr Reference kRows[] = {
      {"iou", Iou}, {"giou", Giou}, {"diou", Diou}, {"ciou", Ciou}};
  return kRows;
}

}  // namespace detloss::reference
