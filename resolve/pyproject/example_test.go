package pyproject_test

import (
	"fmt"

	"github.com/chandlery-go/chandlery/resolve/pyproject"
)

func Example() {
	project, err := pyproject.Parse([]byte(`
[project]
name = "shop"
version = "1.0"
dependencies = ["web>=2", "shop[cache]; python_version >= '3.9'"]
[project.optional-dependencies]
cache = ["store"]
[dependency-groups]
lint = ["style"]
test = ["checks", {include-group = "lint"}]
`))
	if err != nil {
		panic(err)
	}
	asked, err := project.Requirements()
	fmt.Println(asked, err)
	tests, err := project.Group("test")
	fmt.Println(tests, err)
	// Output:
	// [web>=2 store; python_version >= "3.9"] <nil>
	// [checks style] <nil>
}
