package manifest_test

import (
	"fmt"

	"github.com/chandlery-go/chandlery/bundle/manifest"
)

func ExampleParseConfig() {
	c, err := manifest.ParseConfig([]byte(`{"lxml": {"expectedVersions": {"windows": "4.9.2", "darwin": ">4.6", "darwinbigsur": "latest"}}}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	lxml := c.Libraries[0]
	fmt.Println(lxml.Name, lxml.Expected["windows"].Specifiers, lxml.Expected["darwin"].Specifiers, lxml.Expected["darwinbigsur"].Latest)

	_, err = manifest.ParseConfig([]byte("{\"lxml\": {\n  \"expectedVersion\": {\"windows\": 4.9}}}"))
	fmt.Println(err)
	// Output:
	// lxml ==4.9.2 >4.6 true
	// line 1, column 10: lxml: field "expectedVersions" is missing
	// line 2, column 3: lxml: unknown field "expectedVersion": known are expectedVersions
}
