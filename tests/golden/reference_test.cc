// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// That the golden answers are right. Their bits can only come from a server; the numbers are
// compared with the reference of the losses, as near as the core must be to it.

#include <google/protobuf/util/json_util.h>
#include <gtest/gtest-spi.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/decode.h"
#include "tests/core/tolerance.h"
#include "tests/golden/expect_result.h"

namespace detloss {
namespace {

using reference::Quantity;

struct Case {
  std::string name;
  v1::ComputeLossRequest request;
  v1::ComputeLossResponse response;
};

std::vector<std::filesystem::path> Files() {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(DETLOSS_GOLDEN)) {
    if (entry.path().extension() == ".json") files.push_back(entry.path());
  }
  return files;
}

template <class Message>
Message Parse(const nlohmann::json& json) {
  Message message;
  const auto status = google::protobuf::util::JsonStringToMessage(json.dump(), &message);
  EXPECT_TRUE(status.ok()) << status.ToString();
  return message;
}

// The cases that ComputeLoss answers with a response.
std::vector<Case> ReadCases() {
  std::vector<Case> cases;
  for (const std::filesystem::path& file : Files()) {
    std::ifstream stream(file);
    for (const nlohmann::json& one : nlohmann::json::parse(stream)) {
      if (one.at("method") != "ComputeLoss" || !one.contains("responses")) continue;
      SCOPED_TRACE(one.at("name"));
      EXPECT_EQ(one.at("requests").size(), 1u);
      EXPECT_EQ(one.at("responses").size(), 1u);
      cases.push_back({one.at("name"), Parse<v1::ComputeLossRequest>(one.at("requests").at(0)),
                       Parse<v1::ComputeLossResponse>(one.at("responses").at(0))});
    }
  }
  return cases;
}

// How many there are, by their text: what goes wrong in reading cannot hide a case from it.
size_t CountLines() {
  size_t count = 0;
  for (const std::filesystem::path& file : Files()) {
    std::ifstream stream(file);
    for (std::string line; std::getline(stream, line);) {
      count += line.find(R"("method": "ComputeLoss")") != std::string::npos &&
               line.find(R"("responses": )") != std::string::npos;
    }
  }
  return count;
}

Payload PayloadOf(const v1::Tensor& tensor) {
  return {{reinterpret_cast<const std::byte*>(tensor.data().data()), tensor.data().size()}};
}

DecodedRequest DecodeAll(const v1::ComputeLossRequest& request) {
  const std::function<bool()> never;
  std::vector<TermPayloads> payloads;
  for (const v1::LossTerm& term : request.terms()) {
    payloads.push_back({.prediction = PayloadOf(term.prediction()),
                        .target = PayloadOf(term.target()),
                        .weight = PayloadOf(term.weight())});
  }
  std::vector<Violation> violations;
  DecodedRequest decoded = Decode(request, payloads, Limits(), Cancellation(never), violations);
  for (const DecodedTerm& term : decoded.terms) MakePlan(term.problem, Limits(), violations);
  for (const Violation& violation : violations) ADD_FAILURE() << violation.field;
  // Of what violates something the reference says nothing.
  if (!violations.empty()) decoded.terms.clear();
  return decoded;
}

// Expects that the response is the reference's, and adds the losses of its terms to `losses`.
void ExpectRight(const Case& one, std::set<absl::string_view>& losses) {
  SCOPED_TRACE(one.name);
  const DecodedRequest decoded = DecodeAll(one.request);
  ASSERT_EQ(static_cast<size_t>(one.response.results_size()), decoded.terms.size());
  // Every term with its own tolerance, as parts of that of FLOAT32.
  Quantity total;
  for (size_t i = 0; i < decoded.terms.size(); ++i) {
    SCOPED_TRACE(absl::StrCat("term ", i));
    const DecodedTerm& term = decoded.terms[i];
    const reference::Expected want = reference::Compute(term.problem);
    ExpectResult(one.response.results(static_cast<int>(i)), term, want);
    losses.insert(term.problem.loss->name);
    total.value += want.total_loss.value;
    total.condition += want.total_loss.condition *
                       ComputeTolerance(term.problem.prediction.data_type) /
                       ComputeTolerance(DataType::kFloat32);
  }
  ExpectNear("total_loss", one.response.total_loss(), total, DataType::kFloat32,
             DataType::kFloat64);
}

TEST(GoldenReference, EveryAnswerIsRight) {
  const std::vector<Case> cases = ReadCases();
  EXPECT_GT(cases.size(), 0u);
  EXPECT_EQ(cases.size(), CountLines());
  std::set<absl::string_view> losses;
  for (const Case& one : cases) ExpectRight(one, losses);
  EXPECT_EQ(losses.size(), AllLosses().size());
}

// The case of that name after a change of its only result must fail, and just once.
void ExpectNoticed(absl::string_view name, const char* failure,
                   const std::function<void(v1::TermResult&)>& change) {
  std::vector<Case> cases = ReadCases();
  const auto one =
      std::find_if(cases.begin(), cases.end(), [&](const Case& c) { return c.name == name; });
  ASSERT_NE(one, cases.end()) << name;
  ASSERT_EQ(one->response.results_size(), 1) << name;
  change(*one->response.mutable_results(0));
  std::set<absl::string_view> losses;
  EXPECT_NONFATAL_FAILURE(ExpectRight(*one, losses), failure);
}

TEST(GoldenReference, NoticesWhatIsWrong) {
  const char* const plain = "segments with a normalizer";
  const char* const infinite = "statistics of what is not finite";
  // By a thousandth.
  ExpectNoticed(plain, "gradient[1]",
                [](auto& result) { (*result.mutable_gradient()->mutable_data())[5] ^= 0x20; });
  // The sign of a number on a kink.
  ExpectNoticed("statistics of odd boxes", "gradient[1]",
                [](auto& result) { (*result.mutable_gradient()->mutable_data())[7] ^= -128; });
  ExpectNoticed("numbers instead of bytes", "gradient[0]", [](auto& result) {
    result.mutable_gradient()->mutable_values()->set_values(0, -0.0778);
  });
  ExpectNoticed(plain, "has_gradient", [](auto& result) { result.clear_gradient(); });
  ExpectNoticed(plain, "loss_sum",
                [](auto& result) { result.set_loss_sum(result.loss_sum() * 1.0001); });
  ExpectNoticed(plain, "segment_denominators",
                [](auto& result) { result.set_segment_denominators(1, 3); });
  ExpectNoticed(infinite, "loss_sum", [](auto& result) { result.set_loss_sum(1); });
  ExpectNoticed(infinite, "gradient_norm",
                [](auto& result) { result.mutable_statistics()->set_gradient_norm(std::nan("")); });
}

}  // namespace
}  // namespace detloss
