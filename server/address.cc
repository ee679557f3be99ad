// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "server/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <optional>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace detloss {
namespace {

constexpr absl::string_view kUnix = "unix:";

absl::Status CheckPath(absl::string_view path) {
  constexpr size_t kBytesMax = sizeof(sockaddr_un::sun_path) - 1;
  if (!path.empty() && path.size() <= kBytesMax) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      "a path of 1 to ", kBytesMax, " bytes is required after unix:, got ", path.size(), " bytes"));
}

// A colon within a host is part of an IPv6 address, which needs brackets.
bool IsHost(absl::string_view host) {
  const bool bracketed = absl::StartsWith(host, "[") && absl::EndsWith(host, "]");
  return !host.empty() && (bracketed || !absl::StrContains(host, ':'));
}

bool IsPort(absl::string_view port) {
  uint32_t number = 0;
  return !port.empty() && absl::c_all_of(port, absl::ascii_isdigit) &&
         absl::SimpleAtoi(port, &number) && number <= 65535;
}

// The number of an IP address of the family; none if `host` is no such.
template <class Number>
std::optional<Number> NumberOf(int family, const std::string& host) {
  Number number;
  if (inet_pton(family, host.c_str(), &number) != 1) return std::nullopt;
  return number;
}

bool IsLoopback(const in_addr& number) { return ntohl(number.s_addr) >> 24 == 127; }
bool IsLoopback(const in6_addr& number) { return IN6_IS_ADDR_LOOPBACK(&number); }

}  // namespace

bool IsUnixAddress(absl::string_view address) { return absl::StartsWith(address, kUnix); }

absl::string_view PathOf(absl::string_view address) {
  absl::string_view path = absl::StripPrefix(address, kUnix);
  if (absl::StartsWith(path, "//")) path.remove_prefix(2);
  return path;
}

std::vector<std::string> SplitAddresses(absl::string_view list) {
  std::vector<std::string> addresses;
  for (const absl::string_view address : absl::StrSplit(list, ',')) {
    addresses.emplace_back(absl::StripAsciiWhitespace(address));
  }
  return addresses;
}

absl::Status CheckAddress(absl::string_view address) {
  if (IsUnixAddress(address)) return CheckPath(PathOf(address));
  const size_t colon = address.rfind(':');
  if (colon != absl::string_view::npos && IsHost(address.substr(0, colon)) &&
      IsPort(address.substr(colon + 1))) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      absl::StrCat("must be host:port with a port in [0, 65535], or unix:/path, got ",
                   address.empty() ? "no address" : address));
}

HostPort SplitHostPort(absl::string_view address) {
  const size_t colon = address.rfind(':');
  absl::string_view host = address.substr(0, colon);
  if (absl::StartsWith(host, "[")) host = host.substr(1, host.size() - 2);
  HostPort parts = {std::string(host)};
  [[maybe_unused]] const bool is_number = absl::SimpleAtoi(address.substr(colon + 1), &parts.port);
  return parts;
}

bool StaysOnMachine(absl::string_view address) {
  if (IsUnixAddress(address)) return true;
  const std::string host = SplitHostPort(address).host;
  if (const auto number = NumberOf<in_addr>(AF_INET, host)) return IsLoopback(*number);
  if (const auto number = NumberOf<in6_addr>(AF_INET6, host)) return IsLoopback(*number);
  return absl::EqualsIgnoreCase(host, "localhost");
}

}  // namespace detloss
