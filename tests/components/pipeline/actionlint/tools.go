//go:build tools

// Package tools pins actionlint, which checks the generated workflow.
package tools

import _ "github.com/rhysd/actionlint/cmd/actionlint"
