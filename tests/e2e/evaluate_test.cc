// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// `detloss evaluate` against a real server.

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "tests/e2e/daemon.h"

namespace detloss {
namespace {

using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::EndsWith;
using ::testing::HasSubstr;

struct Evaluation {
  int exit_status;
  std::string output, errors;
  nlohmann::json report;
};

Evaluation Evaluate(const std::string& address, const std::string& annotations,
                    const std::string& detections, std::vector<std::string> flags = {}) {
  const TemporaryDirectory directory;
  std::vector<std::string> command = {
      Binary("detloss"), "evaluate",     "--address", address,    "--annotations",
      annotations,       "--detections", detections,  "--report", directory / "report.json"};
  command.insert(command.end(), flags.begin(), flags.end());
  Process process(command);
  Evaluation evaluation = {process.Wait(), process.output(), process.errors(), {}};
  const std::string report = ReadFile(directory / "report.json");
  if (!report.empty()) evaluation.report = nlohmann::json::parse(report);
  return evaluation;
}

class EvaluateTest : public ::testing::Test {
 protected:
  Evaluation Run(const std::string& directory, std::vector<std::string> flags = {}) {
    return Evaluate(daemon_.address(), directory + "/annotations.json",
                    directory + "/detections.json", std::move(flags));
  }

  Daemon daemon_;
};

TEST_F(EvaluateTest, GivesThePublishedLossesOfRealDetections) {
  const std::string directory = DETLOSS_SHARED_DATA "/voc_sample";
  if (!std::filesystem::exists(directory)) GTEST_SKIP() << "no " << directory;
  const Evaluation evaluation = Run(directory);
  ASSERT_EQ(evaluation.exit_status, 0) << evaluation.errors;
  const nlohmann::json& summary = evaluation.report["summary"];
  EXPECT_EQ(summary["images"], 100);
  EXPECT_EQ(summary["annotations"], 273);
  EXPECT_EQ(summary["detections"], 452);
  EXPECT_EQ(summary["matched"], 226);
  const std::pair<const char*, double> means[] = {{"iou", 0.21237294903},
                                                  {"giou", 0.21799084528},
                                                  {"diou", 0.21501054251},
                                                  {"ciou", 0.21505624977}};
  for (const auto& [loss, mean] : means) {
    EXPECT_NEAR(summary["losses"][loss]["mean"], mean, 5e-12) << loss;
    EXPECT_EQ(summary["losses"][loss]["count"], 226) << loss;
  }
  EXPECT_EQ(evaluation.report["images"].size(), 100u);
  EXPECT_EQ(evaluation.report["classes"].size(), 20u);
  EXPECT_THAT(evaluation.output, HasSubstr("226 matched"));
}

TEST_F(EvaluateTest, EvaluatesTheSample) {
  const Evaluation evaluation =
      Run(DETLOSS_TEST_DATA "/sample", {"--losses", "giou, binary_cross_entropy"});
  ASSERT_EQ(evaluation.exit_status, 0) << evaluation.errors;
  const nlohmann::json& summary = evaluation.report["summary"];
  EXPECT_GT(summary["matched"], 0);
  EXPECT_EQ(summary["losses"]["giou"]["count"], summary["matched"]);
  // Two of the detections match a crowd and are left out.
  EXPECT_EQ(summary["detections"], 20);
  EXPECT_EQ(summary["losses"]["binary_cross_entropy"]["count"], 18);
  double sum = 0;
  for (const nlohmann::json& image : evaluation.report["images"]) {
    if (image["losses"].contains("giou")) sum += image["losses"]["giou"]["sum"].get<double>();
  }
  EXPECT_NEAR(summary["losses"]["giou"]["sum"], sum, 1e-12);
}

TEST_F(EvaluateTest, SaysWhatIsWrong) {
  const TemporaryDirectory directory;
  const std::string sample = DETLOSS_TEST_DATA "/sample";
  const auto refusal = [&](const std::string& annotations, const std::string& detections) {
    const Evaluation evaluation = Evaluate(daemon_.address(), annotations, detections);
    EXPECT_NE(evaluation.exit_status, 0);
    return evaluation.errors;
  };
  EXPECT_THAT(refusal("/nowhere.json", sample + "/detections.json"), HasSubstr("/nowhere.json"));
  WriteFile(directory / "half.json", "[{\"image_id\": 1, ");
  EXPECT_THAT(refusal(sample + "/annotations.json", directory / "half.json"),
              HasSubstr("half.json"));
}

TEST(Evaluate, ChecksTheReportBeforeTheWork) {
  // No server is asked, and no file read.
  Process process({Binary("detloss"), "evaluate", "--address", "127.0.0.1:1", "--annotations",
                   "/nowhere.json", "--detections", "/nowhere.json", "--report",
                   "/nowhere/report.json"});
  EXPECT_EQ(process.Wait(), 1);
  EXPECT_THAT(process.errors(), HasSubstr("/nowhere/report.json: No such file or directory"));
}

TEST_F(EvaluateTest, KeepsTheOldReportWhenItFails) {
  const TemporaryDirectory directory;
  WriteFile(directory / "report.json", "old");
  const std::string sample = DETLOSS_TEST_DATA "/sample";
  Process process({Binary("detloss"), "evaluate", "--address", daemon_.address(), "--annotations",
                   sample + "/annotations.json", "--detections", "/nowhere.json", "--report",
                   directory / "report.json"});
  EXPECT_EQ(process.Wait(), 1);
  EXPECT_EQ(ReadFile(directory / "report.json"), "old");
}

TEST_F(EvaluateTest, ShowsProgressOnATerminal) {
  const int terminal = posix_openpt(O_RDWR | O_NOCTTY);
  ASSERT_EQ(grantpt(terminal) + unlockpt(terminal), 0);
  const std::string sample = DETLOSS_TEST_DATA "/sample";
  const std::string redirect = std::string("exec \"$@\" 2>") + ptsname(terminal);
  Process process({"/bin/sh", "-c", redirect, "sh", Binary("detloss"), "evaluate", "--address",
                   daemon_.address(), "--annotations", sample + "/annotations.json", "--detections",
                   sample + "/detections.json"});
  EXPECT_EQ(process.Wait(), 0);
  std::string shown;
  char part[4096];
  for (ssize_t size; (size = read(terminal, part, sizeof(part))) > 0;) {
    shown.append(part, static_cast<size_t>(size));
  }
  close(terminal);
  EXPECT_THAT(shown, AllOf(ContainsRegex("annotations.json: .* kB of .* kB"),
                           ContainsRegex("detections.json: .* kB of .* kB"),
                           HasSubstr("1 of 1 requests"), EndsWith("\r\033[K")));
}

TEST(Evaluate, NamesTheServerThatDoesNotAnswer) {
  const std::string sample = DETLOSS_TEST_DATA "/sample";
  const Evaluation evaluation = Evaluate("127.0.0.1:1", sample + "/annotations.json",
                                         sample + "/detections.json", {"--timeout", "1"});
  EXPECT_NE(evaluation.exit_status, 0);
  EXPECT_THAT(evaluation.errors, HasSubstr("127.0.0.1:1"));
}

}  // namespace
}  // namespace detloss
