// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"detloss.dev/client/examples/go/detlossv1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/mem"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"
)

type client = detlossv1.LossServiceClient

type messages = []proto.Message

// sendFunc sends requests and returns what came back.
type sendFunc func(context.Context, client, messages, ...grpc.CallOption) (messages, error)

// method is a method of the service. request and response tell the types of its messages.
type method struct {
	request, response proto.Message
	send              sendFunc
}

var methods = map[string]method{
	"ComputeLoss":   unary(client.ComputeLoss),
	"ListLosses":    unary(client.ListLosses),
	"GetServerInfo": unary(client.GetServerInfo),
	"StreamComputeLoss": {
		request:  &detlossv1.StreamComputeLossRequest{},
		response: &detlossv1.StreamComputeLossResponse{},
		send:     streamComputeLoss,
	},
}

// call sends what c holds. A case that cannot be sent fails with an error that is no status.
func (m method) call(
	ctx context.Context, server *grpc.ClientConn, c *goldenCase,
) (messages, error) {
	ctx = metadata.NewOutgoingContext(ctx, metadata.New(c.Metadata))
	stub := detlossv1.NewLossServiceClient(server)
	if c.RawRequest != nil {
		if c.Requests != nil {
			return nil, errors.New("the case has requests beside the raw one")
		}
		codec := rawRequestCodec{encoding.GetCodecV2("proto"), *c.RawRequest}
		return m.send(ctx, stub, messages{newLike(m.request)}, grpc.ForceCodecV2(codec))
	}
	requests, err := parse(m.request, c.Requests)
	if err != nil {
		return nil, err
	}
	return m.send(ctx, stub, requests)
}

// rawRequestCodec sends request in place of any message.
type rawRequestCodec struct {
	encoding.CodecV2
	request []byte
}

func (c rawRequestCodec) Marshal(any) (mem.BufferSlice, error) {
	return mem.BufferSlice{mem.SliceBuffer(c.request)}, nil
}

func unary[Request, Response proto.Message](
	call func(client, context.Context, Request, ...grpc.CallOption) (Response, error),
) method {
	send := func(
		ctx context.Context, stub client, requests messages, options ...grpc.CallOption,
	) (messages, error) {
		if len(requests) != 1 {
			return nil, fmt.Errorf("a unary call takes one request, the case has %d", len(requests))
		}
		response, err := call(stub, ctx, requests[0].(Request), options...)
		if err != nil {
			return nil, err
		}
		return messages{response}, nil
	}
	var request Request
	var response Response
	return method{request, response, send}
}

func streamComputeLoss(
	ctx context.Context, stub client, requests messages, options ...grpc.CallOption,
) (messages, error) {
	stream, err := stub.StreamComputeLoss(ctx, options...)
	if err != nil {
		return nil, err
	}
	sent := make(chan error, 1)
	// Beside the receiving, since a server that nobody reads from stops reading.
	go func() { sent <- sendAll(stream, requests) }()
	responses, err := receiveAll(stream)
	if err != nil {
		return nil, err
	}
	return responses, <-sent
}

func sendAll(stream detlossv1.LossService_StreamComputeLossClient, requests messages) error {
	for _, request := range requests {
		err := stream.Send(request.(*detlossv1.StreamComputeLossRequest))
		if err == io.EOF {
			return errors.New("the stream ended before all requests were sent")
		}
		if err != nil {
			return err
		}
	}
	return stream.CloseSend()
}

// receiveAll returns the responses in the order of their id; they come as they are ready.
func receiveAll(stream detlossv1.LossService_StreamComputeLossClient) (messages, error) {
	var items []*detlossv1.StreamComputeLossResponse
	for {
		item, err := stream.Recv()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		items = append(items, item)
	}
	slices.SortStableFunc(items, func(a, b *detlossv1.StreamComputeLossResponse) int {
		return cmp.Compare(a.GetId(), b.GetId())
	})
	responses := make(messages, len(items))
	for i, item := range items {
		responses[i] = item
	}
	return responses, nil
}
