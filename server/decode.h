// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// From the messages of the API to the problems of the core.

#ifndef DETLOSS_SERVER_DECODE_H_
#define DETLOSS_SERVER_DECODE_H_

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "detloss/loss.h"
#include "detloss/v1/loss_service.pb.h"
#include "server/skeleton.h"

namespace detloss {

// A request as problems. Its tensors are views of the request's bytes, or of `converted` where the
// request holds numbers; both must stay alive.
struct DecodedRequest {
  std::vector<Problem> problems;
  std::vector<std::string> names;  // of the terms
  std::vector<std::unique_ptr<std::byte[]>> converted;
};

// Decodes a request, of whose tensors `payloads` knows where the elements are. Appends to
// `violations` whatever the core cannot see: tensors that are missing, enum values that are not
// known, numbers that do not fit their type. Tensors that are wrong by then are named in
// Problem::wrong, so that MakePlan finds the rest.
//
// REQUIRES: `payloads` has one row for each term.
DecodedRequest Decode(const v1::ComputeLossRequest& request,
                      const std::vector<TermPayloads>& payloads, const Limits& limits,
                      std::vector<Violation>& violations);

// "terms[3]"
std::string TermPath(size_t index);

}  // namespace detloss

#endif  // DETLOSS_SERVER_DECODE_H_
