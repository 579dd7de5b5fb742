package main

import (
	"fmt"
	"maps"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/chandlery-go/chandlery/bundle"
)

// exitCodes is the one table of exit codes; the README and --help show it.
var exitCodes = []struct {
	kind    bundle.Kind
	code    int
	meaning string
}{
	{bundle.KindNone, 0, "done, or nothing to do"},
	{bundle.KindInternal, 1, "a fault of the program"},
	{bundle.KindNotFound, 3, "no index knows a library"},
	{bundle.KindNoVersion, 4, "no version of a library matches what is asked"},
	{bundle.KindNoWheel, 5, "a version matches, but has no wheel for the platform"},
	{bundle.KindConflict, 6, "no set of versions meets all requirements"},
	{bundle.KindInUse, 20, "a file to be replaced is in use: close the program that holds it"},
	{bundle.KindLocked, 21, "another process holds the folder or the channel: wait"},
	{bundle.KindPublishConflict, 22, "another publisher was first, or a key holds other bytes: publish again"},
	{bundle.KindHash, 30, "bytes differ from the size or hash that was promised"},
	{bundle.KindHostile, 31, "a wheel or zip breaks the rules of its format"},
	{bundle.KindTrust, 32, "an update configuration is unsigned, older than one seen, or not for this client"},
	{bundle.KindClientTooOld, 33, "the update configuration asks for a newer client"},
	{bundle.KindNetwork, 40, "an index, store or source cannot be reached"},
	{bundle.KindNoRelease, 41, "the channel has no release yet"},
	{bundle.KindNoSpace, 50, "the disk or a quota is full"},
	{bundle.KindPermission, 51, "a folder or file cannot be read or written"},
	{bundle.KindState, 60, "what is on disk is missing, damaged or from a newer program"},
	{bundle.KindUsage, 64, "the program was called wrongly"},
	{bundle.KindConfig, 65, "a configuration file is wrong"},
	{bundle.KindCanceled, 130, "interrupted"},
}

func exitCode(k bundle.Kind) int {
	for _, e := range exitCodes {
		if e.kind == k {
			return e.code
		}
	}
	return 1
}

func exitTable() string {
	lines := map[int]string{}
	for _, e := range exitCodes {
		lines[e.code] = e.meaning
	}
	for _, e := range slices.Concat(upgradeCodes, trustCodes) {
		lines[e.code] = e.meaning
	}
	var b strings.Builder
	b.WriteString("Exit codes:\n")
	for _, code := range slices.Sorted(maps.Keys(lines)) {
		fmt.Fprintf(&b, "\n  %3d  %s", code, lines[code])
	}
	return b.String()
}

// buildVersion is the module's version or commit, as the Go tool recorded it.
func buildVersion() string {
	b, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	version := b.Main.Version
	for _, s := range b.Settings {
		if s.Key == "vcs.revision" && (version == "" || version == "(devel)") {
			version = s.Value
		}
	}
	return version
}
