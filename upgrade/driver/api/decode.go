package api

import (
	"maps"
	"strings"

	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
)

func (d *decoder) index() *Index {
	if !strings.HasPrefix(string(d.text[:min(len(magic), len(d.text))]), magic) {
		d.fail("is none, or of another version: update the program, or make the index anew")
		return nil
	}
	d.at = len(magic)
	d.readTexts()
	d.readPools()
	ix := &Index{Component: d.name()}
	ix.Releases = d.list(ix.Component)
	if n := d.length(mapEntry); n >= 0 {
		ix.Libraries = make(map[pep508.Name][]*Release, n)
		last := pep508.Name("")
		for range n {
			name := d.name()
			if name <= last {
				d.fail("libraries are out of order")
			}
			last = name
			if ix.Libraries[name] = d.list(name); d.err != nil {
				return nil
			}
		}
	}
	return ix
}

// What things take, about.
const (
	mapEntry = 64
	mapSize  = 256
)

func (d *decoder) readTexts() {
	n := d.entries(16)
	d.texts = make([]string, 0, n)
	last := ""
	for range n {
		same, more := d.count(len(last)+1), d.count(len(d.text)+1)
		if d.err != nil || more > len(d.text)-d.at || !d.take(same+more, 1) {
			d.fail("a string ends early")
			return
		}
		s := last[:same] + string(d.text[d.at:d.at+more])
		d.at += more
		if len(d.texts) > 0 && s <= last {
			d.fail("strings are out of order")
			return
		}
		d.texts = append(d.texts, s)
		last = s
	}
}

func (d *decoder) readPools() {
	n := d.entries(32)
	d.signatures = make([]Signature, n)
	for i := range d.signatures {
		d.signature(&d.signatures[i])
	}
	n = d.entries(72)
	d.symbols, d.depths = make([]Symbol, n), make([]uint8, n)
	for i := range d.symbols {
		d.symbol(i)
	}
	n = d.entries(192)
	d.modules = make([]Module, n)
	for i := range d.modules {
		d.module(&d.modules[i])
	}
}

func (d *decoder) signature(s *Signature) {
	s.Binding = Binding(d.flags(byte(Property)))
	if n := d.length(24); n >= 0 {
		s.Params = make([]Param, n)
	}
	for i := range s.Params {
		p := &s.Params[i]
		p.Name = d.string()
		kind := d.flags(defaultBit | byte(VarKeyword))
		p.Kind, p.Default = ParamKind(kind&^defaultBit), kind&defaultBit != 0
		if p.Kind > VarKeyword {
			d.fail("parameter of kind %d", p.Kind)
		}
	}
}

func (d *decoder) symbol(i int) {
	s := &d.symbols[i]
	flags := d.flags(kindBits | instanceBit | sigBit | classBit | targetBit)
	s.Kind, s.Instance = SymbolKind(flags&kindBits), flags&instanceBit != 0
	if flags&sigBit != 0 {
		if n := d.count(len(d.signatures)); d.err == nil {
			s.Sig = &d.signatures[n]
		}
	}
	if flags&classBit != 0 {
		s.Class = d.class(i)
	}
	if flags&targetBit != 0 {
		s.Target = d.string()
	}
}

func (d *decoder) class(of int) *ClassBody {
	if !d.take(1, 96) {
		return nil
	}
	c := &ClassBody{Dynamic: d.flags(dynamicBit) != 0}
	c.Bases, c.Abstract = d.strings(), d.strings()
	deepest := uint8(0)
	c.Members = d.members(of, &deepest)
	if d.depths[of] = deepest + 1; d.depths[of] > MaxNesting {
		d.fail("classes nest deeper than MaxNesting")
	}
	return c
}

// members reads names with their symbols, whose numbers are below limit.
func (d *decoder) members(limit int, deepest *uint8) map[string]*Symbol {
	return read(d, func() *Symbol {
		n := d.count(limit)
		if d.err != nil {
			return nil
		}
		*deepest = max(*deepest, d.depths[n])
		return &d.symbols[n]
	})
}

// read reads a map as keyed writes it.
func read[V any](d *decoder, value func() V) map[string]V {
	n := d.length(mapEntry)
	if n < 0 || !d.take(1, mapSize) {
		return nil
	}
	m := make(map[string]V, n)
	d.keys(n, func(key string) { m[key] = value() })
	return m
}

// keys reads n keys, each with what follows it.
func (d *decoder) keys(n int, entry func(key string)) {
	at := 0
	for i := range max(n, 0) {
		more := d.count(len(d.texts) - at)
		if i > 0 && more == 0 {
			d.fail("a name comes twice")
		}
		if d.err != nil {
			return
		}
		at += more
		entry(d.texts[at])
	}
}

func (d *decoder) strings() []string {
	n := d.length(16)
	if n < 0 {
		return nil
	}
	list := make([]string, n)
	for i := range list {
		list[i] = d.string()
	}
	return list
}

func (d *decoder) module(m *Module) {
	flags := d.flags(dynamicBit | packageBit)
	m.Dynamic, m.Package = flags&dynamicBit != 0, flags&packageBit != 0
	deepest := uint8(0)
	m.Names = d.members(len(d.symbols), &deepest)
	m.Stars, m.All, m.Registered = d.strings(), d.strings(), d.strings()
	if n := d.length(48); n >= 0 {
		m.Options = make([]Option, n)
	}
	for i := range m.Options {
		m.Options[i] = Option{d.string(), d.string(), d.string()}
	}
	if n := d.length(80); n >= 0 {
		m.Calls = make([]HostCall, n)
	}
	for i := range m.Calls {
		c := &m.Calls[i]
		c.Method, c.Line = d.string(), d.signed()
		c.Call.Positional, c.Call.Keywords = d.signed(), d.strings()
		stars := d.flags(starBit | starStarBit)
		c.Call.Star, c.Call.StarStar = stars&starBit != 0, stars&starStarBit != 0
	}
}

func (d *decoder) name() pep508.Name {
	s := d.string()
	if n, err := pep508.ParseName(s); d.err == nil && (err != nil || string(n) != s) {
		d.fail("%.100q is no normalised name", s)
	}
	return pep508.Name(s)
}

func (d *decoder) list(name pep508.Name) []*Release {
	n := d.length(200)
	if n < 0 {
		return nil
	}
	list := make([]*Release, 0, n)
	above := &Release{}
	for i := range n {
		r := &Release{Distribution: name}
		if d.release(r, above.Modules); d.err != nil {
			return nil
		}
		if i > 0 && above.Version.Compare(r.Version) >= 0 {
			d.fail("releases of %s are out of order", name)
		}
		list, above = append(list, r), r
	}
	return list
}

func (d *decoder) release(r *Release, above map[string]*Module) {
	r.Version = d.version()
	r.Series, r.RequiresPython, r.Requires = d.string(), d.string(), d.strings()
	r.EntryPoints = read(d, func() map[string]string { return read(d, d.string) })
	r.Modules = d.changes(above)
	libraries := read(d, d.version)
	if libraries == nil {
		return
	}
	r.Libraries = make(map[pep508.Name]pep440.Version, len(libraries))
	for name, v := range libraries {
		r.Libraries[pep508.Name(name)] = v
	}
}

// version reads a version; each text is parsed once.
func (d *decoder) version() pep440.Version {
	i := d.count(len(d.texts))
	if d.err != nil || d.texts[i] == "" {
		return pep440.Version{}
	}
	if v, done := d.versions[i]; done {
		return v
	}
	v, err := pep440.Parse(d.texts[i])
	if err != nil {
		d.fail("%s", err)
		return v
	}
	if d.versions == nil {
		d.versions = map[int]pep440.Version{}
	}
	if d.take(1, 256) {
		d.versions[i] = v
	}
	return v
}

// changes makes a release's modules of those of the release before.
func (d *decoder) changes(above map[string]*Module) map[string]*Module {
	if d.flags(1) != 0 {
		return nil
	}
	if !d.take(1, mapSize) || !d.take(len(above), mapEntry) {
		return nil
	}
	modules := maps.Clone(above)
	if modules == nil {
		modules = map[string]*Module{}
	}
	d.keys(d.length(1), func(name string) {
		if modules[name] == nil {
			d.fail("%.100s goes, but is not there", name)
		}
		delete(modules, name)
	})
	at := 0
	set := read(d, func() *Module {
		if at += d.signed(); d.err != nil || at < 0 || at >= len(d.modules) {
			d.fail("no such module")
			return nil
		}
		return &d.modules[at]
	})
	if len(modules) == 0 && d.err == nil && set != nil {
		return set
	}
	maps.Copy(modules, set)
	return modules
}
