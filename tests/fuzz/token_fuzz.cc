// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Arbitrary bytes as the file of tokens, and as what a call shows: nobody is let in by chance.

#include <grpcpp/server_context.h>

#include "absl/strings/str_cat.h"
#include "server/access.h"
#include "tests/fuzz/fuzz.h"

namespace detloss {
namespace {

// The SHA-256 of a token that no input holds.
constexpr char kTokens[] =
    "name 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef ComputeLoss\n";

void CheckFile(absl::string_view text) {
  const absl::StatusOr<Tokens> tokens = Tokens::Parse(text);
  if (!tokens.ok()) {
    if (!absl::IsInvalidArgument(tokens.status())) std::abort();
    return;
  }
  if (tokens->size() == 0 || tokens->size() > Tokens::kCountMax) std::abort();
  const absl::StatusOr<Tokens> again = Tokens::Parse(absl::StrCat("# comment\n\n", text));
  if (!again.ok() || again->size() != tokens->size()) std::abort();
}

void CheckCall(absl::string_view bytes) {
  Access access({.tokens = true, .open_health = false});
  access.SetTokens(*Tokens::Parse(kTokens));
  for (const absl::string_view path :
       {bytes, absl::string_view("/detloss.v1.LossService/ComputeLoss")}) {
    const AccessDecision decision = access.Admit(path, {absl::MakeConstSpan(&bytes, 1), bytes});
    if (decision.outcome != AccessDecision::Outcome::kRefused) std::abort();
    CheckStatus(decision.error);
  }
}

}  // namespace
}  // namespace detloss

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view bytes(reinterpret_cast<const char*>(data), size);
  detloss::CheckFile(bytes);
  detloss::CheckCall(bytes);
  return 0;
}
