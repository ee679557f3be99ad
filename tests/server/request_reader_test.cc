// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// The reader of requests against the generated parser: whatever the bytes, however they are cut.

#include "server/request_reader.h"

#include <gmock/gmock.h>
#include <google/protobuf/stubs/logging.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "server/status.h"
#include "server/wire.h"
#include "tests/server/requests.h"
#include "tests/server/same_message.h"

namespace detloss {
namespace {

using ::testing::HasSubstr;

constexpr WireLimits kLimits = {.terms_max = 1000, .rank_max = 8, .segments_max = 8};

// Messages on the wire, by hand.

std::string Varint(uint64_t value) {
  std::string bytes;
  for (; value >= 0x80; value >>= 7) bytes += static_cast<char>(value | 0x80);
  return bytes += static_cast<char>(value);
}

enum WireType : uint64_t { kVarint, kFixed64, kLengthDelimited, kStartGroup, kEndGroup, kFixed32 };

std::string Tag(uint64_t field, WireType type) { return Varint(field << 3 | type); }

std::string Field(uint64_t field, const std::string& bytes) {
  return Tag(field, kLengthDelimited) + Varint(bytes.size()) + bytes;
}

std::string Group(uint64_t field, const std::string& bytes) {
  return Tag(field, kStartGroup) + bytes + Tag(field, kEndGroup);
}

std::string Data(const std::string& bytes) { return Field(3, bytes); }
std::string Numbers(const std::string& doubles) { return Field(4, Field(1, doubles)); }
std::string Prediction(const std::string& fields) { return Field(2, fields); }
std::string Term(const std::string& fields) { return Field(1, fields); }

// A term with everything in it that a reader may stumble over.
std::string Everything() {
  const std::string unknown = Tag(99, kVarint) + Varint(300) + Tag(98, kFixed64) + "12345678" +
                              Tag(97, kFixed32) + "1234" + Field(96, "unknown");
  const std::string groups = Group(50, unknown + Group(51, Data("in a group")) + Group(52, ""));
  const std::string tensor =
      Tag(1, kVarint) + Varint(1) + Field(2, Varint(2) + Varint(300)) + Data("elements") + unknown;
  return Term(Field(1, "name") + Prediction(tensor) + groups + Field(3, tensor + groups) +
              Field(4, Data("")) + Tag(9, kVarint) + Varint(0) + Field(9, Varint(3) + Varint(9)) +
              Field(12, Tag(1, kFixed64) + "\x01\x02\x03\x04\x05\x06\x07\x08" + unknown)) +
         unknown + Tag(2, kVarint) + Varint(1) + groups;
}

// Every kind of request that a test below takes apart.
std::vector<std::string> Requests() {
  const std::string eight = "8 bytes.", sixteen = eight + eight;
  return {
      GiouRequest().SerializeAsString(),
      FocalRequest(300).SerializeAsString(),
      Everything(),
      "",
      Term(""),
      Term("") + Everything() + Term(Prediction("")),
      // Two of a field that may be there once are merged: shapes add up, the later data counts.
      Term(Prediction(Field(2, Varint(2)) + Data("first")) + Field(3, Data("target")) +
           Prediction(Field(2, Varint(3)) + Data("second"))),
      Term(Prediction(Data("kept")) + Prediction(Field(2, Varint(3)))),
      // Of data and numbers the later counts.
      Term(Prediction(Data("gone") + Numbers(eight))),
      Term(Prediction(Numbers(eight) + Data("stays"))),
      Term(Prediction(Data("gone")) + Prediction(Numbers(eight)) + Prediction(Numbers(sixteen))),
      Term(Prediction(Data("a") + Numbers(eight) + Data("b") + Numbers(eight) + Data(""))),
      // A field with another wire type is an unknown one.
      Term(Tag(2, kVarint) + Varint(7) + Tag(3, kFixed32) + "1234" + Group(4, Data("x"))),
      Term(Prediction(Tag(3, kVarint) + Varint(7) + Tag(3, kFixed64) + eight)),
      Tag(1, kVarint) + Varint(7) + Group(1, Prediction(Data("x"))),
      // Numbers that take more bytes than they need.
      std::string("\x8A\x80\x80\x80\x00\x8C\x80\x80\x80\x00\x92\x00\x87\x80\x00\x9A\x00\x83\x00xyz",
                  22),
      std::string("\x10\x81\x80\x80\x80\x80\x80\x80\x80\x80\x7F", 11),
  };
}

// What no parser takes, whatever its own reason is.
std::vector<std::string> WrongRequests() {
  return {
      std::string("\0", 1),
      Tag(0, kVarint) + Varint(1),
      Tag(1, kEndGroup),
      Term(Tag(1, kEndGroup)),
      Tag(7, kStartGroup),
      Tag(7, kStartGroup) + Tag(8, kEndGroup),
      "\x0E",
      "\x0F",
      Tag(1, kLengthDelimited),
      Term(Field(1, "\xFF not UTF-8")),
      Term(Tag(2, kLengthDelimited) + Varint(3) + "ab"),
      Term(Tag(2, kLengthDelimited) + Varint(3)) + "abc",  // the tensor ends behind its term
      Term(Prediction(Tag(3, kLengthDelimited) + Varint(200))) + std::string(200, 'x'),
      Tag(1, kLengthDelimited) + Varint(uint64_t{1} << 31),
      Tag(1, kLengthDelimited) + Varint(~uint64_t{0}),
      std::string("\x8A\x80\x80\x80\x80\x00\x00", 7),  // a tag of six bytes
      std::string("\x0A\x80\x80\x80\x80\x80\x00", 7),  // a length of six bytes
      "\x10" + std::string(10, '\x80') + "\x01",       // a number of eleven bytes
      Tag(2, kVarint) + "\xFF",
      Tag(99, kFixed64) + "1234567",
      std::string(110, static_cast<char>(Tag(5, kStartGroup)[0])) +
          std::string(110, static_cast<char>(Tag(5, kEndGroup)[0])),
  };
}

std::string AsItem(const std::string& request) {
  return Tag(1, kVarint) + Varint(77) + Field(2, request);
}

grpc::ByteBuffer WholeBuffer(const std::string& bytes) {
  const grpc::Slice slice(bytes);
  return {&slice, 1};
}

// Cuts bytes at random into slices of 0 to `bytes_max` bytes.
grpc::ByteBuffer CutAtRandom(const std::string& bytes, size_t bytes_max, std::mt19937& random) {
  std::vector<grpc::Slice> slices;
  for (size_t i = 0; i < bytes.size();) {
    const size_t size = std::min<size_t>(random() % (bytes_max + 1), bytes.size() - i);
    slices.emplace_back(bytes.data() + i, size);
    i += size;
  }
  return {slices.data(), slices.size()};
}

class RequestReader : public ::testing::Test {
 protected:
  // Most of what is read here is wrong, of which protobuf would write a line each.
  RequestReader() : former_(google::protobuf::SetLogHandler(nullptr)) {}
  ~RequestReader() override { google::protobuf::SetLogHandler(former_); }

 private:
  google::protobuf::LogHandler* const former_;
};

void ExpectSame(const std::string& bytes) {
  EXPECT_EQ(RequestDifference(WholeBuffer(bytes)), "") << ::testing::PrintToString(bytes);
  EXPECT_EQ(ItemDifference(WholeBuffer(AsItem(bytes))), "") << ::testing::PrintToString(bytes);
}

TEST_F(RequestReader, FindsTheMessageOfTheGeneratedParser) {
  for (const std::string& bytes : Requests()) {
    v1::ComputeLossRequest request;
    EXPECT_TRUE(request.ParseFromString(bytes)) << ::testing::PrintToString(bytes);
    ExpectSame(bytes);
  }
}

TEST_F(RequestReader, RefusesWhatTheGeneratedParserRefuses) {
  for (const std::string& bytes : WrongRequests()) {
    v1::ComputeLossRequest request;
    EXPECT_FALSE(request.ParseFromString(bytes)) << ::testing::PrintToString(bytes);
    ExpectSame(bytes);
    ExpectSame(Everything() + bytes);
  }
}

TEST_F(RequestReader, AgreesOnEveryTruncation) {
  for (const std::string& bytes : Requests()) {
    for (size_t size = 0; size < bytes.size(); ++size) ExpectSame(bytes.substr(0, size));
    const std::string item = AsItem(bytes);
    for (size_t size = 0; size < item.size(); ++size) {
      EXPECT_EQ(ItemDifference(WholeBuffer(item.substr(0, size))), "") << size;
    }
  }
}

TEST_F(RequestReader, AgreesWhereverTheBytesAreCut) {
  std::mt19937 random(1);
  for (const std::string& bytes : Requests()) {
    for (const size_t bytes_max : {1u, 2u, 7u, 40u, 700u}) {
      EXPECT_EQ(RequestDifference(CutAtRandom(bytes, bytes_max, random)), "") << bytes_max;
      EXPECT_EQ(ItemDifference(CutAtRandom(AsItem(bytes), bytes_max, random)), "") << bytes_max;
    }
  }
}

TEST_F(RequestReader, AgreesOnFlippedBits) {
  std::mt19937 random(2);
  for (const std::string& bytes : Requests()) {
    for (int i = 0; i < 300 && !bytes.empty(); ++i) {
      std::string wrong = bytes;
      for (int flips = 0; flips < 1 + i % 3; ++flips) {
        char& byte = wrong[random() % wrong.size()];
        byte = static_cast<char>(byte ^ (1 << random() % 8));
      }
      EXPECT_EQ(RequestDifference(CutAtRandom(wrong, 9, random)), "")
          << ::testing::PrintToString(wrong);
    }
  }
}

TEST_F(RequestReader, MergesTheRequestsOfAnItem) {
  const std::string twice =
      AsItem(Everything()) + Field(2, Requests()[0]) + Tag(1, kVarint) + "\x05";
  EXPECT_EQ(ItemDifference(WholeBuffer(twice)), "");
  v1::StreamComputeLossRequest item;
  Skeleton skeleton;
  ASSERT_TRUE(ReadItem(WholeBuffer(twice), kLimits, item, skeleton).ok());
  EXPECT_EQ(ItemIdOf(WholeBuffer(twice)), 5);
  EXPECT_EQ(skeleton.payloads.size(), 2u);
}

TEST_F(RequestReader, LeavesElementsWhereTheyAre) {
  const grpc::ByteBuffer bytes = SerializeMessage(FocalRequest(1000))->buffer();
  v1::ComputeLossRequest request;
  Skeleton skeleton;
  ASSERT_TRUE(ReadRequest(bytes, kLimits, request, skeleton).ok());
  ASSERT_EQ(skeleton.payloads.size(), 1u);
  const Payload& payload = skeleton.payloads[0].prediction;
  ASSERT_EQ(payload.size(), 1u);
  EXPECT_EQ(payload[0].size(), 4000u);
  std::vector<grpc::Slice> slices;
  ASSERT_TRUE(bytes.Dump(&slices).ok());
  const auto* begin = reinterpret_cast<const std::byte*>(slices[0].begin());
  EXPECT_GE(payload[0].data(), begin);
  EXPECT_LE(payload[0].data() + payload[0].size(), begin + slices[0].size());
  EXPECT_TRUE(request.terms(0).prediction().has_data());
  EXPECT_LT(request.ByteSizeLong(), 100u);
}

TEST_F(RequestReader, TakesASkeletonNoLongerThanTheRequest) {
  for (const std::string& bytes : Requests()) {
    Skeleton skeleton;
    SplitItem(WholeBuffer(AsItem(bytes)), kLimits, skeleton);
    EXPECT_LE(skeleton.bytes.size(), AsItem(bytes).size());
  }
}

TEST_F(RequestReader, RefusesTermsBeyondTheLimitWithoutReadingThem) {
  const std::string bytes = Term("") + Term("") + Term("\xFF what is this") + Term("");
  v1::ComputeLossRequest request;
  Skeleton skeleton;
  const absl::Status status = ReadRequest(WholeBuffer(bytes), {2, 8, 8}, request, skeleton);
  EXPECT_EQ(ReasonOf(status), "LIMIT_EXCEEDED");
  EXPECT_THAT(std::string(status.message()), HasSubstr("at most 2, got 4"));
  EXPECT_EQ(skeleton.bytes.size(), 4u);
  EXPECT_EQ(skeleton.payloads.size(), 2u);
}

// Reads a request of one term with these fields.
absl::Status ReadTerm(const std::string& fields, v1::LossTerm& term, Skeleton& skeleton) {
  v1::ComputeLossRequest request;
  absl::Status status = ReadRequest(WholeBuffer(Term(fields)), kLimits, request, skeleton);
  if (status.ok()) term = request.terms(0);
  return status;
}

TEST_F(RequestReader, CutsListsAtTheirLimitAndCountsThem) {
  const std::string packed = std::string(7, '\x01') + Varint(300) + std::string(20, '\x01');
  std::string one_by_one;
  for (int i = 0; i < 300; ++i) one_by_one += Tag(9, kVarint) + "\x02";
  v1::LossTerm term;
  Skeleton skeleton;
  ASSERT_TRUE(ReadTerm(Prediction(Field(2, packed)) + one_by_one + Field(9, packed) +
                           Prediction(Field(2, "\x01")),
                       term, skeleton)
                  .ok());
  EXPECT_EQ(skeleton.payloads[0].prediction_axes, 29);
  EXPECT_EQ(skeleton.payloads[0].segment_offsets, 328);
  ASSERT_EQ(term.prediction().shape_size(), 8);
  EXPECT_EQ(term.prediction().shape(7), 300);
  EXPECT_EQ(term.segment_offsets_size(), 9);
}

TEST_F(RequestReader, ReadsWhatItCutsToo) {
  v1::LossTerm term;
  Skeleton skeleton;
  EXPECT_EQ(ReasonOf(ReadTerm(Field(9, std::string(50, '\x01') + "\x80"), term, skeleton)),
            "MALFORMED_REQUEST");
}

// Each of them takes memory: fields that are unknown, or of another type, groups, and the losses
// that are replaced.
TEST_F(RequestReader, RefusesTooManyFields) {
  const std::string fields[] = {Tag(99, kVarint) + "\x01",
                                Tag(1, kVarint) + "\x01",
                                Group(99, ""),
                                Field(12, "") + Field(13, ""),
                                Prediction(Field(3, "")),
                                Prediction(Field(4, "") + Field(3, ""))};
  for (const std::string& field : fields) {
    std::string many, few;
    for (int i = 0; i < 300; ++i) many += field;
    for (int i = 0; i < 50; ++i) few += field;
    v1::LossTerm term;
    Skeleton skeleton, of_few;
    EXPECT_TRUE(ReadTerm(few, term, of_few).ok());
    const absl::Status status = ReadTerm(many, term, skeleton);
    EXPECT_EQ(ReasonOf(status), "LIMIT_EXCEEDED");
    EXPECT_THAT(std::string(status.message()), HasSubstr("terms[0]"));
    EXPECT_LT(skeleton.bytes.size(), 300 * field.size());
  }
}

TEST_F(RequestReader, RefusesTooManyFieldsInTheMessageOfALossAndOutsideTerms) {
  std::string unknown;
  for (int i = 0; i < 300; ++i) unknown += Tag(99, kVarint) + "\x01";
  v1::LossTerm term;
  Skeleton of_loss, of_values, outside;
  EXPECT_EQ(ReasonOf(ReadTerm(Field(12, unknown), term, of_loss)), "LIMIT_EXCEEDED");
  EXPECT_EQ(ReasonOf(ReadTerm(Prediction(Field(4, unknown)), term, of_values)), "LIMIT_EXCEEDED");
  v1::ComputeLossRequest request;
  EXPECT_EQ(ReasonOf(ReadRequest(WholeBuffer(unknown), kLimits, request, outside)),
            "LIMIT_EXCEEDED");
}

TEST_F(RequestReader, KnowsTheIdThatFollowsTooManyFields) {
  std::string unknown;
  for (int i = 0; i < 300; ++i) unknown += Tag(99, kVarint) + "\x01";
  for (const std::string& many : {Field(2, unknown), Field(2, Term(unknown)), unknown}) {
    v1::StreamComputeLossRequest item;
    Skeleton skeleton;
    const std::string bytes = many + Tag(1, kVarint) + "\x07";
    EXPECT_EQ(ReasonOf(ReadItem(WholeBuffer(bytes), kLimits, item, skeleton)), "LIMIT_EXCEEDED");
    EXPECT_EQ(ItemIdOf(WholeBuffer(bytes)), 7);
  }
}

TEST_F(RequestReader, TakesAsManyTermsAndNumbersAsItIsAllowed) {
  std::string numbers, terms;
  for (int i = 0; i < 1000; ++i) numbers += Tag(1, kFixed64) + "12345678";
  for (int i = 0; i < 1000; ++i) terms += Term(Prediction(Field(4, numbers.substr(0, 9))));
  EXPECT_EQ(RequestDifference(WholeBuffer(terms + Term(Prediction(Field(4, numbers))))), "");
  v1::ComputeLossRequest request;
  Skeleton skeleton;
  EXPECT_TRUE(ReadRequest(WholeBuffer(terms), kLimits, request, skeleton).ok());
}

TEST_F(RequestReader, KnowsTheIdOfAnItemWhoseRequestIsWrong) {
  for (const std::string& wrong : WrongRequests()) {
    v1::StreamComputeLossRequest item;
    Skeleton skeleton;
    EXPECT_FALSE(ReadItem(WholeBuffer(AsItem(wrong)), kLimits, item, skeleton).ok());
    EXPECT_EQ(ItemIdOf(WholeBuffer(AsItem(wrong))), 77);
  }
}

TEST_F(RequestReader, KnowsTheIdThatFollowsAWrongRequest) {
  v1::StreamComputeLossRequest item;
  Skeleton skeleton;
  // {request: a term of 5 bytes in 2, id: 7}
  const grpc::ByteBuffer bytes = WholeBuffer({"\x12\x02\x0A\x05\x08\x07", 6});
  EXPECT_FALSE(ReadItem(bytes, kLimits, item, skeleton).ok());
  EXPECT_EQ(ItemIdOf(bytes), 7);
}

TEST_F(RequestReader, RefusesACallWithoutAMessage) {
  v1::ComputeLossRequest request;
  Skeleton skeleton;
  const absl::Status status = ReadRequest(grpc::ByteBuffer(), kLimits, request, skeleton);
  EXPECT_EQ(ReasonOf(status), "MALFORMED_REQUEST");
  EXPECT_THAT(std::string(status.message()), HasSubstr("got no message"));
}

}  // namespace
}  // namespace detloss
