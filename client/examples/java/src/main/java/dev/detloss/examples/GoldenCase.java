// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

package dev.detloss.examples;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import dev.detloss.v1.Error;
import dev.detloss.v1.LossServiceGrpc;
import io.grpc.Channel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.Marshaller;
import io.grpc.MethodDescriptor.PrototypeMarshaller;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.TreeSet;

/** A request with the answer that the server must give. See tests/golden/README.md. */
record GoldenCase(JsonObject json) {
  /** Reads the cases of every file of a directory, in the order of the names of the files. */
  static List<GoldenCase> readAll(Path directory) throws IOException {
    TreeSet<Path> files = new TreeSet<>();
    try (DirectoryStream<Path> found = Files.newDirectoryStream(directory, "*.json")) {
      found.forEach(files::add);
    }
    List<GoldenCase> cases = new ArrayList<>();
    for (Path file : files) {
      try {
        for (JsonElement element :
            JsonParser.parseString(Files.readString(file)).getAsJsonArray()) {
          cases.add(new GoldenCase(element.getAsJsonObject()));
        }
      } catch (JsonParseException | IllegalStateException e) {
        throw new IOException(file + " is not an array of cases", e);
      }
    }
    return cases;
  }

  String name() {
    return json.get("name").getAsString();
  }

  String server() {
    return json.has("server") ? json.get("server").getAsString() : "open";
  }

  Outcome expected() throws InvalidProtocolBufferException {
    if (json.has("error")) {
      Error error = (Error) JsonMessages.parse(json.get("error"), Error.getDefaultInstance());
      return Outcome.failure(
          error, json.has("retry_delay") && json.get("retry_delay").getAsBoolean());
    }
    Message prototype = prototype(method().getResponseMarshaller());
    return Outcome.success(JsonMessages.parseAll(json.getAsJsonArray("responses"), prototype));
  }

  /** Makes the call. */
  Outcome call(Channel channel) throws InvalidProtocolBufferException {
    try {
      return Outcome.success(RawCall.call(channel, method(), requests(), metadata()));
    } catch (StatusRuntimeException e) {
      return Outcome.failure(e);
    }
  }

  private MethodDescriptor<?, ?> method() {
    String name = json.get("method").getAsString();
    return LossServiceGrpc.getServiceDescriptor().getMethods().stream()
        .filter(method -> name.equals(method.getBareMethodName()))
        .findAny()
        .orElseThrow(() -> new IllegalArgumentException("there is no method " + name));
  }

  private static Message prototype(Marshaller<?> marshaller) {
    return (Message) ((PrototypeMarshaller<?>) marshaller).getMessagePrototype();
  }

  private List<byte[]> requests() throws InvalidProtocolBufferException {
    if (json.has("raw_request")) {
      return List.of(Base64.getDecoder().decode(json.get("raw_request").getAsString()));
    }
    JsonArray requests = json.getAsJsonArray("requests");
    return JsonMessages.parseAll(requests, prototype(method().getRequestMarshaller())).stream()
        .map(Message::toByteArray)
        .toList();
  }

  private Metadata metadata() {
    Metadata metadata = new Metadata();
    if (json.has("metadata")) {
      json.getAsJsonObject("metadata")
          .asMap()
          .forEach(
              (key, value) ->
                  metadata.put(
                      Metadata.Key.of(key, Metadata.ASCII_STRING_MARSHALLER), value.getAsString()));
    }
    return metadata;
  }
}
