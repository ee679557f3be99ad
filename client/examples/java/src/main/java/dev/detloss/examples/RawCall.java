// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

package dev.detloss.examples;

import com.google.protobuf.Message;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptors;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;

/** Calls with requests that are bytes already, so that one can send what is no message. */
final class RawCall {
  private static final long TIMEOUT_SECONDS = 60;

  private static final MethodDescriptor.Marshaller<byte[]> BYTES =
      new MethodDescriptor.Marshaller<>() {
        @Override
        public InputStream stream(byte[] value) {
          return new ByteArrayInputStream(value);
        }

        @Override
        public byte[] parse(InputStream stream) {
          try {
            return stream.readAllBytes();
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        }
      };

  /**
   * Makes a call of any method and returns all of its responses.
   *
   * @throws StatusRuntimeException when the call fails, as of a generated blocking stub
   */
  static List<Message> call(
      Channel channel, MethodDescriptor<?, ?> method, List<byte[]> requests, Metadata metadata) {
    @SuppressWarnings("unchecked") // the responses of all methods are messages
    var responseMarshaller = (MethodDescriptor.Marshaller<Message>) method.getResponseMarshaller();
    MethodDescriptor<byte[], Message> raw = method.toBuilder(BYTES, responseMarshaller).build();
    ClientCall<byte[], Message> call =
        ClientInterceptors.intercept(channel, MetadataUtils.newAttachHeadersInterceptor(metadata))
            .newCall(raw, CallOptions.DEFAULT.withDeadlineAfter(TIMEOUT_SECONDS, TimeUnit.SECONDS));
    Responses responses = new Responses();
    if (method.getType() == MethodDescriptor.MethodType.UNARY) {
      ClientCalls.asyncUnaryCall(call, requests.get(0), responses);
    } else {
      StreamObserver<byte[]> stream = ClientCalls.asyncBidiStreamingCall(call, responses);
      requests.forEach(stream::onNext);
      stream.onCompleted();
    }
    return responses.await();
  }

  /** Collects the responses of a call. */
  private static final class Responses implements StreamObserver<Message> {
    private final List<Message> received = new ArrayList<>();
    private final CompletableFuture<List<Message>> all = new CompletableFuture<>();

    @Override
    public void onNext(Message response) {
      received.add(response);
    }

    @Override
    public void onError(Throwable t) {
      all.completeExceptionally(t);
    }

    @Override
    public void onCompleted() {
      all.complete(received);
    }

    List<Message> await() {
      try {
        return all.join();
      } catch (CompletionException e) {
        throw e.getCause() instanceof StatusRuntimeException status ? status : e;
      }
    }
  }

  private RawCall() {}
}
