package wheel

import (
	"path"
	"strings"
)

// Scheme says where a wheel's parts go, as slash-separated paths below one root ("" is the root itself). Headers go into a folder
// with the project's normalised name below Headers, as installers have it.
type Scheme struct{ Purelib, Platlib, Scripts, Headers, Data string }

// FlatScheme is that of an application's python folder: libraries at the root, scripts in bin, headers in include, data at the root
// (so that data/share/x is share/x).
func FlatScheme() Scheme { return Scheme{Scripts: "bin", Headers: "include"} }

// part is where a part of .data goes.
func (s Scheme) part(key string) (folder string, known bool) {
	switch key {
	case "purelib":
		return s.Purelib, true
	case "platlib":
		return s.Platlib, true
	case "scripts":
		return s.Scripts, true
	case "headers":
		return s.Headers, true
	case "data":
		return s.Data, true
	}
	return "", false
}

// relative is the path of a file as seen from a folder; both are clean and relative to the same root, "" is that root.
func relative(folder, file string) string {
	up := ""
	for folder != "" {
		if rest, ok := strings.CutPrefix(file, folder+"/"); ok {
			return up + rest
		}
		up += "../"
		if folder = path.Dir(folder); folder == "." {
			folder = ""
		}
	}
	return up + file
}
