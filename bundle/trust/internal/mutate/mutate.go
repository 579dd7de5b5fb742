package mutate

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/chandlery-go/chandlery/bundle/trust/metadata"
)

// Case is a mutated repository.
type Case struct {
	Base  int // index in Bases
	Files map[string][]byte
	What  string // what was done, for people
}

// New makes the case of a seed.
func New(bases []*Base, seed uint64) *Case {
	m := &mutator{Rand: rand.New(rand.NewPCG(seed, 0x7475f))}
	i := m.IntN(len(bases))
	m.base = bases[i]
	m.files = maps.Clone(m.base.Second)
	for range 1 + m.IntN(2) {
		m.step()
	}
	return &Case{Base: i, Files: m.files, What: strings.Join(m.what, "; ")}
}

type mutator struct {
	*rand.Rand
	base  *Base
	files map[string][]byte
	what  []string
}

func (m *mutator) note(format string, args ...any) {
	m.what = append(m.what, fmt.Sprintf(format, args...))
}

// step does one thing to one of the files that a client reads.
func (m *mutator) step() {
	path := pick(m, slices.Sorted(maps.Keys(m.base.names)))
	switch n := m.IntN(100); {
	case n < 50:
		m.signed(path)
	case n < 55:
		m.harmless(path)
	case n < 75:
		m.signatures(path)
	case n < 90:
		m.text(path)
	case n < 93:
		if m.IntN(4) == 0 {
			path = "metadata/2.root.json" // which some clients have seen
		}
		delete(m.files, path)
		m.note("%s is gone", path)
	case n < 96:
		from := pick(m, slices.Sorted(maps.Keys(m.base.First)))
		m.files[path] = m.base.First[from]
		m.note("%s is the first %s", path, from)
	default:
		from := pick(m, slices.Sorted(maps.Keys(m.base.names)))
		m.files[path] = m.files[from]
		m.note("%s is %s", path, from)
	}
}

func pick[T any](m *mutator, of []T) T { return of[m.IntN(len(of))] }

// open reads a file as plain JSON; nil where it is none.
func (m *mutator) open(path string) map[string]any {
	d := json.NewDecoder(bytes.NewReader(m.files[path]))
	d.UseNumber()
	var file map[string]any
	if d.Decode(&file) != nil {
		return nil
	}
	return file
}

func (m *mutator) save(path string, file map[string]any) {
	b, err := json.Marshal(file)
	if err == nil {
		m.files[path] = b
	}
}

// signed changes a value in what is signed; mostly it is signed anew.
func (m *mutator) signed(path string) {
	file := m.open(path)
	if file == nil {
		return
	}
	var all []node
	collect(&all, file, "signed", "signed")
	if len(all) == 0 {
		return
	}
	n := pick(m, all)
	if o, ok := n.get().(map[string]any); ok && m.IntN(3) == 0 {
		n.set(m.nearby(o))
		m.note("%s: %s has another field", path, n.path)
	} else {
		m.change(path, n, all)
	}
	if m.IntN(10) > 0 {
		m.sign(path, file)
	}
	m.save(path, file)
}

// harmless signs a file anew with further fields in every object.
func (m *mutator) harmless(path string) {
	file := m.open(path)
	signed, ok := file["signed"].(map[string]any)
	if !ok {
		return
	}
	signed["x-note"] = map[string]any{"é": []any{json.Number("-3"), nil, true, "\"\\\n/"}}
	m.note("%s: a further field", path)
	m.sign(path, file)
	m.save(path, file)
}

// node is a value's place.
type node struct {
	in   any // map[string]any or []any
	key  string
	at   int
	path string
}

func collect(all *[]node, in any, key, path string) {
	n := node{in: in, key: key, path: path}
	v := n.get()
	*all = append(*all, n)
	switch v := v.(type) {
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(v)) {
			collect(all, v, k, path+"."+k)
		}
	case []any:
		for i := range v {
			*all = append(*all, node{in: v, at: i, path: fmt.Sprintf("%s[%d]", path, i)})
			if o, ok := v[i].(map[string]any); ok {
				for _, k := range slices.Sorted(maps.Keys(o)) {
					collect(all, o, k, fmt.Sprintf("%s[%d].%s", path, i, k))
				}
			}
		}
	}
}

func (n node) get() any {
	if o, ok := n.in.(map[string]any); ok {
		return o[n.key]
	}
	return n.in.([]any)[n.at]
}

func (n node) set(v any) {
	if o, ok := n.in.(map[string]any); ok {
		o[n.key] = v
		return
	}
	n.in.([]any)[n.at] = v
}

// odd are values that may stand where others are expected.
var odd = []any{nil, true, false, "", "x", "../x", "*", "*/*", json.Number("0"), json.Number("1"), json.Number("2"), json.Number("-1"), json.Number("1.5"), json.Number("1e3"),
	json.Number("9223372036854775807"), json.Number("9223372036854775808"), []any{}, map[string]any{}, "2000-01-01T00:00:00Z", "2099-01-01T00:00:00Z",
	"2099-01-01T00:00:00", "2.0.0", "1.0", "1", "root", "é", "\n"}

func (m *mutator) change(path string, n node, all []node) {
	v := n.get()
	o, inObject := n.in.(map[string]any)
	switch k := m.IntN(10); {
	case k == 0 && inObject:
		delete(o, n.key)
		m.note("%s: without %s", path, n.path)
	case k == 1 && inObject:
		o[pick(m, []string{"x", strings.ToUpper(n.key), n.key + "s", "version", "hashes", "custom"})] = v
		m.note("%s: %s under another name too", path, n.path)
	case k < 4:
		other := pick(m, all)
		n.set(clone(other.get()))
		m.note("%s: %s is %s", path, n.path, other.path)
	case k < 6:
		w := pick(m, odd)
		n.set(clone(w))
		m.note("%s: %s is %#v", path, n.path, w)
	default:
		n.set(m.nearby(v))
		m.note("%s: %s is near", path, n.path)
	}
}

// nearby is a value like v.
func (m *mutator) nearby(v any) any {
	switch v := v.(type) {
	case json.Number:
		n, _ := v.Int64()
		return json.Number(fmt.Sprint(n + int64(m.IntN(5)) - 2))
	case string:
		b := []byte(v)
		if len(b) == 0 {
			return "0"
		}
		b[m.IntN(len(b))] = "0123456789abcdefXYZ*?/. -"[m.IntN(25)]
		return string(b)
	case bool:
		return !v
	case []any:
		switch {
		case len(v) == 0:
			return []any{"x"}
		case m.IntN(2) == 0:
			return v[:len(v)-1]
		}
		return append(slices.Clone(v), clone(pick(m, v)))
	case map[string]any:
		o := maps.Clone(v)
		o["unknown"] = json.Number("7")
		return o
	}
	return json.Number("1")
}

func clone(v any) any {
	b, err := json.Marshal(v)
	if err != nil {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	var out any
	if d.Decode(&out) != nil {
		return nil
	}
	return out
}

// sign signs a file by its role's keys, each in its place.
func (m *mutator) sign(path string, file map[string]any) {
	message := canonical(nil, file["signed"])
	sigs := []any{}
	for _, s := range m.base.signers[m.base.names[path]] {
		key, err := metadata.NewKey(s.Public())
		if err != nil {
			continue
		}
		sig, err := sign(s, message)
		if err != nil {
			continue
		}
		sigs = append(sigs, map[string]any{"keyid": key.ID(), "sig": hex.EncodeToString(sig)})
	}
	file["signatures"] = sigs
}

// signatures changes a file's signatures.
func (m *mutator) signatures(path string) {
	file := m.open(path)
	sigs, _ := file["signatures"].([]any)
	if len(sigs) == 0 {
		return
	}
	i := m.IntN(len(sigs))
	sig, _ := sigs[i].(map[string]any)
	if sig == nil {
		return
	}
	text, _ := sig["sig"].(string)
	what := pick(m, []string{"dropped", "twice", "of another file", "empty", "no hex", "near", "upper case", "of an unknown key", "no object", "without keyid", "with another field"})
	switch what {
	case "dropped":
		sigs = slices.Delete(sigs, i, i+1)
	case "twice":
		sigs = append(sigs, sig)
	case "of another file":
		other := m.open(pick(m, slices.Sorted(maps.Keys(m.base.names))))
		if from, _ := other["signatures"].([]any); len(from) > 0 {
			sigs[i] = from[0]
		}
	case "empty":
		sig["sig"] = ""
	case "no hex":
		sig["sig"] = "zz" + text
	case "near":
		sig["sig"] = m.nearby(text)
	case "upper case":
		sig["sig"] = strings.ToUpper(text)
	case "of an unknown key":
		sigs = append(sigs, map[string]any{"keyid": "unknown", "sig": text})
	case "no object":
		sigs[i] = "x"
	case "without keyid":
		delete(sig, "keyid")
	case "with another field":
		sig["x"] = json.Number("1")
	}
	m.note("%s: a signature is %s", path, what)
	file["signatures"] = sigs
	m.save(path, file)
}

// text changes the JSON text; what is signed may stay the same.
func (m *mutator) text(path string) {
	b := string(m.files[path])
	what := pick(m, []string{"space", "space", "escapes", "text after", "byte order mark", "cut", "a byte", "not UTF-8", "twice", "Signed", "float", "deep", "escapes", "nothing"})
	switch what {
	case "space":
		b = " \n" + b + "\t "
	case "text after":
		b += "{}"
	case "byte order mark":
		b = "\ufeff" + b
	case "cut":
		b = b[:m.IntN(len(b)+1)]
	case "a byte":
		if len(b) > 0 {
			i := m.IntN(len(b))
			b = b[:i] + string(rune(32+m.IntN(95))) + b[i+1:]
		}
	case "not UTF-8":
		b = strings.Replace(b, `"_type"`, "\"x\xff\":1,\"_type\"", 1)
	case "twice":
		b = strings.Replace(b, `"signed":`, `"signed":{},"signed":`, 1)
	case "Signed":
		b = strings.Replace(b, `"signed":`, `"Signed":{},"signed":`, 1)
	case "float":
		b = strings.Replace(b, `"signatures":`, `"x":1.5,"signatures":`, 1)
	case "deep":
		b = strings.Replace(b, `"signatures":`, `"x":`+strings.Repeat("[", 2000)+strings.Repeat("]", 2000)+`,"signatures":`, 1)
	case "escapes":
		b = strings.ReplaceAll(b, `"root"`, `"\u0072oot"`)
	case "nothing":
		b = ""
	}
	m.note("%s: text, %s", path, what)
	m.files[path] = []byte(b)
}
