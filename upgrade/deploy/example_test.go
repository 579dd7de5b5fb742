package deploy_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/chandlery-go/chandlery/resolve/resolvetest"
	"github.com/chandlery-go/chandlery/upgrade"
	"github.com/chandlery-go/chandlery/upgrade/deploy"
)

// A deployment is read, and its Upgraders are put together; nothing is changed by either. Before the first upgrade there is no Record.
func ExampleConfig_Open() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "deploy-")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	for name, text := range map[string]string{
		"site/cinder-21.3.1.dist-info/METADATA": "Metadata-Version: 2.1\nName: cinder\nVersion: 21.3.1\n",
		"cinder.conf":                           "[DEFAULT]\nhost = controller1\n",
		"deploy.yaml": `
root: opt
components:
  - name: cinder
    real: {sites: [site], scripts: bin}
    config: [cinder.conf]
    manager: {kind: process}
    verify: {off: [L1, L2, L3, L4]}
`,
	} {
		name = filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			panic(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			panic(err)
		}
	}

	cfg, err := deploy.Read(filepath.Join(dir, "deploy.yaml"))
	if err != nil {
		panic(err)
	}
	deployment, err := cfg.Open(ctx, deploy.Options{
		Index:    &resolvetest.Index{}, // an index.Client of the user's index; with it goes an index.Fetcher
		Observer: func(e upgrade.Event) { fmt.Println(e.Component, e.Step, e.Type, e.Text) },
	})
	if err != nil {
		panic(err)
	}
	defer deployment.Close()
	for _, u := range deployment.Upgraders {
		fmt.Println(u.Component.Name, u.Real.Version, len(u.Component.Services), "services")
	}
	_, err = deployment.Status(ctx)
	fmt.Println(errors.Is(err, upgrade.ErrNoUpgrade))
	// Output:
	// cinder 21.3.1 4 services
	// true
}

// What is wrong in a deploy.yaml is told by line and key.
func ExampleParse() {
	_, err := deploy.Parse([]byte("root: /opt/chandlery\ncomponents:\n  - name: cinder\n    rael: {}\n"), "/etc/chandlery")
	fmt.Println(err)
	// Output:
	// line 4: components.0: unknown key "rael"
}
