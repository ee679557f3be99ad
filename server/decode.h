// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// From the messages of the API to the problems of the core.

#ifndef DETLOSS_SERVER_DECODE_H_
#define DETLOSS_SERVER_DECODE_H_

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "core/cancellation.h"
#include "detloss/loss.h"
#include "detloss/v1/loss_service.pb.h"
#include "server/skeleton.h"

namespace detloss {

// A term as a problem.
struct DecodedTerm {
  Problem problem;
  absl::string_view name;  // the caller's, or that of the loss
};

// A request as problems. Names are views of the message; tensors are views of the request's bytes,
// or of `converted` where the request holds numbers. All must stay alive.
struct DecodedRequest {
  absl::InlinedVector<DecodedTerm, 1> terms;
  std::vector<std::unique_ptr<std::byte[]>> converted;
};

// Decodes a request, of whose tensors `payloads` knows where the elements are. Appends to
// `violations` whatever the core cannot see: tensors that are missing, enum values that are not
// known, numbers that do not fit their type. Tensors that are wrong by then are named in
// Problem::wrong, so that MakePlan finds the rest.
//
// When the request is cancelled meanwhile, what is returned is of no use.
//
// REQUIRES: `payloads` has one row for each term.
DecodedRequest Decode(const v1::ComputeLossRequest& request,
                      absl::Span<const TermPayloads> payloads, const Limits& limits,
                      const Cancellation& cancellation, std::vector<Violation>& violations);

// Moves the paths of a term's violations under the term: "scale" becomes "terms[3].scale".
void AppendUnder(size_t term, std::vector<Violation> of_term, std::vector<Violation>& all);

}  // namespace detloss

#endif  // DETLOSS_SERVER_DECODE_H_
