// Package oslo reads and edits the configuration files of OpenStack services as oslo.config reads them, and keeps every byte that an edit
// does not mean: comments, order, blank lines, line ends.
//
// The rules are those of oslo.config's own parser, which differ from other INI dialects:
//
//   - [section] lines; what stands before the first belongs to no section and is an error. Section names are told apart without
//     regard to case, but for DEFAULT, which is written so.
//   - key = value or key: value, whichever sign comes first. White space around both is dropped, and one pair of equal quotes around the value.
//   - A line that begins with a space or a tab continues the value above it, after a line feed. A blank line or a comment ends a value.
//   - Comments are whole lines that begin with # or ;.
//   - A key that stands more than once has several values: the last counts for a plain option, all of them for a multi-valued one.
//   - With several files the later one counts (Stack).
//
// Values may hold secrets ([IsSecret], [RedactURL]): nothing here prints them, and errors name the key only.
package oslo
