// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Bearer tokens: who may call what. A file of them has a line for each:
//
//     # name     SHA-256 of the token in hexadecimal    methods that it may call; none: all
//     trainer    5e88489...                             ComputeLoss StreamComputeLoss
//
// `printf %s "$TOKEN" | sha256sum` makes a hash. Tokens must be random, of 128 bits or more: a word
// would be found from its hash. A name may have several tokens, so that it can change them without
// a gap.

#ifndef DETLOSS_SERVER_TOKENS_H_
#define DETLOSS_SERVER_TOKENS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace detloss {

// What is kept of a token: never its text.
struct Token {
  std::string name;
  std::array<uint8_t, 32> hash = {};
  std::vector<std::string> methods;  // empty: all

  bool Allows(absl::string_view method) const;
};

// A set of tokens, at least one.
class Tokens {
 public:
  static constexpr size_t kTextBytesMax = 1 << 20;
  static constexpr size_t kCountMax = 1000;

  // The tokens of a file with these contents. Errors tell the line and what is required there, but
  // nothing of what it holds.
  static absl::StatusOr<Tokens> Parse(absl::string_view text);

  // The token with this text; null if there is none. The time that it takes tells nothing of the
  // tokens that there are.
  const Token* Find(absl::string_view token) const;

  size_t size() const { return tokens_.size(); }

 private:
  absl::Status Add(Token token);

  std::vector<Token> tokens_;
};

}  // namespace detloss

#endif  // DETLOSS_SERVER_TOKENS_H_
