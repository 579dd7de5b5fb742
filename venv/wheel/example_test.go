package wheel_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/chandlery-go/chandlery/resolve/resolvetest"
	"github.com/chandlery-go/chandlery/venv/wheel"
)

// A wheel is opened by its bytes and name, held to its RECORD, and laid out as it stands after install: here in one flat folder.
func ExampleOpen() {
	made := resolvetest.Wheel{Name: "app", Version: "1.0", Files: map[string]string{"app/__init__.py": "x = 1\n"}}
	body := made.Bytes()
	w, err := wheel.Open(bytes.NewReader(body), int64(len(body)), made.Filename())
	if err != nil {
		panic(err)
	}
	if err := w.Verify(context.Background()); err != nil {
		panic(err)
	}
	tree, err := w.Layout(wheel.FlatScheme(), "example")
	if err != nil {
		panic(err)
	}
	for _, name := range tree.Files() {
		fmt.Println(name)
	}

	// What is wrong with a wheel comes all at once; here it bears another's name.
	_, err = wheel.Open(bytes.NewReader(body), int64(len(body)), "other-1.0-py3-none-any.whl")
	var violations *wheel.FormatError
	fmt.Println(errors.As(err, &violations))
	// Output:
	// app-1.0.dist-info/INSTALLER
	// app-1.0.dist-info/METADATA
	// app-1.0.dist-info/RECORD
	// app-1.0.dist-info/WHEEL
	// app/__init__.py
	// true
}
