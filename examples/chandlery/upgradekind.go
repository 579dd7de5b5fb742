package main

import (
	"context"
	"errors"
	"io/fs"
	"slices"

	"github.com/chandlery-go/chandlery/bundle"
	"github.com/chandlery-go/chandlery/resolve/index"
	"github.com/chandlery-go/chandlery/upgrade"
	"github.com/chandlery-go/chandlery/upgrade/deploy"
	"github.com/chandlery-go/chandlery/upgrade/driver"
	"github.com/chandlery-go/chandlery/upgrade/driver/data"
	"github.com/chandlery-go/chandlery/upgrade/environment"
	"github.com/chandlery-go/chandlery/upgrade/openstack"
	"github.com/chandlery-go/chandlery/upgrade/probe"
)

// kind is a kind of error by its stable name: one of bundle's, or of an upgrade.
type kind string

const (
	kindNoTarget      kind = "no-target"
	kindNoInterpreter kind = "no-interpreter"
	kindUnsatisfiable kind = "unsatisfiable"
	kindNoDriver      kind = "no-driver"
	kindPython2       kind = "python2"
	kindNoSDK         kind = "no-sdk"
	kindNoUpgrade     kind = "no-upgrade"
	kindUnfinished    kind = "unfinished"
	kindChanged       kind = "changed"
	kindUnreachable   kind = "unreachable"
	kindVerify        kind = "verify"
	kindUpgrade       kind = "upgrade"
	kindBroken        kind = "broken"
)

// upgradeCodes are the exit codes of upgrades, beside exitCodes.
var upgradeCodes = []struct {
	kind    kind
	code    int
	meaning string
}{
	{kindNoTarget, 7, "there is no newer version to upgrade to: the reasons are listed"},
	{kindNoInterpreter, 8, "no Python at hand can run the version"},
	{kindUnsatisfiable, 9, "no release has all that the driver asks for, or only older ones"},
	{kindNoDriver, 10, "what was given as a driver is none"},
	{kindPython2, 11, "the driver is written for Python 2"},
	{kindNoSDK, 12, "the driver imports a distribution that nothing is known to install"},
	{kindUnreachable, 42, "the deployment's database or API cannot be reached"},
	{kindUnfinished, 70, "an upgrade was begun and not ended: resume it or roll it back"},
	{kindNoUpgrade, 71, "there is no upgrade to resume, to roll back or to tell of"},
	{kindChanged, 72, "what runs was changed by somebody else since the upgrade began"},
	{kindVerify, 73, "what was verified does not do its work: the old version runs"},
	{kindUpgrade, 74, "a step of the upgrade failed: the old version runs"},
	{kindBroken, 75, "neither version is known to work: repair what is named, then roll back"},
}

// classify gives an error's kind and exit code.
func classify(err error) (kind, int) {
	k := trustKind(err)
	if k == "" {
		k = upgradeKind(err)
	}
	for _, c := range slices.Concat(upgradeCodes, trustCodes) {
		if c.kind == k {
			return k, c.code
		}
	}
	for _, c := range exitCodes {
		if kind(c.kind.String()) == k {
			return k, c.code
		}
	}
	return k, 1
}

// sentinels are those errors that say their kind alone, the first that fits counts.
var sentinels = []struct {
	err  error
	kind kind
}{
	{context.Canceled, kind(bundle.KindCanceled.String())},
	{index.ErrOffline, kind(bundle.KindNetwork.String())},
	{upgrade.ErrLocked, kind(bundle.KindLocked.String())},
	{upgrade.ErrUnfinished, kindUnfinished},
	{driver.ErrNoIndex, kind(bundle.KindUsage.String())},
	{data.ErrNone, kind(bundle.KindUsage.String())},
	{upgrade.ErrNoUpgrade, kindNoUpgrade},
	{upgrade.ErrChanged, kindChanged},
	{upgrade.ErrNoTarget, kindNoTarget},
	{deploy.ErrNoComponent, kind(bundle.KindUsage.String())},
	{upgrade.ErrNoVerifier, kind(bundle.KindConfig.String())},
	{probe.ErrUnreachable, kindUnreachable},
}

// upgradeKind looks for what an upgrade's errors are, then asks bundle.
func upgradeKind(err error) kind {
	var flow *upgrade.Error
	var failed *upgrade.VerifyError
	failing := errors.As(err, &flow)
	known := bundle.KindOf(err)
	switch {
	case known == bundle.KindState && driverKind(err) == "": // what is known of the upgrade is damaged, which says nothing of what runs
		return kind(known.String())
	case failing && flow.State == upgrade.Broken:
		return kindBroken
	case errors.As(err, &failed):
		return kindVerify
	}
	if k := driverKind(err); k != "" {
		return k
	}
	for _, s := range sentinels {
		if errors.Is(err, s.err) {
			return s.kind
		}
	}
	if k := typedKind(err); k != "" {
		return k
	}
	if known != bundle.KindInternal || !failing {
		return kind(known.String())
	}
	return kindUpgrade
}

// driverKind knows what is wrong with a vendor's driver; "" for other errors.
func driverKind(err error) kind {
	var unsatisfiable *driver.UnsatisfiableError
	var below *driver.BelowError
	var none *driver.NotDriverError
	var old *driver.Python2Error
	var sdk *driver.MissingSDKError
	var open *driver.OpenError
	switch {
	case errors.As(err, &unsatisfiable), errors.As(err, &below):
		return kindUnsatisfiable
	case errors.As(err, &none):
		return kindNoDriver
	case errors.As(err, &old):
		return kindPython2
	case errors.As(err, &sdk):
		return kindNoSDK
	case errors.As(err, &open) && (errors.Is(err, fs.ErrNotExist) || bundle.KindOf(err) == bundle.KindInternal):
		return kind(bundle.KindUsage.String())
	}
	return ""
}

// typedKind knows the error types of the rooms of an upgrade; "" for others.
func typedKind(err error) kind {
	var interpreter *environment.NoInterpreterError
	var server *openstack.ServerError
	var unreachable *openstack.UnreachableError
	var yaml *deploy.ConfigError
	var conf *openstack.ConfigError
	var conflict *openstack.ConflictError
	switch {
	case errors.As(err, &interpreter), errors.As(err, &server):
		return kindNoInterpreter
	case errors.As(err, &unreachable):
		return kindUnreachable
	case errors.As(err, &yaml), errors.As(err, &conf), errors.As(err, &conflict):
		return kind(bundle.KindConfig.String())
	}
	return ""
}
