//go:build testbed

package testbed

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

var (
	offset       = flag.Int("testbed.offset", 2000, "what is added to the testbed's ports")
	objectStore  = flag.String("testbed.objectstore", "bluestore", "of the testbed's Ceph: bluestore or memstore")
	databaseKind = flag.String("testbed.db", "mariadb", "TestKills: of the full run: sqlite or mariadb; cinder on a busy SQLite fails for no fault of an upgrade")
	cacheDir     = flag.String("testbed.cache", "", "folder of chandlery's cache; default: a new one, that is removed")
	targets      = flag.String("testbed.targets", "", "TestTargets: series or versions, separated by commas; none: the test has nothing to do and fails")
	seed         = flag.Uint64("testbed.seed", 4, "TestKills: of the choice of moments")
	allKills     = flag.Bool("testbed.kills", false, "TestKills: after every write of the journal, resumed and rolled back, and at 30 random moments, instead of a sample")
	beds         = flag.Int("testbed.beds", 1, "TestKills: how many testbeds share the full run")
	reportFile   = flag.String("testbed.report", "", "file to write TestTargets' or the full TestKills' report to")
)

const repository = "../.."

// suite is what all tests share.
var suite struct {
	program string // chandlery, built once
	cache   string
	index   string // CHANDLERY_INDEX
	testbed string // CHANDLERY_TESTBED
	running running
}

func TestMain(m *testing.M) {
	if deployment := os.Getenv(victimOf); deployment != "" {
		os.Exit(victim(deployment))
	}
	flag.Parse()
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "chandlery-testbed")
		if err == nil {
			defer os.RemoveAll(dir)
			err = prepareSuite(dir)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		go suite.running.endAtSignal()
		return m.Run()
	}())
}

func prepareSuite(dir string) error {
	for name, value := range map[string]*string{"CHANDLERY_INDEX": &suite.index, "CHANDLERY_TESTBED": &suite.testbed} {
		if *value = os.Getenv(name); *value == "" {
			return fmt.Errorf("%s is not set: see doc.go", name)
		}
	}
	if os.Geteuid() != 0 {
		return fmt.Errorf("the testbed needs root")
	}
	suite.cache = *cacheDir
	if suite.cache == "" {
		suite.cache = filepath.Join(dir, "cache")
	}
	suite.program = filepath.Join(dir, "chandlery")
	build := exec.Command("go", "build", "-o", suite.program, "./examples/chandlery")
	build.Dir = repository
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("build: %w\n%s", err, out)
	}
	return nil
}
