// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// The seam: bytes of a request to bytes of a reply.

#include "server/compute.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "detloss/registry.h"
#include "server/status.h"
#include "server/wire.h"
#include "tests/server/requests.h"

namespace detloss {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

bool Never() { return false; }

grpc::ByteBuffer BytesOf(const google::protobuf::Message& message) {
  return SerializeMessage(message)->buffer();
}

v1::ComputeLossResponse Compute(const v1::ComputeLossRequest& request, RequestRecord& record) {
  const Reply reply = ComputeLossBytes(Environment(), BytesOf(request), Never, record);
  EXPECT_TRUE(reply.ok()) << reply.status();
  v1::ComputeLossResponse response;
  if (!reply.ok()) return response;
  EXPECT_TRUE(ParseMessage(reply->buffer(), response).ok());
  return response;
}

v1::ComputeLossResponse Compute(const v1::ComputeLossRequest& request) {
  RequestRecord record;
  return Compute(request, record);
}

TEST(ComputeLossBytes, AnswersWithLossAndGradient) {
  const v1::ComputeLossResponse response = Compute(GiouRequest());
  ASSERT_EQ(response.results_size(), 1);
  const v1::TermResult& result = response.results(0);
  EXPECT_EQ(result.name(), "giou");
  EXPECT_EQ(result.loss().data_type(), v1::DATA_TYPE_FLOAT64);
  EXPECT_EQ(result.loss().shape_size(), 0);
  EXPECT_DOUBLE_EQ(ValuesOf(result.loss()).at(0), kGiouLoss);
  EXPECT_DOUBLE_EQ(response.total_loss(), kGiouLoss);
  EXPECT_EQ(result.denominator(), 1);
  EXPECT_THAT(result.gradient().shape(), ElementsAre(1, 4));
  EXPECT_EQ(ValuesOf(result.gradient()).size(), 4u);
}

TEST(ComputeLossBytes, AddsTheLossesOfTerms) {
  v1::ComputeLossRequest request = GiouRequest();
  *request.add_terms() = request.terms(0);
  request.mutable_terms(1)->set_name("second");
  request.mutable_terms(1)->set_scale(10);
  request.mutable_terms(1)->set_gradient(false);
  const v1::ComputeLossResponse response = Compute(request);
  ASSERT_EQ(response.results_size(), 2);
  EXPECT_EQ(response.results(1).name(), "second");
  EXPECT_FALSE(response.results(1).has_gradient());
  EXPECT_DOUBLE_EQ(response.total_loss(), 11 * kGiouLoss);
}

TEST(ComputeLossBytes, EncodesValuesWhenAskedTo) {
  v1::ComputeLossRequest request = GiouRequest();
  request.set_response_encoding(v1::TENSOR_ENCODING_VALUES);
  const v1::ComputeLossResponse response = Compute(request);
  EXPECT_EQ(response.results(0).gradient().values().values_size(), 4);
  EXPECT_DOUBLE_EQ(response.results(0).loss().values().values(0), kGiouLoss);
}

TEST(ComputeLossBytes, ValuesAndDataGiveTheSameBits) {
  for (const v1::DataType type : {v1::DATA_TYPE_FLOAT32, v1::DATA_TYPE_FLOAT64}) {
    v1::ComputeLossRequest by_values = GiouRequest();
    by_values.mutable_terms(0)->mutable_prediction()->set_data_type(type);
    v1::ComputeLossRequest by_data = by_values;
    v1::Tensor& tensor = *by_data.mutable_terms(0)->mutable_prediction();
    const float floats[] = {0, 0, 2, 2};
    const double doubles[] = {0, 0, 2, 2};
    if (type == v1::DATA_TYPE_FLOAT32) {
      tensor.set_data(floats, sizeof floats);
    } else {
      tensor.set_data(doubles, sizeof doubles);
    }
    const v1::TermResult left = Compute(by_values).results(0), right = Compute(by_data).results(0);
    EXPECT_EQ(left.SerializeAsString(), right.SerializeAsString());
  }
}

TEST(ComputeLossBytes, AnswersAnEmptyBatchWithZero) {
  v1::ComputeLossRequest request = GiouRequest();
  *request.mutable_terms(0)->mutable_prediction() = Values(v1::DATA_TYPE_FLOAT32, {0, 4}, {});
  *request.mutable_terms(0)->mutable_target() = Values(v1::DATA_TYPE_FLOAT32, {0, 4}, {});
  const v1::ComputeLossResponse response = Compute(request);
  EXPECT_THAT(ValuesOf(response.results(0).loss()), ElementsAre(0));
  EXPECT_THAT(response.results(0).gradient().shape(), ElementsAre(0, 4));
  EXPECT_EQ(response.results(0).gradient().data(), "");
}

TEST(ComputeLossBytes, RecordsWhatTheLogNeeds) {
  RequestRecord record;
  v1::ComputeLossRequest request = GiouRequest();
  request.mutable_terms(0)->set_name("rpn");
  const v1::ComputeLossResponse response = Compute(request, record);
  ASSERT_EQ(record.terms.size(), 1u);
  EXPECT_EQ(record.terms[0].name, "rpn");
  EXPECT_EQ(record.terms[0].loss, "giou");
  EXPECT_EQ(record.terms[0].rows, 1);
  EXPECT_EQ(record.terms[0].elements, 4);
  EXPECT_EQ(record.terms[0].bytes, 64);
  EXPECT_EQ(record.bytes_out, static_cast<int64_t>(response.ByteSizeLong()));
}

TEST(ComputeLossBytes, RejectsACallWithoutAMessage) {
  RequestRecord record;
  const Reply reply = ComputeLossBytes(Environment(), grpc::ByteBuffer(), Never, record);
  EXPECT_EQ(reply.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ReasonOf(reply.status()), "MALFORMED_REQUEST");
  EXPECT_THAT(std::string(reply.status().message()), HasSubstr("no message"));
}

TEST(ComputeLossBytes, SurvivesTruncationAtEveryByte) {
  const std::string whole = GiouRequest().SerializeAsString();
  for (size_t size = 0; size < whole.size(); ++size) {
    const grpc::Slice slice(whole.data(), size);
    RequestRecord record;
    const Reply reply = ComputeLossBytes(Environment(), grpc::ByteBuffer(&slice, 1), Never, record);
    ASSERT_EQ(reply.status().code(), absl::StatusCode::kInvalidArgument) << size;
    EXPECT_NE(ReasonOf(reply.status()), "") << size;
  }
}

TEST(ComputeLossBytes, StopsWhenItsCallerHasGone) {
  RequestRecord record;
  const Reply reply = ComputeLossBytes(
      Environment(), BytesOf(FocalRequest(100000)), [] { return true; }, record);
  EXPECT_EQ(reply.status().code(), absl::StatusCode::kCancelled);
}

TEST(ComputeLossBytes, StopsBetweenBlocksWhenItsCallerLeaves) {
  RequestRecord record;
  int asked = 0;
  const Reply reply = ComputeLossBytes(
      Environment(), BytesOf(FocalRequest(1 << 20)), [&] { return ++asked > 3; }, record);
  EXPECT_EQ(reply.status().code(), absl::StatusCode::kCancelled);
  EXPECT_LT(asked, 10);
}

// Counts the questions that a request of many numbers is asked, if the answer is no.
int64_t QuestionsOf(const v1::ComputeLossRequest& request) {
  int64_t asked = 0;
  RequestRecord record;
  const auto stays = [&] { return ++asked < 0; };
  EXPECT_TRUE(ComputeLossBytes(Environment(), BytesOf(request), stays, record).ok());
  return asked;
}

TEST(ComputeLossBytes, StopsWhileItConvertsNumbers) {
  constexpr size_t kNumbers = 5 << 14;
  v1::ComputeLossRequest request;
  v1::LossTerm& term = *request.add_terms();
  term.mutable_l1();
  const std::vector<double> numbers(kNumbers, 1);
  *term.mutable_prediction() = Values(v1::DATA_TYPE_FLOAT32, {kNumbers}, numbers);
  *term.mutable_target() = Values(v1::DATA_TYPE_INT32, {kNumbers}, numbers);
  const int64_t decoding = QuestionsOf(request);
  request.set_response_encoding(v1::TENSOR_ENCODING_VALUES);
  const int64_t questions = QuestionsOf(request);
  EXPECT_EQ(questions - decoding, 5 + 1);  // of the gradient and of the loss
  for (int64_t n = 1; n <= questions; ++n) {
    int64_t asked = 0;
    RequestRecord record;
    const Reply reply = ComputeLossBytes(
        Environment(), BytesOf(request), [&] { return ++asked >= n; }, record);
    EXPECT_EQ(reply.status().code(), absl::StatusCode::kCancelled) << n << " of " << questions;
  }
}

std::string EmptyTerms(size_t count) {
  std::string bytes;
  for (size_t i = 0; i < count; ++i) bytes += std::string("\x0A\x00", 2);  // {terms: {}}
  return bytes;
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
grpc::ByteBuffer Sliced(const std::string& bytes, size_t slice_bytes) {
  std::vector<grpc::Slice> slices;
  for (size_t i = 0; i < bytes.size(); i += slice_bytes) {
    slices.emplace_back(bytes.substr(i, slice_bytes));
  }
  return {slices.data(), slices.size()};
}

// Runs a request in a child that may take `more` bytes, and prints the reason of its error.
void ComputeWithin(size_t more, const grpc::ByteBuffer& request) {
  std::ifstream statm("/proc/self/statm");
  size_t pages = 0;
  statm >> pages;
  const rlim_t limit = pages * static_cast<size_t>(sysconf(_SC_PAGESIZE)) + more;
  const rlimit address_space = {limit, limit};
  setrlimit(RLIMIT_AS, &address_space);
  RequestRecord record;
  const Reply reply = ComputeLossBytes(Environment(), request, Never, record);
  std::fprintf(stderr, "%s", ReasonOf(reply.status()).c_str());
  std::_Exit(0);
}

TEST(ComputeLossBytesDeathTest, RefusesTermsBeforeItSpendsMemoryOnThem) {
  const grpc::ByteBuffer request = Sliced(EmptyTerms(4000000), 8 << 20);
  EXPECT_EXIT(ComputeWithin(64 << 20, request), ::testing::ExitedWithCode(0), "LIMIT_EXCEEDED");
}

// A field of a request, whose first term it is if `field` is 1.
std::string Prefixed(char field, const std::string& bytes) {
  std::string length;
  for (size_t left = bytes.size(); left != 0 || length.empty(); left >>= 7) {
    length += static_cast<char>((left & 0x7F) | (left > 0x7F ? 0x80 : 0));
  }
  return std::string(1, static_cast<char>(field << 3 | 2)) + length + bytes;
}

// A byte each, and eight in a message. What is missing beside them comes first.
TEST(ComputeLossBytesDeathTest, RefusesListsBeforeItSpendsMemoryOnThem) {
  const std::string numbers(20 << 20, '\0');
  for (const std::string& term : {Prefixed(9, numbers), Prefixed(2, Prefixed(2, numbers))}) {
    const grpc::ByteBuffer request = Sliced(Prefixed(1, term), 8 << 20);
    EXPECT_EXIT(ComputeWithin(64 << 20, request), ::testing::ExitedWithCode(0), "REQUIRED");
  }
}

TEST(ComputeLossBytesDeathTest, RefusesFieldsBeforeItSpendsMemoryOnThem) {
  std::string fields;
  for (int i = 0; i < 4000000; ++i) fields += std::string("\x78\x00", 2);  // no field has number 15
  const grpc::ByteBuffer request = Sliced(Prefixed(1, fields), 8 << 20);
  EXPECT_EXIT(ComputeWithin(64 << 20, request), ::testing::ExitedWithCode(0), "LIMIT_EXCEEDED");
}

TEST(ComputeLossBytesDeathTest, SurvivesALackOfMemory) {
  const grpc::ByteBuffer request = BytesOf(FocalRequest(20 << 20));
  EXPECT_EXIT(ComputeWithin(32 << 20, request), ::testing::ExitedWithCode(0), "OUT_OF_MEMORY");
}
#endif

TEST(ComputeItemBytes, RefusesTooManyTermsByTheirId) {
  v1::StreamComputeLossRequest item;
  item.set_id(5);
  item.mutable_request()->ParseFromString(EmptyTerms(1025));
  RequestRecord record;
  v1::StreamComputeLossResponse response;
  ASSERT_TRUE(
      ParseMessage(ComputeItemBytes(Environment(), BytesOf(item), Never, record).buffer(), response)
          .ok());
  EXPECT_EQ(response.id(), 5);
  EXPECT_EQ(response.error().reason(), "LIMIT_EXCEEDED");
  EXPECT_EQ(record.status.code(), absl::StatusCode::kResourceExhausted);
}

TEST(ComputeItemBytes, AnswersWrongItemsWithTheirId) {
  v1::StreamComputeLossRequest item;
  item.set_id(-7);
  RequestRecord record;
  const ReplyBytes reply = ComputeItemBytes(Environment(), BytesOf(item), Never, record);
  v1::StreamComputeLossResponse response;
  ASSERT_TRUE(ParseMessage(reply.buffer(), response).ok());
  EXPECT_EQ(response.id(), -7);
  EXPECT_EQ(response.error().code(), static_cast<int>(absl::StatusCode::kInvalidArgument));
  EXPECT_EQ(response.error().reason(), "REQUIRED");
  ASSERT_EQ(response.error().field_violations_size(), 1);
  EXPECT_EQ(response.error().field_violations(0).field(), "terms");
}

TEST(ListLossesBytes, ListsTheRegistry) {
  RequestRecord record;
  const Reply reply =
      ListLossesBytes(Environment(), BytesOf(v1::ListLossesRequest()), Never, record);
  ASSERT_TRUE(reply.ok());
  v1::ListLossesResponse response;
  ASSERT_TRUE(ParseMessage(reply->buffer(), response).ok());
  ASSERT_EQ(static_cast<size_t>(response.losses_size()), AllLosses().size());
  for (size_t i = 0; i < AllLosses().size(); ++i) {
    const v1::LossDescription& loss = response.losses(static_cast<int>(i));
    EXPECT_EQ(loss.name(), AllLosses()[i].name);
    EXPECT_EQ(static_cast<size_t>(loss.parameters_size()), AllLosses()[i].parameters.size());
    EXPECT_TRUE(v1::LossFamily_IsValid(loss.family()) && loss.family() != 0);
  }
}

// Two bytes each, and many times as much in a message.
TEST(ListLossesBytes, RefusesManyFieldsThatNobodyKnows) {
  std::string fields;
  for (int i = 0; i < 10000; ++i) fields += std::string("\x78\x00", 2);
  const grpc::Slice slice(fields);
  for (const UnaryMethod method : {ListLossesBytes, GetServerInfoBytes}) {
    RequestRecord record;
    const Reply reply = method(Environment(), grpc::ByteBuffer(&slice, 1), Never, record);
    EXPECT_EQ(ReasonOf(reply.status()), "LIMIT_EXCEEDED");
  }
}

TEST(GetServerInfoBytes, TellsLimits) {
  Environment environment;
  environment.options.terms_max = 5;
  RequestRecord record;
  const Reply reply =
      GetServerInfoBytes(environment, BytesOf(v1::GetServerInfoRequest()), Never, record);
  ASSERT_TRUE(reply.ok());
  v1::GetServerInfoResponse response;
  ASSERT_TRUE(ParseMessage(reply->buffer(), response).ok());
  EXPECT_EQ(response.limits().terms_max(), 5);
  EXPECT_NE(response.version(), "");
  EXPECT_NE(response.simd_target(), "");
}

}  // namespace
}  // namespace detloss
