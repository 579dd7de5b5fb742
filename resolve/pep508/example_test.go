package pep508_test

import (
	"fmt"

	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// Does a requirement apply to 32-bit Windows? The Python there may find itself on a 64-bit system.
func Example() {
	r, err := pep508.Parse(`greenlet (!=0.4.17) ; platform_machine == "AMD64" and python_version < "3.8"`)
	if err != nil {
		fmt.Println(err)
		return
	}
	envs, err := pep508.Environments(pep440.MustParse("3.7.4"), "win32")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, env := range envs {
		fmt.Println(r.Name, "on", env["platform_machine"], r.Marker.Evaluate(env))
	}
	// Output:
	// greenlet on x86 false
	// greenlet on AMD64 true
}

func ExampleParse() {
	r, err := pep508.Parse("Requests[Socks] (>=2.8.1, ==2.8.*) ; python_version<'3.8'")
	fmt.Println(r, err)
	_, err = pep508.Parse("requests>=2.8 2.9")
	fmt.Println(err)
	// Output:
	// requests[socks]==2.8.*,>=2.8.1; python_version < "3.8" <nil>
	// invalid requirement "requests>=2.8 2.9" at column 14: want the end of the version, or a comma
}

func ExampleMarker_Evaluate() {
	env := pep508.Environment{"python_version": "3.10", "os_name": "posix"}
	for _, text := range []string{`python_version >= "3.9"`, `platform_release >= "20"`, `os_name == "posix" or platform_release >= "20"`, `extra == "tests"`} {
		m, err := pep508.ParseMarker(text)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(m.Evaluate(env, "tests"))
	}
	// Output:
	// true
	// unknown
	// true
	// true
}
