// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "server/options.h"

#include <limits>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/address.h"

namespace detloss {
namespace {

// Protobuf counts with 31 bits, and its largest number is no limit.
constexpr int64_t kMessageBytesMax = std::numeric_limits<int32_t>::max() - 1;

std::string Text(const std::string& value) { return value; }
std::string Text(const SecretPath& value) { return value; }
std::string Text(bool value) { return value ? "true" : "false"; }
std::string Text(int32_t value) { return absl::StrCat(value); }
std::string Text(int64_t value) { return absl::StrCat(value); }
std::string Text(absl::Duration value) { return absl::FormatDuration(value); }

template <class T>
std::string Logged(const T& value) {
  return Text(value);
}
std::string Logged(const SecretPath& value) { return value.empty() ? "" : "set"; }

absl::Status Wrong(absl::string_view required, absl::string_view got) {
  return absl::InvalidArgumentError(absl::StrCat(required, ", got ", got));
}

// What options.inc may require of a value: functions that return OK, or what it must be and is.

auto AtLeast(int64_t least) {
  return [least](int64_t value) {
    if (value >= least) return absl::OkStatus();
    return Wrong(absl::StrCat("must be at least ", least), Text(value));
  };
}

auto ZeroOrBetween(absl::Duration least, absl::Duration most) {
  return [=](absl::Duration value) {
    if (value == absl::ZeroDuration() || (value >= least && value <= most)) return absl::OkStatus();
    return Wrong(absl::StrCat("must be 0 or in [", Text(least), ", ", Text(most), "]"),
                 Text(value));
  };
}

template <class T>
auto BetweenOf(T least, T most) {
  return [=](T value) {
    if (value >= least && value <= most) return absl::OkStatus();
    return Wrong(absl::StrCat("must be in [", Text(least), ", ", Text(most), "]"), Text(value));
  };
}
auto Between(int64_t least, int64_t most) { return BetweenOf(least, most); }
auto Between(absl::Duration least, absl::Duration most) { return BetweenOf(least, most); }

auto OneOf(std::initializer_list<absl::string_view> choices) {
  return [choices = std::vector(choices)](const std::string& value) {
    if (absl::c_linear_search(choices, value)) return absl::OkStatus();
    return Wrong(absl::StrCat("must be one of ", absl::StrJoin(choices, ", ")), value);
  };
}

auto Addresses() {
  return [](const std::string& value) {
    absl::Status status;
    for (const std::string& address : SplitAddresses(value)) status.Update(CheckAddress(address));
    return status;
  };
}

auto Anything() {
  return [](const auto& /*value*/) { return absl::OkStatus(); };
}

absl::Status Named(absl::string_view name, const absl::Status& status) {
  return absl::Status(status.code(), absl::StrCat("--", name, ": ", status.message()));
}

absl::Status Missing(absl::string_view because_of) {
  return absl::InvalidArgumentError(absl::StrCat("is required with --", because_of));
}

// What options require of each other.
absl::Status CheckTls(const ServerOptions& options) {
  const bool has_tls = !options.tls_cert.empty();
  if (has_tls && options.tls_key.empty()) return Named("tls_key", Missing("tls_cert"));
  if (!has_tls && !options.tls_key.empty()) return Named("tls_cert", Missing("tls_key"));
  if (has_tls || options.tls_client_ca.empty()) return absl::OkStatus();
  return Named("tls_cert", Missing("tls_client_ca"));
}

// Whoever lets others reach the server has to say who may use it.
absl::Status CheckReach(const ServerOptions& options, const std::string& address) {
  const bool guarded = !options.tls_cert.empty() || !options.auth_token_file.empty();
  if (guarded || options.insecure || StaysOnMachine(address)) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("others can reach ", address,
                   ": --tls_cert and --tls_key, or --auth_token_file, are "
                   "required, or --insecure to serve whoever comes"));
}

absl::Status CheckListen(const ServerOptions& options) {
  absl::Status status;
  for (const std::string& address : SplitAddresses(options.listen)) {
    status.Update(CheckReach(options, address));
  }
  return Named("listen", status);
}

}  // namespace

absl::Status ServerOptions::Validate() const {
  absl::Status status;
#define OPTION(type, name, value, required, help) status.Update(Named(#name, required(name)));
#include "server/options.inc"
#undef OPTION
  status.Update(CheckTls(*this));
  status.Update(CheckListen(*this));
  return status;
}

bool AbslParseFlag(absl::string_view text, SecretPath* path, std::string* /*error*/) {
  path->assign(text.data(), text.size());
  return true;
}

std::string AbslUnparseFlag(const SecretPath& path) { return path; }

std::vector<OptionText> ServerOptions::ToText() const {
  return {
#define OPTION(type, name, value, required, help) {#name, Text(name), help, Logged(name)},
#include "server/options.inc"
#undef OPTION
  };
}

}  // namespace detloss
