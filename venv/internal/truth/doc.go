// Package truth has no code but tests: it installs real wheels by this library and by pip, and compares all that is on the disk. They carry the build tag "live".
//
//	CHANDLERY_INDEX=… CHANDLERY_TOOLS=… go test -tags live ./venv/internal/truth -v
//	… -timeout 60m -args -truth.all -truth.wheels DIR -truth.report
//
// The first takes a sample of the projects in projects.txt, drawn by a seed that it prints (-truth.seed repeats it); the second takes all of them and writes report/wheels.md. DIR keeps wheels for the next run.
//
// Of each project the newest final wheel for the first python3 on PATH is taken that was there at a fixed date. Wheels that have no path in common share an environment, so that each is also tried among others. In every environment:
//
//  1. This library installs all, pip installs the same files into an environment of the same layout: the trees are the same, file by file, in names, kinds, modes and bytes, and so are the lines of every RECORD. What may differ, and why,
//     stands in compare_test.go; anything else is a failure.
//  2. This library removes half: exactly what those brought is gone. It removes the rest: the environment is as it was when it was new.
//  3. This library installs all again, which gives the same tree, and pip removes them.
//  4. This library removes what pip installed: that environment too is as new.
package truth
