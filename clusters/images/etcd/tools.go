//go:build tools

// Package main names the program built from this module, so that its requirements stay resolved.
package main

import _ "go.etcd.io/etcd/server/v3"
