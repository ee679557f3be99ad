// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#ifndef DETLOSS_CORE_DENOMINATORS_H_
#define DETLOSS_CORE_DENOMINATORS_H_

#include "absl/container/inlined_vector.h"
#include "core/cancellation.h"
#include "detloss/plan.h"

namespace detloss {

using Denominators = absl::InlinedVector<double, 2>;

// What MEAN divides by in each segment, as the kernels of T see it. Ends early, with any numbers,
// when the request is cancelled.
template <class T>
Denominators CountDenominators(const PlanDetails& plan, const Cancellation& cancellation);

}  // namespace detloss

#endif  // DETLOSS_CORE_DENOMINATORS_H_
