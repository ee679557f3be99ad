// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Writes what the fuzzers begin with: `write_seeds DIRECTORY` makes a file for every wrong request
// of the tests and for right requests of every loss, in DIRECTORY/compute and DIRECTORY/item.

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "detloss/registry.h"
#include "tests/server/requests.h"
#include "tests/server/wrong_requests.h"

namespace detloss {
namespace {

class Seeds {
 public:
  explicit Seeds(std::filesystem::path directory) : directory_(std::move(directory)) {
    for (const char* kind : {"compute", "item"}) {
      std::filesystem::create_directories(directory_ / kind);
    }
  }

  void Write(const std::string& name, const v1::ComputeLossRequest& request) {
    v1::StreamComputeLossRequest item;
    item.set_id(++count_);
    *item.mutable_request() = request;
    WriteFile("compute", name, request.SerializeAsString());
    WriteFile("item", name, item.SerializeAsString());
  }

 private:
  // Requests of many bytes would only slow the fuzzers down.
  void WriteFile(const char* kind, const std::string& name, const std::string& bytes) {
    constexpr size_t kBytesMax = 4096;
    if (bytes.size() > kBytesMax) return;
    const absl::string_view cuts = count_ % 2 == 0 ? kOneSlice : kShortSlices;
    std::ofstream(directory_ / kind / name, std::ios::binary) << cuts << bytes;
  }

  // What fuzz.h makes slices of: no cut, and cuts of 5, 0, 1 and then each 8 bytes.
  static constexpr absl::string_view kOneSlice{"\0", 1};
  static constexpr absl::string_view kShortSlices{"\4\5\0\1\x87", 5};

  std::filesystem::path directory_;
  int64_t count_ = 0;
};

void SetLoss(const LossInfo& loss, v1::LossTerm& term) {
  const auto* field = v1::LossTerm::descriptor()->FindFieldByName(std::string(loss.name));
  term.GetReflection()->MutableMessage(&term, field);
}

v1::ComputeLossRequest RightRequest(const LossInfo& loss, v1::DataType type) {
  v1::ComputeLossRequest request;
  v1::LossTerm& term = *request.add_terms();
  SetLoss(loss, term);
  *term.mutable_prediction() = Values(type, {2, 4}, {0, 0, 2, 2, 1, 0, 3, 2});
  *term.mutable_target() = Values(type, {2, 4}, {1, 0, 0, 0, 0, 0, 0, 1});
  *term.mutable_weight() = Values(type, {2, 1}, {1, 0.5});
  if (!IsClassification(loss.family)) *term.mutable_weight() = Values(type, {1}, {2});
  if (loss.family == Family::kSoftmax) *term.mutable_weight() = Values(type, {2}, {1, 2});
  if (loss.needs_class_indices) *term.mutable_target() = Values(v1::DATA_TYPE_INT64, {2}, {0, 3});
  term.set_statistics(true);
  return request;
}

void WriteRight(const LossInfo& loss, Seeds& seeds) {
  const std::string name(loss.name);
  seeds.Write(absl::StrCat(name, "_float32"), RightRequest(loss, v1::DATA_TYPE_FLOAT32));
  seeds.Write(absl::StrCat(name, "_float16"), RightRequest(loss, v1::DATA_TYPE_FLOAT16));
  v1::ComputeLossRequest request = RightRequest(loss, v1::DATA_TYPE_FLOAT64);
  v1::LossTerm& term = *request.mutable_terms(0);
  if (IsClassification(loss.family)) {
    *term.mutable_target() = Values(v1::DATA_TYPE_UINT8, {2}, {3, 1});
  }
  for (const int64_t offset : {0, 1, 2}) term.add_segment_offsets(offset);
  term.set_non_finite(v1::NON_FINITE_POLICY_REJECT);
  term.set_normalizer(3);
  request.set_response_encoding(v1::TENSOR_ENCODING_VALUES);
  seeds.Write(absl::StrCat(name, "_segments"), request);
}

int Run(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: write_seeds DIRECTORY\n");
    return 2;
  }
  Seeds seeds(argv[1]);
  for (const WrongRequest& wrong : WrongRequests()) seeds.Write(wrong.name, wrong.Make());
  for (const LossInfo& loss : AllLosses()) WriteRight(loss, seeds);
  return 0;
}

}  // namespace
}  // namespace detloss

int main(int argc, char** argv) { return detloss::Run(argc, argv); }
