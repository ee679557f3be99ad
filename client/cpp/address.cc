// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "client/cpp/address.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace detloss::client {
namespace {

constexpr absl::string_view kSchemes[] = {"ipv4:", "ipv6:", "unix:", "unix-abstract:"};

// Empty where there is none.
absl::string_view SchemeOf(absl::string_view server) {
  for (const absl::string_view scheme : kSchemes) {
    if (absl::StartsWith(server, scheme)) return scheme;
  }
  return "";
}

}  // namespace

std::vector<std::string> SplitAddress(absl::string_view address) {
  const absl::string_view scheme = SchemeOf(address);
  std::vector<std::string> servers;
  for (const absl::string_view part : absl::StrSplit(address, ',', absl::SkipWhitespace())) {
    const absl::string_view server = absl::StripAsciiWhitespace(part);
    const bool has_own = !SchemeOf(server).empty();
    servers.push_back(absl::StrCat(has_own ? "" : scheme, server));
  }
  if (servers.empty()) servers.emplace_back(address);
  return servers;
}

bool MayBeSeveral(absl::string_view server) {
  if (!SchemeOf(server).empty()) return false;
  if (absl::StartsWith(server, "[")) return false;
  const absl::string_view host = server.substr(0, server.rfind(':'));
  return host.find_first_not_of("0123456789.") != absl::string_view::npos;
}

}  // namespace detloss::client
