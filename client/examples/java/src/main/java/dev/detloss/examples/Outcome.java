// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

package dev.detloss.examples;

import com.google.protobuf.Any;
import com.google.protobuf.Duration;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.util.Durations;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import dev.detloss.v1.ComputeLossResponse;
import dev.detloss.v1.Error;
import dev.detloss.v1.FieldViolation;
import dev.detloss.v1.GetServerInfoResponse;
import dev.detloss.v1.StreamComputeLossResponse;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * What is compared of a call.
 *
 * @param responses what came back, in the order of `id`; empty when the call failed
 * @param error how the call failed, if it did
 * @param retryDelay whether the details of the error tell when to try again
 */
record Outcome(List<Message> responses, Optional<Error> error, boolean retryDelay) {
  static Outcome success(List<Message> responses) {
    Comparator<Message> byId =
        Comparator.comparingLong(
            message -> message instanceof StreamComputeLossResponse item ? item.getId() : 0);
    return new Outcome(
        responses.stream().sorted(byId).map(Outcome::comparable).toList(), Optional.empty(), false);
  }

  static Outcome failure(Error error, boolean retryDelay) {
    return new Outcome(List.of(), Optional.of(error), retryDelay);
  }

  static Outcome failure(StatusRuntimeException e) throws InvalidProtocolBufferException {
    Error.Builder error =
        Error.newBuilder()
            .setCode(e.getStatus().getCode().value())
            .setMessage(Optional.ofNullable(e.getStatus().getDescription()).orElse(""));
    boolean retryDelay = false;
    for (Any detail : StatusProto.fromThrowable(e).getDetailsList()) {
      if (detail.is(ErrorInfo.class)) {
        ErrorInfo info = detail.unpack(ErrorInfo.class);
        error.setReason(info.getDomain().equals("detloss") ? info.getReason() : "");
      } else if (detail.is(BadRequest.class)) {
        detail.unpack(BadRequest.class).getFieldViolationsList().stream()
            .map(Outcome::fieldViolation)
            .forEach(error::addFieldViolations);
      } else if (detail.is(RetryInfo.class)) {
        Duration delay = detail.unpack(RetryInfo.class).getRetryDelay();
        if (!Durations.isPositive(delay)) {
          throw new IllegalArgumentException("a RetryInfo without a delay greater than 0");
        }
        retryDelay = true;
      }
    }
    return failure(error.build(), retryDelay);
  }

  /** Says where this, which is expected, differs from what came back, if it does. */
  Optional<String> difference(Outcome actual) {
    if (error.isPresent() && actual.error.isEmpty()) {
      return Optional.of(
          "the call succeeded instead of failing with " + Difference.show(error.get()));
    }
    if (error.isEmpty() && actual.error.isPresent()) {
      return Optional.of("the call failed with " + Difference.show(actual.error.get()));
    }
    if (retryDelay != actual.retryDelay) {
      return Optional.of("retry_delay: expected " + retryDelay + ", got " + actual.retryDelay);
    }
    return error.isPresent()
        ? difference(error.get(), actual.error.get())
        : Difference.between("responses", responses, actual.responses);
  }

  private static Optional<String> difference(Error expected, Error actual) {
    // A message that depends on the moment is not expected.
    return Difference.between(
        "error",
        expected,
        expected.getMessage().isEmpty() ? actual.toBuilder().clearMessage().build() : actual);
  }

  private static FieldViolation fieldViolation(BadRequest.FieldViolation violation) {
    return FieldViolation.newBuilder()
        .setField(violation.getField())
        .setDescription(violation.getDescription())
        .build();
  }

  /** Returns the message without what depends on the machine and the moment. */
  private static Message comparable(Message message) {
    if (message instanceof ComputeLossResponse response) {
      return response.toBuilder().clearTiming().build();
    }
    if (message instanceof StreamComputeLossResponse item && item.hasResponse()) {
      return item.toBuilder().setResponse(item.getResponse().toBuilder().clearTiming()).build();
    }
    if (message instanceof GetServerInfoResponse info && info.hasLimits()) {
      return GetServerInfoResponse.newBuilder().setLimits(info.getLimits()).build();
    }
    return message;
  }
}
