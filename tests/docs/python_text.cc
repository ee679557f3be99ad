// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/docs/python_text.h"

#include <google/protobuf/descriptor.pb.h>

#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "detloss/registry.h"
#include "detloss/v1/loss_service.pb.h"
#include "detloss/v1/losses.pb.h"
#include "detloss/v1/tensor.pb.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "tests/docs/losses_text.h"

namespace detloss {
namespace {

constexpr absl::string_view kHeader =
    "# Copyright 2026 The detloss Authors\n"
    "# SPDX-License-Identifier: Apache-2.0\n"
    "# Written by bin/write_docs of the build. Do not edit.\n";

// The names of a choice as Python has them: in lower case and quotes.
std::string Choices(const ParameterSpec& spec) {
  return absl::StrJoin(spec.choices, ", ", [](std::string* out, absl::string_view choice) {
    absl::StrAppend(out, "\"", absl::AsciiStrToLower(choice), "\"");
  });
}

// The type and default of a parameter, as `: float = 2.0`.
std::string Annotation(const ParameterSpec& spec) {
  const std::string text = DefaultText(spec);
  switch (spec.kind) {
    case ParameterKind::kNumber:
      return absl::StrCat(": float = ", text);
    case ParameterKind::kInteger:
      return ": Optional[int] = None";
    case ParameterKind::kNumbers:
      return spec.broadcasts ? ": Union[float, Sequence[float], None] = None"
                             : ": Optional[Sequence[float]] = None";
    case ParameterKind::kChoice:
      return absl::StrCat(": Literal[", Choices(spec), "] = \"", absl::AsciiStrToLower(text), "\"");
  }
  return "";
}

std::string Allowed(const ParameterSpec& spec) {
  if (spec.kind == ParameterKind::kChoice) return absl::StrCat("One of ", Choices(spec));
  const std::string text = DefaultText(spec);
  return absl::StrCat("Allowed: ", RangeText(spec), "; default: ", text.empty() ? "absent" : text);
}

absl::string_view FamilyName(Family family) {
  switch (family) {
    case Family::kRegression:
      return "REGRESSION";
    case Family::kSigmoid:
      return "SIGMOID";
    case Family::kSoftmax:
      return "SOFTMAX";
    case Family::kBox:
      return "BOX";
  }
  return "";
}

// `arguments` are those before the parameters.
std::string Docstring(const LossInfo& loss, absl::string_view arguments,
                      absl::string_view options) {
  std::string text =
      absl::StrCat("    r\"\"\"", loss.summary, ".\n\n        ", loss.formula, "\n\n");
  if (!loss.paper.empty()) absl::StrAppend(&text, "    ", loss.paper, ".\n\n");
  absl::StrAppend(&text, "    Args:\n", arguments);
  for (const ParameterSpec& spec : loss.parameters) {
    absl::StrAppend(&text, "      ", spec.name, ": ", spec.description, ".\n        ",
                    Allowed(spec), ".\n");
  }
  return absl::StrCat(text, "      options: ", options, ".\n    \"\"\"\n");
}

// A line for each parameter in a signature, and for the options.
std::string Keywords(const LossInfo& loss, absl::string_view indent, absl::string_view options) {
  std::string text = loss.parameters.empty() ? "" : absl::StrCat(indent, "*,\n");
  for (const ParameterSpec& spec : loss.parameters) {
    absl::StrAppend(&text, indent, spec.name, Annotation(spec), ",\n");
  }
  return absl::StrCat(text, indent, "**options: Unpack[", options, "],\n");
}

std::string Function(const LossInfo& loss) {
  const std::string arguments = absl::StrCat("      prediction: ", PredictionText(loss.family),
                                             ".\n      target: ", TargetText(loss), ".\n");
  std::string values;
  for (const ParameterSpec& spec : loss.parameters) {
    absl::StrAppend(&values, "        \"", spec.name, "\": ", spec.name, ",\n");
  }
  return absl::StrCat(
      "\n\ndef ", loss.name, "(\n    prediction: Any,\n    target: Any,\n",
      Keywords(loss, "    ", "TermOptions"), ") -> Term:\n",
      Docstring(loss, arguments,
                "what every loss takes, such as weight and reduction; see `detloss.Term`"),
      "    parameters: Dict[str, Any] = {", values.empty() ? "" : "\n", values,
      values.empty() ? "}\n" : "    }\n", "    return Term(\"", loss.name, "\", Family.",
      FamilyName(loss.family), ", prediction, target, parameters, **options)\n");
}

// `GIoULoss` for `giou`.
std::string ModuleName(absl::string_view loss) {
  std::string name;
  for (absl::string_view part : absl::StrSplit(loss, '_')) {
    if (absl::ConsumeSuffix(&part, "iou")) {
      absl::StrAppend(&name, absl::AsciiStrToUpper(part), "IoU");
    } else {
      absl::StrAppend(&name, absl::AsciiStrToUpper(part.substr(0, 1)), part.substr(1));
    }
  }
  return absl::StrCat(name, "Loss");
}

std::string Module(const LossInfo& loss) {
  std::string values;
  for (const ParameterSpec& spec : loss.parameters) {
    absl::StrAppend(&values, "            ", spec.name, "=", spec.name, ",\n");
  }
  return absl::StrCat(
      "\n\nclass ", ModuleName(loss.name), "(LossModule):\n",
      Docstring(loss, "", "name, reduction, normalizer, scale and non_finite; see `detloss.Term`"),
      "\n    def __init__(\n", "        self,\n", Keywords(loss, "        ", "ModuleOptions"),
      "    ) -> None:\n        super().__init__(\n            _losses.", loss.name, ",\n", values,
      "            **options,\n        )\n");
}

// The list of what a file offers.
std::string Exports(std::string (*name)(absl::string_view)) {
  std::string text = "\n__all__ = [\n";
  for (const LossInfo& loss : AllLosses()) {
    absl::StrAppend(&text, "    \"", name(loss.name), "\",\n");
  }
  return absl::StrCat(text, "]\n");
}

// `bytes` as lines of literals that Python joins.
std::string BytesLiteral(const std::string& bytes) {
  constexpr size_t kBytesInLine = 22;
  std::string text;
  for (size_t i = 0; i < bytes.size(); i += kBytesInLine) {
    absl::StrAppend(&text, "    b\"", absl::CEscape(bytes.substr(i, kBytesInLine)), "\"\n");
  }
  return text;
}

std::string Descriptor(const google::protobuf::FileDescriptor* file) {
  google::protobuf::FileDescriptorProto proto;
  file->CopyTo(&proto);
  return absl::StrCat("    # ", file->name(), "\n", BytesLiteral(proto.SerializeAsString()),
                      "    ,\n");
}

}  // namespace

std::string PythonLossesText() {
  std::string text =
      absl::StrCat(kHeader, R"("""The losses, one function each."""

from __future__ import annotations

from typing import Any, Dict, Literal, Optional, Sequence, Union

from detloss._term import Family, Term, TermOptions
from detloss._typing import Unpack
)",
                   Exports([](absl::string_view loss) { return std::string(loss); }));
  for (const LossInfo& loss : AllLosses()) absl::StrAppend(&text, Function(loss));
  return text;
}

std::string PythonModulesText() {
  std::string text = absl::StrCat(kHeader, R"("""The losses, one module each."""

from __future__ import annotations

from typing import Literal, Optional, Sequence, Union

from detloss import _losses
from detloss._typing import Unpack
from detloss.torch._module import LossModule, ModuleOptions
)",
                                  Exports(ModuleName));
  for (const LossInfo& loss : AllLosses()) absl::StrAppend(&text, Module(loss));
  return text;
}

std::string PythonApiText() {
  std::string text = absl::StrCat(kHeader,
                                  "\"\"\"The files of the API, each after those that it "
                                  "imports.\"\"\"\n\nFILES = (\n");
  for (const google::protobuf::FileDescriptor* file :
       {v1::Tensor::descriptor()->file(), v1::LossTerm::descriptor()->file(),
        v1::ComputeLossRequest::descriptor()->file(), google::rpc::Status::descriptor()->file(),
        google::rpc::BadRequest::descriptor()->file()}) {
    absl::StrAppend(&text, Descriptor(file));
  }
  return absl::StrCat(text, ")\n");
}

}  // namespace detloss
