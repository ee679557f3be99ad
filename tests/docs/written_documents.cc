// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/docs/written_documents.h"

#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/metrics.h"
#include "server/options.h"
#include "tests/docs/losses_text.h"
#include "tests/docs/python_text.h"

namespace detloss {
namespace {

constexpr char kDocs[] = DETLOSS_SOURCE_DIR "/docs/";
constexpr char kPython[] = DETLOSS_SOURCE_DIR "/client/python/src/detloss/";

std::string ReadDocument(const std::string& path) {
  std::ostringstream contents;
  contents << std::ifstream(path, std::ios::binary).rdbuf();
  return std::move(contents).str();
}

std::string FlagsTable() {
  std::string table = "| flag | default | it means |\n| --- | --- | --- |\n";
  for (const OptionText& option : ServerOptions().ToText()) {
    absl::StrAppend(&table, "| `--", option.name, "` | ",
                    option.value.empty() ? "none" : absl::StrCat("`", option.value, "`"), " | ",
                    option.help, " |\n");
  }
  return table;
}

std::string MetricsTable() {
  std::string table = "| metric | labels | it counts |\n| --- | --- | --- |\n";
  for (const MetricDefinition& metric : AllMetrics()) {
    const std::string labels = absl::StrJoin(
        metric.labels, ", ",
        [](std::string* out, const Label& label) { absl::StrAppend(out, label.name); });
    absl::StrAppend(&table, "| `", metric.name, "` | ", labels, labels.empty() ? "| " : " | ",
                    metric.help, " |\n");
  }
  return table;
}

// `text` with `table` between the marks of `name`; without marks as it is.
std::string WithTable(std::string text, const std::string& name, const std::string& table) {
  const std::string begin = absl::StrCat("<!-- ", name, ": written by bin/write_docs -->\n");
  const std::string end = absl::StrCat("<!-- end of ", name, " -->");
  const size_t from = text.find(begin);
  const size_t to = text.find(end);
  if (from == std::string::npos || to == std::string::npos) return text;
  return text.replace(from + begin.size(), to - from - begin.size(), table);
}

}  // namespace

std::vector<WrittenDocument> WrittenDocuments() {
  const std::string operations = absl::StrCat(kDocs, "operations.md");
  std::string text = WithTable(ReadDocument(operations), "flags", FlagsTable());
  text = WithTable(std::move(text), "metrics", MetricsTable());
  return {{absl::StrCat(kDocs, "losses.md"), LossesText()},
          {operations, std::move(text)},
          {absl::StrCat(kPython, "_losses.py"), PythonLossesText()},
          {absl::StrCat(kPython, "torch/_modules.py"), PythonModulesText()},
          {absl::StrCat(kPython, "_api.py"), PythonApiText()}};
}

}  // namespace detloss
