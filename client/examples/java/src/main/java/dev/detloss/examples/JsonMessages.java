// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

package dev.detloss.examples;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;

/** Messages from the JSON of protobuf. */
final class JsonMessages {
  private static final JsonElement ROUNDS_TO_NEGATIVE_ZERO =
      new JsonPrimitive(new BigDecimal("-1e-400"));

  static Message parse(JsonElement json, Message prototype) throws InvalidProtocolBufferException {
    Message.Builder message = prototype.newBuilderForType();
    JsonFormat.parser().merge(withNegativeZeros(json.deepCopy()).toString(), message);
    return message.build();
  }

  static List<Message> parseAll(JsonArray array, Message prototype)
      throws InvalidProtocolBufferException {
    List<Message> messages = new ArrayList<>();
    for (JsonElement json : array) {
      messages.add(parse(json, prototype));
    }
    return messages;
  }

  /**
   * Replaces every -0.0 by a number that JsonFormat reads as -0.0: it reads numbers as BigDecimal,
   * which has no negative zero, and rounds them to doubles, which have.
   */
  private static JsonElement withNegativeZeros(JsonElement json) {
    if (json instanceof JsonArray array) {
      array.asList().replaceAll(JsonMessages::withNegativeZeros);
    } else if (json instanceof JsonObject object) {
      object.asMap().replaceAll((name, value) -> withNegativeZeros(value));
    } else if (json instanceof JsonPrimitive primitive
        && primitive.isNumber()
        && Double.valueOf(primitive.getAsDouble()).equals(-0.0)) {
      return ROUNDS_TO_NEGATIVE_ZERO;
    }
    return json;
  }

  private JsonMessages() {}
}
