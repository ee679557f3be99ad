// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include <cmath>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/cli/command.h"
#include "client/cli/files.h"
#include "client/cli/npy.h"
#include "client/cli/parameters.h"
#include "client/cli/result.h"
#include "detloss/client/loss_client.h"

namespace detloss::cli {
namespace {

// Prints the gradient instead of writing it to a file.
constexpr char kStandardOutput[] = "-";

struct ComputeOptions {
  client::ClientOptions client;
  std::string loss;
  std::string prediction;
  std::string target;
  std::string weight;
  std::string gradient;
  std::vector<std::string> parameters;
  // All but the weight, which is read later. A person would rather hear of NaN than see it.
  client::TermOptions term = {.non_finite = v1::NON_FINITE_POLICY_REJECT};
  bool json = false;
};

// Whether the gradient goes to a file.
bool WritesGradient(const ComputeOptions& options) {
  return !options.gradient.empty() && options.gradient != kStandardOutput;
}

// The tensors of the call, which refers to them.
struct Inputs {
  NpyArray prediction;
  NpyArray target;
  std::optional<NpyArray> weight;
};

absl::StatusOr<Inputs> ReadInputs(const ComputeOptions& options) {
  Inputs inputs;
  absl::StatusOr<NpyArray> prediction = ReadNpy(options.prediction);
  if (!prediction.ok()) return prediction.status();
  absl::StatusOr<NpyArray> target = ReadNpy(options.target);
  if (!target.ok()) return target.status();
  inputs.prediction = *std::move(prediction);
  inputs.target = *std::move(target);
  if (options.weight.empty()) return inputs;
  absl::StatusOr<NpyArray> weight = ReadNpy(options.weight);
  if (!weight.ok()) return weight.status();
  inputs.weight = *std::move(weight);
  return inputs;
}

client::TermOptions MakeTermOptions(const ComputeOptions& options, const Inputs& inputs) {
  client::TermOptions term = options.term;
  if (inputs.weight.has_value()) term.weight = inputs.weight->ref();
  term.gradient = !options.gradient.empty();
  return term;
}

absl::Status Report(const ComputeOptions& options, const client::LossResult& result) {
  if (WritesGradient(options)) {
    const absl::Status written = WriteNpy(options.gradient, result.term.gradient());
    if (!written.ok()) return written;
  }
  const absl::StatusOr<nlohmann::ordered_json> json =
      ToJson(result.term, options.gradient == kStandardOutput);
  if (!json.ok()) return json.status();
  if (options.json) {
    std::cout << json->dump(2) << "\n";
  } else {
    PrintResult(*json, std::cout);
  }
  return absl::OkStatus();
}

absl::Status RunCompute(const ComputeOptions& options) {
  const absl::StatusOr<LossMessage> loss = MakeLoss(options.loss, options.parameters);
  if (!loss.ok()) return loss.status();
  const absl::StatusOr<Inputs> inputs = ReadInputs(options);
  if (!inputs.ok()) return inputs.status();
  if (WritesGradient(options)) {
    const absl::Status writable = CheckWritable(options.gradient);
    if (!writable.ok()) return writable;
  }
  const client::LossClient client(options.client);
  const absl::StatusOr<client::LossResult> result = client.Compute(
      **loss, inputs->prediction.ref(), inputs->target.ref(), MakeTermOptions(options, *inputs));
  if (!result.ok()) return result.status();
  return Report(options, *result);
}

void AddTensors(CLI::App& app, ComputeOptions& options) {
  app.add_option("--prediction", options.prediction,
                 ".npy file of logits [.., C], values [..] or boxes [.., 4]")
      ->required();
  app.add_option("--target", options.target, ".npy file of class indices, or like the prediction")
      ->required();
  app.add_option("--weight", options.weight, ".npy file of weights of the elements");
  app.add_option("--gradient", options.gradient, ".npy file to write the gradient to; - prints it");
}

// Adds an option with a value of the enum `type` of the API.
template <typename Choice>
void AddChoice(CLI::App& app, const std::string& name, Choice& value,
               const google::protobuf::EnumDescriptor& type, const std::string& help) {
  const auto set = [name, &value, &type](const std::string& text) {
    const absl::StatusOr<int> choice = ParseChoice(text, type);
    if (!choice.ok()) throw CLI::ValidationError(name, std::string(choice.status().message()));
    value = static_cast<Choice>(*choice);
  };
  app.add_option_function<std::string>(name, set, help)
      ->type_name(absl::StrCat("{", absl::StrJoin(ChoicesOf(type), ","), "}"))
      ->default_str(ChoiceName(value, type));
}

std::string CheckInteger(const std::string& text) {
  int64_t value = 0;
  return absl::SimpleAtoi(text, &value)
             ? ""
             : absl::StrCat("integers as 0,3,7 are required, got ", text);
}

void AddTermOptions(CLI::App& app, client::TermOptions& term) {
  AddChoice(app, "--reduction", term.reduction, *v1::Reduction_descriptor(),
            "How the losses of the elements become one");
  AddChoice(app, "--non_finite", term.non_finite, *v1::NonFinitePolicy_descriptor(),
            "What to do about NaN and infinity");
  const CLI::Validator number = Number("that is finite", [](double x) { return std::isfinite(x); });
  app.add_option("--scale", term.scale, "Multiplies loss and gradient")->check(number);
  app.add_option("--normalizer", term.normalizer, "Divides instead of the mean's denominator")
      ->check(number);
  app.add_option("--segment_offsets", term.segment_offsets,
                 "A loss for each segment (image): its first rows and the number of rows, as 0,3,7")
      ->delimiter(',')
      ->check(CLI::Validator(CheckInteger, ""));
  app.add_flag("--statistics", term.statistics, "Print which samples carry the loss");
  app.add_option("--easy_threshold", term.easy_threshold,
                 "The probability from which a positive is easy, in the statistics")
      ->check(number);
}

}  // namespace

Command AddCompute(CLI::App& parent) {
  CLI::App* app = parent.add_subcommand("compute", "Compute a loss and its gradient.");
  const auto options = std::make_shared<ComputeOptions>();
  options->client.attempts_max = kAttempts;
  app->add_option("--loss", options->loss, "Name of the loss, from `detloss list`")->required();
  AddTensors(*app, *options);
  app->add_option("--param", options->parameters, "Parameters as name=value; lists as name=1,2,3");
  AddTermOptions(*app, options->term);
  app->add_flag("--json", options->json, "Print JSON");
  AddClientOptions(*app, options->client);
  return {app, [options] { return RunCompute(*options); }};
}

}  // namespace detloss::cli
