// Package upgrade moves one component of a cloud platform (cinder first) to another version in its own virtual environment, while everything else stays as it is.
//
//	u := &upgrade.Upgrader{Component: c, Real: real, Root: "/opt/chandlery", State: "/var/lib/chandlery", Picker: picker, Provisioner: p, …}
//	plan, err := u.Plan(ctx)        // what would happen, and why
//	record, err := u.Upgrade(ctx)   // does it; Resume after a crash, Rollback to go back, Status at any time
//
// upgrade/deploy puts an Upgrader together from a file that describes a deployment as data.
//
// # Roles
//
//	TargetPicker   which version to move to: upgrade/release asks the platform's releases
//	Provisioner    the environment of a target: upgrade/environment
//	Configurer     a generation's configuration, beside the old one: upgrade/openstack
//	Database       copies, saves and restores what the component keeps: upgrade/openstack
//	Runner         runs a generation's commands and services: upgrade/supervise
//	Switcher       makes a generation the one that runs: upgrade/supervise
//	Verifier       whether the component, with the third party's driver in it, does its work: upgrade/probe
//	Inspector      what else an upgrade would change, for a Plan: upgrade/openstack
//
// A Subject is one generation: an environment, a version and a configuration that can run. FirstOf and AllOf put pickers and verifiers together. What a role may do besides is an
// optional interface: Granter, Dropper, Forecaster, Forgetter, Lister, Preparer, Remover.
//
// # The flow
//
// An upgrade is in one of three phases, and its steps (Step) are listed in flow.go:
//
//	preparing    pick, resolve, prepare the verification, make the environment, rehearse on a copy, trial, configure: production is not touched
//	switching    stop, save the database, migrate, switch, start, verify
//	going back   stop, restore, switch, start, verify
//
// What fails in the first ends the round; what fails in the second is taken back. Then the Class of the evidence decides whether another round may help: a missing dependency is added, a
// missing API or option speaks for another version, a broken environment is made anew. A backend that cannot be reached, a missing executable or another component never is a
// question of versions. Each round refuses a version, adds a distribution or makes an environment anew for the first time, so they end.
//
// # Kills
//
// The Record is written durably before and after each step, and before each change that a resume has to know of. Every step can be done again. Whatever kills the process,
// Status says where the upgrade stands, and both Resume and Rollback end with one whole version running: the old or the new. A migration that was cut off is begun again with the snapshot.
//
// # The database
//
// A snapshot is taken while the services are stopped, before the migration: the point of no return, where the target's schema is another. A way back takes the code first; the database follows where
// nothing was written since that a restore would lose (Restore), else the old code runs on the new schema, and Record.Losses lists what a restore would lose.
package upgrade
