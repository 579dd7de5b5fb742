package chandlery_test

import (
	"os"
	"testing"
)

// exampleRoot holds the examples' folders.
var exampleRoot string

func TestMain(m *testing.M) {
	os.Exit(func() int {
		var err error
		exampleRoot, err = os.MkdirTemp("", "chandlery-example")
		check(err)
		defer os.RemoveAll(exampleRoot)
		return m.Run()
	}())
}
