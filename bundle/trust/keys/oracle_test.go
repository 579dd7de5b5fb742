//go:build oracle

package keys_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/bundle/trust/keys"
)

func openssl(t *testing.T, args ...string) []byte {
	cmd := exec.Command("openssl", args...)
	cmd.Stderr = t.Output()
	b, err := cmd.Output()
	require.NoError(t, err, "openssl %v", args)
	return b
}

// TestOpenSSL: openssl reads what Write wrote, and Read reads what openssl wrote.
func TestOpenSSL(t *testing.T) {
	dir, files := t.TempDir(), 0
	file := func(name string, b []byte) string {
		name = filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(name, b, 0o600))
		return name
	}
	for kind, key := range kinds(t) {
		plain, err := keys.Write(key, nil)
		require.NoError(t, err)
		encrypted, err := keys.Write(key, []byte("pass phrase"))
		require.NoError(t, err)
		public, err := keys.PublicPEM(key.Public())
		require.NoError(t, err)
		in := file(kind, encrypted)
		require.Equal(t, string(plain), string(openssl(t, "pkcs8", "-in", in, "-passin", "pass:pass phrase")), kind)
		require.Equal(t, string(public), string(openssl(t, "pkey", "-in", in, "-passin", "pass:pass phrase", "-pubout")), kind)
		in = file(kind, plain)
		for _, args := range [][]string{
			{"-nocrypt"},
			{"-v2", "aes-256-cbc"},
			{"-v2", "aes-256-cbc", "-v2prf", "hmacWithSHA256", "-iter", "600000"},
			{"-v2", "aes-192-cbc", "-v2prf", "hmacWithSHA384"},
			{"-v2", "aes-128-cbc", "-v2prf", "hmacWithSHA512", "-iter", "100000"},
		} {
			b := openssl(t, append([]string{"pkcs8", "-topk8", "-in", in, "-passout", "pass:pass phrase"}, args...)...)
			s, err := keys.Read(b, []byte("pass phrase"))
			require.NoError(t, err, "%s %v", kind, args)
			require.Equal(t, key.Public(), s.Public())
			signs(t, s)
			files++
		}
		for _, args := range [][]string{{"-v2prf", "hmacWithSHA1"}, {"-v2", "des3"}, {"-v1", "PBE-SHA1-3DES"}, {"-scrypt"}} {
			b := openssl(t, append([]string{"pkcs8", "-topk8", "-in", in, "-passout", "pass:pass phrase"}, args...)...)
			_, err := keys.Read(b, []byte("pass phrase"))
			require.ErrorIs(t, err, keys.ErrFormat, "%v", args)
			require.ErrorContains(t, err, "encrypt it with PBES2")
			files++
		}
	}
	for _, args := range [][]string{{"-algorithm", "ed25519"}, {"-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"}, {"-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:3072"}} {
		s, err := keys.Read(openssl(t, append([]string{"genpkey", "-aes-256-cbc", "-pass", "pass:p"}, args...)...), []byte("p"))
		require.NoError(t, err, "%v", args)
		signs(t, s)
		files++
	}
	t.Logf("%d files", files)
}
