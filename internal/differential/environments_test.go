//go:build oracle

package differential

// environments are what markers are evaluated in. They name every variable, as the oracle would take the rest from this host.
var environments = []map[string]string{
	{
		"implementation_name": "cpython", "implementation_version": "3.7.4", "os_name": "nt", "platform_machine": "AMD64",
		"platform_release": "10", "platform_system": "Windows", "platform_version": "10.0.19041", "python_full_version": "3.7.4",
		"platform_python_implementation": "CPython", "python_version": "3.7", "sys_platform": "win32", "dependency_groups": "test",
	},
	{
		"implementation_name": "cpython", "implementation_version": "3.9.0", "os_name": "posix", "platform_machine": "arm64",
		"platform_release": "20.6.0", "platform_system": "Darwin",
		"platform_version": "Darwin Kernel Version 20.6.0: Tue Oct 12 18:33:42 PDT 2021", "python_full_version": "3.9.0",
		"platform_python_implementation": "CPython", "python_version": "3.9", "sys_platform": "darwin", "dependency_groups": "",
	},
	{
		"implementation_name": "cpython", "implementation_version": "3.13.0rc2", "os_name": "posix", "platform_machine": "x86_64",
		"platform_release": "5.10.0-21-generic", "platform_system": "Linux", "platform_version": "#1 SMP Debian 5.10.162-1",
		"python_full_version": "3.13.0rc2", "platform_python_implementation": "CPython", "python_version": "3.13", "sys_platform": "linux", "dependency_groups": "",
	},
	{
		"implementation_name": "pypy", "implementation_version": "7.3.13", "os_name": "posix", "platform_machine": "aarch64",
		"platform_release": "6.1.0", "platform_system": "Linux", "platform_version": "", "python_full_version": "3.10.13+",
		"platform_python_implementation": "PyPy", "python_version": "3.10", "sys_platform": "linux", "dependency_groups": "",
	},
}
