// Package pep508 reads names, requirements and environment markers (PEP 508, now PyPA "Dependency specifiers"), and evaluates markers for any target.
//
// # Requirements
//
//	name [extra, …] specifier, … ; marker
//	name [extra, …] (specifier, …) ; marker      of before PEP 508, still in metadata
//	name [extra, …] @ URL ; marker
//
// White space, which is spaces and tabs, may stand between any two parts. A URL ends at white space, so a marker's semicolon needs some
// before it. One comma may follow the last specifier, none the last extra. Line breaks and comments are a requirements file's, not a
// requirement's.
//
// # Markers
//
// A marker joins comparisons by and and or, of which and binds closer, and groups them by parentheses. A comparison has a variable or a
// quoted string on either side:
//
//	python_version < "3.8" and (sys_platform == "win32" or "arm" in platform_machine)
//
// Strings have either quote and no escapes. Older names of variables are read too (os.name, python_implementation …) and written as the present ones.
//
// Evaluation has three values, as a target is not always known in full: what asks for a variable that an [Environment] lacks is Unknown, and and/or
// follow Kleene's logic. It never fails, and decides each comparison so:
//
//   - python_version, python_full_version, implementation_version and platform_release: as a version specifier, where the right side makes
//     one (PEP 440), so that "3.10" is above "3.9" and python_version < "3.10.0" is false on any 3.10. A left side that is no version, such
//     as the release 5.10.0-21-generic, is then in no specifier but ===, not even in !=.
//   - all others, and where the right side makes no specifier: as strings, case and all. == and != are equality. Text has no order: < and >
//     are false, and <= and >= mean ==.
//   - in and not in look for a substring, also in versions: python_version in "3.10" is true on 3.1.
//   - extra is compared with each requested extra, or with "" where none is requested; names are normalised (PEP 685). == and in are true
//     if one matches, != and not in if none does.
//   - "name" in extras, and in dependency_groups, is membership (PEP 751): of the requested extras, and of what the Environment lists.
//   - what PEP 508 leaves without meaning is false: ~= and === on strings, a set with any operator but in and not in. [Marker.Undefined]
//     tells of these. Only where a variable is on the right of ~= does it depend on the value; that is false where the value makes no
//     specifier.
//
// # Against packaging
//
// The same input is accepted, and has the same value, as by packaging 26.3, except:
//
//   - a name ends with a letter or digit (PEP 508, "Names"); packaging takes one that ends with an underscore
//   - a URL holds no control characters or line breaks (RFC 3986, 2)
//   - commas end a === clause (PEP 508, "Grammar": version_many); packaging counts those before white space as its text
//   - a === clause has a version; packaging takes one without, which admits nothing
//   - a backslash in a string is refused, since PEP 508 does not define escapes; packaging reads them as Python does
//   - two strings, or two variables, are compared by value; packaging takes the right one as a variable's name, or a name as text
//   - "=3.9" after == or another operator is no version; packaging reads === and 3.9 out of the two
//   - undefined comparisons are false; packaging raises an error
//   - MaxRequirement and MaxDepth bound the input
package pep508
