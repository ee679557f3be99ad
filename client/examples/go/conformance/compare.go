// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"fmt"
	"math"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

type fieldDescriptor = protoreflect.FieldDescriptor

// diff tells the first difference between two messages of one type, "" if there is none. It is
// not proto.Equal, to which -0.0 and 0.0 are equal.
func diff(path string, want, got protoreflect.Message) string {
	fields := want.Descriptor().Fields()
	for i := range fields.Len() {
		field := fields.Get(i)
		inner := fmt.Sprintf("%s.%s", path, field.Name())
		if want.Has(field) != got.Has(field) {
			w, g := presence(want, field), presence(got, field)
			return fmt.Sprintf("%s: want %s, got %s", inner, w, g)
		}
		if !want.Has(field) {
			continue
		}
		if difference := diffField(inner, field, want.Get(field), got.Get(field)); difference != "" {
			return difference
		}
	}
	if unknown := got.GetUnknown(); len(unknown) > 0 {
		return fmt.Sprintf("%s: got unknown fields %x", path, unknown)
	}
	return ""
}

func diffField(path string, field fieldDescriptor, want, got protoreflect.Value) string {
	if !field.IsList() {
		return diffValue(path, field, want, got)
	}
	w, g := want.List(), got.List()
	if w.Len() != g.Len() {
		return fmt.Sprintf("%s: want %d of them, got %d", path, w.Len(), g.Len())
	}
	for i := range w.Len() {
		inner := fmt.Sprintf("%s[%d]", path, i)
		if difference := diffValue(inner, field, w.Get(i), g.Get(i)); difference != "" {
			return difference
		}
	}
	return ""
}

func diffValue(path string, field fieldDescriptor, want, got protoreflect.Value) string {
	if field.Message() != nil {
		return diff(path, want.Message(), got.Message())
	}
	if sameScalar(field.Kind(), want, got) {
		return ""
	}
	return fmt.Sprintf("%s: want %s, got %s", path, text(want), text(got))
}

func sameScalar(kind protoreflect.Kind, want, got protoreflect.Value) bool {
	switch kind {
	case protoreflect.FloatKind, protoreflect.DoubleKind:
		w, g := want.Float(), got.Float()
		return math.Float64bits(w) == math.Float64bits(g) || math.IsNaN(w) && math.IsNaN(g)
	case protoreflect.BytesKind:
		return bytes.Equal(want.Bytes(), got.Bytes())
	default:
		return want.Equal(got)
	}
}

// presence describes a field of which one message has a value and another has none.
func presence(m protoreflect.Message, field fieldDescriptor) string {
	if !m.Has(field) && field.HasPresence() {
		return "nothing"
	}
	if field.IsList() {
		return fmt.Sprintf("%d of them", m.Get(field).List().Len())
	}
	return text(m.Get(field))
}

func text(value protoreflect.Value) string {
	switch value := value.Interface().(type) {
	case string:
		return fmt.Sprintf("%q", value)
	case []byte:
		return fmt.Sprintf("%x", value)
	case protoreflect.Message:
		return fmt.Sprintf("{%v}", value.Interface().(proto.Message))
	default:
		return fmt.Sprint(value)
	}
}
