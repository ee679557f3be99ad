// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// `detloss compute`, `list` and `health` against a real server.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <cstring>
#include <limits>

#include "absl/strings/str_cat.h"
#include "tests/e2e/daemon.h"

namespace detloss {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

// A .npy file, version 1.0.
template <class T>
std::string Npy(const char* type, const std::string& shape, const std::vector<T>& values) {
  std::string header =
      absl::StrCat("{'descr': '", type, "', 'fortran_order': False, 'shape': ", shape, ", }");
  header.append(64 - (10 + header.size() + 1) % 64, ' ');
  header += '\n';
  std::string file("\x93NUMPY\x01\x00", 8);
  file += static_cast<char>(header.size() % 256);
  file += static_cast<char>(header.size() / 256);
  file += header;
  file.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
  return file;
}

struct Outcome {
  int exit_status;
  std::string output, errors;
};

Outcome RunCommand(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), Binary("detloss"));
  Process process(arguments);
  const int exit_status = process.Wait();
  return {exit_status, process.output(), process.errors()};
}

// With its standard output on a disk that is full.
Outcome RunOnFullDisk(std::vector<std::string> arguments) {
  std::vector<std::string> command = {"/bin/sh", "-c", "exec \"$@\" >/dev/full", "sh",
                                      Binary("detloss")};
  command.insert(command.end(), arguments.begin(), arguments.end());
  Process process(command);
  const int exit_status = process.Wait();
  return {exit_status, process.output(), process.errors()};
}

class ComputeTest : public ::testing::Test {
 protected:
  ComputeTest() {
    WriteFile(directory_ / "p.npy", Npy<double>("<f8", "(1, 4)", {0, 0, 2, 2}));
    WriteFile(directory_ / "t.npy", Npy<double>("<f8", "(1, 4)", {1, 1, 3, 3}));
  }

  Outcome Compute(const std::string& loss, const std::string& prediction, const std::string& target,
                  std::vector<std::string> more = {}) {
    return ComputeAt(daemon_.address(), loss, prediction, target, std::move(more));
  }

  Outcome ComputeAt(const std::string& address, const std::string& loss,
                    const std::string& prediction, const std::string& target,
                    std::vector<std::string> more = {}) {
    std::vector<std::string> arguments = {"compute",
                                          "--loss",
                                          loss,
                                          "--prediction",
                                          directory_ / prediction,
                                          "--target",
                                          directory_ / target,
                                          "--address",
                                          address};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return RunCommand(arguments);
  }

  TemporaryDirectory directory_;
  Daemon daemon_;
};

TEST_F(ComputeTest, PrintsTheLossAndWritesTheGradient) {
  const Outcome outcome =
      Compute("giou", "p.npy", "t.npy", {"--gradient", directory_ / "g.npy", "--json"});
  ASSERT_EQ(outcome.exit_status, 0) << outcome.errors;
  EXPECT_DOUBLE_EQ(nlohmann::json::parse(outcome.output)["loss"], 1 - 1. / 7 + 2. / 9);
  const std::string gradient = ReadFile(directory_ / "g.npy");
  EXPECT_THAT(gradient, AllOf(HasSubstr("<f8"), HasSubstr("(1, 4)")));
}

TEST_F(ComputeTest, ExplainsNaN) {
  WriteFile(directory_ / "nan.npy",
            Npy<double>("<f8", "(1, 4)", {0, std::numeric_limits<double>::quiet_NaN(), 2, 2}));
  const Outcome outcome = Compute("giou", "nan.npy", "t.npy");
  EXPECT_NE(outcome.exit_status, 0);
  EXPECT_THAT(outcome.errors,
              AllOf(HasSubstr("prediction"), HasSubstr("finite"), HasSubstr("[0, 1]")));
}

TEST_F(ComputeTest, ExplainsAWrongShape) {
  WriteFile(directory_ / "short.npy", Npy<double>("<f8", "(3,)", {0, 1, 2}));
  const Outcome outcome = Compute("giou", "p.npy", "short.npy");
  EXPECT_NE(outcome.exit_status, 0);
  EXPECT_THAT(outcome.errors, AllOf(HasSubstr("target"), HasSubstr("[1, 4]"), HasSubstr("[3]")));
}

TEST_F(ComputeTest, ExplainsAnUnknownParameter) {
  const Outcome outcome = Compute("giou", "p.npy", "t.npy", {"--param", "epsilon=1"});
  EXPECT_NE(outcome.exit_status, 0);
  EXPECT_THAT(outcome.errors,
              AllOf(HasSubstr("epsilon"), HasSubstr("format"), HasSubstr("convention")));
}

TEST_F(ComputeTest, ExplainsAClassIndexOutOfRange) {
  WriteFile(directory_ / "logits.npy", Npy<float>("<f4", "(2, 3)", {0, 1, 2, 3, 4, 5}));
  WriteFile(directory_ / "classes.npy", Npy<int64_t>("<i8", "(2,)", {0, 3}));
  const Outcome outcome = Compute("cross_entropy", "logits.npy", "classes.npy");
  EXPECT_NE(outcome.exit_status, 0);
  EXPECT_THAT(outcome.errors, AllOf(HasSubstr("target"), HasSubstr("[0, 3)"), HasSubstr("[1]")));
}

TEST_F(ComputeTest, ShowsTheLossOfEachSegment) {
  WriteFile(directory_ / "p3.npy", Npy<double>("<f8", "(3,)", {1, 2, 3}));
  WriteFile(directory_ / "t3.npy", Npy<double>("<f8", "(3,)", {0, 0, 0}));
  const Outcome outcome =
      Compute("l1", "p3.npy", "t3.npy", {"--segment_offsets", "0,2,3", "--json"});
  ASSERT_EQ(outcome.exit_status, 0) << outcome.errors;
  const nlohmann::json result = nlohmann::json::parse(outcome.output);
  EXPECT_EQ(result["loss_sum"], 6);
  EXPECT_EQ(result["segments"][0]["loss"], 1.5);
  EXPECT_EQ(result["segments"][1]["loss"], 3);
  const Outcome wrong = Compute("l1", "p3.npy", "t3.npy", {"--segment_offsets", "0,2"});
  EXPECT_EQ(wrong.exit_status, 1);
  EXPECT_THAT(wrong.errors, AllOf(HasSubstr("INVALID_SEGMENTS"), HasSubstr("segment_offsets")));
}

TEST_F(ComputeTest, CountsEasySamplesFromTheThresholdOn) {
  WriteFile(directory_ / "logit.npy", Npy<double>("<f8", "(1,)", {0.5}));
  WriteFile(directory_ / "one.npy", Npy<double>("<f8", "(1,)", {1}));
  const auto easy = [&](const std::vector<std::string>& flags) {
    const Outcome outcome = Compute("binary_cross_entropy", "logit.npy", "one.npy", flags);
    EXPECT_EQ(outcome.exit_status, 0) << outcome.errors;
    const nlohmann::json result = nlohmann::json::parse(outcome.output);
    return result["statistics"]["classification"]["easy_positive"]["count"].get<int>();
  };
  EXPECT_EQ(easy({"--json", "--statistics"}), 1);
  EXPECT_EQ(easy({"--json", "--statistics", "--easy_threshold", "0.7"}), 0);
}

TEST_F(ComputeTest, TakesChoicesInAnyCase) {
  const Outcome outcome =
      Compute("giou", "p.npy", "t.npy",
              {"--reduction", "SUM", "--non_finite", "Propagate", "--param", "format=XYXY"});
  EXPECT_EQ(outcome.exit_status, 0) << outcome.errors;
  const Outcome wrong = Compute("giou", "p.npy", "t.npy", {"--reduction", "median"});
  EXPECT_EQ(wrong.exit_status, 2);
  EXPECT_THAT(wrong.errors,
              HasSubstr("--reduction: one of none, mean, sum is required, got median"));
}

TEST_F(ComputeTest, ChecksBeforeItAsks) {
  // Nothing answers there, and nothing is asked.
  const auto refusal = [&](const std::vector<std::string>& flags) {
    return ComputeAt("127.0.0.1:1", "giou", "p.npy", "t.npy", flags).errors;
  };
  EXPECT_THAT(refusal({"--gradient", "/nowhere/g.npy"}), HasSubstr("/nowhere/g.npy: No such file"));
  EXPECT_THAT(refusal({"--scale", "abc"}),
              HasSubstr("--scale: a number that is finite is required, got abc"));
  EXPECT_THAT(refusal({"--segment_offsets", "0,x"}),
              HasSubstr("--segment_offsets: integers as 0,3,7 are required, got x"));
  EXPECT_THAT(RunCommand({"list", "--address", "localhost"}).errors,
              HasSubstr("--address: host:port or unix:/path is required, got localhost"));
}

TEST_F(ComputeTest, ExplainsARequestThatIsTooLarge) {
  const Daemon small({"--request_bytes_max=1000"});
  WriteFile(directory_ / "large.npy", Npy<double>("<f8", "(100,)", std::vector<double>(100)));
  const Outcome outcome = ComputeAt(small.address(), "l1", "large.npy", "large.npy");
  EXPECT_EQ(outcome.exit_status, 1);
  EXPECT_THAT(outcome.errors, AllOf(HasSubstr("RESOURCE_EXHAUSTED: the request of 16"),
                                    HasSubstr("1000 bytes (its flag --request_bytes_max)")));
}

TEST_F(ComputeTest, ExplainsAMissingServer) {
  const Outcome outcome = ComputeAt("127.0.0.1:1", "giou", "p.npy", "t.npy", {"--timeout", "1"});
  EXPECT_NE(outcome.exit_status, 0);
  EXPECT_THAT(outcome.errors, HasSubstr("127.0.0.1:1"));
}

TEST_F(ComputeTest, FailsWhenItsOutputIsLost) {
  const std::string annotations = DETLOSS_TEST_DATA "/sample/annotations.json";
  const std::string detections = DETLOSS_TEST_DATA "/sample/detections.json";
  const std::vector<std::string> commands[] = {
      {"compute", "--loss", "giou", "--prediction", directory_ / "p.npy", "--target",
       directory_ / "t.npy", "--address", daemon_.address()},
      {"list", "--json", "--address", daemon_.address()},
      {"health", "--address", daemon_.address()},
      {"evaluate", "--annotations", annotations, "--detections", detections, "--address",
       daemon_.address()},
      {"--version"},
  };
  for (const std::vector<std::string>& command : commands) {
    const Outcome outcome = RunOnFullDisk(command);
    EXPECT_EQ(outcome.exit_status, 1) << command[0];
    EXPECT_THAT(outcome.errors, HasSubstr("standard output: ")) << command[0];
  }
}

TEST(Timeout, IsADurationOrANumberOfSeconds) {
  Daemon silent;
  silent.process().Signal(SIGSTOP);
  for (const std::string timeout : {"500ms", "0.5s", "0.5", "5e-1"}) {
    const Outcome outcome =
        RunCommand({"list", "--address", silent.address(), "--timeout", timeout});
    EXPECT_EQ(outcome.exit_status, 1) << timeout;
    EXPECT_THAT(outcome.errors, HasSubstr("within 500ms")) << timeout;
  }
  silent.process().Signal(SIGCONT);
  for (const std::string timeout : {"0", "-1s", "soon", "nan"}) {
    const Outcome outcome = RunCommand({"list", "--timeout=" + timeout});
    EXPECT_EQ(outcome.exit_status, 2) << timeout;
    EXPECT_THAT(outcome.errors, HasSubstr("--timeout: 500ms, 30s, 1m or a number of seconds"))
        << timeout;
  }
  EXPECT_THAT(RunCommand({"list", "--help"}).output, HasSubstr("DURATION=30s"));
}

TEST(Health, FollowsTheServer) {
  Daemon daemon;
  EXPECT_EQ(RunCommand({"health", "--address", daemon.address()}).exit_status, 0);
  EXPECT_EQ(daemon.Stop(SIGTERM), 0);
  EXPECT_NE(RunCommand({"health", "--address", daemon.address(), "--timeout", "1"}).exit_status, 0);
}

TEST(List, NamesEveryLoss) {
  Daemon daemon;
  const Outcome outcome = RunCommand({"list", "--address", daemon.address()});
  EXPECT_EQ(outcome.exit_status, 0) << outcome.errors;
  EXPECT_THAT(outcome.output, AllOf(HasSubstr("sigmoid_focal"), HasSubstr("ciou")));
}

}  // namespace
}  // namespace detloss
