// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

package dev.detloss.examples;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import com.google.protobuf.TextFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/**
 * Where two values of a field first differ.
 *
 * <p>The values are those of reflection, whose equals compares numbers by their bits, of which
 * those of NaN are all the same.
 */
final class Difference {
  private static final int SHOWN_MAX = 400;

  static Optional<String> between(String path, Object expected, Object actual) {
    if (expected.equals(actual)) {
      return Optional.empty();
    }
    Optional<String> inner = Optional.empty();
    if (expected instanceof Message message) {
      inner = ofFields(path, message, (Message) actual);
    } else if (expected instanceof List<?> list) {
      inner = ofElements(path, list, (List<?>) actual);
    }
    return inner.or(
        () -> Optional.of(path + ": expected " + show(expected) + ", got " + show(actual)));
  }

  private static Optional<String> ofFields(String path, Message expected, Message actual) {
    Map<FieldDescriptor, Object> expectedFields = expected.getAllFields();
    Map<FieldDescriptor, Object> actualFields = actual.getAllFields();
    TreeSet<FieldDescriptor> fields = new TreeSet<>(expectedFields.keySet());
    fields.addAll(actualFields.keySet());
    for (FieldDescriptor field : fields) {
      String inner = path + "." + field.getName();
      if (field.hasPresence() && expected.hasField(field) != actual.hasField(field)) {
        return Optional.of(
            inner + (expected.hasField(field) ? ": is missing" : ": is not expected"));
      }
      Optional<String> found = between(inner, expected.getField(field), actual.getField(field));
      if (found.isPresent()) {
        return found;
      }
    }
    return Optional.empty();
  }

  private static Optional<String> ofElements(String path, List<?> expected, List<?> actual) {
    if (expected.size() != actual.size()) {
      return Optional.of(path + ": expected " + expected.size() + " of them, got " + actual.size());
    }
    for (int i = 0; i < expected.size(); i++) {
      Optional<String> found = between(path + "[" + i + "]", expected.get(i), actual.get(i));
      if (found.isPresent()) {
        return found;
      }
    }
    return Optional.empty();
  }

  /** Returns one line for a person to read. */
  static String show(Object value) {
    String text =
        value instanceof Message message
            ? TextFormat.printer().emittingSingleLine(true).printToString(message)
            : value.toString().replace('\n', ' ');
    return text.length() <= SHOWN_MAX ? text : text.substring(0, SHOWN_MAX) + "...";
  }

  private Difference() {}
}
