package probe_test

import (
	"fmt"
	"strings"

	"github.com/chandlery-go/chandlery/upgrade/probe"
)

// What a service's log says, as evidence by which a redo is decided.
func ExampleClassify() {
	log := `2026-11-22 17:37:13.027 8539 ERROR cinder.cmd.volume [-] Volume service controller1@ceph failed to start.: ModuleNotFoundError: No module named 'vendor_sdk'
2026-11-22 17:37:13.027 8539 ERROR cinder.cmd.volume Traceback (most recent call last):
2026-11-22 17:37:13.027 8539 ERROR cinder.cmd.volume   File "/opt/chandlery/cinder/volume/drivers/vendor.py", line 3, in <module>
2026-11-22 17:37:13.027 8539 ERROR cinder.cmd.volume     import vendor_sdk
2026-11-22 17:37:13.027 8539 ERROR cinder.cmd.volume ModuleNotFoundError: No module named 'vendor_sdk'
`
	for _, e := range probe.Classify(strings.NewReader(log)) {
		fmt.Println(e.Class, e.Symbol)
	}
	// Output:
	// missing-dependency vendor_sdk
}
