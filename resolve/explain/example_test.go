package explain_test

import (
	"context"
	"fmt"
	"strings"

	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/explain"
	"github.com/chandlery-go/chandlery/resolve/resolvetest"
)

// A program asks why, and makes the nearest change itself.
func Example() {
	u, err := resolvetest.ParseUniverse(`
		platform linux 3.9.18 manylinux_2_17_x86_64
		release app 1.0
		  requires lib>=2
		release lib 1.0
		release lib 2.0
		request app
		request lib==1.0`)
	if err != nil {
		fmt.Println(err)
		return
	}
	e := explain.Explainer{Index: u.Index}
	rows, err := e.Ask(context.Background(), &u.Request, []resolve.Platform{u.Request.Platform}, explain.Question{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(strings.Join(rows[0].Lines(), "\n"))

	changed, err := rows[0].Conflict.Nearest.Remedies[0].Apply(&u.Request)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(changed.Requirements)
	// Output:
	// linux:
	//   There is no solution:
	//     Because every version of app depends on lib>=2 and the request asks for lib==1.0, no version of app can be used.
	//     And because the request asks for app, the request cannot be satisfied.
	//   There would be one with any of these changes, the nearest first:
	//     ask for lib==2.0 instead of lib==1.0
	//     drop the requirement app
	// [app lib==2.0]
}
