package wheel

import (
	"bytes"
	"strconv"
	"strings"
)

const (
	// supportedMajor is the Wheel-Version that is understood; a greater major one must be refused (PyPA "Binary distribution format",
	// "Installing a wheel").
	supportedMajor = 1
	maxWheelFile   = 64 << 10 // bytes; a large one has a line for each of a hundred tags
)

// wheelFile reads WHEEL and says whether the root is purelib. The file has the form of an email header.
func wheelFile(text []byte, found *faults) (purelib bool) {
	fields := map[string]string{}
	for line := range bytes.Lines(text) {
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 {
			break
		}
		if name, value, ok := bytes.Cut(line, []byte(":")); ok {
			fields[strings.ToLower(string(name))] = string(bytes.TrimSpace(value))
		}
	}
	major, _, _ := strings.Cut(fields["wheel-version"], ".")
	switch n, err := strconv.ParseUint(major, 10, 32); {
	case err != nil:
		found.add("WHEEL", "", "Wheel-Version %q is missing or no version", fields["wheel-version"])
	case n > supportedMajor:
		found.add("WHEEL", "", "Wheel-Version %s is newer than 1, which is what this program can read", fields["wheel-version"])
	}
	switch root := fields["root-is-purelib"]; strings.ToLower(root) {
	case "true":
		return true
	case "false", "": // pip, too, takes an absent one for false
	default:
		found.add("WHEEL", "", "Root-Is-Purelib %q is neither true nor false", root)
	}
	return false
}
