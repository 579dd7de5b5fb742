// Package live has no code but tests that need a package index, CPython 3.9 and the tools uv and pip: they carry the build tag "live", and
// .ci/run runs them.
//
//	CHANDLERY_TOOLS=VENV CHANDLERY_PYTHON=python3.9 go test -tags live ./examples/live -v -timeout 40m
//
// VENV is a virtual environment with uv, pip and packaging. The suite publishes the classroom's configuration once, with an empty cache, and
// judges what came out: against uv and pip, by a real Python, by reading every RECORD itself, by request logs, and under kills. Of the kills of updates that is a sample; all of them:
//
//	... go test -tags live ./examples/live -v -timeout 40m -run '^TestKills$' -live.kills 200 -live.kills.report report/kills.md
package live
