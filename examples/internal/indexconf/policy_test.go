package indexconf

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestPolicy(t *testing.T) {
	type m = map[string]string
	say := func(from string, texts ...string) Told { return Told{texts, from} }
	const pipConf, near, far = "/etc/pip.conf", "/src/app/uv.toml", "/home/me/.config/uv/uv.toml"
	for _, c := range []struct {
		name       string
		env, files m
		want       Policy
	}{
		{"nothing", nil, nil, Policy{}},
		{"pip's environment", m{
			"PIP_CONSTRAINT": "a.txt https://files.example/b.txt", "PIP_PRE": "1", "PIP_NO_BINARY": "lib,app", "PIP_ONLY_BINARY": ":all:", "PIP_REQUIRE_HASHES": "yes",
		}, nil, Policy{
			Constraint: say("PIP_CONSTRAINT", "a.txt", "https://files.example/b.txt"), Prerelease: say("PIP_PRE", "allow"), NoBinary: say("PIP_NO_BINARY", "lib", "app"),
			OnlyBinary: say("PIP_ONLY_BINARY", ":all:"), RequireHashes: say("PIP_REQUIRE_HASHES", "yes"),
		}},
		{"uv's environment", m{
			"UV_CONSTRAINT": "a.txt b.txt", "UV_OVERRIDE": "o.txt", "UV_PRERELEASE": "disallow", "UV_RESOLUTION": "lowest", "UV_REQUIRE_HASHES": "true",
		}, nil, Policy{
			Constraint: say("UV_CONSTRAINT", "a.txt", "b.txt"), Override: say("UV_OVERRIDE", "o.txt"), Prerelease: say("UV_PRERELEASE", "disallow"),
			Resolution: say("UV_RESOLUTION", "lowest"), RequireHashes: say("UV_REQUIRE_HASHES", "true"),
		}},
		{"pip's files, the command's section first", nil, m{
			pipConf: "[global]\npre = true\nconstraint =\n  a.txt\n  b.txt\nno-binary = lib\nonly-binary = app\n[install]\npre = no\n",
		}, Policy{
			Constraint: say(pipConf, "a.txt", "b.txt"), Prerelease: say(pipConf, "if-necessary"), NoBinary: say(pipConf, "lib"), OnlyBinary: say(pipConf, "app"),
		}},
		{"uv's files, merged, [pip] first", nil, m{
			near: "prerelease = \"allow\"\nresolution = \"lowest-direct\"\nconstraint-dependencies = [\"lib<2\"]\n[pip]\nprerelease = \"explicit\"\nrequire-hashes = true\n",
			far:  "resolution = \"lowest\"\nconstraint-dependencies = [\"app<3\"]\noverride-dependencies = [\"old==1\"]\n",
		}, Policy{
			Constraints: say(near, "lib<2", "app<3"), Overrides: say(far, "old==1"), Prerelease: say(near, "explicit"), Resolution: say(near, "lowest-direct"),
			RequireHashes: say(near, "true"),
		}},
		{"pip's environment before all", m{"PIP_CONSTRAINT": "p.txt", "UV_CONSTRAINT": "u.txt", "PIP_PRE": "0", "UV_PRERELEASE": "allow"}, m{
			near: "constraint-dependencies = [\"lib<2\"]", pipConf: "[global]\nconstraint = f.txt",
		}, Policy{Constraint: say("PIP_CONSTRAINT", "p.txt"), Prerelease: say("PIP_PRE", "if-necessary")}},
		{"uv's environment before files, and uv's files with it", m{"UV_CONSTRAINT": "u.txt", "UV_PRERELEASE": "allow"}, m{
			near: "constraint-dependencies = [\"lib<2\"]", pipConf: "[global]\nconstraint = f.txt\npre = no",
		}, Policy{Constraint: say("UV_CONSTRAINT", "u.txt"), Constraints: say(near, "lib<2"), Prerelease: say("UV_PRERELEASE", "allow")}},
		{"pip's files before uv's", nil, m{near: "constraint-dependencies = [\"lib<2\"]", pipConf: "[global]\nconstraint = f.txt"}, Policy{Constraint: say(pipConf, "f.txt")}},
		{"hashes that are not required", m{"PIP_REQUIRE_HASHES": "0"}, m{near: "[pip]\nrequire-hashes = true"}, Policy{}},
		{"a pyproject.toml", nil, m{"/src/pyproject.toml": "[tool.uv]\noverride-dependencies = [\"old==1\"]"}, Policy{Overrides: say("/src/pyproject.toml", "old==1")}},
		{"pip's formats, taken back", m{"PIP_NO_BINARY": "lib,:none:,app", "PIP_ONLY_BINARY": ":all:,x,:none:"}, m{pipConf: "[global]\nonly-binary = lib"}, Policy{NoBinary: say("PIP_NO_BINARY", "app")}},
		{"uv's formats", m{"UV_NO_BINARY": "0", "UV_NO_BINARY_PACKAGE": "lib app", "UV_NO_BUILD": "true", "UV_NO_BUILD_PACKAGE": "x"}, m{
			near: "no-binary-package = [\"near\"]", pipConf: "[global]\nonly-binary = lib",
		}, Policy{NoBinary: say("UV_NO_BINARY_PACKAGE", "lib", "app", "near"), OnlyBinary: say("UV_NO_BUILD", ":all:")}},
		{"pip's formats before uv's", m{"PIP_NO_BINARY": "lib", "UV_NO_BINARY": "1"}, nil, Policy{NoBinary: say("PIP_NO_BINARY", "lib")}},
		{"pip's files before uv's files", nil, m{near: "no-binary = true\nno-build-package = [\"x\"]", pipConf: "[global]\nno-binary = lib"}, Policy{
			NoBinary: say(pipConf, "lib"), OnlyBinary: say(near, "x"),
		}},
		{"formats of uv's files, merged, [pip] first", nil, m{
			near: "no-build = true\nno-binary-package = [\"b\"]\n[pip]\nno-build = false\nno-binary = [\"a\"]\nonly-binary = [\"c\"]\n", far: "no-build = true\nno-build-package = [\"d\"]\n",
		}, Policy{NoBinary: say(near, "a", "b"), OnlyBinary: say(near, "c", "d")}},
		{"build constraints", m{"UV_BUILD_CONSTRAINT": "u.txt"}, m{near: "build-constraint-dependencies = [\"tool<2\"]", far: "build-constraint-dependencies = [\"set<3\"]"}, Policy{
			BuildConstraint: say("UV_BUILD_CONSTRAINT", "u.txt"), BuildConstraints: say(near, "tool<2", "set<3"),
		}},
		{"pip's build constraints before uv's", m{"PIP_BUILD_CONSTRAINT": "a.txt b.txt", "UV_BUILD_CONSTRAINT": "u.txt"}, m{near: "build-constraint-dependencies = [\"tool<2\"]"}, Policy{
			BuildConstraint: say("PIP_BUILD_CONSTRAINT", "a.txt", "b.txt"),
		}},
		{"uv's files are off", m{"UV_NO_CONFIG": "1"}, m{near: `prerelease = "allow"`}, Policy{}},
	} {
		got, err := machine(c.env, c.files).Policy("")
		require.NoError(t, err, c.name)
		assert.Equal(t, c.want, got, c.name)
	}
	got, err := machine(nil, m{pipConf: "[install]\npre = yes\n[download]\npre = no"}).Policy("download")
	require.NoError(t, err)
	assert.Equal(t, say(pipConf, "if-necessary"), got.Prerelease)
	for name, host := range map[string]Host{
		"pip's file": machine(nil, m{pipConf: "x"}), "uv's file": machine(nil, m{near: "x"}),
		"pre": machine(m{"PIP_PRE": "perhaps"}, nil), "hashes": machine(m{"UV_REQUIRE_HASHES": "perhaps"}, nil),
		"no-binary": machine(m{"UV_NO_BINARY": "perhaps"}, nil), "no-build": machine(m{"UV_NO_BUILD": "perhaps"}, nil), "no-binary's kind": machine(nil, m{near: "no-binary = 7"}),
		"no-binary's kind in [pip]": machine(nil, m{near: "[pip]\nno-binary = \"lib\""}), "nothing is left": machine(nil, m{near: "no-binary = true\nno-build = true"}),
	} {
		_, err := host.Policy("")
		require.Error(t, err, name)
	}
}
