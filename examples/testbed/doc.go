// Package testbed has no code but tests that upgrade a real cinder: they carry the build tag "testbed", need root and a machine where no other cinder is, and .ci/run runs a part of them, beside its other steps.
//
//	CHANDLERY_TESTBED=.../testbed CHANDLERY_INDEX=https://index.example/simple/ go test -tags testbed ./examples/testbed -v -timeout 30m
//
// CHANDLERY_TESTBED names the program that makes a testbed: cinder as Debian has it, RabbitMQ, Ceph, a fake or a real glance, SQLite or MariaDB, plain processes or a supervisord. The tests write a deploy.yaml for
// it and run chandlery as a user would; what they say of an upgrade they measure from outside:
//
//	watch       asks the API ten times a second, and looks as often whether the volume service is there and has initialised its driver: down times
//	files       sha256, mode and owner of every file of the real environment
//	production  the database's dump, the queues and the objects in the pool, before and after a trial
//	processes   what /proc says of the program that a service runs
//
// The testbed's own `smoke` and `data-verify` judge the function, beside the levels L0 to L5 that the upgrade itself reports.
//
//	TestUpgrade             from 21.3.1 to a release picked from the data, and back; edited data change the target
//	TestMariaDBSupervisor   the same on MariaDB and supervisord, with an image of the real glance read every second
//	TestTargets             to each of -testbed.targets, with figures
//	TestKills               SIGKILL after writes of the journal and at random moments; then resume or rollback
//	TestRedo                the vendor's driver does not do with the first target
//	TestDriver              the target follows from the vendor's driver alone, before anything is tried
//	TestGlance              glance itself as a component
//
// What takes hours is asked for by a flag and has its report in the folder report:
//
//	-run TestTargets -testbed.targets 24.5.0,26.3.0,28.0.0 -testbed.report report/targets.md
//	-run TestKills -testbed.kills -testbed.beds 3 -timeout 4h -testbed.report report/kills.md
package testbed
