package index

import (
	"encoding/binary"
	"encoding/hex"
	"time"

	"github.com/chandlery-go/chandlery/resolve/dist"
)

// keptReader takes the kept form apart. When there is less than there should be it turns bad, and all that it reads is empty.
type keptReader struct {
	rest string
	bad  bool
}

func (k *keptReader) spoil() { k.bad, k.rest = true, "" }

func (k *keptReader) number() uint64 {
	var n uint64
	for i := 0; i < len(k.rest) && i < binary.MaxVarintLen64; i++ {
		c := k.rest[i]
		n |= uint64(c&0x7f) << (7 * i)
		if c < 0x80 {
			k.rest = k.rest[i+1:]
			return n
		}
	}
	k.spoil()
	return 0
}

// count reads how many things follow, of at least so many bytes each; it bounds the memory that they will take.
func (k *keptReader) count(bytes, most int) int {
	n := k.number()
	if n > uint64(min(len(k.rest)/bytes, most)) {
		k.spoil()
		return 0
	}
	return int(n)
}

func (k *keptReader) text() string { return k.take(k.number()) }

func (k *keptReader) take(n uint64) string {
	if n > uint64(len(k.rest)) {
		k.spoil()
		return ""
	}
	s := k.rest[:n]
	k.rest = k.rest[n:]
	return s
}

func (k *keptReader) time() time.Time {
	seconds, nanoseconds := k.number(), k.number()
	return time.Unix(int64(seconds), int64(nanoseconds%1e9)).UTC()
}

func (k *keptReader) mark() byte {
	if s := k.take(1); s != "" {
		return s[0]
	}
	return 0
}

func (k *keptReader) sha256() string {
	var digest [hexSHA256]byte
	return string(digest[:hex.Encode(digest[:], []byte(k.take(hexSHA256/2)))])
}

// record reads one into the file whose it is.
func (k *keptReader) record(f *dist.File) {
	marks := k.mark()
	if marks&markUploaded != 0 {
		f.Uploaded = k.time()
	}
	f.URL = k.text()
	if marks&markName != 0 {
		f.File = k.text()
	} else {
		f.File = k.ending(f.URL, k.number())
	}
	f.Size = int64(k.number()) - 1
	if marks&markReason != 0 {
		f.YankedReason = k.text()
	}
	if marks&markOffered != 0 {
		f.MetadataHash = "true"
	}
	if marks&markMetadata != 0 {
		f.MetadataHash = k.sha256()
	}
	if marks&(markSHA256|markHashes) != 0 {
		f.Hashes = map[string]string{}
	}
	if marks&markSHA256 != 0 {
		f.Hashes["sha256"] = k.sha256()
	}
	if marks&markHashes != 0 {
		for range k.count(2, maxHashes) {
			algorithm := k.text()
			f.Hashes[algorithm] = k.text()
		}
	}
}

// ending is the last n bytes of s.
func (k *keptReader) ending(s string, n uint64) string {
	if n > uint64(len(s)) {
		k.spoil()
		return ""
	}
	return s[len(s)-int(n):]
}
