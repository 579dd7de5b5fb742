// Package openstack knows the components of OpenStack: it describes cinder, glance, nova, neutron and keystone as data, reads what runs now without running it, makes
// configuration generations, and copies, saves and restores databases.
//
//	d, err := openstack.Lookup("cinder")                              // the Description; d.Component is what the flow needs
//	now, err := openstack.ReadCurrent(ctx, d.Component, "/usr/lib/python3/dist-packages")
//	then, err := openstack.ReadSchema(ctx, tree, d.Component)                       // an opened wheel's tree
//	m := openstack.CompareSchemas(now.Schema, then)                   // is a code-only rollback possible?
//	conf := &openstack.Configurer{Root: "/opt/chandlery"}             // an upgrade.Configurer
//	db := &openstack.Database{Dir: "/var/lib/chandlery/snapshots"}    // an upgrade.Database
//
// # Generations
//
// A generation is a folder <root>/generations/<component>-<version>[-trial] that root owns. It appears and is replaced as a whole. The operator's files stay where they are and as
// they are: a generation only adds a last --config-file above them, as the later file wins.
//
//	override.conf   what this generation sets; it may hold a password (trial: the copied database), so 0640 and the service user's group
//	rootwrap.conf   exec_dirs begin with the environment's scripts, filters_path with its filters; so privileged helpers run the new code
//	sudoers         the grant that lets the service user run rootwrap with that file; checked by visudo, in force from Grant to Revoke
//	<paste, …>      files of which the new version's are to be used (three-way comparison: CompareFiles)
//	state/          of a trial: state_path, lock_path and the copied database, owned by the service user
//
// Why rootwrap.conf: sudo's secure_path ignores the service's PATH, so the distribution's rootwrap and, by its exec_dirs, the distribution's privsep-helper would run the old code
// as root beneath the new service. PrivsepProbe tells which code answers.
//
// # Trials
//
// A trial touches nothing of production: another host name, its own virtual host of the message queue, its own state and lock folders, a free port on 127.0.0.1, logs to standard error, a
// copied database. Where that cannot be had (nova, neutron: Description.Trial.Refuse says why) Configure refuses with upgrade.ErrNoTrial.
//
// # Databases
//
// The URL in the configuration chooses: SQLite by an interpreter's own sqlite3 module, MySQL and MariaDB by their client and dump programs, which get the password in a file of mode 0600 and
// never as an argument. A restore refuses while somebody has the database open, and checks the snapshot's sha256 first. On SQLite it is one rename. On MySQL the tables are swapped by one
// RENAME TABLE, unless views or triggers stand in the way: then the dump is loaded in place.
//
// # Hostile input
//
// Migration files are Python and are never run: revision, down_revision and depends_on are read from their text, within the exported limits. Option catalogues and metadata are
// bounded as well.
package openstack
