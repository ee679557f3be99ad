// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "detloss/client/loss_client.h"

#include <grpcpp/health_check_service_interface.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "absl/strings/str_cat.h"
#include "tests/client/fake_loss_service.h"
#include "tests/client/status_matchers.h"
#include "tests/common/unix_sockets.h"

namespace detloss::client {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const std::vector<float> kBoxes = {0, 0, 1, 1, 0, 0, 2, 2};

// Answers as many terms as the request has.
grpc::Status Answer(const v1::ComputeLossRequest& request, v1::ComputeLossResponse& response) {
  for (const v1::LossTerm& term : request.terms()) {
    response.add_results()->set_name(term.name());
  }
  response.set_total_loss(2.5);
  return grpc::Status::OK;
}

TEST(MakeRequest, PutsTheLossIntoItsField) {
  v1::SmoothL1Loss loss;
  loss.set_beta(0.5);
  DETLOSS_ASSERT_OK_AND_ASSIGN(
      request, MakeRequest(loss, MakeTensorRef(kBoxes, {8}), MakeTensorRef(kBoxes, {8})));
  ASSERT_EQ(request.terms_size(), 1);
  EXPECT_EQ(request.terms(0).smooth_l1().beta(), 0.5);
  EXPECT_THAT(request.terms(0).prediction().shape(), ElementsAre(8));
}

TEST(MakeRequest, CarriesEveryOption) {
  const std::vector<double> weight = {1, 2};
  DETLOSS_ASSERT_OK_AND_ASSIGN(request, MakeRequest(v1::GiouLoss(), MakeTensorRef(kBoxes, {2, 4}),
                                                    MakeTensorRef(kBoxes, {2, 4}),
                                                    {.name = "boxes",
                                                     .weight = MakeTensorRef(weight, {2}),
                                                     .reduction = v1::REDUCTION_SUM,
                                                     .normalizer = 3,
                                                     .scale = 4,
                                                     .gradient = false,
                                                     .segment_offsets = {0, 1, 2},
                                                     .statistics = true,
                                                     .non_finite = v1::NON_FINITE_POLICY_REJECT}));
  const v1::LossTerm& term = request.terms(0);
  EXPECT_EQ(term.name(), "boxes");
  EXPECT_EQ(term.weight().data_type(), v1::DATA_TYPE_FLOAT64);
  EXPECT_EQ(term.reduction(), v1::REDUCTION_SUM);
  EXPECT_EQ(term.normalizer(), 3);
  EXPECT_EQ(term.scale(), 4);
  EXPECT_FALSE(term.gradient());
  EXPECT_THAT(term.segment_offsets(), ElementsAre(0, 1, 2));
  EXPECT_TRUE(term.statistics());
  EXPECT_EQ(term.non_finite(), v1::NON_FINITE_POLICY_REJECT);
}

TEST(MakeRequest, RejectsMessagesThatAreNotLosses) {
  EXPECT_THAT(MakeRequest(v1::Tensor(), {}, {}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("Tensor is not a loss")));
}

TEST(LossClient, ComputesOneTerm) {
  FakeLossService service(Answer);
  DETLOSS_ASSERT_OK_AND_ASSIGN(
      result, service.MakeClient().Compute(v1::IouLoss(), MakeTensorRef(kBoxes, {2, 4}),
                                           MakeTensorRef(kBoxes, {2, 4}), {.name = "x"}));
  EXPECT_EQ(result.loss, 2.5);
  EXPECT_EQ(result.term.name(), "x");
}

TEST(LossClient, DoesNotTrustTheNumberOfResults) {
  FakeLossService service([](auto&, auto&) { return grpc::Status::OK; });
  EXPECT_THAT(service.MakeClient().Compute(v1::IouLoss(), {}, {}),
              StatusIs(absl::StatusCode::kInternal, HasSubstr("one term with 0")));
}

TEST(LossClient, RepeatsWhatIsUnavailable) {
  std::atomic<int> attempts = 0;
  FakeLossService service([&](const auto& request, auto& response) {
    if (++attempts < 3) return grpc::Status(grpc::StatusCode::UNAVAILABLE, "");
    return Answer(request, response);
  });
  EXPECT_THAT(service.MakeClient().ComputeLoss({}), IsOk());
  EXPECT_EQ(attempts, 3);
}

TEST(LossClient, SleepsAsTold) {
  int sleeps = 0;
  FakeLossService service(
      [&](auto&, auto&) { return grpc::Status(grpc::StatusCode::UNAVAILABLE, ""); });
  EXPECT_FALSE(service.MakeClient({.attempts_max = 3, .sleep = [&](absl::Duration) { ++sleeps; }})
                   .ComputeLoss({})
                   .ok());
  EXPECT_EQ(sleeps, 2);
}

TEST(LossClient, HasADeadline) {
  FakeLossService service([](auto&, auto&) {
    absl::SleepFor(absl::Seconds(2));
    return grpc::Status::OK;
  });
  EXPECT_THAT(service.MakeClient({.deadline = absl::Milliseconds(20)}).ComputeLoss({}),
              StatusIs(absl::StatusCode::kDeadlineExceeded, testing::_));
  EXPECT_THAT(service.MakeClient().ComputeLoss({}, absl::Milliseconds(20)),
              StatusIs(absl::StatusCode::kDeadlineExceeded, testing::_));
}

// A server may refuse what it has no room for before it arrives.
TEST(LossClient, AnnouncesTheSizeOfLargeRequests) {
  FakeLossService service(Answer);
  const LossClient client = service.MakeClient();
  for (const size_t rows : {size_t{100}, size_t{10'000}}) {
    const std::vector<float> zeros(rows);
    const TensorRef tensor = MakeTensorRef(zeros, {static_cast<int64_t>(rows)});
    DETLOSS_ASSERT_OK_AND_ASSIGN(request, MakeRequest(v1::SmoothL1Loss(), tensor, tensor));
    const std::string size = rows < 1000 ? "" : absl::StrCat(request.ByteSizeLong());
    ASSERT_THAT(client.ComputeLoss(request), IsOk());
    EXPECT_EQ(service.announced_bytes(), size);
    ASSERT_THAT(client.Compute(v1::SmoothL1Loss(), tensor, tensor), IsOk());
    EXPECT_EQ(service.announced_bytes(), size);
  }
}

TEST(LossClient, ReceivesLargeAnswers) {
  FakeLossService service([](auto&, auto& response) {
    response.add_results()->mutable_gradient()->set_data(std::string(20 << 20, 'x'));
    return grpc::Status::OK;
  });
  DETLOSS_ASSERT_OK_AND_ASSIGN(response, service.MakeClient().ComputeLoss({}));
  EXPECT_EQ(response.results(0).gradient().data().size(), 20u << 20);
}

TEST(LossClient, RaisesTheBuffersOfUnixSockets) {
  const std::string path = absl::StrCat(testing::TempDir(), "raised_client", getpid(), ".sock");
  FakeLossService service(Answer, "unix:" + path);
  const LossClient client({.address = "unix:" + path});
  ASSERT_THAT(client.ComputeLoss({}), IsOk());
  // The server here is any.
  EXPECT_THAT(UnixSocketBytes(path), testing::Contains(RaisedUnixSocketBytes()));
}

TEST(LossClient, TakesItsConnectionsInTurn) {
  for (const int connections : {0, 1, 3}) {
    FakeLossService service(Answer, "127.0.0.1:0");
    const LossClient client(
        {.address = absl::StrCat("127.0.0.1:", service.port()), .connections = connections});
    for (int i = 0; i < 7; ++i) EXPECT_THAT(client.ComputeLoss({}), IsOk());
    EXPECT_EQ(service.peer_count(), static_cast<size_t>(std::max(1, connections)));
  }
}

TEST(LossClient, ListsLossesAndTellsOfTheServer) {
  FakeLossService service(Answer);
  DETLOSS_ASSERT_OK_AND_ASSIGN(losses, service.MakeClient().ListLosses());
  EXPECT_EQ(losses.losses_size(), 6);
  DETLOSS_ASSERT_OK_AND_ASSIGN(info, service.MakeClient().GetServerInfo());
  EXPECT_EQ(info.version(), "1.2.3");
}

TEST(LossClient, ChecksHealth) {
  FakeLossService service(Answer);
  const LossClient client = service.MakeClient();
  EXPECT_THAT(client.CheckHealth(), IsOk());
  EXPECT_THAT(client.CheckHealth("unknown"), StatusIs(absl::StatusCode::kNotFound, testing::_));
  service.server().GetHealthCheckService()->SetServingStatus(false);
  EXPECT_THAT(client.CheckHealth(),
              StatusIs(absl::StatusCode::kUnavailable, "the server is not serving"));
}

TEST(LossClient, SaysThatThereIsNoServer) {
  const LossClient client({.address = "unix:/nonexistent/socket", .attempts_max = 1});
  EXPECT_THAT(client.ListLosses(),
              StatusIs(absl::StatusCode::kUnavailable,
                       "no detloss server answers at unix:/nonexistent/socket: "
                       "No such file or directory"));
}

TEST(LossClient, FindsAServerThatComesBack) {
  const std::string address =
      "unix:" + testing::TempDir() + "/comes_back." + std::to_string(getpid());
  auto service = std::make_unique<FakeLossService>(Answer, address);
  const LossClient client({.address = address});
  EXPECT_THAT(client.ComputeLoss({}), IsOk());
  service.reset();
  const absl::Time start = absl::Now();
  std::jthread restarter([&] {
    absl::SleepFor(absl::Milliseconds(300));
    service = std::make_unique<FakeLossService>(Answer, address);
  });
  EXPECT_THAT(client.ComputeLoss({}), IsOk());
  EXPECT_LT(absl::Now() - start, absl::Seconds(10));
}

TEST(LossStream, AnswersEveryItemAndGoesOnAfterErrors) {
  FakeLossService service([](const auto& request, auto& response) {
    if (request.terms_size() == 0) return grpc::Status(grpc::StatusCode::INVALID_ARGUMENT, "");
    return Answer(request, response);
  });
  LossStream stream = service.MakeClient().StreamComputeLoss();
  std::jthread writer([&] {
    for (int64_t id = 0; id < 10; ++id) {
      v1::StreamComputeLossRequest request;
      request.set_id(id);
      if (id != 3) request.mutable_request()->add_terms();
      EXPECT_TRUE(stream.Write(request));
    }
    stream.WritesDone();
  });
  int answers = 0;
  v1::StreamComputeLossResponse response;
  for (; stream.Read(response); ++answers) EXPECT_EQ(response.has_error(), response.id() == 3);
  EXPECT_EQ(answers, 10);
  EXPECT_THAT(stream.Finish(), IsOk());
}

TEST(LossStream, TellsItsOutcomeToWhoHasNotReadEveryAnswer) {
  std::atomic<int> items = 0;
  const auto answer = [&items](const auto& request, auto& response) {
    if (++items == 3) return grpc::Status(grpc::StatusCode::UNAVAILABLE, "shutting down");
    return Answer(request, response);
  };
  FakeLossService service(answer, "127.0.0.1:0");
  const LossClient client({.address = absl::StrCat("127.0.0.1:", service.port())});
  LossStream broken = client.StreamComputeLoss(absl::Seconds(30));
  while (broken.Write({})) {
  }
  EXPECT_THAT(broken.Finish(), StatusIs(absl::StatusCode::kUnavailable, "shutting down"));
  LossStream ended = client.StreamComputeLoss(absl::Seconds(30));
  EXPECT_TRUE(ended.Write({}));
  EXPECT_THAT(ended.Finish(), IsOk());
}

}  // namespace
}  // namespace detloss::client
