package inflate

import (
	"bytes"
	"compress/flate"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// deflated is b at a level.
func deflated(t testing.TB, b []byte, level int) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := flate.NewWriter(&out, level)
	require.NoError(t, err)
	_, err = w.Write(b)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return out.Bytes()
}

// texts are kinds of content: each makes another kind of block or of match.
func texts() map[string][]byte {
	r := rand.New(rand.NewPCG(1, 2))
	random := make([]byte, 300_000)
	for i := range random {
		random[i] = byte(r.Uint32())
	}
	skewed := make([]byte, 200_000) // code lengths up to 15
	for i := range skewed {
		for skewed[i] = 0; r.Uint32()%2 == 0 && skewed[i] < 40; skewed[i]++ {
		}
	}
	var words strings.Builder
	for words.Len() < 400_000 {
		fmt.Fprintf(&words, "def f%d(self, x=%d):\n    return self.%c\n", r.IntN(50), r.IntN(1000), 'a'+rune(r.IntN(26)))
	}
	far := append(bytes.Clone(random[:32<<10]), random[:32<<10]...)
	period := bytes.Repeat([]byte("abcde"), 50_000)
	return map[string][]byte{
		"empty": nil, "one": {7}, "random": random, "skewed": skewed, "words": []byte(words.String()), "zeros": make([]byte, 500_000), "far": far, "period": period,
		"mixed": bytes.Join([][]byte{random[:70_000], make([]byte, 70_000), []byte(words.String()[:70_000]), skewed[:70_000]}, nil),
	}
}

func TestReader(t *testing.T) {
	r := new(Reader) // one for all, as it is used
	for name, text := range texts() {
		for _, level := range []int{flate.HuffmanOnly, flate.NoCompression, flate.BestSpeed, 6} {
			packed := deflated(t, text, level)
			for way, source := range map[string]io.Reader{
				"whole": bytes.NewReader(packed), "halves": iotest.HalfReader(bytes.NewReader(packed)), "end with data": iotest.DataErrReader(bytes.NewReader(packed)),
			} {
				r.Reset(source)
				got, err := io.ReadAll(r)
				require.NoError(t, err, "%s %d %s", name, level, way)
				require.True(t, bytes.Equal(text, got), "%s %d %s", name, level, way)
				require.True(t, r.Drained(), "%s %d %s", name, level, way)
			}
		}
	}
	packed := deflated(t, []byte("abcabcabcabc"), 6)
	r.Reset(iotest.OneByteReader(bytes.NewReader(append(packed, 0))))
	got, err := io.ReadAll(iotest.OneByteReader(r))
	require.NoError(t, err)
	assert.Equal(t, "abcabcabcabc", string(got))
	assert.False(t, r.Drained(), "a byte is left")
}

func TestReaderErrors(t *testing.T) {
	r := new(Reader)
	for name, packed := range map[string]string{
		"reserved block":         "\x07",
		"stored, lengths differ": "\x01\x01\x00\x00\x00x",
		"too many literals":      "\xfd\x00",
		"distance too far":       "\x4b\x04\x12\x00",
	} {
		r.Reset(strings.NewReader(packed + strings.Repeat("\x00", 20)))
		_, err := io.ReadAll(r)
		var corrupt flate.CorruptInputError
		require.ErrorAs(t, err, &corrupt, name)
	}
	for name, text := range texts() {
		packed := deflated(t, text, 6)
		for _, n := range []int{0, 1, len(packed) / 2, len(packed) - 1} {
			r.Reset(bytes.NewReader(packed[:n]))
			_, err := io.ReadAll(r)
			require.ErrorIs(t, err, io.ErrUnexpectedEOF, "%s %d", name, n)
		}
	}
	broken := errors.New("broken")
	r.Reset(iotest.ErrReader(broken))
	_, err := io.ReadAll(r)
	require.ErrorIs(t, err, broken)
	_, err = r.Read(make([]byte, 1))
	require.ErrorIs(t, err, broken, "an error stays")
}

// TestReaderMutations is FuzzReader on streams that are nearly right.
func TestReaderMutations(t *testing.T) {
	draw := rand.New(rand.NewPCG(3, 4))
	var streams [][]byte
	for _, text := range texts() {
		for _, level := range []int{flate.HuffmanOnly, 1, 6} {
			streams = append(streams, deflated(t, text[:min(len(text), 700)], level))
		}
	}
	theirs, ours, accepted := flate.NewReader(nil), new(Reader), 0
	for range 10_000 {
		packed := bytes.Clone(streams[draw.IntN(len(streams))])
		for range 1 + draw.IntN(3) {
			packed[draw.IntN(len(packed))] ^= 1 << draw.IntN(8)
		}
		source := bytes.NewReader(packed)
		require.NoError(t, theirs.(flate.Resetter).Reset(source, nil))
		want, wantErr := io.ReadAll(theirs)
		ours.Reset(bytes.NewReader(packed))
		got, err := io.ReadAll(ours)
		require.Equal(t, wantErr == nil, err == nil, "%x: compress/flate says %v, this %v", packed, wantErr, err)
		if err == nil {
			accepted++
			require.True(t, bytes.Equal(want, got), "%x", packed)
			require.Equal(t, source.Len() == 0, ours.Drained(), "%x", packed)
		}
	}
	t.Logf("%d of 10000 accepted", accepted)
	require.Positive(t, accepted)
}

// FuzzReader holds the Reader to compress/flate: what one takes, the other does, and it means the same.
func FuzzReader(f *testing.F) {
	for _, text := range texts() {
		for _, level := range []int{flate.HuffmanOnly, 0, 1, 6, 9} {
			f.Add(deflated(f, text[:min(len(text), 5000)], level))
		}
	}
	f.Fuzz(func(t *testing.T, packed []byte) {
		const limit = 4 << 20
		source := bytes.NewReader(packed)
		want, wantErr := io.ReadAll(io.LimitReader(flate.NewReader(source), limit))
		r := new(Reader)
		r.Reset(iotest.HalfReader(bytes.NewReader(packed)))
		got, err := io.ReadAll(io.LimitReader(r, limit))
		if (wantErr == nil) != (err == nil) {
			t.Fatalf("compress/flate says %v, this %v", wantErr, err)
		}
		if err != nil {
			return
		}
		if !bytes.Equal(want, got) {
			t.Fatal("it unpacks to something else")
		}
		if len(got) < limit && r.Drained() != (source.Len() == 0) {
			t.Fatalf("drained is %t, %d bytes are left", r.Drained(), source.Len())
		}
	})
}

func BenchmarkReader(b *testing.B) {
	for name, text := range texts() {
		packed := deflated(b, text, 6)
		readers := map[string]io.Reader{"compress/flate": flate.NewReader(nil), "inflate": new(Reader)}
		for kind, r := range readers {
			b.Run(name+"/"+kind, func(b *testing.B) {
				b.SetBytes(int64(len(text)))
				b.ReportAllocs()
				source := bytes.NewReader(nil)
				for b.Loop() {
					source.Reset(packed)
					switch r := r.(type) {
					case *Reader:
						r.Reset(source)
					case flate.Resetter:
						if err := r.Reset(source, nil); err != nil {
							b.Fatal(err)
						}
					}
					if _, err := io.Copy(io.Discard, r); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
