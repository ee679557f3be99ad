// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

package dev.detloss.examples;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import dev.detloss.v1.ComputeLossRequest;
import dev.detloss.v1.DataType;
import dev.detloss.v1.GiouLoss;
import dev.detloss.v1.LossServiceGrpc;
import dev.detloss.v1.LossTerm;
import dev.detloss.v1.Tensor;
import dev.detloss.v1.TermResult;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.math.BigDecimal;
import java.math.MathContext;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.TimeUnit;

/** Computes the generalized IoU loss of two boxes, and its gradient. */
public final class Example {
  public static void main(String[] args) throws InvalidProtocolBufferException {
    String address = args.length > 0 ? args[0] : "127.0.0.1:50051";
    ManagedChannel channel =
        Grpc.newChannelBuilder(address, InsecureChannelCredentials.create())
            .maxInboundMessageSize(1 << 30) // a gradient is as large as its prediction
            .build();
    LossTerm term =
        LossTerm.newBuilder()
            .setPrediction(boxes(0, 0, 2, 2))
            .setTarget(boxes(1, 1, 3, 3))
            .setGiou(GiouLoss.getDefaultInstance())
            .build();
    try {
      print(
          LossServiceGrpc.newBlockingStub(channel)
              .withDeadlineAfter(10, TimeUnit.SECONDS)
              .computeLoss(ComputeLossRequest.newBuilder().addTerms(term).build())
              .getResults(0));
    } catch (StatusRuntimeException e) {
      explain(e);
      System.exit(1);
    } finally {
      channel.shutdownNow();
    }
  }

  private static Tensor boxes(float... coordinates) {
    ByteBuffer data =
        ByteBuffer.allocate(Float.BYTES * coordinates.length).order(ByteOrder.LITTLE_ENDIAN);
    data.asFloatBuffer().put(coordinates);
    return Tensor.newBuilder()
        .setDataType(DataType.DATA_TYPE_FLOAT32)
        .addShape(coordinates.length / 4)
        .addShape(4)
        .setData(ByteString.copyFrom(data))
        .build();
  }

  private static void print(TermResult result) {
    StringBuilder line =
        new StringBuilder("loss " + sixDigits(floats(result.getLoss()).getFloat()));
    line.append(", gradient");
    for (ByteBuffer gradient = floats(result.getGradient()); gradient.hasRemaining(); ) {
      line.append(' ').append(sixDigits(gradient.getFloat()));
    }
    System.out.println(line);
  }

  private static ByteBuffer floats(Tensor tensor) {
    return tensor.getData().asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
  }

  private static String sixDigits(float number) {
    return new BigDecimal(number).round(new MathContext(6)).stripTrailingZeros().toPlainString();
  }

  private static void explain(StatusRuntimeException e) throws InvalidProtocolBufferException {
    Status status = e.getStatus();
    System.err.println(status.getCode() + ": " + status.getDescription());
    for (Any detail : StatusProto.fromThrowable(e).getDetailsList()) {
      if (detail.is(ErrorInfo.class)) {
        System.err.println("reason " + detail.unpack(ErrorInfo.class).getReason());
      } else if (detail.is(BadRequest.class)) {
        detail
            .unpack(BadRequest.class)
            .getFieldViolationsList()
            .forEach(v -> System.err.println(v.getField() + ": " + v.getDescription()));
      }
    }
  }
}
