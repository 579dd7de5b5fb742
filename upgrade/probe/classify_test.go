package probe

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/upgrade"
)

// seen is an Evidence in short: class, symbol and a part of its text.
type seen struct {
	class  upgrade.Class
	symbol string
	text   string
}

func assertSeen(t *testing.T, want []seen, got []upgrade.Evidence) {
	t.Helper()
	require.Len(t, got, len(want), "%+v", got)
	for i, w := range want {
		assert.Equal(t, w.class, got[i].Class, got[i].Text)
		assert.Equal(t, w.symbol, got[i].Symbol, got[i].Text)
		assert.Contains(t, got[i].Text, w.text)
		assert.Regexp(t, `^line \d+$`, got[i].Source)
	}
}

// TestClassify_recorded reads what real services wrote; the first line of each log says what they were.
func TestClassify_plugin(t *testing.T) {
	const log = "2026-11-22 23:32:33.638 4931 ERROR stevedore.extension [-] Could not load 'cinder': No module named 'os_brick': ModuleNotFoundError: No module named 'os_brick'\n"
	found, err := classify(strings.NewReader(log))
	require.NoError(t, err)
	require.Len(t, found, 1)
	assert.Equal(t, upgrade.MissingDependency, found[0].Class)
	assert.False(t, found[0].failing(), "the service goes on without it")
}

func TestClassify_recorded(t *testing.T) {
	tests := map[string][]seen{
		"clean-start-21":                  nil,
		"clean-start-28":                  nil,
		"rpc-pins":                        nil,
		"db-sync-newer-schema":            {{upgrade.MissingAPI, "9c74c1c6971f", "the database is newer than the code"}},
		"import-osbrick-constants":        {{upgrade.MissingAPI, "os_brick.constants", "asked for by the driver"}},
		"import-osbrick-storpool":         {{upgrade.MissingAPI, "os_brick.initiator.storpool_utils", "(vendor_storpool.py)"}},
		"init-attribute-storage-protocol": {{upgrade.MissingAPI, "TgtAdm.storage_protocol", "asked for by the driver"}},
		"late-disable-sparse":             {{upgrade.MissingAPI, "fetch_to_raw(disable_sparse=)", "asked for by the driver"}},
		"late-duplicate-option":           {{upgrade.Misconfigured, "rbd_pool", "an artefact of the installation"}},
		"late-glance-versions":            {{upgrade.Neighbour, "glance", "'str' object has no attribute 'get'"}},
		"late-keyring-missing":            {{upgrade.Misconfigured, "/etc/ceph/ceph.client.admin.keyring", "from this path and no other"}},
		"late-mon-refuses":                {{upgrade.Unclassified, "", "Upload volume to image"}, {upgrade.Contention, "ceph", "turned a command away"}},
		"late-privsep-old-environment":    {{upgrade.OldHelper, "cinder.privsep.format_inspector", "the helper's environment"}},
		"late-volume-fd":                  {{upgrade.MissingAPI, "upload_volume(volume_fd=)", "(rbd.py)"}},
		"scheduler-no-backend-yet":        {{upgrade.Unready, "", "No weighed backends available"}},
		"setup-backend-config-nfs":        {{upgrade.Misconfigured, "/etc/cinder/nfs_shares", "doesn't exist"}},
		"setup-no-such-option":            {{upgrade.MissingOption, "spdk_rpc_protocol", "in group [spdk]"}},
		"setup-not-sending-heartbeat":     {{upgrade.Unclassified, "", "driver isn't initialized properly"}},
		"upgrade-check-service-uuid":      {{upgrade.Misconfigured, "Service UUIDs", "delete them"}},
	}
	logs, err := filepath.Glob(filepath.Join("testdata", "log", "*.log"))
	require.NoError(t, err)
	require.Len(t, logs, len(tests), "each log has a row and each row a log")
	for _, name := range logs {
		t.Run(filepath.Base(name), func(t *testing.T) {
			want, ok := tests[strings.TrimSuffix(filepath.Base(name), ".log")]
			require.True(t, ok)
			f, err := os.Open(name)
			require.NoError(t, err)
			defer f.Close()
			assertSeen(t, want, Classify(f))
		})
	}
}

// failed is a record with a traceback: frames as "file: source", then the exception.
func failed(exception string, frames ...string) string {
	const head = "2026-11-22 17:37:13.027 8539 ERROR cinder.volume.manager "
	text := head + "[None req-1 - - - - - -] it went wrong: " + exception + "\n" + head + "Traceback (most recent call last):\n"
	for _, f := range frames {
		file, source, _ := strings.Cut(f, ": ")
		text += head + `  File "` + file + `", line 7, in f` + "\n" + head + "    " + source + "\n"
	}
	return text + head + exception + "\n"
}

func said(message string) string {
	return "2026-11-22 17:37:13.027 8539 ERROR cinder.volume.manager [None req-1 - - - - - -] " + message + "\n"
}

// TestClassify_shapes has the shapes of openstack.md 3.2 (numbered as there) that no recorded log shows, and their neighbours.
func TestClassify_shapes(t *testing.T) {
	const driver = "/x/site-packages/cinder/volume/drivers/acme.py: from a import b"
	one := func(class upgrade.Class, symbol, text string) []seen { return []seen{{class, symbol, text}} }
	tests := []struct {
		name, log string
		want      []seen
	}{
		{"SQLite is busy", lockedOut, one(upgrade.Contention, "database", "busy with another transaction")},
		{"a deadlock", said("oslo_db.exception.DBDeadlock: (pymysql.err.OperationalError) (1213, 'Deadlock found when trying to get lock; try restarting transaction')"), one(upgrade.Contention, "database", "busy with another transaction")},
		{"a lock that is not given", said("(pymysql.err.OperationalError) (1205, 'Lock wait timeout exceeded; try restarting transaction')"), one(upgrade.Contention, "database", "busy with another transaction")},
		{"1 a module that went", failed("ImportError: cannot import name 'utils' from 'cinder.volume' (/x/cinder/volume/__init__.py)", driver),
			one(upgrade.MissingAPI, "cinder.volume.utils", "last in 14.x")},
		{"2 a name that went", failed("ImportError: cannot import name '_LE' from 'cinder.i18n' (/x/cinder/i18n.py)", driver), one(upgrade.MissingAPI, "cinder.i18n._LE", "last in 10.x")},
		{"3 a library that the component's requirements gained", failed("ModuleNotFoundError: No module named 'distro'", driver), one(upgrade.MissingDependency, "distro", "")},
		{"4 a vendor's SDK", failed("ModuleNotFoundError: No module named 'hpe3parclient'", driver), one(upgrade.MissingDependency, "hpe3parclient", noVersion)},
		{"5 asked by the driver", failed("AttributeError: 'TgtAdm' object has no attribute 'storage_protocol'", driver), one(upgrade.MissingAPI, "TgtAdm.storage_protocol", asksLess)},
		{"6", failed("AttributeError: module 'cinder.volume.volume_utils' has no attribute 'is_image_cache_entry'", driver), one(upgrade.MissingAPI, "cinder.volume.volume_utils.is_image_cache_entry", asksLess)},
		{"7 wrapped", said("Failed: cinder.exception.VolumeBackendAPIException: Bad response: no such option spdk_rpc_protocol in group [b]"), one(upgrade.MissingOption, "", "without a traceback")},
		{"7 quoted by another exception", failed("cinder.exception.VolumeBackendAPIException: no such option spdk_rpc_protocol in group [b]", driver), one(upgrade.MissingOption, "", "without a traceback")},
		{"7 a message, then its traceback", said("no such option acme_x in group [b]") + failed("oslo_config.cfg.NoSuchOptError: no such option acme_x in group [b]", driver), one(upgrade.MissingOption, "acme_x", "")},
		{"7 a message with lines that look like a traceback", said("it says\nTraceback (most recent call last):\n  File \"/x/drivers/a.py\", line 7, in f\nAttributeError: module 'cinder.utils' has no attribute 'x'"),
			[]seen{{upgrade.Unclassified, "", "it says"}, {upgrade.MissingAPI, "", "without a traceback"}}},
		{"7 a bare traceback", "Traceback (most recent call last):\n  File \"/x/drivers/a.py\", line 7, in f\nAttributeError: module 'cinder.utils' has no attribute 'x'\n", one(upgrade.MissingAPI, "cinder.utils.x", "")},
		{"8 an older driver", failed("TypeError: D.__init__() got an unexpected keyword argument 'cluster_name'", "/x/oslo_utils/importutils.py: return import_class(import_str)(*args, **kwargs)"),
			one(upgrade.MissingAPI, "D.__init__(cluster_name=)", asksMore)},
		{"9", failed("SyntaxError: Missing parentheses in call to 'print'. Did you mean print(...)?", driver), one(upgrade.Misconfigured, "python2", "concludes the interpreter")},
		{"9 no more than invalid", failed("SyntaxError: invalid syntax", "/x/drivers/a.py: except ValueError, e:"), one(upgrade.Misconfigured, "python2", "Python 2")},
		{"9 newer than the interpreter", failed("SyntaxError: invalid syntax", "/x/drivers/a.py: match volume:"), one(upgrade.Misconfigured, "", "another Python")},
		{"10 refused", said("Unsupported drivers are disabled. You can re-enable by adding enable_unsupported_driver=True"), one(upgrade.Misconfigured, "enable_unsupported_driver", "a policy")},
		{"10 a warning, then not initialised", "2026-11-22 17:37:13.027 8539 WARNING cinder.volume.manager [-] Volume driver (D 3.0.0) is currently unsupported and may be removed in the next release\n" +
			said("Cannot complete RPC initialization because driver isn't initialized properly.: cinder.exception.DriverNotInitialized: Volume driver not ready."),
			one(upgrade.Misconfigured, "enable_unsupported_driver", "currently unsupported")},
		{"10 a warning alone: it is enabled", "2026-11-22 17:37:13.027 8539 WARNING cinder.volume.manager [-] Volume driver (D 3.0.0) is currently unsupported and may be removed in the next release\n", nil},
		{"11 an incomplete driver", failed("AttributeError: 'D' object has no attribute '_update_volume_stats'", "/x/cinder/volume/driver.py: self._update_volume_stats()"),
			one(upgrade.MissingAPI, "D._update_volume_stats", asksMore)},
		{"12", failed("TypeError: fetch_to_raw() got an unexpected keyword argument 'disable_sparse'", driver), one(upgrade.MissingAPI, "fetch_to_raw(disable_sparse=)", asksLess)},
		{"13", failed("oslo_config.cfg.DuplicateOptError: duplicate option: rbd_pool", "/x/oslo_config/cfg.py: raise"), one(upgrade.Misconfigured, "rbd_pool", "artefact")},
		{"14", failed("FileNotFoundError: [Errno 2] No such file or directory: 'rbd'", "/usr/lib/python3.11/subprocess.py: raise child_exception_type"), one(upgrade.MissingExecutable, "rbd", "")},
		{"15", failed("alembic.util.exc.CommandError: Can't locate revision identified by '9c74c1c6971f'", "/x/alembic/script/base.py: raise"), one(upgrade.MissingAPI, "9c74c1c6971f", "newer than the code")},
		{"16 objects", said("cinder.exception.CappedVersionUnknown: Versioned Objects in DB are capped to unknown version 1.40"), one(upgrade.Misconfigured, "", "stale rows")},
		{"16 RPC", said("One of cinder-volume services is too old to accept create_volume request. Required RPC API version is 3.19"), one(upgrade.Misconfigured, "", "stale rows")},
		{"17", said("oslo_messaging.rpc.client.UnsupportedVersion: Endpoint does not support RPC version 3.20. Attempted method: create_volume"), one(upgrade.Misconfigured, "3.20", "a peer is older")},
		{"12 without an argument", failed("TypeError: append_host() missing 1 required positional argument: 'pool'", driver), one(upgrade.MissingAPI, "append_host(without pool)", asksLess)},
		{"12 without a keyword", failed("TypeError: VolumeDriver.__init__() missing 1 required keyword-only argument: 'configuration'", driver), one(upgrade.MissingAPI, "VolumeDriver.__init__(without configuration)", asksLess)},
		{"12 too many arguments", failed("TypeError: extract_host() takes from 1 to 3 positional arguments but 4 were given", driver), one(upgrade.MissingAPI, "extract_host(4 by position)", asksLess)},
		{"12 too many beside keywords", failed("TypeError: A.__init__() takes 1 positional argument but 2 positional arguments (and 1 keyword-only argument) were given", driver), one(upgrade.MissingAPI, "A.__init__(2 by position)", asksLess)},
		{"12 twice", failed("TypeError: f() got multiple values for argument 'a'", driver), one(upgrade.MissingAPI, "f(a= twice)", asksLess)},
		{"12 Python 2", failed("TypeError: extract_host() takes at most 3 arguments (4 given)", driver), one(upgrade.MissingAPI, "extract_host(4 by position)", asksLess)},
		{"a circle of imports", failed("ImportError: cannot import name 'D' from partially initialized module 'acme.driver' (most likely due to a circular import) (/x/acme/driver.py)", driver), one(upgrade.Misconfigured, "", "in a circle")},
		{"18 Python 2 names no module", failed("ImportError: cannot import name interface", "/x/cinder/volume/drivers/unity/driver.py: from cinder import interface"), one(upgrade.MissingAPI, "cinder.interface", asksLess)},
		{"18 Python 2, a module", failed("ImportError: No module named storops", driver), one(upgrade.MissingDependency, "storops", "")},
		{"18 Python 2, a part of the platform", failed("ImportError: No module named cinder.privsep", driver), one(upgrade.MissingAPI, "cinder.privsep", "")},
		{"19", said("Active-Active configuration is not currently supported by driver acme"), one(upgrade.Misconfigured, "cluster", "")},
		{"20 a distribution", "Traceback (most recent call last):\n  File \"/usr/bin/cinder-volume\", line 4, in <module>\n    import pkg_resources\npkg_resources.DistributionNotFound: The 'oslo.db>=11' distribution was not found\n",
			one(upgrade.BrokenEnvironment, "oslo.db", "")},
		{"20 a conflict", said("pkg_resources.ContextualVersionConflict: (SQLAlchemy 2.0.46 (/x), Requirement.parse('SQLAlchemy<2'), {'taskflow'})"), one(upgrade.BrokenEnvironment, "SQLAlchemy", "")},
		{"20 an entry point", said("stevedore.exception.NoMatches: No 'oslo.messaging.drivers' driver found, looking for 'rabbit'"), one(upgrade.BrokenEnvironment, "oslo.messaging.drivers:rabbit", "")},

		{"the component itself", failed("ModuleNotFoundError: No module named 'cinder'", "/x/bin/cinder-volume: from cinder.cmd.volume import main"), one(upgrade.BrokenEnvironment, "cinder", "")},
		{"a file of the environment", failed("FileNotFoundError: [Errno 2] No such file or directory: '/opt/v/lib/python3.11/site-packages/os_brick/x.py'", driver), one(upgrade.BrokenEnvironment, "/opt/v/lib/python3.11/site-packages/os_brick/x.py", "")},
		{"another ABI", failed("ImportError: /x/rbd.so: undefined symbol: PyUnicode_Ready", driver), one(upgrade.BrokenEnvironment, "", "does not fit")},
		{"a library of the host", failed("ImportError: librbd.so.1: cannot open shared object file: No such file or directory", driver), one(upgrade.MissingExecutable, "librbd.so.1", "")},
		{"rootwrap finds no program", said("oslo_concurrency.processutils.ProcessExecutionError: Unexpected error while running command.") + "Command: sudo cinder-rootwrap /etc/cinder/rootwrap.conf qemu-img info\nExit code: 96\nStderr: '/usr/bin/cinder-rootwrap: Executable not found: qemu-img (filter match = qemu-img)'\n",
			one(upgrade.MissingExecutable, "qemu-img", "")},
		{"an option", failed("oslo_config.cfg.NoSuchOptError: no such option acme_x in group [DEFAULT]", driver), one(upgrade.MissingOption, "acme_x", "")},
		{"the helper lacks a module", failed("ModuleNotFoundError: No module named 'cinder.privsep.targets'", "/x/cinder/a.py: f()", "/x/oslo_privsep/daemon.py: raise exc"), one(upgrade.OldHelper, "cinder.privsep.targets", "")},
		{"the helper lacks a program: no old helper", failed("FileNotFoundError: [Errno 2] No such file or directory: 'lvs'", "/x/oslo_privsep/daemon.py: raise exc"), one(upgrade.MissingExecutable, "lvs", "")},
		{"a fault of the code", failed("AttributeError: 'NoneType' object has no attribute 'get'", driver), one(upgrade.Unclassified, "", "NoneType")},
		{"a neighbour's word", failed("glanceclient.exc.HTTPServiceUnavailable: HTTP 503", "/x/glanceclient/common/http.py: raise"), one(upgrade.Neighbour, "glance", "")},
		{"Ceph is down", failed("rados.TimedOut: [errno 110] RADOS timed out (error connecting to the cluster)", driver), one(upgrade.Unreachable, "ceph", noVersion)},
		{"Ceph refuses", failed("rados.PermissionDeniedError: [errno 13] RADOS permission denied (error connecting to the cluster)", driver), one(upgrade.Misconfigured, "ceph", "")},
		{"the queue is down", said("[1-2] AMQP server on 127.0.0.1:5672 is unreachable: [Errno 111] ECONNREFUSED. Trying again in 1 seconds.: ConnectionRefusedError: [Errno 111] ECONNREFUSED"), one(upgrade.Unreachable, "amqp", "")},
		{"an array is down", failed("requests.exceptions.ConnectionError: HTTPSConnectionPool(host='10.0.0.9', port=443): Max retries exceeded", driver), one(upgrade.Unreachable, "", noVersion)},
		{"an array refuses its settings", failed("cinder.exception.InvalidInput: Invalid input received: 3PAR cpg missing", driver), one(upgrade.Misconfigured, "InvalidInput", "")},
		{"the database is down", said("sqlalchemy.exc.OperationalError: (pymysql.err.OperationalError) (2003, \"Can't connect to MySQL server on '127.0.0.1'\")"), one(upgrade.Unreachable, "database", "")},
		{"PyMySQL is not there", failed("sqlalchemy.exc.NoSuchModuleError: Can't load plugin: sqlalchemy.dialects:mysql.pymysql", "/x/sqlalchemy/util/langhelpers.py: raise"), one(upgrade.MissingDependency, "sqlalchemy.dialects:mysql.pymysql", "")},

		{"the scheduler does not listen yet", said("Error during VolumeManager.publish_service_capabilities: oslo_messaging.exceptions.MessageDeliveryFailure: Unable to connect to AMQP server on 127.0.0.1:5672 after inf tries: Basic.publish: (404) NOT_FOUND - no exchange 'cinder-scheduler_fanout' in vhost '/'"),
			one(upgrade.Unready, "cinder-scheduler", "does not listen yet")},
		{"the same fault again, at other times", failed("ModuleNotFoundError: No module named 'distro'", driver) + failed("ModuleNotFoundError: No module named 'distro'", driver), one(upgrade.MissingDependency, "distro", "")},
		{"two faults", failed("ModuleNotFoundError: No module named 'distro'", driver) + failed("ModuleNotFoundError: No module named 'purestorage'", driver),
			[]seen{{upgrade.MissingDependency, "distro", ""}, {upgrade.MissingDependency, "purestorage", ""}}},
		{"what follows is not said beside the cause", failed("ModuleNotFoundError: No module named 'distro'", driver) + said("No volume service(s) started successfully, terminating."), one(upgrade.MissingDependency, "distro", "")},
		{"unclassified, once for all identifiers", said("volume 12ab-34 is odd") + said("volume 98fe-76 is odd"), one(upgrade.Unclassified, "", "is odd")},
		{"records of two processes, interleaved", interleaved, []seen{{upgrade.MissingDependency, "distro", ""}, {upgrade.MissingOption, "acme_x", ""}}},
		{"not an error", strings.ReplaceAll(said("tried: ModuleNotFoundError: No module named 'distro'"), "ERROR", "INFO"), nil},
		{"sudo asks", "sudo: a password is required\n", one(upgrade.Misconfigured, "sudo", "")},
		{"a check that passed", "| Check: Service UUIDs |\n| Result: Success |\n", nil},
		{"", "", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { assertSeen(t, tt.want, Classify(strings.NewReader(tt.log))) })
	}
}

const interleaved = `2026-11-22 17:37:13.027 1 ERROR cinder.a [-] one
2026-11-22 17:37:13.027 1 ERROR cinder.a Traceback (most recent call last):
2026-11-22 17:37:13.028 2 ERROR cinder.a [-] two
2026-11-22 17:37:13.028 2 ERROR cinder.a Traceback (most recent call last):
2026-11-22 17:37:13.027 1 ERROR cinder.a   File "/x/cinder/volume/drivers/acme.py", line 1, in <module>
2026-11-22 17:37:13.028 2 ERROR cinder.a   File "/x/oslo_config/cfg.py", line 1, in f
2026-11-22 17:37:13.028 1 INFO cinder.b [-] something else
2026-11-22 17:37:13.027 1 ERROR cinder.a ModuleNotFoundError: No module named 'distro'
2026-11-22 17:37:13.028 2 ERROR cinder.a oslo_config.cfg.NoSuchOptError: no such option acme_x in group [b]
`

func TestClassify_secrets(t *testing.T) {
	got := Classify(strings.NewReader(said("cannot reach mysql+pymysql://cinder:s3cr3t@db/cinder, {'san_password': 's3cr3t'}, X-Auth-Token: s3cr3t") +
		failed("oslo_config.cfg.NoSuchOptError: no such option a in group [http://u:s3cr3t@h]", "/x: y")))
	require.Len(t, got, 2)
	for _, e := range got {
		assert.NotContains(t, e.Text+e.Symbol, "s3cr3t")
	}
}

// hostile is n lines that want memory: tracebacks that never end, of ever other processes, of long lines.
type hostile struct {
	n, i, at int
	line     []byte
}

func (h *hostile) Read(p []byte) (int, error) {
	if h.at == len(h.line) {
		if h.i == h.n {
			return 0, io.EOF
		}
		h.i, h.at = h.i+1, 0
		head := "2026-11-22 17:37:13.027 " + strings.Repeat("9", 1+h.i%40) + " ERROR cinder.a "
		long := h.i % 100
		if h.i%64 < 4 {
			long = h.i % 9000
		}
		switch h.i % 4 {
		case 0:
			head += "[-] it went wrong " + strings.Repeat(string(rune('g'+h.i%20)), 1+h.i%9)
		case 1:
			head += "Traceback (most recent call last):"
		case 2:
			head += `  File "/x/` + strings.Repeat("y", long) + `", line 1, in f`
		default:
			head = strings.Repeat("z", long)
		}
		h.line = append(h.line[:0], head+"\n"...)
	}
	n := copy(p, h.line[h.at:])
	h.at += n
	return n, nil
}

func FuzzClassify(f *testing.F) {
	for _, s := range []string{interleaved, failed("TypeError: f() got an unexpected keyword argument 'k'", "/x: y"), "| Check: a |\n| Result: Failure |\n", "Traceback (most recent call last):\nE: x\n\n\nE"} {
		f.Add(s)
	}
	logs, err := filepath.Glob(filepath.Join("testdata", "log", "*.log"))
	if err != nil || len(logs) == 0 {
		f.Fatal("no recorded logs", err)
	}
	for _, name := range logs {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(b))
	}
	f.Fuzz(func(t *testing.T, log string) {
		got := Classify(strings.NewReader(log))
		if len(got) > MaxEvidence+1 {
			t.Fatal(len(got))
		}
		for _, e := range got {
			if e.Class == "" || len(e.Text) > MaxText+3 || len(e.Symbol) > MaxText+3 || !utf8.ValidString(e.Text+e.Symbol) || strings.ContainsAny(e.Text+e.Symbol, "\n\r") {
				t.Fatalf("%+v", e)
			}
		}
	})
}
