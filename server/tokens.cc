// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "server/tokens.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "server/methods.h"

namespace detloss {
namespace {

using Hash = std::array<uint8_t, SHA256_DIGEST_LENGTH>;

constexpr size_t kNameBytesMax = 64;

bool IsNameByte(char byte) {
  return absl::ascii_isalnum(static_cast<unsigned char>(byte)) ||
         absl::string_view("._-@/").find(byte) != absl::string_view::npos;
}

bool IsName(absl::string_view text) {
  return text.size() <= kNameBytesMax && absl::c_all_of(text, IsNameByte);
}

bool IsHash(absl::string_view text) {
  return text.size() == 2 * sizeof(Hash) && absl::c_all_of(text, absl::ascii_isxdigit);
}

bool IsMethod(absl::string_view name) {
  return absl::c_any_of(AllMethods(), [&](const Method& method) { return method.name == name; });
}

Hash HashOf(absl::string_view text) {
  Hash hash;
  SHA256(reinterpret_cast<const uint8_t*>(text.data()), text.size(), hash.data());
  return hash;
}

Hash FromHex(absl::string_view hex) {
  const std::string bytes = absl::HexStringToBytes(hex);
  Hash hash;
  absl::c_copy(bytes, hash.begin());
  return hash;
}

bool Same(const Hash& a, const Hash& b) { return CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0; }

absl::StatusOr<Token> ParseLine(absl::string_view line) {
  const std::vector<absl::string_view> words =
      absl::StrSplit(line, absl::ByAnyChar(" \t"), absl::SkipEmpty());
  if (!IsName(words[0])) {
    return absl::InvalidArgumentError(absl::StrCat(
        "a name of 1 to ", kNameBytesMax, " letters, digits and any of ._-@/ is required first"));
  }
  if (words.size() < 2 || !IsHash(words[1])) {
    return absl::InvalidArgumentError(
        "the SHA-256 of a token, 64 hexadecimal digits, is required after the name");
  }
  if (!std::all_of(words.begin() + 2, words.end(), IsMethod)) {
    return absl::InvalidArgumentError(
        "names of methods, such as ComputeLoss, are required after the hash");
  }
  return Token{std::string(words[0]), FromHex(words[1]), {words.begin() + 2, words.end()}};
}

absl::string_view WithoutComment(absl::string_view line) {
  return absl::StripAsciiWhitespace(line.substr(0, line.find('#')));
}

absl::Status AtLine(size_t number, const absl::Status& status) {
  return absl::Status(status.code(), absl::StrCat("line ", number, ": ", status.message()));
}

}  // namespace

bool Token::Allows(absl::string_view method) const {
  return methods.empty() || absl::c_linear_search(methods, method);
}

absl::StatusOr<Tokens> Tokens::Parse(absl::string_view text) {
  if (text.size() > kTextBytesMax) {
    return absl::InvalidArgumentError(
        absl::StrCat("at most ", kTextBytesMax, " bytes are allowed"));
  }
  Tokens tokens;
  size_t number = 0;
  for (const absl::string_view whole : absl::StrSplit(text, '\n')) {
    ++number;
    const absl::string_view line = WithoutComment(whole);
    if (line.empty()) continue;
    absl::StatusOr<Token> token = ParseLine(line);
    absl::Status status = token.ok() ? tokens.Add(*std::move(token)) : token.status();
    if (!status.ok()) return AtLine(number, status);
  }
  if (tokens.tokens_.empty()) return absl::InvalidArgumentError("a token is required, got none");
  return tokens;
}

absl::Status Tokens::Add(Token token) {
  const auto same = [&](const Token& other) { return other.hash == token.hash; };
  if (absl::c_any_of(tokens_, same)) {
    return absl::InvalidArgumentError("each token may stand on one line only");
  }
  if (tokens_.size() == kCountMax) {
    return absl::InvalidArgumentError(absl::StrCat("at most ", kCountMax, " tokens are allowed"));
  }
  tokens_.push_back(std::move(token));
  return absl::OkStatus();
}

const Token* Tokens::Find(absl::string_view token) const {
  const Hash hash = HashOf(token);
  const Token* found = nullptr;
  for (const Token& candidate : tokens_) {
    if (Same(candidate.hash, hash)) found = &candidate;
  }
  return found;
}

}  // namespace detloss
