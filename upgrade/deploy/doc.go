// Package deploy reads deploy.yaml, which describes a deployment as data, and puts an upgrade.Upgrader together for each of its components.
//
//	cfg, err := deploy.Read("deploy.yaml")
//	d, err := cfg.Open(ctx, deploy.Options{Index: client, Fetcher: fetcher, Cache: "/var/cache/chandlery"})
//	defer d.Close()
//	plans, err := d.Plan(ctx)                             // of every component, in order; d.Plan(ctx, "cinder") of one
//	records, err := d.Upgrade(ctx)                        // each rolls back only its own; the first that fails ends the rest
//	records, err = d.Rollback(ctx, upgrade.RestoreLossless)
//
// # deploy.yaml
//
// Built-in components (cinder, glance, keystone, neutron, nova) need only what differs from their description; required keys are marked with *. Paths that are not absolute
// count from the folder of deploy.yaml. Times are written 20s, 3m.
//
//	root: /opt/chandlery               # * environments (cinder-26.3.0) and configuration generations; only root may write to it and to the folders above it
//	state: /var/lib/chandlery          # records, snapshots, what runs, what verification keeps; default <root>/state
//	python: "3.11"                     # of the environments, where the target does not admit the real interpreter; or the path of one
//	components:                        # * in the order in which they are upgraded
//	  - name: cinder                   # *
//	    description: swift.json        # of a component that is not built in, or to replace a built-in one: see openstack.ParseDescription
//	    target:                        # default: the newest maintained release
//	      policy: newest-maintained    #   newest-slurp, lowest-in-window
//	      window: 6                    #   only the latest 6 released series
//	      want: "2025.1"               #   a series or a version in place of the policy
//	      releases: /srv/releases      #   folder or URL of the releases data; default: what the library carries
//	      driver: vendor/rbd.py        #   the vendor's: the policy decides among the releases that have all that it asks for, and its files go into the environment; see "Drivers"
//	      class: cinder.volume.drivers.rbd.RBDDriver   #   of the driver, as volume_driver names it; default: every class of its files counts
//	      else: release                #   where what is there is no driver, the policy alone decides; default: that is an error
//	      api: cinder.api              #   of chandlery upgrade index: what the releases offer to a driver; default: what the library carries
//	    source: cinder-26.3.0+vendor1-py3-none-any.whl   # the vendor's own wheel, sdist or source tree, in place of the index's; built under the constraints of target.want, else of its release
//	    source_version: 26.3.0+vendor1   # of a source tree that does not say it
//	    real:                          # * the real environment: read, never written
//	      sites: [/usr/lib/python3/dist-packages]   # * library folders, in the order of its sys.path; of any Python
//	      scripts: /usr/bin            #   default /usr/bin
//	      python: /usr/bin/python3     #   its interpreter; default: none is known
//	      env: {PYTHONPATH: /opt/vendor/path}   #   of its services; new generations have it too, but for what leads Python to other modules (PYTHONPATH, PYTHONHOME, VIRTUAL_ENV)
//	    config: [/etc/cinder/cinder.conf]   # --config-file, in order; default: as described
//	    user: cinder                   # that the services run as; default: as described
//	    host: controller1              # of the services; default: [DEFAULT] host of the configuration, else this machine's name
//	    only: [cinder-volume]          # the services that run on this host; default: all that are described
//	    services:                      # what differs from the description
//	      cinder-api:
//	        argv: [/usr/bin/uwsgi_python3, --http-socket, ":8776", --ini, /etc/cinder/api.ini, "--pyargv={config}", "{wsgi}"]   # see "Argv"
//	        env: {LANG: C.UTF-8}
//	        user: cinder
//	        stop_timeout: 20s
//	        pidfile: /run/cinder/api.pid     # these of plain processes: see supervise.Place
//	        output: /var/log/cinder/api.out
//	        logs: [/var/log/cinder/cinder-api.log]   # files that it writes itself, as by --log-file; of any manager
//	        dir: /var/lib/cinder
//	        umask: "0022"
//	        stop_signal: TERM
//	    manager:                       # * who keeps the services
//	      kind: process                #   plain processes: dir of the pid files, logs
//	      dir: /run/cinder             #     default <state>/cinder/processes
//	      # kind: supervisor           #   socket, overrides; username and password of the socket: see supervise.Supervisor
//	      # socket: /run/supervisor.sock
//	      # overrides: /etc/supervisor/conf.d/zz-cinder.conf
//	      # kind: systemd              #   units, systemctl, journalctl: see supervise.Systemd
//	      # units: /etc/systemd/system
//	    database:
//	      dir: /var/lib/chandlery/cinder/snapshots   # the default
//	      elsewhere: true              #   another host migrates it: nothing is copied, saved, migrated or tried here
//	      python: /usr/bin/python3     #   of SQLite; client and dump: programs of MySQL and MariaDB; see openstack.Database
//	    requirements: ["vendor-sdk>=2"]     # distributions besides the component's own dependencies
//	    modules: {hpe3parclient: python-3parclient}   # distributions of modules that have another name, for what a round learns
//	    bindings: [rbd, rados]         # import names linked from the real environment, one by one; default: as described
//	    executables: [rbd, qemu-img]   # that the services look for; default: as described
//	    files: [{from: vendor/rbd.py, to: cinder/volume/drivers/rbd.py}]   # put into the environment's library folder, above what its wheel brings
//	    options: {DEFAULT: {debug: false}}   # set in each generation, above the operator's files
//	    choices: {api-paste.ini: take}       # keep or take, where the operator's file and the new version's both changed
//	    sudo: {dir: /etc/sudoers.d, visudo: /usr/sbin/visudo, secure_path: [/usr/sbin, /usr/bin]}   # see openstack.Configurer
//	    trial:                         # see "Trials" of package openstack
//	      host: chandlery-trial        #   of its services
//	      virtual_host: chandlery_trial   # of the message queue; before makes it, after removes it
//	      port: 0                      #   of its API; default: a free one
//	      before: [[rabbitmqctl, add_vhost, chandlery_trial], {argv: […], ok: [0, 70], timeout: 30s, user: rabbitmq}]
//	      after: [[rabbitmqctl, delete_vhost, chandlery_trial]]
//	      skip: true                   #   there is none
//	    verify:                        # * what says that it does its work: see "Verification"
//	      api:
//	        volume: http://192.0.2.1:8776/v3/5f5e…
//	        image: http://192.0.2.1:9292
//	        noauth: {user: admin, project: 5f5e…}      # auth_strategy = noauth
//	        token: [openstack, token, issue, -f, value, -c, id]   # or a command that prints a token
//	      off: [L3]                    #   levels that are not judged
//	      commands: [[./check.sh], {argv: [./trial.sh], trial: true, level: L3, limit: 5m}]   # see probe.External
//	      watch: 20s                   #   L0: how long services must stay alive; default two report_intervals
//	      ready: Driver post RPC initialization completed successfully   # L0: what a driver's service logs
//	      limit: 90s                   #   L0, L1, L2: for what is awaited
//	      step: 3m                     #   L3, L4: for one operation
//	      rpc: {cinder-volume: "3.20"} #   L1: RPC versions that must show
//	      type: ceph                   #   L3, L4: volume type
//	      size: 1                      #   L3, L4: GiB
//	      content: 4194304             #   L3, L4: bytes
//	      backends: [ceph]             #   L2: each must have a pool
//	      driver_version: "1.2.0"      #   L2
//	      folders: [/opt/other]        #   L5: besides the real environment's own
//	      exclude: [__pycache__]       #   L5: names that are not looked at; the default
//	      pidfiles: [/run/glance/glance-api.pid]   # L5: of other services
//
// An unknown key is an error, and so is one that stands twice. Values may be secrets: no error repeats one. Anchors and aliases are refused, and a file of more than MaxFile bytes.
//
// # Drivers
//
// A driver is a .py file, a folder, a wheel, an sdist, or, as package.module.Class, what is installed in the real environment. What it asks for is read from its text, by the first interpreter of real.python and python that is a CPython 3.7
// or later, and held against what the releases offer (package driver): releases that lack something are refused with the symbol, and policy, window or want take one of the rest. The real environment is judged by its files. Its Python files
// go where Python imports them from, and of a package in which drivers lie (cinder/volume/drivers/__init__.py) the release keeps its own; paths that files has, and a driver's one file that files names, are left to files. What else a driver has
// (data, programs) is for files, and an SDK that no release names as an extra for requirements or modules.
//
// # Argv
//
// A service's argv knows {bin}, {root}, {python}, {config} and {wsgi}: see supervise.Argv. As {wsgi} is all that says which application uwsgi loads and from which environment, what
// else uwsgi reads (--ini) must name neither (wsgi-file, module, virtualenv). Of an argv, only the program's path may count from the folder of deploy.yaml. uwsgi's plugin is for one Python: where
// that is not the environment's, the plan says it, and the upgrade stops before anything is stopped (openstack.ServerError).
//
// # Verification
//
// Each level is judged unless off names it; what is off is reported n/a.
//
//	L0  the services are alive and their logs are clean; the privileged helper runs the environment's code
//	L1  the platform sees the services up (cinder: by the API; in a trial by cinder-manage service list)
//	L2  the backend's capacity is known                     cinder only
//	L3  what is required of a driver works                  cinder only
//	L4  data written before the upgrade reads back after    cinder only
//	L5  the real environment's files and the processes of pidfiles are as they were
//
// For cinder api.volume is required, but with L1 to L4 off. For others L1 to L4 are n/a unless a command has the level. `verify: [./check.sh]` is short for commands with that one.
// A trial is judged by L0, cinder's L1 and the commands marked trial.
//
// # State
//
//	<root>/cinder-26.3.0        an environment
//	<root>/generations          configurations: see openstack
//	<state>/cinder              the record of the upgrade, and its lock
//	<state>/cinder/current      which generation runs (process: a file; systemd: the drop-ins)
//	<state>/cinder/processes    pid files, those of trials too
//	<state>/cinder/snapshots    of the database
//	<state>/cinder/verify       what verification compares with
package deploy
