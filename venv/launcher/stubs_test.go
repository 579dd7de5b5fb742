package launcher_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/internal/wheelmake"
	"github.com/chandlery-go/chandlery/venv/launcher"
	"github.com/chandlery-go/chandlery/venv/wheel"
)

const sign = `<launcher_dir>\`

func TestReadStubs(t *testing.T) {
	good := wheelmake.Stub(0x8664, 3, sign)
	for _, tt := range []struct {
		name       string
		stub       string // t64.exe; the others are as they should be
		rule, text string // "" where it is taken
	}{
		{"good", good, "", ""},
		{"another machine", wheelmake.Stub(0x14c, 3, sign), "L2", "the machine 0x14c, not 0x8664"},
		{"a window", wheelmake.Stub(0x8664, 2, sign), "L2", "the subsystem 2, not 3"},
		{"empty", "", "L2", "no program"},
		{"text", strings.Repeat("text", 100), "L2", "no program"},
		{"cut in the headers", good[:0x80], "L2", "no program"},
		{"cut in the section", good[:len(good)-1], "L3", "sections end at"},
		{"an archive behind it", good + "PK\x05\x06", "L3", "sections end at"},
		{"no sign", wheelmake.Stub(0x8664, 3, "python"), "L4", "no interpreter relative"},
		{"huge", good + strings.Repeat("x", launcher.MaxStub), "L2", "at most"},
	} {
		spec := wheelmake.Stubs()
		spec.Files["stubs/t64.exe"] = tt.stub
		stubs, err := made(t, spec)
		require.NoError(t, err, "%s: the other stubs are of use", tt.name)
		make := func(tag string) error {
			target, err := launcher.NewTarget("python.exe", tag)
			require.NoError(t, err)
			_, err = target.Make(points(t, "[console_scripts]\nrun = pack:main\n"), wheel.FlatScheme(), stubs)
			return err
		}
		assert.NoError(t, make("win32"), tt.name)
		err = make("win_amd64")
		if tt.rule == "" {
			assert.NoError(t, err, tt.name)
			continue
		}
		var e *launcher.StubError
		require.ErrorAs(t, err, &e, tt.name)
		assert.Equal(t, "t64.exe", e.Stub)
		assert.Equal(t, tt.rule, e.Rule, tt.name)
		assert.Contains(t, e.Detail, tt.text, tt.name)
	}
}

func TestReadStubsRefuses(t *testing.T) {
	twice := wheelmake.Stubs()
	for name, body := range wheelmake.Stubs().Files {
		twice.Files["vendor/"+name] = body
	}
	evil := wheelmake.Stubs()
	evil.Edit = wheelmake.Replace("t64.exe", "evil")
	for _, tt := range []struct {
		name string
		spec wheelmake.Spec
		err  string
	}{
		{"no stubs", wheelmake.Spec{Name: "lib", Version: "1.0"}, "lib-1.0-py3-none-any.whl: the stub t32.exe: the wheel has 0 files of that name"},
		{"all twice", twice, "2 files of that name"},
		{"a false RECORD", evil, "t64.exe"},
	} {
		_, err := made(t, tt.spec)
		assert.ErrorContains(t, err, tt.err, tt.name)
	}
}
