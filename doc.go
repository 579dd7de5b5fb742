// Package chandlery is the front page of a library that resolves, fetches, publishes and updates Python dependencies from Go, for any target
// platform, with no Python on the machine that publishes, and that moves one component of an OpenStack deployment to another version in its own environment.
// This package has no code; its examples show the two flows.
//
// # Publish and update
//
// A developer's configuration names libraries and the version that each platform expects. A [bundle.Publisher] resolves every platform,
// fetches the wheels, checks them, packs each library as it stands after install on that platform, puts the bundles into a store
// and releases an update configuration, last and atomically. A [bundle.Updater] on a client reads the update configuration, looks at
// what the application's python folder really holds, and installs only what is absent or differs: staged, verified, switched by renames
// under a journal, so that a kill at any moment leaves the old set or, after Recover, the new.
//
// # Upgrade
//
// A deployment is described as data. An [upgrade.Upgrader] reads what runs, picks a release of the platform that is newer and supported, makes its virtual
// environment beside the real one, rehearses the migration on a copy of the database, tries the services that drive the third party apart from production,
// switches, and verifies that the third party's function is normal. What is not is taken back, and done again where the evidence says that
// this helps. A kill at any moment leaves a record by which it is resumed or rolled back.
//
// # The rooms
//
//	resolve            Resolver, Index, Request -> Resolution for any Platform; Solver, the default, is PubGrub
//	resolve/pep440     versions and specifiers
//	resolve/pep508     requirements and markers
//	resolve/tag        compatibility tags of any platform
//	resolve/dist       file names, core metadata, Project, File, Artifact, Fetcher
//	resolve/index      Index and Fetcher over HTTP, with a cache, and over local folders of wheels
//	resolve/pylock     lock files (PEP 751), requirements and constraints files
//	resolve/pyproject  what a pyproject.toml asks for: dependencies, extras, groups
//	resolve/explain    why this version, why not a newer one, what would have to change
//	resolve/wheelhouse a folder with the files of several resolutions
//	resolve/resolvetest  what a test of a Resolver or an Index needs
//	venv               virtual environments without running Python; installs that are all or nothing
//	venv/python        interpreters: found and questioned
//	venv/wheel         wheels: checks, RECORD, the installed layout
//	venv/build         wheels of sdists (PEP 517)
//	venv/launcher      programs that start console scripts, for any platform
//	venv/venvtest      conformance of an EnvBuilder or an Installer
//	bundle             Publisher and Updater; Packager, Store, Sink, Source
//	bundle/manifest    the developer's configuration and the update configuration
//	bundle/store       stores in a directory and over HTTP
//	bundle/store/s3    a store in a bucket of any S3-compatible service; a module of its own
//	bundle/trust       what is released is signed and verified by The Update Framework: Repository and Client; keys, metadata and offline lie below
//	bundle/bundletest  conformance of a Packager or a Store
//	upgrade            Upgrader, and the words and roles of upgrading one component of a cloud platform
//	upgrade/deploy     a deployment as data (deploy.yaml), and the Upgraders that it describes
//	upgrade/environment  the environment of a target: resolved, built, installed, bindings linked, locked
//	upgrade/release    the target version from OpenStack's releases
//	upgrade/driver     the target version from what a vendor's driver asks of it; the index of the releases' APIs lies below
//	upgrade/openstack  cinder, glance, nova, neutron, keystone as data; what runs now, configuration generations, databases
//	upgrade/supervise  Runner and Switcher: plain processes, supervisord, systemd
//	upgrade/probe      Verifiers, from "it runs" to "the data is as it was"; what a log says
//	upgrade/upgradetest  conformance of a Runner, Switcher, picker or Verifier
//	upgrade/openstack/oslo  the configuration files of OpenStack services, edited without loss
//	internal/...       archives checked as hostile input, durable file operations, the HTTP client, wheels for tests, the house's own tests
//
// Imports run downwards only: pep440, pep508, dist, resolve, wheel, then venv or bundle, then what stands on these; a test asserts it. An interface lives with the words of its
// signature, has one to three methods, and never imports its implementations: bring your own Resolver, Index, Fetcher, Packager, Store,
// Source or Sink, your own http.RoundTripper, credentials, Observer and Logger.
//
// # What holds everywhere
//
// A context comes first and ends every wait. Structs are filled by literals whose zero fields are documented defaults. No package reads the
// environment, keeps mutable globals or writes to standard error, and the library knows no host: its index is a value that the caller
// gives. Errors say where, why and what to do; [bundle.KindOf] sorts them for programs. What is published depends on the inputs alone, not on
// the host, its clock, locale or order of maps. Every byte from outside is hostile until checked, and limits are exported constants.
//
// The command in examples/chandlery is a thin layer over this library.
package chandlery
