package house

import (
	"go/build/constraint"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// processors are those that Go has ports for.
var processors = strings.Fields("386 amd64 arm arm64 loong64 mips mips64 mips64le mipsle ppc64 ppc64le riscv64 s390x wasm")

// TestNoProcessor: no file is for some processors alone, so what builds for one processor of a system builds for all (.ci/run builds for one or two).
func TestNoProcessor(t *testing.T) {
	for _, s := range sources(t) {
		assert.Empty(t, processorOf(path.Base(s.path)), s.path)
		for _, group := range s.file.Comments {
			for _, c := range group.List {
				if expr, err := constraint.Parse(c.Text); err == nil {
					assert.Empty(t, named(expr), s.path)
				}
			}
		}
	}
	assert.Equal(t, "arm64", processorOf("a_linux_arm64_test.go"))
	expr, err := constraint.Parse("//go:build linux && !(arm || slow)")
	assert.NoError(t, err)
	assert.Equal(t, []string{"arm"}, named(expr))
}

// processorOf is what a file's name says of processors.
func processorOf(file string) string {
	parts := strings.Split(strings.TrimSuffix(strings.TrimSuffix(file, ".go"), "_test"), "_")
	if last := parts[len(parts)-1]; len(parts) > 1 && slices.Contains(processors, last) {
		return last
	}
	return ""
}

// named are the processors in a constraint.
func named(expr constraint.Expr) (all []string) {
	expr.Eval(func(tag string) bool {
		if slices.Contains(processors, tag) {
			all = append(all, tag)
		}
		return true
	})
	return all
}
