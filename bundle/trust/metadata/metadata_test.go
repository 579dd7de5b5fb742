package metadata

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var expires = time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)

func newEd(t testing.TB) crypto.Signer {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	return key
}

func newRoot(t testing.TB, threshold int, signers ...crypto.Signer) *Root {
	r := &Root{Version: 1, Expires: expires, ConsistentSnapshot: true, Keys: map[string]Key{}, Roles: map[string]Role{}}
	role := Role{Threshold: threshold}
	for _, s := range signers {
		key, err := NewKey(s.Public())
		require.NoError(t, err)
		r.Keys[key.ID()] = key
		role.KeyIDs = append(role.KeyIDs, key.ID())
	}
	for _, name := range topRoles {
		r.Roles[name] = role
	}
	return r
}

func signedRoot(t testing.TB) []byte {
	key := newEd(t)
	e, err := New(newRoot(t, 1, key))
	require.NoError(t, err)
	require.NoError(t, e.Sign(key))
	b, err := e.Encode()
	require.NoError(t, err)
	return b
}

func TestRoundTrip(t *testing.T) {
	key := newEd(t)
	sums := map[string]string{SHA256: strings.Repeat("ab", 32)}
	pub, err := NewKey(key.Public())
	require.NoError(t, err)
	root := newRoot(t, 1, key)
	timestamp := &Timestamp{Version: 2, Expires: expires, Snapshot: MetaFile{Version: 7, Length: 12, Hashes: sums}}
	snapshot := &Snapshot{Version: 3, Expires: expires, Meta: map[string]MetaFile{"targets": {Version: 1}, "a.b": {Version: 9, Length: 5, Hashes: sums}}}
	targets := &Targets{Version: 4, Expires: expires,
		Targets: map[string]TargetFile{"stable/update.json": {Length: 3, Hashes: sums, Custom: json.RawMessage(`{"a":[1,null,true,"<\u0001>"]}`)}, "empty": {Hashes: sums}},
		Delegations: &Delegations{Keys: map[string]Key{pub.ID(): pub}, Roles: []Delegation{
			{Name: "demo.stable", Role: Role{KeyIDs: []string{pub.ID()}, Threshold: 1}, Paths: []string{"stable/*"}, Terminating: true},
			{Name: "bin", Role: Role{KeyIDs: []string{pub.ID()}, Threshold: 1}, PathHashPrefixes: []string{"0f"}}}}}
	for _, part := range []Part{root, timestamp, snapshot, targets} {
		e, err := New(part)
		require.NoError(t, err)
		require.NoError(t, e.Sign(key))
		b, err := e.Encode()
		require.NoError(t, err)
		read, err := Open(b)
		require.NoError(t, err)
		require.NoError(t, read.Verify(root.Keys, root.Roles[RootRole]))
		again, err := read.Encode()
		require.NoError(t, err)
		assert.Equal(t, string(b), string(again))
		var got Part
		switch part.(type) {
		case *Root:
			got, err = read.Root()
		case *Timestamp:
			got, err = read.Timestamp()
		case *Snapshot:
			got, err = read.Snapshot()
		case *Targets:
			got, err = read.Targets()
			got.(*Targets).Targets["stable/update.json"] = TargetFile{Length: 3, Hashes: sums, Custom: targets.Targets["stable/update.json"].Custom}
		}
		require.NoError(t, err)
		assert.Equal(t, part, got)
	}
	e, err := New(timestamp)
	require.NoError(t, err)
	_, err = e.Root()
	require.ErrorIs(t, err, ErrFormat)
}

func TestNewRefuses(t *testing.T) {
	for name, part := range map[string]Part{
		"version 0":          &Timestamp{Expires: expires, Snapshot: MetaFile{Version: 1}},
		"snapshot version 0": &Timestamp{Version: 1, Expires: expires},
		"root without roles": &Root{Version: 1, Expires: expires},
		"target, no hashes":  &Targets{Version: 1, Expires: expires, Targets: map[string]TargetFile{"a": {}}},
		"custom a list":      &Targets{Version: 1, Expires: expires, Targets: map[string]TargetFile{"a": {Hashes: map[string]string{"x": "y"}, Custom: []byte("[]")}}},
		"delegated root":     &Targets{Version: 1, Expires: expires, Delegations: &Delegations{Roles: []Delegation{{Name: "root", Role: Role{Threshold: 1}}}}},
		"year 10000":         &Timestamp{Version: 1, Expires: expires.AddDate(9000, 0, 0), Snapshot: MetaFile{Version: 1}},
		"not UTF-8":          &Snapshot{Version: 1, Expires: expires, Meta: map[string]MetaFile{"": {Version: 1}}},
	} {
		_, err := New(part)
		assert.ErrorIs(t, err, ErrFormat, name)
	}
}

// TestT14Format: attack T14, metadata that is meant to break its reader, and T15, another major version of the specification.
func TestT14Format(t *testing.T) {
	good := string(signedRoot(t))
	_, err := Open([]byte(good))
	require.NoError(t, err)
	id := good[strings.Index(good, `"keyid": "`)+10:][:64]
	change := func(old, new string) string {
		require.Contains(t, good, old)
		return strings.Replace(good, old, new, 1)
	}
	for name, text := range map[string]string{
		"nothing":             "",
		"no object":           "[]",
		"text after":          good + "{}",
		"deep":                strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000),
		"deep, 5 MB":          strings.Repeat(`{"a":[`, MaxTargets/6),
		"too long":            good + strings.Repeat(" ", MaxTargets),
		"too many values":     change(`"_type"`, `"x": [`+strings.Repeat("0,", MaxValues)+`0], "_type"`),
		"not UTF-8":           change(`"_type"`, "\"x\": \"\xff\", \"_type\""),
		"lone surrogate":      change(`"_type"`, `"x": "\ud800", "_type"`),
		"low surrogate":       change(`"_type"`, `"x": "\uDC00", "_type"`),
		"signed twice":        change(`"signed":`, `"signed": {}, "signed":`),
		"Signed and signed":   change(`"signed":`, `"Signed": {}, "signed":`),
		"SIGNED alone":        change(`"signed":`, `"SIGNED":`),
		"ſigned":              change(`"signed":`, `"ſigned": {}, "signed":`),
		"deep duplicate":      change(`"scheme":`, `"scheme": "x", "scheme":`),
		"Threshold":           change(`"threshold": 1`, `"threshold": 1, "Threshold": 2`),
		"float":               change(`"version": 1`, `"version": 1.0`),
		"exponent":            change(`"version": 1`, `"version": 1e0`),
		"float, other field":  change(`"_type"`, `"x": 1.5, "_type"`),
		"minus zero":          change(`"_type"`, `"x": -0, "_type"`),
		"version 2^63":        change(`"version": 1`, `"version": 9223372036854775808`),
		"version 0":           change(`"version": 1`, `"version": 0`),
		"version -1":          change(`"version": 1`, `"version": -1`),
		"version text":        change(`"version": 1`, `"version": "1"`),
		"threshold 0":         change(`"threshold": 1`, `"threshold": 0`),
		"threshold text":      change(`"threshold": 1`, `"threshold": "1"`),
		"key id twice":        change(`"keyids": [`, `"keyids": ["`+id+`",`),
		"signature twice":     change(`"signatures": [`, `"signatures": [{"keyid": "`+id+`", "sig": "00"},`),
		"signatures":          change(`"signatures": [`, `"signatures": [`+manySignatures(MaxSignatures)),
		"expires, offset":     change(`2030-01-02T03:04:05Z`, `2030-01-02T03:04:05+00:00`),
		"expires, fraction":   change(`2030-01-02T03:04:05Z`, `2030-01-02T03:04:05.5Z`),
		"expires, no day":     change(`2030-01-02T03:04:05Z`, `2030-02-30T03:04:05Z`),
		"type":                change(`"_type": "root"`, `"_type": "Root"`),
		"no role":             change(`"timestamp": {`, `"timestamps": {`),
		"T15 spec_version 2":  change(`"1.0.34"`, `"2.0.0"`),
		"T15 spec_version 10": change(`"1.0.34"`, `"10.0.0"`),
		"T15 spec_version":    change(`"1.0.34"`, `"1"`),
		"T15 spec_version x":  change(`"1.0.34"`, `"1.x.0"`),
		"T15 spec_version no": change(`"spec_version"`, `"spec"`),
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		e, err := Open([]byte(text))
		if err == nil {
			_, err = e.Root()
		}
		runtime.ReadMemStats(&after)
		assert.ErrorIs(t, err, ErrFormat, name)
		assert.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(32<<20), name)
	}
	for name, text := range map[string]string{
		"unknown fields":  change(`"_type"`, `"x": {"a": [1, -7, null, true, "\ud83d\ude00"]}, "_type"`),
		"old version":     change(`"1.0.34"`, `"1.0"`),
		"later version":   change(`"1.0.34"`, `"1.9.999"`),
		"unknown scheme":  change(`"scheme": "ed25519"`, `"scheme": "ed448"`),
		"no snapshot yet": change(`"consistent_snapshot": true,`, ``),
		"high threshold":  change(`"threshold": 1`, `"threshold": 9223372036854775807`),
	} {
		e, err := Open([]byte(text))
		require.NoError(t, err, name)
		root, err := e.Root()
		require.NoError(t, err, name)
		assert.ErrorIs(t, e.Verify(root.Keys, root.Roles[RootRole]), ErrVerify, "%s: other bytes than were signed", name)
	}
}

// manySignatures is n entries of a list, each by another key.
func manySignatures(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `{"keyid": "%d", "sig": "00"},`, i)
	}
	return b.String()
}

func TestT14Targets(t *testing.T) {
	sum := strings.Repeat("ab", 32)
	file := func(signed string) string {
		return `{"signatures": [], "signed": {"_type": "targets", "spec_version": "1.0.34", "version": 1, "expires": "2030-01-02T03:04:05Z", ` + signed + `}}`
	}
	role := func(s string) string {
		return file(`"targets": {}, "delegations": {"keys": {}, "roles": [{"keyids": [], "threshold": 1, ` + s + `}]}`)
	}
	for _, text := range []string{
		file(`"targets": []`), file(`"x": 1`), file(`"targets": {"": {"length": 1, "hashes": {"sha256": "` + sum + `"}}}`),
		file(`"targets": {"a": {"length": -1, "hashes": {"sha256": "` + sum + `"}}}`), file(`"targets": {"a": {"length": 1, "hashes": {}}}`),
		file(`"targets": {"a": {"length": 1}}`), file(`"targets": {"a": {"length": 1, "hashes": {"sha256": "` + strings.ToUpper(sum) + `"}}}`),
		file(`"targets": {"a": {"length": 1, "hashes": {"sha256": "ab"}}}`), file(`"targets": {"a": {"length": 1, "hashes": {"sha256": 5}}}`),
		file(`"targets": {}, "delegations": null`), file(`"targets": {}, "delegations": {"keys": {}, "succinct_roles": {}}`),
		role(`"name": "", "terminating": false, "paths": []`), role(`"name": "targets", "terminating": false, "paths": []`),
		role(`"name": "` + strings.Repeat("a", MaxRoleName+1) + `", "terminating": false, "paths": []`),
		role(`"name": "a", "paths": []`), role(`"name": "a", "terminating": false`), role(`"name": "a", "terminating": 0, "paths": []`),
		role(`"name": "a", "terminating": false, "paths": [], "path_hash_prefixes": []`), role(`"name": "a", "terminating": false, "paths": "x"`), role(`"name": "a", "terminating": false, "paths": [""]`),
		file(`"targets": {}, "delegations": {"keys": {}, "roles": [{"keyids": [], "threshold": 1, "name": "a", "terminating": false, "paths": []},
			{"keyids": [], "threshold": 1, "name": "a", "terminating": false, "paths": []}]}`),
		file(`"targets": {}, "delegations": {"keys": {"k": {"keytype": "x", "scheme": "y", "keyval": "z"}}, "roles": []}`),
	} {
		e, err := Open([]byte(text))
		require.NoError(t, err, text)
		_, err = e.Targets()
		assert.ErrorIs(t, err, ErrFormat, text)
	}
	for _, meta := range []string{`{}`, `[]`, `{"snapshot.json": {"version": 0}}`, `{"snapshot.json": {"version": 1, "length": 0}}`,
		`{"snapshot.json": {"version": 1}, "other.json": {"version": 1}}`, `{"snapshot.json": {"version": 1, "hashes": {}}}`} {
		e, err := Open([]byte(strings.Replace(file(`"meta": `+meta), `"targets"`, `"timestamp"`, 1)))
		require.NoError(t, err)
		_, err = e.Timestamp()
		assert.ErrorIs(t, err, ErrFormat, meta)
	}
	for _, meta := range []string{`[]`, `{".json": {"version": 1}}`, `{"targets": {"version": 1}}`, `{"targets.json": {}}`, `{"targets.json": 1}`} {
		e, err := Open([]byte(strings.Replace(file(`"meta": `+meta), `"targets"`, `"snapshot"`, 1)))
		require.NoError(t, err)
		_, err = e.Snapshot()
		assert.ErrorIs(t, err, ErrFormat, meta)
	}
	e, err := Open([]byte(file(`"targets": {"a": {"length": 0, "hashes": {"new-hash": "?"}}}`)))
	require.NoError(t, err)
	got, err := e.Targets()
	require.NoError(t, err)
	assert.ErrorIs(t, got.Targets["a"].Check(nil), ErrVerify, "only unknown hashes")
}

func newSigners(t *testing.T) map[string]crypto.Signer {
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	rs, err := rsa.GenerateKey(rand.Reader, minRSA)
	require.NoError(t, err)
	return map[string]crypto.Signer{Ed25519: newEd(t), ECDSAP256: ec, RSAPSS: rs}
}

func TestSign(t *testing.T) {
	for scheme, s := range newSigners(t) {
		e, err := New(newRoot(t, 1, s))
		require.NoError(t, err)
		root, err := e.Root()
		require.NoError(t, err)
		role := root.Roles[RootRole]
		require.Equal(t, scheme, root.Keys[role.KeyIDs[0]].Scheme)
		assert.ErrorIs(t, e.Verify(root.Keys, role), ErrVerify)
		require.NoError(t, e.Sign(s))
		require.NoError(t, e.Sign(s))
		assert.Len(t, e.Signatures, 1, "signing again replaces")
		require.NoError(t, e.Verify(root.Keys, role), scheme)
		for i := range e.Signatures[0].Sig {
			e.Signatures[0].Sig[i] ^= 1
			assert.ErrorIs(t, e.Verify(root.Keys, role), ErrVerify, "%s, byte %d", scheme, i)
			e.Signatures[0].Sig[i] ^= 1
		}
	}
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	require.NoError(t, err)
	e, err := New(newRoot(t, 1, newEd(t)))
	require.NoError(t, err)
	assert.Error(t, e.Sign(p384))
	assert.ErrorIs(t, e.Sign(liar{newEd(t), newEd(t)}), ErrVerify)
}

// liar signs with another key than it shows.
type liar struct{ shown, used crypto.Signer }

func (l liar) Public() crypto.PublicKey { return l.shown.Public() }
func (l liar) Sign(r io.Reader, b []byte, o crypto.SignerOpts) ([]byte, error) {
	return l.used.Sign(r, b, o)
}

// TestT11Threshold: attack T11, one stolen key of several.
func TestT11Threshold(t *testing.T) {
	a, b, c, stranger := newEd(t), newEd(t), newEd(t), newEd(t)
	root := newRoot(t, 2, a, b, c)
	sign := func(change func(e *Envelope), signers ...crypto.Signer) error {
		e, err := New(root)
		require.NoError(t, err)
		require.NoError(t, e.Sign(signers...))
		if change != nil {
			change(e)
		}
		return e.Verify(root.Keys, root.Roles[RootRole])
	}
	assert.NoError(t, sign(nil, a, b))
	assert.NoError(t, sign(nil, a, b, c, stranger))
	var few *ThresholdError
	require.ErrorAs(t, sign(nil, a), &few)
	assert.Equal(t, ThresholdError{Have: 1, Need: 2}, *few)
	assert.ErrorIs(t, sign(nil, a, stranger), ErrVerify)
	assert.ErrorIs(t, sign(func(e *Envelope) { e.Signatures = append(e.Signatures, e.Signatures[0]) }, a), ErrVerify, "the same signature twice")

	twice, key := newRoot(t, 2, a, b), Key{}
	key, err := NewKey(a.Public())
	require.NoError(t, err)
	twice.Keys["alias"], twice.Keys["upper"] = key, Key{Type: key.Type, Scheme: key.Scheme, Public: strings.ToUpper(key.Public)}
	role := twice.Roles[RootRole]
	role.KeyIDs = append(role.KeyIDs, "alias", "upper")
	twice.Roles[RootRole] = role
	e, err := New(twice)
	require.NoError(t, err)
	require.NoError(t, e.Sign(a))
	require.NoError(t, e.SignAs("alias", a))
	require.NoError(t, e.SignAs("upper", a))
	assert.Len(t, e.Signatures, 3)
	assert.ErrorIs(t, e.Verify(twice.Keys, role), ErrVerify, "one key under three ids")
	assert.ErrorIs(t, e.Verify(twice.Keys, Role{}), ErrVerify, "a threshold of 0 is never met")
}

func TestKeys(t *testing.T) {
	pub := strings.Repeat("0", 64)
	for _, k := range []Key{{}, {"ed25519", "x", pub}, {"x", Ed25519, pub}, {"ed25519", Ed25519, pub[1:]}, {"ed25519", Ed25519, "z" + pub[1:]},
		{"ecdsa", ECDSAP256, pub}, {"rsa", RSAPSS, "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"}} {
		_, err := k.PublicKey()
		assert.Error(t, err, "%v", k)
	}
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	require.NoError(t, err)
	_, err = NewKey(small.Public())
	assert.Error(t, err)
	assert.Equal(t, "7f7373360bc914a5d4a7bd87711615178beb6cf52494fcc49082ec65ba62908c", Key{"ed25519", Ed25519, pub}.ID(), "as securesystemslib has it")
}

func TestCanonical(t *testing.T) {
	v, err := decode([]byte(`{"b": [1, -2, true, false, null, {}], "a": "\"\\\n\u00e9\/", "A": {"y": 1, "x": []}, "é": 0}`))
	require.NoError(t, err)
	assert.Equal(t, "{\"A\":{\"x\":[],\"y\":1},\"a\":\"\\\"\\\\\n\u00e9/\",\"b\":[1,-2,true,false,null,{}],\"é\":0}", string(canonical(v)))
}

func TestMatches(t *testing.T) {
	for _, test := range []struct {
		pattern, path string
		want          bool
	}{
		{"*", "a", true}, {"*", "a/b", false}, {"*/*", "a/b", true}, {"a/*.zip", "a/x.zip", true}, {"a/*.zip", "a/b/x.zip", false}, {"foo-?.tgz", "foo-1.tgz", true},
		{"foo-?.tgz", "foo-12.tgz", false}, {"?", "é", true}, {"a", "A", false}, {"", "", true}, {"a*b*c", "aXbYbZc", true}, {"a*b*c", "aXbY", false}, {"**", "", true},
		{"[ab]", "a", false}, {"[ab]", "[ab]", true}, {"?", "", false}, {"*?", "a", true},
	} {
		assert.Equal(t, test.want, matches(test.pattern, test.path), "%s %s", test.pattern, test.path)
	}
	hostile := strings.Repeat("*a", MaxPath/2)
	assert.False(t, matches(hostile, strings.Repeat("a", MaxPath/2-1)+"b"))
	d := Delegation{PathHashPrefixes: []string{"ca978"}}
	assert.True(t, d.Matches("a"), "its sha256 begins with ca978")
	assert.False(t, d.Matches("b"))
}

func TestNames(t *testing.T) {
	assert.Equal(t, "3.root.json", FileName("root", 3))
	assert.Equal(t, "timestamp.json", FileName("timestamp", 0))
	assert.Equal(t, "1...%2Fx%3F%23.json", FileName("../x?#", 1))
	assert.Equal(t, "a/b/00.c.json", HashedPath("a/b/c.json", "00"))
	assert.Equal(t, "00.c", HashedPath("c", "00"))
	assert.NoError(t, NewMetaFile(1, []byte("x")).Check([]byte("x")))
	assert.ErrorIs(t, NewMetaFile(1, []byte("x")).Check([]byte("y")), ErrVerify)
	assert.ErrorIs(t, NewMetaFile(1, []byte("x")).Check([]byte("xx")), ErrVerify)
	assert.NoError(t, MetaFile{Version: 1}.Check([]byte("xx")))
	assert.NoError(t, NewTargetFile([]byte("x")).Check([]byte("x")))
	assert.ErrorIs(t, NewTargetFile([]byte("x")).Check([]byte("y")), ErrVerify)
}

func FuzzOpen(f *testing.F) {
	f.Add(signedRoot(f))
	f.Add([]byte(`{"signatures": [], "signed": {"_type": "timestamp", "spec_version": "1.0.34", "version": 1, "expires": "2030-01-02T03:04:05Z", "meta": {"snapshot.json": {"version": 1}}}}`))
	f.Add([]byte(`{"signatures": [], "signed": {"_type": "snapshot", "spec_version": "1.0.34", "version": 1, "expires": "2030-01-02T03:04:05Z", "meta": {"targets.json": {"version": 1, "length": 2}}}}`))
	f.Add(fmt.Appendf(nil, `{"signatures": [], "signed": {"_type": "targets", "spec_version": "1.0.34", "version": 1, "expires": "2030-01-02T03:04:05Z",
		"targets": {"a": {"length": 1, "hashes": {"sha256": %q}, "custom": {}}}, "delegations": {"keys": {}, "roles": []}}}`, strings.Repeat("ab", 32)))
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := Open(b)
		if err != nil {
			require.ErrorIs(t, err, ErrFormat)
			return
		}
		require.True(t, json.Valid(b))
		again, err := e.Encode()
		require.NoError(t, err)
		read, err := Open(again)
		require.NoError(t, err, "%s", again)
		require.True(t, bytes.Equal(e.Canonical(), read.Canonical()))
		var part Part
		switch e.Type {
		case RootRole:
			part, err = e.Root()
		case TimestampRole:
			part, err = e.Timestamp()
		case SnapshotRole:
			part, err = e.Snapshot()
		case TargetsRole:
			part, err = e.Targets()
		}
		if err != nil {
			require.ErrorIs(t, err, ErrFormat)
			return
		}
		_, err = New(part)
		require.NoError(t, err)
	})
}

func FuzzMatches(f *testing.F) {
	f.Add("a*b?/c", "axxbc/c")
	f.Fuzz(func(t *testing.T, pattern, path string) {
		if len(pattern) > MaxPath || len(path) > MaxPath {
			return
		}
		got := matches(pattern, path)
		if got && !strings.ContainsAny(pattern, "*?") {
			require.Equal(t, []rune(pattern), []rune(path))
		}
		require.Equal(t, strings.Count(pattern, "/") == strings.Count(path, "/"), matches(strings.Repeat("*/", strings.Count(pattern, "/"))+"*", path))
	})
}
