// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Example computes the GIoU loss of two boxes and its gradient.
package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"os"

	"detloss.dev/client/examples/go/detlossv1"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
)

// Gradients are as large as predictions, and soon exceed the 4 MiB that grpc-go takes by default.
const responseBytesMax = 1 << 30

func float32Tensor(elements []float32, shape ...int64) *detlossv1.Tensor {
	var data []byte
	for _, x := range elements {
		data = binary.LittleEndian.AppendUint32(data, math.Float32bits(x))
	}
	return &detlossv1.Tensor{
		DataType: detlossv1.DataType_DATA_TYPE_FLOAT32,
		Shape:    shape,
		Contents: &detlossv1.Tensor_Data{Data: data},
	}
}

func elements(tensor *detlossv1.Tensor) []float32 {
	elements := make([]float32, len(tensor.GetData())/4)
	for i := range elements {
		elements[i] = math.Float32frombits(binary.LittleEndian.Uint32(tensor.GetData()[4*i:]))
	}
	return elements
}

func printLoss(address string) error {
	connection, err := grpc.NewClient(address,
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(responseBytesMax)))
	if err != nil {
		return err
	}
	defer connection.Close()
	response, err := detlossv1.NewLossServiceClient(connection).ComputeLoss(context.Background(),
		&detlossv1.ComputeLossRequest{Terms: []*detlossv1.LossTerm{{
			Prediction: float32Tensor([]float32{0, 0, 2, 2}, 1, 4),
			Target:     float32Tensor([]float32{1, 1, 3, 3}, 1, 4),
			Loss:       &detlossv1.LossTerm_Giou{Giou: &detlossv1.GiouLoss{}},
		}}})
	if err != nil {
		return err
	}
	result := response.GetResults()[0]
	fmt.Printf("loss %.6g, gradient", elements(result.GetLoss())[0])
	for _, g := range elements(result.GetGradient()) {
		fmt.Printf(" %.6g", g)
	}
	fmt.Println()
	return nil
}

func explain(err error) {
	failure := status.Convert(err)
	fmt.Fprintf(os.Stderr, "%v: %s\n", failure.Code(), failure.Message())
	for _, detail := range failure.Details() {
		switch detail := detail.(type) {
		case *errdetails.ErrorInfo:
			fmt.Fprintf(os.Stderr, "reason %s\n", detail.GetReason())
		case *errdetails.BadRequest:
			for _, v := range detail.GetFieldViolations() {
				fmt.Fprintf(os.Stderr, "%s: %s\n", v.GetField(), v.GetDescription())
			}
		}
	}
}

func main() {
	address := "127.0.0.1:50051"
	if len(os.Args) > 1 {
		address = os.Args[1]
	}
	if err := printLoss(address); err != nil {
		explain(err)
		os.Exit(1)
	}
}
