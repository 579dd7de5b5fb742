//go:build testbed

package testbed

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/chandlery-go/chandlery/resolve/index"
	"github.com/chandlery-go/chandlery/upgrade"
	"github.com/chandlery-go/chandlery/upgrade/deploy"
)

// A victim is this program once more, which runs one verb of a deployment and kills itself at a write of the journal. It says each write on standard output: number, state, step.
const (
	victimOf    = "CHANDLERY_VICTIM_OF" // deploy.yaml
	victimVerb  = "CHANDLERY_VICTIM_VERB"
	victimAt    = "CHANDLERY_VICTIM_AT" // "17": the seventeenth write; "stop:2": the second one within that step; "": none
	victimCache = "CHANDLERY_VICTIM_CACHE"
)

func victim(deployment string) int {
	ctx := context.Background()
	cfg, err := deploy.Read(deployment)
	if err != nil {
		return unwell(err)
	}
	cache, err := index.OpenCache(os.Getenv(victimCache))
	if err != nil {
		return unwell(err)
	}
	fetcher := &index.Fetcher{Cache: cache}
	defer fetcher.Close()
	d, err := cfg.Open(ctx, deploy.Options{
		Index: &index.Client{URLs: []string{os.Getenv("CHANDLERY_INDEX")}, Cache: cache}, Fetcher: fetcher, Cache: os.Getenv(victimCache),
		Path: filepath.SplitList(os.Getenv("PATH")), Environ: []string{"PATH=" + os.Getenv("PATH")},
	})
	if err != nil {
		return unwell(err)
	}
	defer d.Close()
	for _, u := range d.Upgraders {
		u.Journal = killer(os.Getenv(victimAt))
	}
	if os.Getenv(victimVerb) == "rollback" {
		_, err = d.Rollback(ctx, upgrade.RestoreAlways)
	} else {
		_, err = d.Upgrade(ctx)
	}
	if err != nil {
		return unwell(err)
	}
	return 0
}

func unwell(err error) int {
	fmt.Fprintln(os.Stderr, err)
	return 1
}

// killer is a hook of the journal that ends this process as kill -9 does.
func killer(at string) func(*upgrade.Record) error {
	writes, within := 0, map[upgrade.Step]int{}
	step, nth, named := strings.Cut(at, ":")
	if !named {
		nth = at
	}
	n, err := strconv.Atoi(nth)
	if at != "" && err != nil {
		panic(err) // the test wrote it
	}
	return func(r *upgrade.Record) error {
		writes++
		within[r.Step]++
		fmt.Printf("%d\t%s\t%s\n", writes, r.State, r.Step)
		if !named && writes == n || named && string(r.Step) == step && within[r.Step] == n {
			if err := syscall.Kill(os.Getpid(), syscall.SIGKILL); err != nil {
				return err
			}
			select {} // the signal is on its way
		}
		return nil
	}
}
