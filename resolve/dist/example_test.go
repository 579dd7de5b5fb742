package dist_test

import (
	"fmt"

	"github.com/chandlery-go/chandlery/resolve/dist"
)

func ExampleParseFilename() {
	for _, name := range []string{"numpy_like-1.19.5-2-cp37-cp37m-win32.win_amd64.whl", "numpy-like-1.19.5.tar.gz", "numpy_like-1.19.5.exe"} {
		f, err := dist.ParseFilename(name)
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println(f.Name, f.Version, f.Kind == dist.Wheel, f.Build, f.Tags)
	}
	// Output:
	// numpy-like 1.19.5 true 2 [cp37-cp37m-win32 cp37-cp37m-win_amd64]
	// numpy-like 1.19.5 false  []
	// file name "numpy_like-1.19.5.exe": neither .whl nor .tar.gz nor .zip
}

func ExampleParseMetadata() {
	m, err := dist.ParseMetadata([]byte(`Metadata-Version: 2.1
Name: Shop
Version: 2.0
Requires-Python: >=3.9
Requires-Dist: words>=1
Requires-Dist: colours ; extra == "tty"
Provides-Extra: tty
`))
	if err != nil {
		panic(err)
	}
	fmt.Println(m.Name, m.ProjectVersion, m.RequiresPython, m.ProvidesExtra)
	for _, r := range m.RequiresDist {
		fmt.Println(r)
	}
	// Output:
	// shop 2.0 >=3.9 [tty]
	// words>=1
	// colours; extra == "tty"
}
