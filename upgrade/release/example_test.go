package release_test

import (
	"context"
	"fmt"

	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/upgrade"
	"github.com/chandlery-go/chandlery/upgrade/release"
)

// A series that the user named. Without Want the policy decides, and without Source the data that the library carries.
func ExamplePicker() {
	picker := &release.Picker{Want: "2023.1"}
	target, err := picker.PickTarget(context.Background(), upgrade.Query{
		Component: upgrade.Component{Name: "cinder", Distribution: "cinder", Deliverable: "cinder"},
		Current:   pep440.MustParse("21.3.1"),
	})
	if err != nil {
		panic(err)
	}
	fmt.Println(target.Series)
	fmt.Println("with upper-constraints:", len(target.Constraints) > 300)
	// Output:
	// 2023.1
	// with upper-constraints: true
}
