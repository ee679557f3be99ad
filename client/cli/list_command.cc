// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include <google/protobuf/util/json_util.h>

#include <iostream>
#include <memory>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "client/cli/command.h"
#include "client/cli/print.h"
#include "detloss/client/loss_client.h"

namespace detloss::cli {
namespace {

struct ListOptions {
  client::ClientOptions client;
  bool json = false;
};

std::string FormatParameters(const v1::LossDescription& loss) {
  return absl::StrJoin(
      loss.parameters(), ", ", [](std::string* out, const v1::ParameterDescription& parameter) {
        absl::StrAppend(out, parameter.name(), parameter.default_value().empty() ? "" : "=",
                        parameter.default_value());
      });
}

void PrintLosses(const v1::ListLossesResponse& losses) {
  Table rows = {{"LOSS", "FAMILY", "PARAMETERS", "SUMMARY"}};
  for (const v1::LossDescription& loss : losses.losses()) {
    constexpr absl::string_view kPrefix = "LOSS_FAMILY_";
    rows.push_back(
        {loss.name(),
         absl::AsciiStrToLower(absl::StripPrefix(v1::LossFamily_Name(loss.family()), kPrefix)),
         FormatParameters(loss), loss.summary()});
  }
  PrintTable(rows, 0, std::cout);
}

absl::Status PrintJson(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = true;
  options.preserve_proto_field_names = true;
  std::string json;
  if (!google::protobuf::util::MessageToJsonString(message, &json, options).ok()) {
    return absl::InternalError("the answer of the server has no JSON form");
  }
  std::cout << json;
  return absl::OkStatus();
}

absl::Status RunList(const ListOptions& options) {
  const absl::StatusOr<v1::ListLossesResponse> losses =
      client::LossClient(options.client).ListLosses();
  if (!losses.ok()) return losses.status();
  if (options.json) return PrintJson(*losses);
  PrintLosses(*losses);
  return absl::OkStatus();
}

}  // namespace

Command AddList(CLI::App& parent) {
  CLI::App* app = parent.add_subcommand("list", "List the losses and their parameters.");
  const auto options = std::make_shared<ListOptions>();
  options->client.attempts_max = kAttempts;
  app->add_flag("--json", options->json, "Print everything that the server tells, as JSON");
  AddClientOptions(*app, options->client);
  return {app, [options] { return RunList(*options); }};
}

}  // namespace detloss::cli
