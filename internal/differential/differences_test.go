//go:build oracle

package differential

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// difference is a rule by which we differ from the oracle on purpose.
type difference struct {
	kinds   string // names, with spaces between
	why     string // with the standard's text
	matches func(args, ours, theirs []string) bool
	count   int
}

// maxDifferences bounds the rules.
const maxDifferences = 10

var differences = []*difference{
	{
		kinds: "specifier range requirement",
		why: `PEP 508, "Grammar": version = wsp* <( letterOrDigit | '-' | '_' | '.' | '*' | '+' | '!' )+>, at least one character; ` +
			"so a === with nothing after it is refused, where the oracle has it match nothing",
		matches: func(args, ours, theirs []string) bool {
			return onlyWeRefuse(ours, theirs) && slices.ContainsFunc(args, func(s string) bool { return bareArbitrary.MatchString(s) })
		},
	},
	{
		kinds: "requirement",
		why: `PyPA "Dependency specifiers", "Grammar": version_many = version_one (',' version_one)* (',' wsp*)?, and no version holds a comma; ` +
			"so ===1.0, <2 is read and ===1.0,, is not, where the oracle takes commas into the version",
		matches: func(args, ours, theirs []string) bool {
			return slices.Equal(theirs, invalid) != slices.Equal(ours, invalid) && arbitraryAndComma.MatchString(args[0])
		},
	},
	{
		kinds: "requirement",
		why: `PEP 508, "Names": ^([A-Z0-9]|[A-Z0-9][A-Z0-9._-]*[A-Z0-9])$; ` +
			"so a name or extra that ends in _ is refused, where the oracle accepts it",
		matches: func(_, ours, theirs []string) bool {
			return onlyWeRefuse(ours, theirs) && slices.ContainsFunc(strings.Split(theirs[0]+","+theirs[1], ","), endsInDash)
		},
	},
	{
		kinds: "requirement",
		why: `PEP 508, "Grammar": urlspec = '@' wsp* <URI_reference>, which RFC 3986 gives neither white space nor control characters; ` +
			"so these are refused, where the oracle ends a URL at a space or tab only",
		matches: func(_, ours, theirs []string) bool {
			return onlyWeRefuse(ours, theirs) && strings.ContainsFunc(theirs[3], isPythonSpace)
		},
	},
	{
		kinds: "requirement marker",
		why: `PEP 508, "Environment Markers": "backslash escapes are not defined", and "Grammar": python_str_c has no backslash; ` +
			"so it is refused, where the oracle reads it as Python does",
		matches: func(args, ours, theirs []string) bool {
			return onlyWeRefuse(ours, theirs) && strings.Contains(args[0], `\`)
		},
	},
	{
		kinds: "requirement marker",
		why: `PEP 508, "Grammar": marker_var = wsp* (env_var | python_str), on both sides; ` +
			"so two variables or two strings are compared, where the oracle takes the right one for a variable's name or a string",
		matches: func(args, ours, theirs []string) bool {
			return len(ours) == len(theirs) && len(ours) > 1 && comparesLikes(args[0])
		},
	},
	{
		kinds: "requirement marker",
		why: `PEP 508, "Environment Markers": "Otherwise an error should be raised"; ` +
			"where a variable on the right of ~= or === turns out to hold no version, ours is false, as Evaluate never fails",
		matches: func(args, ours, theirs []string) bool {
			return variableRight.MatchString(args[0]) && equalButUndefined(ours, theirs)
		},
	},
	{
		kinds: "requirement marker",
		why: `PEP 508, "Environment Markers": version comparison is for "when both sides have a valid version specifier"; ` +
			`so == "=3.9" compares strings, where the oracle joins operator and text to ===3.9`,
		matches: func(args, ours, theirs []string) bool {
			return len(ours) == len(theirs) && len(ours) > 1 && equalsAfterOp.MatchString(args[0])
		},
	},
	{
		kinds: "wheel",
		why: `PEP 425, "Platform Tag": "with all hyphens - and periods . replaced with underscore _", and PEP 427, "Escaping and Unicode"; ` +
			"so a tag with anything but ASCII letters, digits and _ is refused, where the oracle takes any",
		matches: func(_, ours, theirs []string) bool {
			return onlyWeRefuse(ours, theirs) && slices.ContainsFunc(theirs[3:], func(tag string) bool { return !plainTag.MatchString(tag) })
		},
	},
	{
		kinds: "wheel",
		why: `PyPA "Binary distribution format", "build tag": "Acts as a tie-breaker if two wheel file names are the same in all other respects"; ` +
			"beyond 64 bits its number is the largest of 64 bits",
		matches: func(_, ours, theirs []string) bool {
			return len(ours) > 3 && strings.HasPrefix(ours[2], "18446744073709551615-") && slices.Equal(ours[3:], theirs[3:])
		},
	},
}

var (
	bareArbitrary     = regexp.MustCompile(`===` + pythonSpace + `*(,|$|;|\))`)
	arbitraryAndComma = regexp.MustCompile(`===` + pythonSpace + `*` + pythonText + `*,` + pythonText + `*(,|` + pythonSpace + `)`)
	equalsAfterOp     = regexp.MustCompile(`(==|[<>])\s*["']=`)
	quoted            = regexp.MustCompile(`"[^"]*"|'[^']*'`)
	likes             = regexp.MustCompile(`"\s*(not\s+in|in|[<>=!~]+)\s*"|[a-z]\s*[<>=!~]+\s*[a-z]|[a-z]\s+(not\s+)?in\s+[a-z]`)
	variableRight     = regexp.MustCompile(`(~=|===)\s*(python_version|python_full_version|implementation_version|platform_release)`)
	plainTag          = regexp.MustCompile(`^[a-z0-9_]+-[a-z0-9_]+-[a-z0-9_]+$`)
)

// White space as Python's \s has it, and what the oracle takes for the text after ===.
const (
	pythonSpace = `[\s\v\x{85}\x{a0}\x1c-\x1f\x{2003}\x{202f}\x{3000}]`
	pythonText  = `[^\s\v\x{85}\x{a0}\x1c-\x1f\x{2003}\x{202f}\x{3000};)]`
)

// comparesLikes reports whether a marker compares two variables or two strings. A requirement's marker follows its semicolon.
func comparesLikes(text string) bool {
	if _, marker, found := strings.Cut(text, ";"); found {
		text = marker
	}
	return likes.MatchString(quoted.ReplaceAllString(text, `"`))
}

func onlyWeRefuse(ours, theirs []string) bool {
	return slices.Equal(ours, invalid) && !slices.Equal(theirs, invalid)
}

func endsInDash(name string) bool { return strings.HasSuffix(name, "-") }

// equalButUndefined reports whether the answers agree wherever the oracle has one.
func equalButUndefined(ours, theirs []string) bool {
	if len(ours) != len(theirs) {
		return false
	}
	for i := range ours {
		if ours[i] != theirs[i] && theirs[i] != "undefined" {
			return false
		}
	}
	return true
}

func isDocumented(q question, ours, theirs []string) bool {
	for _, d := range differences {
		if slices.Contains(strings.Fields(d.kinds), q.Kind) && d.matches(q.Args, ours, theirs) {
			d.count++
			return true
		}
	}
	return false
}

func reportDifferences(t *testing.T) {
	t.Helper()
	if len(differences) > maxDifferences {
		t.Errorf("%d rules for differences, at most %d", len(differences), maxDifferences)
	}
	for _, d := range differences {
		t.Logf("documented difference, %d inputs (%s): %s", d.count, d.kinds, d.why)
		if d.count == 0 {
			t.Errorf("the rule applies to no input: %s", d.why)
		}
	}
}
