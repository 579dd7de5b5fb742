package deploy

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/chandlery-go/chandlery/internal/lazy"
)

const (
	// MaxFile bounds deploy.yaml, in bytes.
	MaxFile = 1 << 20
	// MaxKeys bounds a mapping of it, as reading one takes time by the square of its keys.
	MaxKeys = 1000
)

// Read reads a deploy.yaml. Its paths count from its own folder. What is wrong in it are *ConfigErrors.
func Read(path string) (*Config, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, MaxFile+1))
	if err != nil {
		return nil, err
	}
	c, err := Parse(b, filepath.Dir(path))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return c, nil
}

// Parse reads the text of a deploy.yaml; base, an absolute path, is the folder that its paths count from.
func Parse(b []byte, base string) (*Config, error) {
	if !filepath.IsAbs(base) {
		return nil, fmt.Errorf("%q is no absolute path for the paths of a deploy.yaml to count from", base)
	}
	document, err := parseYAML(b)
	if err != nil {
		return nil, err
	}
	if err := checkNode(document, reflect.TypeFor[Config](), ""); err != nil {
		return nil, err
	}
	c := &Config{}
	if err := document.Decode(c); err != nil {
		return nil, words(err)
	}
	k := &checker{base: base, document: document}
	k.config(c)
	if err := errors.Join(k.problems...); err != nil {
		return nil, err
	}
	return c, nil
}

// parseYAML gives the one document of a text, as a mapping.
func parseYAML(b []byte) (*yaml.Node, error) {
	if len(b) > MaxFile {
		return nil, &ConfigError{Err: fmt.Errorf("more than %d bytes", MaxFile)}
	}
	dec := yaml.NewDecoder(bytes.NewReader(b))
	var document, second yaml.Node
	if err := dec.Decode(&document); errors.Is(err, io.EOF) {
		return nil, &ConfigError{Err: errors.New("it is empty")}
	} else if err != nil {
		return nil, words(err)
	}
	if err := dec.Decode(&second); !errors.Is(err, io.EOF) {
		return nil, &ConfigError{Line: second.Line, Err: errors.New("something follows the first document")}
	}
	if len(document.Content) != 1 || document.Content[0].Kind != yaml.MappingNode {
		return nil, &ConfigError{Line: document.Line, Err: errors.New("it is no mapping of keys to values")}
	}
	return document.Content[0], nil
}

// checkNode refuses keys that t does not have (its decoder's own check does not reach what has an UnmarshalYAML), and what could make a small text large.
func checkNode(n *yaml.Node, t reflect.Type, key string) error {
	if n.Kind == yaml.AliasNode || n.Anchor != "" {
		return &ConfigError{n.Line, key, errAnchor}
	}
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if n.Kind == yaml.MappingNode {
		return checkMapping(n, t, key)
	}
	item := reflect.TypeFor[string]()
	switch {
	case t == reflect.TypeFor[Verify]():
		item = reflect.TypeFor[Check]() // `verify: [./check.sh]`
	case t.Kind() == reflect.Slice:
		item = t.Elem()
	}
	for i, child := range n.Content {
		if err := checkNode(child, item, join(key, strconv.Itoa(i))); err != nil {
			return err
		}
	}
	return nil
}

func checkMapping(n *yaml.Node, t reflect.Type, key string) error {
	if len(n.Content) > 2*MaxKeys {
		return &ConfigError{n.Line, key, fmt.Errorf("more than %d keys", MaxKeys)}
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		name, value := n.Content[i], n.Content[i+1]
		if name.Kind != yaml.ScalarNode || name.Anchor != "" || name.Tag == "!!merge" {
			return &ConfigError{name.Line, key, errAnchor}
		}
		child := reflect.TypeFor[string]()
		switch t.Kind() {
		case reflect.Struct:
			f, ok := fieldOf(t, name.Value)
			if !ok {
				return &ConfigError{name.Line, key, fmt.Errorf("unknown key %.40q", name.Value)}
			}
			child = f.Type
		case reflect.Map:
			child = t.Elem()
		}
		if err := checkNode(value, child, join(key, name.Value)); err != nil {
			return err
		}
	}
	return nil
}

var errAnchor = errors.New("anchors, aliases and keys that are no plain words are refused: put quotes around what begins with & or *")

func fieldOf(t reflect.Type, name string) (reflect.StructField, bool) {
	for i := range t.NumField() {
		if t.Field(i).Tag.Get("yaml") == name {
			return t.Field(i), true
		}
	}
	return reflect.StructField{}, false
}

func join(key, name string) string {
	if key == "" {
		return name
	}
	return key + "." + name
}

var (
	quoted   = lazy.Regexp{Expr: "(?s) ?`.*`"} // values, which may be secrets
	goType   = lazy.Regexp{Expr: `into \S+$`}
	yamlLine = lazy.Regexp{Expr: `^(?:yaml: )?(?:line (\d+): )?`}
)

// words says what the YAML library found, without the values that it repeats and the names of Go's types.
func words(err error) error {
	var own *ConfigError
	if errors.As(err, &own) {
		return own
	}
	var typed *yaml.TypeError
	if !errors.As(err, &typed) {
		return problem(err.Error())
	}
	var all []error
	for _, text := range typed.Errors {
		all = append(all, problem(text))
	}
	return errors.Join(all...)
}

func problem(text string) error {
	m := yamlLine.FindStringSubmatch(text)
	line, _ := strconv.Atoi(m[1]) // 0 where the text names none
	text = text[len(m[0]):]
	if strings.Contains(text, "anchor") || strings.Contains(text, "alias") {
		return &ConfigError{Line: line, Err: errAnchor}
	}
	text = quoted.ReplaceAllString(text, "")
	text = goType.ReplaceAllStringFunc(text, func(s string) string { return "into " + plainType(strings.TrimPrefix(s, "into ")) })
	return &ConfigError{Line: line, Err: errors.New(text)}
}

func plainType(name string) string {
	switch {
	case strings.HasPrefix(name, "[]"):
		return "a list"
	case name == "string", strings.HasSuffix(name, "Policy"), strings.HasSuffix(name, "Choice"):
		return "a word"
	case strings.HasPrefix(name, "int"):
		return "a number"
	case name == "bool":
		return "true or false"
	}
	return "a mapping"
}

// UnmarshalYAML reads 20s, 3m or 1h30m.
func (d *Duration) UnmarshalYAML(n *yaml.Node) error {
	v, err := time.ParseDuration(n.Value)
	if err != nil || v < 0 || n.Kind != yaml.ScalarNode {
		return &ConfigError{Line: n.Line, Err: errors.New("no duration: write 20s, 3m or 1h30m")}
	}
	*d = Duration(v)
	return nil
}

// UnmarshalYAML reads a mapping, or an argv alone.
func (c *Command) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.SequenceNode {
		return n.Decode(&c.Argv)
	}
	type plain Command
	return n.Decode((*plain)(c))
}

// UnmarshalYAML reads a mapping, or an argv alone.
func (c *Check) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.SequenceNode {
		return n.Decode(&c.Argv)
	}
	type plain Check
	return n.Decode((*plain)(c))
}

// UnmarshalYAML reads a mapping, or commands alone, of which the only one may be an argv.
func (v *Verify) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind != yaml.SequenceNode {
		type plain Verify
		return n.Decode((*plain)(v))
	}
	if len(n.Content) > 0 && n.Content[0].Kind == yaml.ScalarNode {
		v.Commands = make([]Check, 1)
		return n.Decode(&v.Commands[0].Argv)
	}
	return n.Decode(&v.Commands)
}
