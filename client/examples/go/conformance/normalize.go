// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"detloss.dev/client/examples/go/detlossv1"
	"google.golang.org/protobuf/proto"
)

// normalize takes from a response what need not be equal: what depends on the machine and the
// moment.
func normalize(response proto.Message) {
	switch response := response.(type) {
	case *detlossv1.ComputeLossResponse:
		normalizeLosses(response)
	case *detlossv1.StreamComputeLossResponse:
		normalizeLosses(response.GetResponse())
	case *detlossv1.GetServerInfoResponse:
		limits := response.GetLimits()
		proto.Reset(response)
		response.Limits = limits
	}
}

func normalizeLosses(response *detlossv1.ComputeLossResponse) {
	if response != nil {
		response.Timing = nil
	}
}
