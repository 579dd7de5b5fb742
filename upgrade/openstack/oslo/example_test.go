package oslo_test

import (
	"fmt"

	"github.com/chandlery-go/chandlery/upgrade/openstack/oslo"
)

// An edit keeps every byte that it does not mean.
func ExampleFile_Set() {
	f, err := oslo.Parse([]byte("# ours\n[DEFAULT]\ndebug : true   \n\n[ceph]\nrbd_pool = volumes\n"))
	if err != nil {
		panic(err)
	}
	f.Set(oslo.Default, "debug", "false")
	f.Set("ceph", "rbd_user", "cinder")
	fmt.Printf("%s", f.Bytes())
	// Output:
	// # ours
	// [DEFAULT]
	// debug = false
	//
	// [ceph]
	// rbd_pool = volumes
	// rbd_user = cinder
}

// Of several files the later one counts.
func ExampleStack() {
	operator, err := oslo.Parse([]byte("[DEFAULT]\ndebug = true\nhost = controller1\n"))
	if err != nil {
		panic(err)
	}
	above, err := oslo.Parse([]byte("[DEFAULT]\ndebug = false\n"))
	if err != nil {
		panic(err)
	}
	stack := oslo.Stack{operator, above}
	for _, key := range []string{"debug", "host"} {
		value, _ := stack.Get(oslo.Default, key)
		fmt.Println(key, value)
	}
	// Output:
	// debug false
	// host controller1
}
