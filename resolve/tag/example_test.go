package tag_test

import (
	"fmt"

	"github.com/chandlery-go/chandlery/resolve/tag"
)

// Which of two wheels suits 32-bit Windows better?
func Example() {
	target, err := tag.CPython(tag.Python{Major: 3, Minor: 7}, "win32")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, wheel := range []string{"cp37-cp37m-win32", "py2.py3-none-any", "cp37-cp37m-win_amd64"} {
		tags, err := tag.Parse(wheel)
		if err != nil {
			fmt.Println(err)
			return
		}
		rank, ok := target.Rank(tags)
		fmt.Println(wheel, rank, ok)
	}
	// Output:
	// cp37-cp37m-win32 0 true
	// py2.py3-none-any 19 true
	// cp37-cp37m-win_amd64 0 false
}

func ExampleParse() {
	tags, err := tag.Parse("cp310.cp311-none-win32")
	fmt.Println(tags, err)
	_, err = tag.Parse("cp310-none")
	fmt.Println(err)
	// Output:
	// [cp310-none-win32 cp311-none-win32] <nil>
	// tag "cp310-none": wants three parts: interpreter-abi-platform
}

func ExampleCPython_unknownPlatform() {
	_, err := tag.CPython(tag.Python{Major: 3, Minor: 9}, "macosx_10_15_arm64")
	fmt.Println(err)
	// Output:
	// CPython 3.9 on platform "macosx_10_15_arm64": macOS on arm64 begins with macosx_11_0_arm64
}
