package trust

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/chandlery-go/chandlery/bundle/trust/metadata"
)

// Changes tells in words what the draft does, a line each: what its signers should read first. Every role is there with all its keys, marked where they are new,
// as what the draft says of the past is not verified: who signs compares the ids with those that they know.
func (d *Draft) Changes() (lines []string) {
	if d.root != nil {
		lines = append(lines, fmt.Sprintf("root %d, until %s", d.after.Version, d.after.Expires.Format("2006-01-02")))
		for _, role := range []string{metadata.RootRole, metadata.TargetsRole, metadata.SnapshotRole, metadata.TimestampRole} {
			var old grant
			if d.before != nil {
				old = topGrant(d.before, role)
			}
			lines = append(lines, describe(role, old, topGrant(d.after, role))...)
		}
	}
	if d.targets == nil {
		return lines
	}
	lines = append(lines, fmt.Sprintf("targets %d, until %s", d.newTargets.Version, d.newTargets.Expires.Format("2006-01-02")))
	for _, channel := range channels(d.newTargets) {
		old, _ := channelGrant(d.oldTargets, channel)
		g, _ := channelGrant(d.newTargets, channel)
		lines = append(lines, describe("channel "+channel, old, g)...)
		lines = append(lines, odd(d.newTargets, channel)...)
	}
	for _, channel := range channels(d.oldTargets) {
		if _, stays := channelGrant(d.newTargets, channel); !stays {
			lines = append(lines, "channel "+channel+" ends")
		}
	}
	for _, name := range slices.Sorted(maps.Keys(d.newTargets.Targets)) {
		lines = append(lines, fmt.Sprintf("targets name the file %q themselves", name))
	}
	return lines
}

// describe tells who speaks for a role.
func describe(role string, old, g grant) (lines []string) {
	var ids []string
	for _, id := range g.role.KeyIDs {
		mark := ""
		if !has(old, g.keys[id]) {
			mark = " (new)"
		}
		ids = append(ids, keyWords(id, g.keys[id])+mark)
	}
	change := ""
	if len(old.role.KeyIDs) > 0 && old.role.Threshold != g.role.Threshold {
		change = fmt.Sprintf(", before %d", old.role.Threshold)
	}
	lines = append(lines, fmt.Sprintf("%s: %d of %s%s", role, g.role.Threshold, strings.Join(ids, ", "), change))
	for _, id := range old.role.KeyIDs {
		if !has(g, old.keys[id]) {
			lines = append(lines, fmt.Sprintf("%s: no longer %s", role, keyWords(id, old.keys[id])))
		}
	}
	return lines
}

// keyWords is a key's own id, which no file can give to another.
func keyWords(id string, k metadata.Key) string {
	if own := k.ID(); own != id {
		return fmt.Sprintf("%.16s (called %.16q)", own, id)
	}
	return fmt.Sprintf("%.16s", id)
}

func has(g grant, k metadata.Key) bool {
	return slices.ContainsFunc(g.role.KeyIDs, func(id string) bool { return sameKey(g.keys[id], k) })
}

// odd tells of a delegation that is not one that this package makes.
func odd(t *metadata.Targets, channel string) (lines []string) {
	for _, d := range t.Delegations.Roles {
		if d.Name != channel {
			continue
		}
		if len(d.Paths) != 1 || d.Paths[0] != channel+"/*" || !d.Terminating {
			lines = append(lines, fmt.Sprintf("channel %s speaks for the paths %q and the hashes %q, terminating: %t", channel, d.Paths, d.PathHashPrefixes, d.Terminating))
		}
	}
	return lines
}
