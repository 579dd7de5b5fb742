package openstack

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/chandlery-go/chandlery/internal/lazy"
)

// within runs do with a session.
func (e *mysql) within(do func(session string) error) error {
	session, end, err := e.session()
	if err != nil {
		return err
	}
	return errors.Join(do(session), end())
}

// session writes the options file with the credentials into a folder of its own, for this process's user only, and gives what removes it.
func (e *mysql) session() (dir string, end func() error, err error) {
	if err := os.MkdirAll(e.dir, 0o700); err != nil {
		return "", nil, err
	}
	if dir, err = os.MkdirTemp(e.dir, ".session-"); err != nil {
		return "", nil, err
	}
	end = func() error { return os.RemoveAll(dir) }
	if err = os.WriteFile(filepath.Join(dir, "client.cnf"), e.options(), 0o600); err != nil {
		return "", nil, errors.Join(err, end())
	}
	return dir, end, nil
}

// options is the [client] group: no value can end its line or its quotes.
func (e *mysql) options() []byte {
	escape := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\r", `\r`, "\t", `\t`)
	var b bytes.Buffer
	b.WriteString("[client]\n")
	protocol, socket := "", e.at.query.Get("unix_socket")
	if socket == "" && e.at.driver == "pymysql" { // for which localhost is no socket, as it is for the client
		protocol = "tcp"
	}
	for _, o := range [][2]string{
		{"user", e.at.user}, {"password", e.at.password}, {"host", e.at.host}, {"port", e.at.port}, {"socket", socket}, {"protocol", protocol},
		{"ssl-ca", e.at.query.Get("ssl_ca")}, {"ssl-cert", e.at.query.Get("ssl_cert")}, {"ssl-key", e.at.query.Get("ssl_key")}, {"default-character-set", "utf8mb4"},
	} {
		if o[1] != "" {
			fmt.Fprintf(&b, "%s=\"%s\"\n", o[0], escape.Replace(o[1]))
		}
	}
	return b.Bytes()
}

// sql runs statements on a database ("" for none) and gives what they print.
func (e *mysql) sql(ctx context.Context, session, database string, in io.Reader) ([]byte, error) {
	argv := []string{e.client, "--defaults-file=" + filepath.Join(session, "client.cnf"), "--batch", "--raw", "--skip-column-names"}
	if database != "" {
		argv = append(argv, "--database="+database)
	}
	var out bytes.Buffer
	err := run(ctx, argv, in, &out)
	return out.Bytes(), e.judge(err)
}

func (e *mysql) statements(ctx context.Context, session, database string, lines ...string) ([]byte, error) {
	return e.sql(ctx, session, database, strings.NewReader(strings.Join(lines, ";\n")+";\n"))
}

// serverError is the number in the client's and the dump program's messages.
var serverError = lazy.Regexp{Expr: `(?i)error:? (\d{4})\b`}

// judge tells a database that cannot be reached from a statement that failed: 1040 too many connections, 1044 and 1045 denied, 1049 no such database, 2xxx of the client library.
func (e *mysql) judge(err error) error {
	var failed *CommandError
	if !errors.As(err, &failed) {
		return err
	}
	m := serverError.FindStringSubmatch(failed.Text)
	if m != nil && (m[1] == "1040" || m[1] == "1044" || m[1] == "1045" || m[1] == "1049" || m[1][0] == '2') {
		return &UnreachableError{e.where(), err}
	}
	return err
}
