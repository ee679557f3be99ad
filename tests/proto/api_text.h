// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// The API as text, one line an element, so that a change of it shows in a review and an
// incompatible one in a test.

#ifndef DETLOSS_TESTS_PROTO_API_TEXT_H_
#define DETLOSS_TESTS_PROTO_API_TEXT_H_

#include <string>
#include <vector>

#include "absl/types/span.h"

namespace detloss {

// A file, message, field, oneof, enum, enum value, service or method.
struct ApiElement {
  std::string name;        // "field detloss.v1.Tensor.shape"
  std::string definition;  // what its users depend on: "2, repeated int64, json shape"
  std::string comment;     // what stands above it in the file; not part of the text
};

// Every element of the package that the .proto files hold now.
std::vector<ApiElement> ReadApi();

// The elements as text, in the order of their names, and back.
std::string ToText(std::vector<ApiElement> elements);
std::vector<ApiElement> ParseText(const std::string& text);

struct ApiChanges {
  std::vector<std::string> incompatible;  // one sentence each
  std::vector<std::string> added;         // names
};

// What became of `before`.
ApiChanges Compare(absl::Span<const ApiElement> before, absl::Span<const ApiElement> after);

// The whole file; empty if there is none.
std::string ReadFile(const std::string& path);

}  // namespace detloss

#endif  // DETLOSS_TESTS_PROTO_API_TEXT_H_
