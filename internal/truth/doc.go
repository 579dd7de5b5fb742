// Package truth holds no code of its own: its tests put hundreds of real requirement sets to our Solver, to uv and to pip, for five platforms, and have
// every answer judged by a checker that shares no code with the solver.
//
// The sample that .ci/run takes, of sets that a printed seed chooses:
//
//	CHANDLERY_TOOLS=VENV CHANDLERY_INDEX=https://index.example/simple/ go test -tags live ./internal/truth -v [-sets 12] [-seed N]
//
// The full run, which goes on where it was stopped, and writes the report:
//
//	... go test -tags live ./internal/truth -run TestTruth -timeout 6h -v -sets 0 -pip -1 -dir DIR -report report/truth.md
//
// VENV is a virtual environment with uv, pip and packaging. -pip N puts no more than N sets to pip, which is slow (6 unless told), and -uv N to uv; -patience is how long either may
// take; -workers N works on N sets at once; -only RE leaves out sets by name. DIR/results.jsonl has every answer and verdict, with all versions.
//
// # What is asked
//
// testdata/sets.txt has the requirement sets, testdata/targets.json the platforms. Nothing uploaded at the moment Before or later exists. All three resolvers ask one
// mirror on the loopback interface (package mirror), so all see the same index, whatever happens on the real one meanwhile; what the mirror has recorded in DIR it
// does not ask for again. uv is told the platform by --python-platform and --python-version. pip is told all the platform's tags and the full version of its
// Python; as it would still evaluate markers on the machine that it runs on, for which there is no option, pip.py tells it the platform's marker values too.
//
// # How an answer is judged
//
// checker.py is given pins, index pages as they came and METADATA as the wheels have it, and judges with `packaging` alone. Every requirement whose marker holds must
// be satisfied, extras included; every pin be asked for; every file suit the platform by tags, Requires-Python (the page's and METADATA's) and upload time, and be
// the best of its version; yanked files be pinned and pre-releases be named or the only choice. And it looks for every pin for a newer version that fits with all
// else as it is: the preferred solution (package resolve) can have none, whatever the order of preference, as plain backtracking would have met it first.
// Where there is no solution, no checker can prove it; but a rival's answer without a fault refutes us. So does one whose versions are nowhere older than ours and
// somewhere newer.
//
// # Differences
//
// Where a rival chose other versions, the checker judges its answer as one for our platform. If that has a fault, the difference is the rival's, and the fault its cause.
// If something in it could be newer, it is right, but not the newest. Else both are right and as new as can be, and the preference differs: which projects are newer
// on which side is told. Any difference of another kind fails the test, as does any fault of ours.
package truth
