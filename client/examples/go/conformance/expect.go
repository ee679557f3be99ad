// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"

	"detloss.dev/client/examples/go/detlossv1"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
)

// compareResponses returns what differs between the responses of c and answers.
func compareResponses(c *goldenCase, m method, answers []proto.Message) error {
	if c.Error != nil {
		return fmt.Errorf("want an error, got %d responses", len(answers))
	}
	want, err := parse(m.response, c.Responses)
	if err != nil {
		return err
	}
	if len(want) != len(answers) {
		return fmt.Errorf("want %d responses, got %d", len(want), len(answers))
	}
	for i := range want {
		normalize(want[i])
		normalize(answers[i])
		path := fmt.Sprintf("responses[%d]", i)
		difference := diff(path, want[i].ProtoReflect(), answers[i].ProtoReflect())
		if difference != "" {
			return errors.New(difference)
		}
	}
	return nil
}

// compareError returns what differs between the error of c and err.
func compareError(c *goldenCase, err error) error {
	failure, ok := status.FromError(err)
	if !ok {
		return err
	}
	got, retry, err := decodeError(failure)
	if err != nil {
		return err
	}
	if c.Error == nil {
		return fmt.Errorf("want responses, got the error {%v}", got)
	}
	want := &detlossv1.Error{}
	if err := protojson.Unmarshal(c.Error, want); err != nil {
		return fmt.Errorf("the error of the case: %w", err)
	}
	if want.GetMessage() == "" {
		got.Message = "" // The case leaves it out where it depends on the moment.
	}
	if difference := diff("error", want.ProtoReflect(), got.ProtoReflect()); difference != "" {
		return errors.New(difference)
	}
	return compareRetry(c.RetryDelay, retry)
}

// decodeError returns what a status and its details tell, and when to call again, if they do.
func decodeError(failure *status.Status) (*detlossv1.Error, *errdetails.RetryInfo, error) {
	decoded := &detlossv1.Error{Code: int32(failure.Code()), Message: failure.Message()}
	var retry *errdetails.RetryInfo
	for _, detail := range failure.Details() {
		switch detail := detail.(type) {
		case *errdetails.ErrorInfo:
			// A reason means something within its domain only.
			if detail.GetDomain() == "detloss" {
				decoded.Reason = detail.GetReason()
			}
		case *errdetails.BadRequest:
			for _, v := range detail.GetFieldViolations() {
				decoded.FieldViolations = append(decoded.FieldViolations,
					&detlossv1.FieldViolation{Field: v.GetField(), Description: v.GetDescription()})
			}
		case *errdetails.RetryInfo:
			retry = detail
		case error:
			return nil, nil, fmt.Errorf("details that cannot be decoded: %w", detail)
		}
	}
	return decoded, retry, nil
}

func compareRetry(wanted bool, retry *errdetails.RetryInfo) error {
	switch {
	case !wanted && retry != nil:
		return fmt.Errorf("want no RetryInfo, got {%v}", retry)
	case wanted && retry == nil:
		return errors.New("want a RetryInfo, got none")
	case wanted && retry.GetRetryDelay().AsDuration() <= 0:
		return fmt.Errorf("want a RetryInfo with a delay greater than 0, got {%v}", retry)
	}
	return nil
}
