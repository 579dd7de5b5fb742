// Package upgrade has the vocabulary of moving one component of a cloud platform (cinder first) to another version in its own virtual
// environment, while everything else stays as it is: what a component is, and the roles that a flow is put together from.
//
//	TargetPicker   which version to move to: upgrade/release asks the platform's releases
//	Verifier       whether the component, with the third party's driver in it, does its work
//	Runner         runs a generation's commands and services
//	Switcher       makes a generation the one that runs
//	Configurer     makes a generation's configuration beside the old one
//	Database       copies, saves and restores what the component keeps
//
// A Subject is one generation: an environment, a version and a configuration that can run. FirstOf and AllOf put pickers and verifiers together. What a verifier
// saw is Evidence of a Class, and the class decides what a redo may change: only a missing API speaks for another version, a backend that
// cannot be reached never does.
//
// The flow that drives these roles is being built; see the project's issues.
package upgrade
