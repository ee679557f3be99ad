// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Conformance sends golden requests to servers and compares what comes back bit for bit, as
// tests/golden/README.md says.
package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

// A call that takes longer has got stuck, and fails its case.
const callTimeout = time.Minute

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: conformance DIRECTORY SERVER=ADDRESS...")
		os.Exit(2)
	}
	passed, err := run(os.Args[1], os.Args[2:])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	if err != nil || !passed {
		os.Exit(1)
	}
}

// run runs every case of directory and says whether all passed.
func run(directory string, addresses []string) (bool, error) {
	cases, err := readCases(directory)
	if err != nil {
		return false, err
	}
	servers, err := connect(addresses)
	if err != nil {
		return false, err
	}
	passed := 0
	for _, c := range cases {
		if err := runCase(servers, c); err != nil {
			fmt.Printf("%s: %s\n", c.Name, oneLine(err))
			continue
		}
		passed++
	}
	fmt.Printf("%d of %d cases\n", passed, len(cases))
	return passed == len(cases), nil
}

func connect(addresses []string) (map[string]*grpc.ClientConn, error) {
	servers := make(map[string]*grpc.ClientConn)
	for _, argument := range addresses {
		name, address, ok := strings.Cut(argument, "=")
		if !ok {
			return nil, fmt.Errorf("an address must be SERVER=ADDRESS, got %q", argument)
		}
		connection, err := grpc.NewClient(address,
			grpc.WithTransportCredentials(insecure.NewCredentials()),
			// A response may be as large as a message can be.
			grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(math.MaxInt32)))
		if err != nil {
			return nil, fmt.Errorf("server %s: %w", name, err)
		}
		servers[name] = connection
	}
	return servers, nil
}

// runCase returns what differs from what c expects.
func runCase(servers map[string]*grpc.ClientConn, c *goldenCase) error {
	if (c.Error == nil) == (c.Responses == nil) {
		return errors.New("the case must have either responses or an error")
	}
	method, ok := methods[c.Method]
	if !ok {
		return fmt.Errorf("unknown method %q", c.Method)
	}
	server, ok := servers[c.server()]
	if !ok {
		return fmt.Errorf("no address was given for server %q", c.server())
	}
	ctx, cancel := context.WithTimeout(context.Background(), callTimeout)
	defer cancel()
	answers, err := method.call(ctx, server, c)
	if err != nil {
		return compareError(c, err)
	}
	return compareResponses(c, method, answers)
}

// oneLine keeps messages of several lines in the one line that a case has.
func oneLine(err error) string {
	return strings.Join(strings.Fields(err.Error()), " ")
}
