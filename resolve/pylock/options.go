package pylock

import (
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// option is one option of a line, by its long name.
type option struct{ name, value string }

// optionNames are the options that a line may have (pip's "Requirements File Format"), with their long names; unsupported ones are refused by name.
var optionNames = map[string]struct {
	long        string
	takesValue  bool
	unsupported string // why it is refused; "": it is not
}{
	"-i":                  {"--index-url", true, ""},
	"--index-url":         {"--index-url", true, ""},
	"--pypi-url":          {"--index-url", true, ""},
	"--extra-index-url":   {"--extra-index-url", true, ""},
	"--no-index":          {"--no-index", false, ""},
	"-c":                  {"--constraint", true, ""},
	"--constraint":        {"--constraint", true, ""},
	"-r":                  {"--requirement", true, ""},
	"--requirement":       {"--requirement", true, ""},
	"-f":                  {"--find-links", true, ""},
	"--find-links":        {"--find-links", true, ""},
	"--no-binary":         {"--no-binary", true, ""},
	"--only-binary":       {"--only-binary", true, ""},
	"--require-hashes":    {"--require-hashes", false, ""},
	"--pre":               {"--pre", false, ""},
	"--hash":              {"--hash", true, ""},
	"-e":                  {"--editable", true, "what is installed is always a wheel: publish one, or build one into a folder for --find-links"},
	"--editable":          {"--editable", true, "what is installed is always a wheel: publish one, or build one into a folder for --find-links"},
	"--prefer-binary":     {"--prefer-binary", false, "the newest version that fits is taken: use --only-binary for the projects that are meant"},
	"--no-require-hashes": {"--no-require-hashes", false, "hashes that are given are always checked"},
	"--all-releases":      {"--all-releases", true, "use --pre, or name the pre-release in the requirement"},
	"--only-final":        {"--only-final", true, "pre-releases are only taken where they are asked for, or nothing else fits"},
	"--trusted-host":      {"--trusted-host", true, "connections are always verified: give the host a certificate that this machine trusts"},
	"--use-feature":       {"--use-feature", true, "it is for pip alone"},
	"-C":                  {"--config-settings", true, "settings of build backends are not supported"},
	"--config-setting":    {"--config-settings", true, "settings of build backends are not supported"},
	"--config-settings":   {"--config-settings", true, "settings of build backends are not supported"},
	"--global-option":     {"--global-option", true, "options of setup.py are not supported"},
	"--build-option":      {"--build-option", true, "options of setup.py are not supported"},
	"--install-option":    {"--install-option", true, "options of setup.py are not supported"},
}

// parseOptions reads --name value, --name=value, -n value and -nvalue. Names are whole: what pip takes for short forms of them is an error.
func parseOptions(words []string) ([]option, error) {
	var out []option
	for i := 0; i < len(words); i++ {
		name, value, attached := cutOption(words[i])
		known, ok := optionNames[name]
		switch {
		case !strings.HasPrefix(name, "-") || name == "-" || name == "--":
			return nil, fmt.Errorf("%s follows the options: write a requirement in a line of its own, before its --hash", shown(name))
		case !ok:
			return nil, fmt.Errorf("%s is no option of a requirements file", shown(name))
		case known.unsupported != "":
			return nil, plainError(name + " is not supported: " + known.unsupported)
		case attached && !known.takesValue:
			return nil, plainError(name + " takes no value")
		case known.takesValue && !attached:
			if i++; i == len(words) {
				return nil, plainError(name + " needs a value")
			}
			value = words[i]
		}
		out = append(out, option{known.long, value})
	}
	return out, nil
}

func cutOption(word string) (name, value string, attached bool) {
	if strings.HasPrefix(word, "--") {
		return cut(word, strings.IndexByte(word, '='), 1)
	}
	if strings.HasPrefix(word, "-") && len(word) > 2 {
		return cut(word, 2, 0)
	}
	return word, "", false
}

func cut(word string, at, skip int) (name, value string, attached bool) {
	if at < 0 {
		return word, "", false
	}
	return word[:at], word[at+skip:], true
}

// hashDigits are the algorithms that a --hash may have, and their hexadecimal digits.
var hashDigits = map[string]int{"sha256": 64, "sha384": 96, "sha512": 128}

func parseHash(value string) (algorithm, digest string, err error) {
	algorithm, digest, found := strings.Cut(value, ":")
	want, known := hashDigits[algorithm]
	switch _, err := hex.DecodeString(digest); {
	case !found:
		return "", "", fmt.Errorf("--hash is an algorithm and a value: --hash=sha256:…")
	case !known:
		return "", "", fmt.Errorf("--hash of %s is not enough: use %s", shown(algorithm), strings.Join(slices.Sorted(maps.Keys(hashDigits)), ", "))
	case err != nil || len(digest) != want:
		return "", "", fmt.Errorf("--hash of %s is not %d hexadecimal digits", algorithm, want)
	}
	return algorithm, strings.ToLower(digest), nil
}
