package pep508

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/resolve/pep440"
)

func TestEnvironments(t *testing.T) {
	envs, err := Environments(pep440.MustParse("3.7.4"), "win_amd64")
	require.NoError(t, err)
	assert.Equal(t, []Environment{{
		"implementation_name":            "cpython",
		"implementation_version":         "3.7.4",
		"os_name":                        "nt",
		"platform_machine":               "AMD64",
		"platform_python_implementation": "CPython",
		"platform_system":                "Windows",
		"python_full_version":            "3.7.4",
		"python_version":                 "3.7",
		"sys_platform":                   "win32",
	}}, envs)
}

func TestEnvironmentsSystems(t *testing.T) {
	for _, test := range []struct {
		name, platform              string
		osName, sysPlatform, system string
		machines                    []string
	}{
		{"trap 18: a 32-bit Python on either Windows", "win32", "nt", "win32", "Windows", []string{"x86", "AMD64"}},
		{"trap 19: ARM64", "win_arm64", "nt", "win32", "Windows", []string{"ARM64"}},
		{"trap 19: macOS arm64", "macosx_11_0_arm64", "posix", "darwin", "Darwin", []string{"arm64"}},
		{"macOS x86_64", "macosx_10_13_x86_64", "posix", "darwin", "Darwin", []string{"x86_64"}},
		{"trap 18: universal2", "macosx_11_0_universal2", "posix", "darwin", "Darwin", []string{"arm64", "x86_64"}},
		{"trap 18: intel", "macosx_10_6_intel", "posix", "darwin", "Darwin", []string{"x86_64", "i386"}},
		{"trap 19: Linux aarch64", "manylinux2014_aarch64", "posix", "linux", "Linux", []string{"aarch64"}},
		{"Linux x86_64", "manylinux_2_17_x86_64", "posix", "linux", "Linux", []string{"x86_64"}},
		{"musl", "musllinux_1_2_x86_64", "posix", "linux", "Linux", []string{"x86_64"}},
		{"no C library", "linux_s390x", "posix", "linux", "Linux", []string{"s390x"}},
		{"trap 18: a 32-bit Python on either Linux", "manylinux1_i686", "posix", "linux", "Linux", []string{"i686", "x86_64"}},
		{"trap 18: 32-bit ARM", "manylinux_2_31_armv7l", "posix", "linux", "Linux", []string{"armv7l", "armv8l", "aarch64"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			envs, err := Environments(pep440.MustParse("3.9.18"), test.platform)
			require.NoError(t, err)
			var machines []string
			for _, env := range envs {
				machines = append(machines, env["platform_machine"])
				assert.Equal(t, test.osName, env["os_name"])
				assert.Equal(t, test.sysPlatform, env["sys_platform"])
				assert.Equal(t, test.system, env["platform_system"])
				assert.NotContains(t, env, "platform_release")
				assert.NotContains(t, env, "platform_version")
				assert.Len(t, env, 9)
			}
			assert.Equal(t, test.machines, machines)
		})
	}
}

// TestEnvironmentsGreenlet is SQLAlchemy's marker, which spells the machines in both cases (trap 18).
func TestEnvironmentsGreenlet(t *testing.T) {
	m := mustParseMarker(t, `python_version >= "3" and (platform_machine == "aarch64" or (platform_machine == "ppc64le" or (platform_machine == "x86_64" or (platform_machine == "amd64" or (platform_machine == "AMD64" or (platform_machine == "win32" or platform_machine == "WIN32"))))))`)
	for platform, want := range map[string][]Truth{
		"win32":                 {False, True},
		"win_amd64":             {True},
		"macosx_11_0_arm64":     {False},
		"manylinux_2_17_x86_64": {True},
	} {
		envs, err := Environments(pep440.MustParse("3.7.4"), platform)
		require.NoError(t, err)
		var got []Truth
		for _, env := range envs {
			got = append(got, m.Evaluate(env))
		}
		assert.Equal(t, want, got, platform)
	}
}

func TestEnvironmentsVersions(t *testing.T) {
	for in, want := range map[string][2]string{
		"3.9.18":    {"3.9", "3.9.18"},
		"3.9":       {"3.9", "3.9.0"},
		"3.10.0":    {"3.10", "3.10.0"},
		"3.14.0rc1": {"3.14", "3.14.0rc1"},
		"3.15a2":    {"3.15", "3.15.0a2"},
	} {
		env := onlyEnvironment(t, in, "win_amd64")
		assert.Equal(t, want, [2]string{env["python_version"], env["python_full_version"]}, in)
		assert.Equal(t, want[1], env["implementation_version"])
	}
}

func TestEnvironmentsAny(t *testing.T) {
	env := onlyEnvironment(t, "3.9.18", "any")
	assert.Equal(t, True, mustParseMarker(t, `python_version >= "3.8"`).Evaluate(env))
	assert.Equal(t, Unknown, mustParseMarker(t, `sys_platform == "win32"`).Evaluate(env))
}

func TestEnvironmentsErrors(t *testing.T) {
	for _, test := range []struct{ python, platform, want string }{
		{"3.9.18", "win64", "known are win32"},
		{"3.9.18", "", "known are win32"},
		{"3.9.18", "macosx_10_15_arm64", "begins with macosx_11_0_arm64"},
		{"3.9.18.1", "win32", "want a version of CPython"},
		{"1!3.9.18", "win32", "want a version of CPython"},
		{"3.9.18.post1", "win32", "want a version of CPython"},
		{"3.9.18.dev1", "win32", "want a version of CPython"},
		{"3.9.18+x", "win32", "want a version of CPython"},
	} {
		_, err := Environments(pep440.MustParse(test.python), test.platform)
		var target *TargetError
		if assert.ErrorAs(t, err, &target, test.python) {
			assert.ErrorContains(t, err, test.want)
			assert.Equal(t, test.platform, target.Platform)
		}
	}
	_, err := Environments(pep440.Version{}, "win32")
	assert.Error(t, err, "no version")
}
