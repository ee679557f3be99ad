// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/cli/command.h"
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
  std::vector<std::string> parameters;
  std::string reduction = "mean";
  std::string non_finite = "reject";
  std::string gradient;
  std::optional<double> scale;
  std::optional<double> normalizer;
  bool statistics = false;
  bool json = false;
};

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

absl::StatusOr<client::TermOptions> MakeTermOptions(const ComputeOptions& options,
                                                    const Inputs& inputs) {
  const absl::StatusOr<int> reduction = ParseChoice(options.reduction, *v1::Reduction_descriptor());
  if (!reduction.ok()) return reduction.status();
  const absl::StatusOr<int> policy =
      ParseChoice(options.non_finite, *v1::NonFinitePolicy_descriptor());
  if (!policy.ok()) return policy.status();
  client::TermOptions term;
  if (inputs.weight.has_value()) term.weight = inputs.weight->ref();
  term.reduction = static_cast<v1::Reduction>(*reduction);
  term.non_finite = static_cast<v1::NonFinitePolicy>(*policy);
  term.scale = options.scale;
  term.normalizer = options.normalizer;
  term.gradient = !options.gradient.empty();
  term.statistics = options.statistics;
  return term;
}

absl::Status Report(const ComputeOptions& options, const client::LossResult& result) {
  const bool print_gradient = options.gradient == kStandardOutput;
  if (!options.gradient.empty() && !print_gradient) {
    const absl::Status written = WriteNpy(options.gradient, result.term.gradient());
    if (!written.ok()) return written;
  }
  const absl::StatusOr<nlohmann::ordered_json> json = ToJson(result.term, print_gradient);
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
  const absl::StatusOr<client::TermOptions> term = MakeTermOptions(options, *inputs);
  if (!term.ok()) return term.status();
  const client::LossClient client(options.client);
  const absl::StatusOr<client::LossResult> result =
      client.Compute(**loss, inputs->prediction.ref(), inputs->target.ref(), *term);
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

void AddChoice(CLI::App& app, const char* name, std::string& value,
               const google::protobuf::EnumDescriptor& type, const char* help) {
  app.add_option(name, value, help)->check(CLI::IsMember(ChoicesOf(type)))->capture_default_str();
}

}  // namespace

Command AddCompute(CLI::App& parent) {
  CLI::App* app = parent.add_subcommand("compute", "Compute a loss and its gradient.");
  const auto options = std::make_shared<ComputeOptions>();
  options->client.attempts_max = kAttempts;
  app->add_option("--loss", options->loss, "Name of the loss, from `detloss list`")->required();
  AddTensors(*app, *options);
  app->add_option("--param", options->parameters, "Parameters as name=value; lists as name=1,2,3");
  AddChoice(*app, "--reduction", options->reduction, *v1::Reduction_descriptor(),
            "How the losses of the elements become one");
  AddChoice(*app, "--non_finite", options->non_finite, *v1::NonFinitePolicy_descriptor(),
            "What to do about NaN and infinity");
  app->add_option("--scale", options->scale, "Multiplies loss and gradient");
  app->add_option("--normalizer", options->normalizer, "Divides instead of the mean's denominator");
  app->add_flag("--statistics", options->statistics, "Print which samples carry the loss");
  app->add_flag("--json", options->json, "Print JSON");
  AddClientOptions(*app, options->client);
  return {app, [options] { return RunCompute(*options); }};
}

}  // namespace detloss::cli
