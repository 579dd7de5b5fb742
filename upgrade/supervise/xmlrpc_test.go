package supervise

import (
	"bytes"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func answer(value string) string {
	return "<?xml version='1.0'?>\n<methodResponse>\n<params>\n<param>\n<value>" + value + "</value>\n</param>\n</params>\n</methodResponse>\n"
}

func TestDecodeAnswer(t *testing.T) {
	tests := []struct {
		name, body string
		want       any
		err        string
	}{
		{"string", answer("<string>a &lt; b</string>"), "a < b", ""},
		{"bare", answer("a &amp; b"), "a & b", ""},
		{"empty", answer(""), "", ""},
		{"int", answer("<int>-7</int>"), -7, ""},
		{"i4", answer("<i4>7</i4>"), 7, ""},
		{"bool", answer("<boolean>1</boolean>"), true, ""},
		{"double", answer("<double>1.5</double>"), 1.5, ""},
		{"nil", answer("<nil/>"), nil, ""},
		{"array", answer("<array><data>\n<value><int>1</int></value>\n<value>b</value>\n</data></array>"), []any{1, "b"}, ""},
		{"empty array", answer("<array><data/></array>"), []any{}, ""},
		{"struct", answer("<struct>\n<member>\n<name>a</name>\n<value><int>1</int></value>\n</member>\n<member><name>b</name><value><array><data></data></array></value></member></struct>"), map[string]any{"a": 1, "b": []any{}}, ""},
		{"fault", "<methodResponse><fault><value><struct><member><name>faultCode</name><value><int>10</int></value></member><member><name>faultString</name><value><string>BAD_NAME: x</string></value></member></struct></value></fault></methodResponse>", nil, "supervisord: BAD_NAME: x (10)"},
		{"fault without a code", "<methodResponse><fault><value>x</value></fault></methodResponse>", nil, "without a code"},
		{"nothing", "", nil, "EOF"},
		{"not XML", "it works!", nil, "text between elements"},
		{"another document", "<html/>", nil, "<html> in place of <methodResponse>"},
		{"cut", answer("<string>a")[:70], nil, "EOF"},
		{"cut in a struct", answer("<struct><member><name>a</name><value>1</value></member>")[:120], nil, "EOF"},
		{"no number", answer("<int>x</int>"), nil, "invalid syntax"},
		{"no type", answer("<object/>"), nil, "<object> is no type"},
		{"two types", answer("<int>1</int><int>2</int>"), nil, "<int> in place of <>"},
		{"mixed", answer("<string><b/></string>"), nil, "<b> within a simple value"},
		{"in an array", answer("<array><data><x/></data></array>"), nil, "<x> in an array"},
		{"in a struct", answer("<struct><x/></struct>"), nil, "<x> in a struct"},
		{"an entity", "<!DOCTYPE x [<!ENTITY a 'aaaa'>]>" + answer("&a;"), nil, "invalid character entity"},
		{"deep", answer(strings.Repeat("<array><data><value>", 100) + strings.Repeat("</value></data></array>", 100)), nil, "nested too deep"},
		{"long", answer("<string>" + strings.Repeat("x", MaxAnswer) + "</string>"), nil, "longer than"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := decodeAnswer(strings.NewReader(tt.body))
			if tt.err != "" {
				require.ErrorContains(t, err, tt.err)
				assert.Nil(t, got)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, tt.want, got)
		})
	}
}

func TestEncodeCall(t *testing.T) {
	got, err := encodeCall("supervisor.startProcess", "a<&>:b", false, true, 3)
	require.NoError(t, err)
	assert.Equal(t, "<?xml version='1.0'?>\n<methodCall><methodName>supervisor.startProcess</methodName><params><param><value><string>a&lt;&amp;&gt;:b</string></value></param>"+
		"<param><value><boolean>0</boolean></value></param><param><value><boolean>1</boolean></value></param><param><value><int>3</int></value></param></params></methodCall>", string(got))
	_, err = encodeCall("m", 1.5)
	assert.Error(t, err)
}

// TestSupervisor_call talks to a socket: what is not an answer is an error, and the password goes nowhere but there.
func TestSupervisor_call(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "s")
	l, err := net.Listen("unix", socket)
	require.NoError(t, err)
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name, password, _ := r.BasicAuth()
		if name != "user" || password != "secret" {
			http.Error(w, "no", http.StatusUnauthorized)
			return
		}
		w.Write([]byte(answer("<int>7</int>")))
	})}
	defer server.Close()
	go server.Serve(l)
	got, err := (&Supervisor{Socket: socket, Username: "user", Password: "secret"}).call(t.Context(), "supervisor.getPID")
	require.NoError(t, err)
	assert.Equal(t, 7, got)
	_, err = (&Supervisor{Socket: socket, Username: "user", Password: "secreT"}).call(t.Context(), "supervisor.getPID")
	require.ErrorContains(t, err, "401 Unauthorized")
	assert.NotContains(t, err.Error(), "secreT")
	_, err = (&Supervisor{Socket: socket + "x"}).call(t.Context(), "supervisor.getPID")
	assert.ErrorContains(t, err, "supervisord does not answer at "+socket+"x")
}

func FuzzDecodeAnswer(f *testing.F) {
	for _, v := range []string{"<string>a</string>", "<array><data><value><int>1</int></value></data></array>", "<struct><member><name>a</name><value>b</value></member></struct>", "<nil/>"} {
		f.Add([]byte(answer(v)))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		v, err := decodeAnswer(bytes.NewReader(b))
		if err != nil && v != nil {
			t.Errorf("a value beside the error %v", err)
		}
	})
}
