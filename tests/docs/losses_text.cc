// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/docs/losses_text.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "detloss/registry.h"

namespace detloss {
namespace {

constexpr absl::string_view kPreamble =
    R"(<!-- Written by bin/write_docs of the build from the registry of losses. Do not edit. -->

# Losses

Each loss is a field of `LossTerm.loss` in [losses.proto](../proto/detloss/v1/losses.proto)
and its parameters are fields of the message of that field. Every parameter may be left out.
`detloss list` and the method `ListLosses` print the same of a running server. What ties, kinks,
weights, reductions and the two conventions mean stands in [numerics.md](numerics.md).

)";

absl::string_view FamilyText(Family family) {
  switch (family) {
    case Family::kRegression:
      return "regression";
    case Family::kSigmoid:
      return "sigmoid";
    case Family::kSoftmax:
      return "softmax";
    case Family::kBox:
      return "box";
  }
  return "";
}

absl::string_view ElementText(Family family) {
  switch (family) {
    case Family::kRegression:
    case Family::kSigmoid:
      return "an element";
    case Family::kSoftmax:
      return "a row";
    case Family::kBox:
      return "a box";
  }
  return "";
}

absl::string_view KindText(ParameterKind kind) {
  switch (kind) {
    case ParameterKind::kNumber:
      return "number";
    case ParameterKind::kInteger:
      return "integer";
    case ParameterKind::kNumbers:
      return "list of numbers";
    case ParameterKind::kChoice:
      return "choice";
  }
  return "";
}

// A bar would end the cell of a table.
std::string Cell(absl::string_view text) { return absl::StrReplaceAll(text, {{"|", "\\|"}}); }

void AddOverview(std::string& text) {
  absl::StrAppend(&text, "| loss | family | what it measures |\n| --- | --- | --- |\n");
  for (const LossInfo& loss : AllLosses()) {
    absl::StrAppend(&text, "| [`", loss.name, "`](#", loss.name, ") | ", FamilyText(loss.family),
                    " | ", Cell(loss.summary), " |\n");
  }
}

void AddParameters(const LossInfo& loss, std::string& text) {
  if (loss.parameters.empty()) {
    absl::StrAppend(&text, "\nNo parameters.\n");
    return;
  }
  absl::StrAppend(&text, "\n| parameter | kind | default | allowed | meaning |\n",
                  "| --- | --- | --- | --- | --- |\n");
  for (const ParameterSpec& spec : loss.parameters) {
    const std::string default_value = DefaultText(spec);
    absl::StrAppend(&text, "| `", spec.name, "` | ", KindText(spec.kind), " | ",
                    default_value.empty() ? "absent" : default_value, " | ", Cell(RangeText(spec)),
                    " | ", Cell(spec.description), " |\n");
  }
}

void AddLoss(const LossInfo& loss, std::string& text) {
  absl::StrAppend(&text, "\n## ", loss.name, "\n\n", loss.summary, ".\n\n    ", loss.formula,
                  "\n\n- Prediction: ", PredictionText(loss.family),
                  "\n- Target: ", TargetText(loss), "\n- One value for ", ElementText(loss.family),
                  "\n");
  if (!loss.paper.empty()) absl::StrAppend(&text, "- Paper: ", loss.paper, "\n");
  AddParameters(loss, text);
}

}  // namespace

absl::string_view PredictionText(Family family) {
  switch (family) {
    case Family::kRegression:
      return "values `[..]`";
    case Family::kSigmoid:
      return "logits `[..]`, or `[.., C]` with class indices";
    case Family::kSoftmax:
      return "logits `[.., C]`";
    case Family::kBox:
      return "boxes `[.., 4]`";
  }
  return "";
}

absl::string_view TargetText(const LossInfo& loss) {
  switch (loss.family) {
    case Family::kRegression:
      return "values of the same shape";
    case Family::kSigmoid:
      return "probabilities of the same shape, or class indices `[..]` (-1 and C: background)";
    case Family::kSoftmax:
      return loss.needs_class_indices ? "class indices `[..]`"
                                      : "class indices `[..]`, or distributions `[.., C]`";
    case Family::kBox:
      return "boxes of the same shape";
  }
  return "";
}

std::string LossesText() {
  std::string text(kPreamble);
  AddOverview(text);
  for (const LossInfo& loss : AllLosses()) AddLoss(loss, text);
  return text;
}

}  // namespace detloss
