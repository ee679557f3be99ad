// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "server/address.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>

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

bool IsUnix(absl::string_view address) { return absl::StartsWith(address, kUnix); }

absl::string_view PathOf(absl::string_view address) {
  absl::string_view path = absl::StripPrefix(address, kUnix);
  if (absl::StartsWith(path, "//")) path.remove_prefix(2);
  return path;
}

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

}  // namespace

std::vector<std::string> SplitAddresses(absl::string_view list) {
  std::vector<std::string> addresses;
  for (const absl::string_view address : absl::StrSplit(list, ',')) {
    addresses.emplace_back(absl::StripAsciiWhitespace(address));
  }
  return addresses;
}

absl::Status CheckAddress(absl::string_view address) {
  if (IsUnix(address)) return CheckPath(PathOf(address));
  const size_t colon = address.rfind(':');
  if (colon != absl::string_view::npos && IsHost(address.substr(0, colon)) &&
      IsPort(address.substr(colon + 1))) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      absl::StrCat("must be host:port with a port in [0, 65535], or unix:/path, got ",
                   address.empty() ? "no address" : address));
}

absl::Status CheckSocketIsFree(absl::string_view address) {
  if (!IsUnix(address)) return absl::OkStatus();
  const absl::string_view path = PathOf(address);
  sockaddr_un name = {};
  name.sun_family = AF_UNIX;
  std::memcpy(name.sun_path, path.data(), path.size());
  const int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return absl::ErrnoToStatus(errno, "cannot make a socket");
  const int result = connect(descriptor, reinterpret_cast<sockaddr*>(&name), sizeof name);
  close(descriptor);
  if (result != 0) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat("--listen: another process listens on ", address));
}

}  // namespace detloss
