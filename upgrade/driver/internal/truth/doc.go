// Package truth has no code but tests: it holds what room upgrade/driver infers against real cinders. They carry the build tag "live".
//
//	CHANDLERY_INDEX=… CHANDLERY_PYTHONS="python3.11 python3.9 …" go test -tags live ./upgrade/driver/internal/truth -v -timeout 60m
//	… -args -truth.full -truth.folder DIR -truth.outside CLONES -truth.report
//
// The first runs the sample that .ci/run takes, drawn by a seed that it prints (-truth.seed repeats it); the second everything, and writes report/*.md. DIR keeps environments and wheels for the next run; what needs a repository looks for a clone
// of it in CLONES, OWNER+NAME/repo, and says so where there is none.
//
// # What is true
//
// An environment of each of the releases in environments_test.go is made by this project's own installer, under the constraints of its series. Inside it truth.py brings the volume service up short of its main loop, and answers for every
// symbol that an in-tree driver of any series asks for: does getattr find it, does inspect.signature bind the call, does a class made of the real bases have the attribute, is the option registered. What only an instance has (assigned to self by
// a method) is a class of answers of its own, as no instance is made. truth.py imports nothing of this project.
//
// TestTruth holds api.View.Judge against that, for every symbol and environment, and prints the confusion matrix. TestOwnRelease has every in-tree driver of the last release of each series judged against the release that it came from. TestGenerated
// has scan.py draw symbols out of all wheels by regular expressions, with the exact set of releases that has each, and write drivers that use them: the feasible set must be that set. TestOutside infers for vendors' drivers out of the tree, and
// tells the result beside the range that the vendor states (outside.json).
package truth
