package pylock

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// files are what a test's reader finds, by slash-separated path.
type files map[string]string

func (f files) reader() *RequirementsReader {
	env := map[string]string{"TOKEN": "s3cret", "NAME_1": "lib", "NAME_2": "1.0"}
	return &RequirementsReader{
		Open: func(path string) ([]byte, error) {
			text, ok := f[path]
			if !ok {
				return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
			}
			return []byte(text), nil
		},
		Getenv: func(name string) string { return env[name] },
	}
}

// lines are what was read, as text.
func lines(r *Requirements) []string {
	var out []string
	show := func(kind string, l Line) {
		text := fmt.Sprintf("%s %s:%d %s", kind, l.File, l.Line, l.Requirement)
		if len(l.Hashes) > 0 {
			text += fmt.Sprintf(" %d hashes", len(l.Hashes["sha256"])+len(l.Hashes["sha512"]))
		}
		out = append(out, text)
	}
	for _, l := range r.Requirements {
		show("r", l)
	}
	for _, l := range r.Constraints {
		show("c", l)
	}
	return out
}

func wide16(s string, bigEndian bool) string {
	var b strings.Builder
	for _, u := range append([]uint16{0xfeff}, utf16.Encode([]rune(s))...) {
		if bigEndian {
			b.Write([]byte{byte(u >> 8), byte(u)})
		} else {
			b.Write([]byte{byte(u), byte(u >> 8)})
		}
	}
	return b.String()
}

var sha1st = "--hash=sha256:" + strings.Repeat("0", 64)

func TestRead(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want []string
	}{
		"plain":                  {"a\nB.c [x, y] >= 1, <2 ; python_version < '4'\n\n# no\n", []string{"r f:1 a", "r f:2 b-c[x,y]<2,>=1; python_version < \"4\""}},
		"line ends":              {"a\r\nb\rc\fd\u2028e", []string{"r f:1 a", "r f:2 b", "r f:3 c", "r f:4 d", "r f:5 e"}},
		"comments":               {"a # x\n  # y\nc @ https://x.example/a#egg # z\n", []string{"r f:1 a", "r f:3 c @ https://x.example/a#egg"}},
		"continued":              {"a \\\n  >=1 \\\n  # x\nb", []string{"r f:1 a>=1", "r f:4 b"}},
		"continued comment":      {"# x \\\nb", []string{"r f:2 b"}},
		"continued end":          {"a\\", []string{"r f:1 a"}},
		"byte order mark":        {"\xef\xbb\xbfa", []string{"r f:1 a"}},
		"UTF-16":                 {wide16("a\r\nb", false), []string{"r f:1 a", "r f:2 b"}},
		"UTF-16, other":          {wide16("a\r\nb", true), []string{"r f:1 a", "r f:2 b"}},
		"coding":                 {"# -*- coding: utf-8 -*-\na", []string{"r f:2 a"}},
		"variables":              {"${NAME_1} @ https://u:${TOKEN}@x.example/a.whl\n# ${NONE}\na ; sys_platform == '$TOKEN'", []string{"r f:1 lib @ https://u:s3cret@x.example/a.whl", "r f:3 a; sys_platform == \"$TOKEN\""}},
		"hashes":                 {"a==1 " + sha1st + " \\\n --hash sha512:" + strings.Repeat("Ab", 64) + "\n", []string{"r f:1 a==1 2 hashes"}},
		"include":                {"a\n-r sub/g\nb", []string{"r f:1 a", "r sub/g:1 g1", "r sub/h:1 h1", "r sub/g:3 g2", "r f:3 b"}},
		"include twice":          {"-r sub/h\n--requirement=sub/h\n-rsub/h", []string{"r sub/h:1 h1", "r sub/h:1 h1", "r sub/h:1 h1"}},
		"constraints":            {"-c sub/c\n--constraint sub/h", []string{"r sub/h:1 h1", "c sub/c:1 c1===1.0-x", "c sub/h:1 h1"}},
		"arbitrary equality":     {"a===1.0.weird ; os_name=='nt'", []string{"r f:1 a===1.0.weird; os_name == \"nt\""}},
		"archive in the version": {"a @ file:///x/a-1.0-py3-none-any.whl", []string{"r f:1 a @ file:///x/a-1.0-py3-none-any.whl"}},
	} {
		t.Run(name, func(t *testing.T) {
			f := files{"f": c.text, "sub/g": "g1\n-r h\ng2", "sub/h": "h1", "sub/c": "c1===1.0-x\n-r h"}
			r, err := f.reader().Read([]string{"f"}, nil)
			require.NoError(t, err)
			assert.Equal(t, c.want, lines(r))
		})
	}
}

func TestReadOptions(t *testing.T) {
	all := func(texts ...string) Options {
		r, err := files{"f": strings.Join(texts, "\n")}.reader().Read([]string{"f"}, nil)
		require.NoError(t, err)
		return r.Options
	}
	assert.Equal(t, Options{Indexes: []string{"https://b.example", "https://c.example"}},
		all("--extra-index-url https://a.example", "-i https://b.example", "--extra-index-url=https://c.example"))
	assert.Equal(t, Options{NoIndex: true, FindLinks: []string{"wheels"}}, all("-i https://b.example --no-index", "-i https://c.example", "-f 'wheels'"))
	assert.Equal(t, Options{Prereleases: true, RequireHashes: true}, all("--pre --require-hashes"))

	o := all("--no-binary :all:", "--only-binary A_b,c", "--no-binary d")
	assert.Equal(t, Formats{NoBinary: []pep508.Name{All, "d"}, OnlyBinary: []pep508.Name{"a-b", "c"}}, o.Formats)
	for name, want := range map[pep508.Name][2]bool{"a-b": {true, false}, "d": {false, true}, "other": {false, true}} {
		assert.Equal(t, want, [2]bool{o.Wheels(name), o.Sdists(name)}, name)
	}
	o = all("--only-binary x,:all:,y")
	assert.Equal(t, Formats{OnlyBinary: []pep508.Name{All}}, o.Formats)
	assert.False(t, o.Sdists("any"))
	o = all("--no-binary :all:", "--no-binary :none:", "--only-binary z,:all:,:none:,w")
	assert.Equal(t, Formats{OnlyBinary: []pep508.Name{"w"}}, o.Formats)
}

func TestReadRefused(t *testing.T) {
	for text, want := range map[string]string{
		"a\nb =1\nc":                   "f:2: ",
		"-e .":                         "f:1: -e is not supported: ",
		"--editable=.":                 "f:1: --editable is not supported: ",
		"-C a=b":                       "f:1: -C is not supported: ",
		"--prefer-binary":              "--prefer-binary is not supported: ",
		"--trusted-host x":             "--trusted-host is not supported: ",
		"--use-feature x":              "--use-feature is not supported: ",
		"--all-releases :all:":         "--all-releases is not supported: ",
		"--only-final :all:":           "--only-final is not supported: ",
		"--no-require-hashes":          "--no-require-hashes is not supported: ",
		"a --global-option=x":          "--global-option is not supported: ",
		"--req f":                      "--req is no option of a requirements file",
		"-x":                           "-x is no option",
		"--pre=1":                      "--pre takes no value",
		"-r":                           "-r needs a value",
		"--pre a":                      "a follows the options",
		"--":                           "-- follows the options",
		"a --pre":                      "--pre cannot stand behind a requirement",
		"-r x --pre":                   "--requirement stands alone",
		"--pre -r x":                   "--requirement stands alone",
		"--hash=sha256:00":             "--hash without a requirement",
		"a --hash=sha256:00":           "--hash of sha256 is not 64 hexadecimal digits",
		"a --hash=md5:00":              "--hash of md5 is not enough: use sha256, sha384, sha512",
		"a --hash=00":                  "--hash is an algorithm and a value",
		"-f 'x":                        "the options cannot be cut into words: a ' is not closed",
		"-f x\\\\\\\n":                 "",
		"-r https://x.example/r.txt":   "only files of this machine are read",
		"-f https://x.example/":        "--find-links is a folder of this machine",
		"-r missing":                   "f:1: open missing: file does not exist",
		"-r f":                         "f:1: f leads back to itself",
		"-c back":                      "back:1: f leads back to itself",
		"${NONE}":                      "the environment variable NONE is not set",
		"./a":                          "f:1: a file or address stands for a project",
		"a.tar.gz[x] ; os_name=='nt'":  "f:1: a file or address stands for a project",
		"https://x.example/a.whl":      "f:1: a file or address stands for a project",
		"git+https://x.example/a":      "f:1: version control is not supported",
		"./b-1.0-py3-none-any.whl[=]":  "f:1: what stands in brackets behind the file are no extras",
		"./b-1.0-py3-none-any.whl ; x": "f:1: ",
		"https://x.example/%zz/b-1.0-py3-none-any.whl": "f:1: it is no address",
		"\nA\xff":               "f:2: it is not UTF-8",
		"# coding: latin-1\na":  "f:1: it says that it is latin-1",
		"\xff\xfe\x00\xd8a\x00": "f:1: it is no valid UTF-16",
		"\xff\xfea":             "it is no valid UTF-16",
		"\xff\xfe\x00\x00a":     "it is UTF-32",
		"--no-binary a,,b":      "--no-binary: ",
		"-c extras":             "extras:1: a constraint cannot ask for extras",
		"a\x00b":                "f:1: ",
	} {
		if want == "" {
			continue
		}
		t.Run(text, func(t *testing.T) {
			r, err := files{"f": text, "back": "-r f", "extras": "a[x]"}.reader().Read([]string{"f"}, nil)
			require.Nil(t, r)
			var e *ParseError
			require.ErrorAs(t, err, &e)
			assert.ErrorContains(t, err, want)
		})
	}
}

// TestReadProblems: all that is wrong is told at once.
func TestReadProblems(t *testing.T) {
	_, err := files{"f": "=\na\n-x\n-r g\n", "g": "\n?"}.reader().Read([]string{"f"}, []string{"none"})
	for _, want := range []string{"f:1: ", "f:3: -x", "g:2: ", "none: open none"} {
		assert.ErrorContains(t, err, want)
	}
	assert.Equal(t, 3, strings.Count(err.Error(), "\n"))

	_, err = files{"f": strings.Repeat("?\n", 2*MaxProblems)}.reader().Read([]string{"f"}, nil)
	assert.Equal(t, MaxProblems-1, strings.Count(err.Error(), "\n"))
	_, err = files{"f": "-r g\n-r g", "g": strings.Repeat("# \n", MaxRequirements/6+2)}.reader().Read([]string{"f"}, nil)
	assert.ErrorContains(t, err, "f:2: g: more than")

	doubling := files{}
	for i := range 30 {
		doubling[fmt.Sprint(i)] = fmt.Sprintf("-r %d\n-r %d\n", i+1, i+1)
	}
	doubling["30"] = "a"
	_, err = doubling.reader().Read([]string{"0"}, nil)
	assert.ErrorContains(t, err, "more than 1000 files are named")
}

// TestReadSecrets: what a variable stands for is in no error.
func TestReadSecrets(t *testing.T) {
	for _, text := range []string{"a @ https://u:${TOKEN}@x.example/ 1", "-i https://u:${TOKEN}@x.example/ ${TOKEN}", "-r ${TOKEN}", "-x${TOKEN}", "${TOKEN}=", "--pre=${TOKEN}", "a ${TOKEN}", "a --hash=${TOKEN}:1"} {
		_, err := files{"f": text}.reader().Read([]string{"f"}, nil)
		require.Error(t, err, text)
		assert.NotContains(t, err.Error(), "s3cret", text)
	}
}

// TestReadElsewhere: an address, which may hold credentials, is no file, and is not shown.
func TestReadElsewhere(t *testing.T) {
	_, err := files{}.reader().Read([]string{"https://u:secret@x.example/r.txt"}, []string{"http://x.example/c.txt?token=secret"})
	assert.EqualError(t, err, "an address: only files of this machine are read: fetch it first\nan address: only files of this machine are read: fetch it first")
}

// TestReadFetched: what stands at an address leads on from there, and to nothing of this machine.
func TestReadFetched(t *testing.T) {
	pages := files{
		"https://u:secret@x.example/a/r.txt?t=secret": "one\n-r b/r.txt\n-c ../c.txt\n-r https://y.example/z.txt",
		"https://u:secret@x.example/a/b/r.txt":        "two",
		"https://u:secret@x.example/c.txt":            "three<3",
		"https://y.example/z.txt":                     "-i https://index.example/simple\nfour",
		"https://x.example/cycle":                     "-r /cycle",
		"https://x.example/bad":                       "${TOKEN}\n-r file:///etc/passwd\n-f links\n./lib-1.0-py3-none-any.whl\nlib @ file:///lib-1.0-py3-none-any.whl\n-r none\n-r ftp://x.example/r.txt",
	}
	r := files{"f": "-r https://u:${TOKEN}@x.example/a/r.txt?t=secret"}.reader()
	r.Getenv = func(string) string { return "secret" }
	r.Fetch = pages.reader().Open
	got, err := r.Read([]string{"f"}, []string{"https://u:secret@x.example/c.txt"})
	require.NoError(t, err)
	assert.Equal(t, []string{
		"r https://x.example/a/r.txt:1 one", "r https://x.example/a/b/r.txt:1 two", "r https://y.example/z.txt:2 four",
		"c https://x.example/c.txt:1 three<3", "c https://x.example/c.txt:1 three<3",
	}, lines(got))
	assert.Equal(t, []string{"https://index.example/simple"}, got.Options.Indexes)
	assert.NotContains(t, fmt.Sprint(got.Files), "secret")

	_, err = r.Read([]string{"https://x.example/cycle"}, nil)
	assert.ErrorContains(t, err, "https://x.example/cycle:1: https://x.example/cycle leads back to itself")
	_, err = r.Read([]string{"https://x.example/bad"}, nil)
	for i, want := range []string{
		"a file that was fetched is told no environment variables", "it is neither a path nor an http or https address", "--find-links is a folder of this machine",
		"a file that was fetched names none of this machine", "a file that was fetched names none of this machine", "open https://x.example/none: file does not exist",
		"it is neither a path nor an http or https address",
	} {
		assert.ErrorContains(t, err, fmt.Sprintf("https://x.example/bad:%d: %s", i+1, want))
	}
}

// TestReadStdin: - is standard input in the caller's lists alone.
func TestReadStdin(t *testing.T) {
	r := files{"f": "-r -\n", "-": "file"}.reader()
	r.Stdin = strings.NewReader("a\n-r f\nb")
	got, err := r.Read([]string{"-"}, nil)
	assert.Nil(t, got)
	assert.ErrorContains(t, err, "f:1: - leads back to itself")

	r.Stdin = strings.NewReader("a")
	got, err = r.Read([]string{"f", "-"}, nil)
	require.NoError(t, err)
	assert.Equal(t, []string{"r -:1 file", "r -:1 a"}, lines(got))
	r.Stdin = strings.NewReader(strings.Repeat("#", MaxRequirements+1))
	_, err = r.Read([]string{"-"}, nil)
	assert.ErrorContains(t, err, "-: more than")
}

// TestReadFile: what another program writes into a pipe is read where the caller names it, and nowhere else.
func TestReadFile(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "r.txt")
	require.NoError(t, os.WriteFile(file, []byte("a\n-r "+filepath.ToSlash(os.DevNull)+"\n"), 0o600))
	_, err := (&RequirementsReader{}).Read([]string{file}, nil)
	assert.ErrorContains(t, err, "r.txt:2: "+filepath.Clean(os.DevNull)+" is no regular file")
	_, err = (&RequirementsReader{}).Read([]string{dir}, nil)
	assert.ErrorContains(t, err, "is no regular file")
	got, err := (&RequirementsReader{}).Read([]string{os.DevNull}, nil)
	require.NoError(t, err)
	assert.Empty(t, got.Requirements)
	require.NoError(t, os.WriteFile(file, []byte(strings.Repeat("#", MaxRequirements+1)), 0o600))
	_, err = (&RequirementsReader{}).Read([]string{file}, nil)
	assert.ErrorContains(t, err, "has more than")
}

func TestParseRequirement(t *testing.T) {
	here, err := fileURL("", ".")
	require.NoError(t, err)
	for text, want := range map[string]string{
		" a >= 1 ; ": "a>=1",
		"a @ https://x.example/y.whl ; os_name == 'nt'":              `a @ https://x.example/y.whl ; os_name == "nt"`,
		"./A_b-1.0-py3-none-any.whl":                                 "a-b @ " + here + "/A_b-1.0-py3-none-any.whl",
		"lib-1.0-py3-none-any.whl[X,y] ; os_name == 'nt'":            "lib[x,y] @ " + here + `/lib-1.0-py3-none-any.whl ; os_name == "nt"`,
		"../my dir/lib-1.0-1-py3-none-any.whl;os_name=='nt'":         "lib @ " + strings.TrimSuffix(here, "/pylock") + `/my%20dir/lib-1.0-1-py3-none-any.whl ; os_name == "nt"`,
		"my dir/lib-1.0-py3-none-any.whl[x]":                         "lib[x] @ " + here + "/my%20dir/lib-1.0-py3-none-any.whl",
		"/x/lib-1.0.tar.gz":                                          "lib @ file:///x/lib-1.0.tar.gz",
		"file:///x/lib-1.0-py3-none-any.whl":                         "lib @ file:///x/lib-1.0-py3-none-any.whl",
		"https://x.example/lib-1.0%2Bl-py3-none-any.whl#sha256=0":    "lib @ https://x.example/lib-1.0%2Bl-py3-none-any.whl#sha256=0",
		"https://x.example/lib-1.0-py3-none-any.whl[z]; os_name>'a'": `lib[z] @ https://x.example/lib-1.0-py3-none-any.whl ; os_name > "a"`,
	} {
		got, err := ParseRequirement(text)
		require.NoError(t, err, text)
		assert.Equal(t, want, got.String(), text)
	}
}

func FuzzRead(f *testing.F) {
	for _, text := range []string{"a\nb # c\n", "a==1 \\\n " + sha1st, "-r g\n-c g", "--no-binary :all:\n--only-binary a,b", "-f 'x y' \"z\\\"\"", "${NAME_1}", wide16("a", true), "# coding: x"} {
		f.Add([]byte(text), []byte("g1\n"))
	}
	f.Fuzz(func(t *testing.T, b, nested []byte) {
		reader := files{"f": string(b), "g": string(nested)}.reader()
		reader.Fetch = func(string) ([]byte, error) { return b, nil }
		r, err := reader.Read([]string{"f", "https://x.example/f"}, []string{"g"})
		if err != nil {
			require.True(t, r == nil)
			return
		}
		for _, l := range append(r.Requirements, r.Constraints...) {
			require.Positive(t, l.Line)
			again, err := pep508.Parse(l.Requirement.String())
			require.NoError(t, err)
			assert.Equal(t, l.Requirement.String(), again.String())
		}
	})
}

// FuzzParseRequirement: what is read is a requirement that can be written and read again.
func FuzzParseRequirement(f *testing.F) {
	for _, text := range []string{"a>=1", "./a-1.0-py3-none-any.whl[x] ; os_name == 'nt'", "https://u:p@x.example/a-1.0-py3-none-any.whl#sha256=0", "file:///x/a-1.0.tar.gz", "git+https://x.example/a", `C:\x\a-1-py3-none-any.whl`} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r, err := ParseRequirement(text)
		if err != nil {
			return
		}
		again, err := pep508.Parse(r.String())
		require.NoError(t, err)
		assert.Equal(t, r.String(), again.String())
	})
}
