package bundle

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"maps"
	"strings"

	"github.com/chandlery-go/chandlery/bundle/manifest"
)

// Hold says why an update leaves a folder as it is, although the update configuration says otherwise. Its text is stable.
type Hold string

const (
	// HoldRollout: the release is for a part of the clients (manifest.Rollout), and this one is not among them yet.
	HoldRollout Hold = "rollout"
	// HoldBlocked: the release was taken back here, by Updater.Rollback.
	HoldBlocked Hold = "blocked"
)

// heldRelease is a release that a folder was brought to.
type heldRelease struct {
	Channel  string `json:"channel"`  // "" in the plain form
	Sequence uint64 `json:"sequence"` // 0 in the plain form
	Set      string `json:"set"`      // fingerprint of what it has for this client
}

// fingerprint tells sets of libraries apart.
func fingerprint(wants []wanted) string {
	h := sha256.New()
	for _, w := range wants {
		fmt.Fprintf(h, "%s %s\n", w.name, w.bundle.RecordSHA256)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// hold decides whether the folder takes what the release has. A release that brings what the folder holds is taken: it can mend the folder.
func (r *updating) hold(f *folder, s folderState, p *UpdatePlan, rollout *manifest.Rollout) {
	switch {
	case s.Release != nil && s.Release.Set == p.release.Set:
	case !s.among(p.Channel, rollout) && !f.bare():
		p.Hold = HoldRollout
		p.Why = fmt.Sprintf("release %d goes to %d of 100 clients so far, and this one is not among them", p.Sequence, rollout.Percent)
	case s.blocks(p.release) && !r.Retry:
		p.Hold = HoldBlocked
		p.Why = fmt.Sprintf("release %d was taken back here: a later one with other content will be installed, or this one by Retry", p.Sequence)
	}
}

// among reports whether the client takes a release that is rolled out. One that has nothing of the channel yet takes what is live, as there is nothing to keep.
func (s folderState) among(channel string, rollout *manifest.Rollout) bool {
	return rollout == nil || s.Release == nil || s.Release.Channel != channel || rollout.Includes(s.ClientID)
}

// bare reports whether a folder holds no distribution at all.
func (f *folder) bare() bool {
	if f == nil {
		return true
	}
	entries, err := fs.ReadDir(f.fs(), ".")
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".dist-info") {
			return false
		}
	}
	return err == nil
}

// blocks reports whether a release was taken back, or one after it, or one that has the same for this client.
func (s folderState) blocks(r heldRelease) bool {
	b, ok := s.Blocked[r.Channel]
	return ok && (r.Channel != "" && r.Sequence <= b.Sequence || r.Set == b.Set)
}

// took is the state once a plan was carried out; ok is false where nothing of it is new.
func (s folderState) took(p *UpdatePlan) (_ folderState, ok bool) {
	s, ok = s.seen(p.Channel, p.Sequence)
	if p.Hold != "" {
		return s, ok
	}
	if s.Release == nil || *s.Release != p.release {
		s.Release, ok = &p.release, true
	}
	if _, blocked := s.Blocked[p.Channel]; blocked {
		s.Blocked, ok = maps.Clone(s.Blocked), true
		delete(s.Blocked, p.Channel)
	}
	if s.ClientID == "" {
		s.ClientID, ok = rand.Text(), true
	}
	return s, ok
}

// tookBack is the state once the folder holds what it held before its last change: what goes out is blocked, unless it came in by a Rollback itself.
func (s folderState) tookBack() folderState {
	out, in := s.Release, s.Previous.Release
	s.Release, s.Blocked = in, maps.Clone(s.Blocked)
	switch {
	case in != nil && s.blocks(*in):
		delete(s.Blocked, in.Channel)
	case out != nil:
		if s.Blocked == nil {
			s.Blocked = map[string]heldRelease{}
		}
		s.Blocked[out.Channel] = *out
	}
	return s
}
