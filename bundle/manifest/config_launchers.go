package manifest

import (
	"github.com/chandlery-go/chandlery/internal/digest"
	"github.com/chandlery-go/chandlery/resolve/dist"
)

// Launchers is "$launchers": for which platforms bundles get programs that start console_scripts and gui_scripts.
type Launchers struct {
	Python map[string]string // by platform: the interpreter as seen from the python folder, "../python.exe"; what is not named gets no launchers
	Stubs  *Origin           // the wheel with the programs that launchers for Windows begin with; nil: none, so that Windows has no launchers
}

func (r *configReader) launchers(v value) {
	f := r.fields(v, "$launchers", true, "python", "stubs")
	python, ok := f.by["python"]
	if !ok {
		if v.kind == object {
			r.problem(v.at, "$launchers", `field "python" is missing: name the interpreter of each platform, like {"windows": "../python.exe"}`)
		}
		return
	}
	l := &Launchers{Python: map[string]string{}}
	for _, m := range r.platforms(python, "$launchers.python") {
		if path := join("$launchers.python", m.key); r.is(m.value, text, path) {
			l.Python[m.key] = r.short(m.value, path, MaxText)
		}
	}
	if stubs, ok := f.by["stubs"]; ok {
		l.Stubs = r.stubs(stubs)
	}
	r.c.Launchers = l
}

// stubs is a wheel by its name and hash: what clients will run is not for an index to choose.
func (r *configReader) stubs(v value) *Origin {
	f := r.fields(v, "$launchers.stubs", true, "wheel", "sha256")
	if v.kind != object {
		return nil
	}
	o := &Origin{
		Wheel:  f.match("wheel", true, wheelFile.MatchString, "a wheel's file name"),
		SHA256: f.match("sha256", true, digest.IsSHA256, "64 lower-case hexadecimal digits"),
	}
	if _, err := dist.ParseFilename(o.Wheel); o.Wheel != "" && err != nil {
		r.problem(f.by["wheel"].at, f.sub("wheel"), "%v", err)
	}
	return o
}
