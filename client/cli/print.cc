// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "client/cli/print.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "detloss/client/error.h"

namespace detloss::cli {
namespace {

// Characters of `text`: bytes of UTF-8 that continue none.
size_t Width(absl::string_view text) {
  return static_cast<size_t>(
      std::ranges::count_if(text, [](char byte) { return (byte & 0xC0) != 0x80; }));
}

std::vector<size_t> Widths(const Table& rows) {
  std::vector<size_t> widths;
  for (const std::vector<std::string>& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], Width(row[i]));
  }
  return widths;
}

// `text` without characters that a terminal would obey: names come from files of others.
std::string Printable(std::string text) {
  for (char& byte : text) {
    if (absl::ascii_iscntrl(static_cast<unsigned char>(byte))) byte = '?';
  }
  return text;
}

// What a person can do about it.
absl::string_view Advice(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kUnauthenticated:
      return " (--token_file or DETLOSS_TOKEN brings a token, --tls_cert and --tls_key a "
             "certificate)";
    case absl::StatusCode::kPermissionDenied:
      return " (who runs the server says what a token is for)";
    default:
      return "";
  }
}

}  // namespace

void PrintError(const absl::Status& status, std::ostream& out) {
  const client::ErrorDetails details = client::DecodeErrorDetails(status);
  const std::string code = absl::StatusCodeToString(status.code());
  out << "detloss: " << code;
  if (!details.reason.empty() && details.reason != code) out << " (" << details.reason << ")";
  out << ": " << status.message() << Advice(status.code()) << "\n";
  for (const client::FieldViolation& violation : details.field_violations) {
    const std::string text = absl::StrCat(violation.field, ": ", violation.description);
    if (!absl::StrContains(status.message(), text)) out << "  " << text << "\n";
  }
}

void PrintTable(const Table& rows, size_t right, std::ostream& out) {
  const std::vector<size_t> widths = Widths(rows);
  for (const std::vector<std::string>& row : rows) {
    std::string line;
    for (size_t i = 0; i < row.size(); ++i) {
      const std::string padding(widths[i] - Width(row[i]), ' ');
      const bool is_right = i + right >= widths.size();
      absl::StrAppend(&line, is_right ? padding : "", Printable(row[i]), is_right ? "" : padding,
                      "  ");
    }
    out << absl::StripTrailingAsciiWhitespace(line) << "\n";
  }
}

std::string FormatNumber(double value) { return absl::StrFormat("%.10g", value); }

std::string FormatBytes(uint64_t bytes) {
  if (bytes < 1000) return absl::StrCat(bytes, " B");
  constexpr absl::string_view kUnits = "kMGT";
  double size = static_cast<double>(bytes) / 1000;
  size_t unit = 0;
  // What is printed with three digits: 999.9 would be 1000.
  for (; size >= 999.5 && unit + 1 < kUnits.size(); ++unit) size /= 1000;
  return absl::StrFormat("%.3g %cB", size, kUnits[unit]);
}

}  // namespace detloss::cli
