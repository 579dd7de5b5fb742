package s3_test

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chandlery-go/chandlery/bundle/store/s3"
)

// oss answers as Alibaba Cloud OSS's documents say where it differs from S3: virtual-host style only (403 SecondLevelDomainForbidden), no conditional writes
// (501 NotImplemented), x-oss-forbid-overwrite (409 FileAlreadyExists), no chunked signatures, no checksums but Content-MD5, ETags in capital letters. It
// checks every signature, and that x-oss-forbid-overwrite is signed. What it lacks of OSS: versions, and single ranges.
type oss struct {
	mu      sync.Mutex
	objects map[string]*ossObject
	uploads map[string]map[int][]byte
	log     []string

	damage  func(b []byte) []byte // what arrives; nil: what was sent
	ignores bool                  // forgets what to forbid
}

type ossObject struct {
	body     []byte
	header   http.Header
	modified time.Time
}

const ossHost = "s3.oss-cn-test.aliyuncs.com"

// newOSS starts one, and gives a Store whose connections all go to it, whatever their host.
func newOSS(t *testing.T) (*oss, *s3.Store) {
	o := &oss{objects: map[string]*ossObject{}, uploads: map[string]map[int][]byte{}}
	server := httptest.NewServer(o)
	t.Cleanup(server.Close)
	to := &http.Transport{DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, server.Listener.Addr().String())
	}}
	t.Cleanup(to.CloseIdleConnections)
	return o, &s3.Store{Endpoint: "http://" + ossHost, Bucket: "classroom",
		Credentials: s3.Credentials{AccessKey: accessKey, SecretKey: secretKey, SessionToken: "a-token"}, RoundTripper: to}
}

func (o *oss) get(key string) *ossObject {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.objects[key]
}

// asked is how many requests came.
func (o *oss) asked() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.log)
}

func (o *oss) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil || r.ContentLength >= 0 && int64(len(body)) != r.ContentLength {
		return // it broke off
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.log = append(o.log, r.Method+" "+r.URL.RequestURI())
	bucket, _, _ := strings.Cut(r.Host, ".")
	write := r.Method == http.MethodPut || r.Method == http.MethodPost
	switch md := md5.Sum(body); {
	case r.Host != bucket+"."+ossHost:
		refuse(w, 403, "SecondLevelDomainForbidden")
	case !signed(r):
		refuse(w, 403, "SignatureDoesNotMatch")
	case write && (r.Header.Get("If-Match") != "" || r.Header.Get("If-None-Match") != ""):
		refuse(w, 501, "NotImplemented")
	case strings.HasPrefix(r.Header.Get("X-Amz-Content-Sha256"), "STREAMING"):
		refuse(w, 400, "InvalidArgument")
	case r.Header.Get("Content-Md5") != "" && r.Header.Get("Content-Md5") != base64.StdEncoding.EncodeToString(md[:]):
		refuse(w, 400, "InvalidDigest")
	default:
		if write && o.damage != nil {
			body = o.damage(body)
		}
		o.answer(w, r, strings.TrimPrefix(r.URL.Path, "/"), body)
	}
}

func refuse(w http.ResponseWriter, status int, code string) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	fmt.Fprintf(w, "<Error><Code>%s</Code><Message>told in words</Message></Error>", code)
}

func (o *oss) answer(w http.ResponseWriter, r *http.Request, key string, body []byte) {
	q := r.URL.Query()
	id := q.Get("uploadId")
	held := o.objects[key]
	forbidden := r.Header.Get("X-Oss-Forbid-Overwrite") == "true" && held != nil && !o.ignores
	switch {
	case key == "" && q.Get("list-type") == "2":
		o.list(w, q.Get("prefix"), cmp.Or(q.Get("continuation-token"), q.Get("start-after")))
	case forbidden:
		refuse(w, 409, "FileAlreadyExists")
	case r.Method == http.MethodPost && q.Has("uploads"):
		id = strconv.Itoa(len(o.uploads) + 1)
		o.uploads[id] = map[int][]byte{}
		fmt.Fprintf(w, "<InitiateMultipartUploadResult><Bucket>b</Bucket><Key>%s</Key><UploadId>%s</UploadId></InitiateMultipartUploadResult>", key, id)
	case id != "" && o.uploads[id] == nil:
		refuse(w, 404, "NoSuchUpload")
	case r.Method == http.MethodPut && id != "":
		n, _ := strconv.Atoi(q.Get("partNumber"))
		o.uploads[id][n] = body
		w.Header().Set("ETag", etag(body))
	case r.Method == http.MethodPost:
		var whole []byte
		for _, n := range slices.Sorted(maps.Keys(o.uploads[id])) {
			whole = append(whole, o.uploads[id][n]...)
		}
		delete(o.uploads, id)
		o.objects[key] = &ossObject{whole, r.Header, time.Now()}
		fmt.Fprintf(w, "<CompleteMultipartUploadResult><Bucket>b</Bucket><Key>%s</Key><ETag>x</ETag></CompleteMultipartUploadResult>", key)
	case r.Method == http.MethodPut:
		o.objects[key] = &ossObject{body, r.Header, time.Now()}
		w.Header().Set("ETag", etag(body))
	case r.Method == http.MethodDelete:
		if delete(o.objects, key); id != "" {
			delete(o.uploads, id)
		}
		w.WriteHeader(204)
	case held == nil:
		refuse(w, 404, "NoSuchKey")
	case strings.Contains(r.Header.Get("Range"), ","):
		refuse(w, 416, "InvalidRange")
	default:
		w.Header().Set("ETag", etag(held.body))
		w.Header().Set("Last-Modified", held.modified.UTC().Format(http.TimeFormat))
		w.Header().Set("Content-Length", strconv.Itoa(len(held.body)))
		if r.Method == http.MethodGet {
			w.Write(held.body)
		}
	}
}

func etag(b []byte) string {
	sum := md5.Sum(b)
	return `"` + strings.ToUpper(hex.EncodeToString(sum[:])) + `"`
}

// list gives pages of two.
func (o *oss) list(w http.ResponseWriter, prefix, after string) {
	var keys []string
	for key := range o.objects {
		if strings.HasPrefix(key, prefix) && key > after {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	more := len(keys) > 2
	fmt.Fprintf(w, "<ListBucketResult><Name>b</Name><IsTruncated>%v</IsTruncated>", more)
	for _, key := range keys[:min(2, len(keys))] {
		at := o.objects[key]
		fmt.Fprintf(w, "<Contents><Key>%s</Key><Size>%d</Size><LastModified>%s</LastModified></Contents>", key, len(at.body), at.modified.UTC().Format("2006-01-02T15:04:05.000Z"))
	}
	if more {
		fmt.Fprintf(w, "<NextContinuationToken>%s</NextContinuationToken>", keys[1])
	}
	fmt.Fprint(w, "</ListBucketResult>")
}

// signed checks AWS Signature Version 4, and that all that must be signed is.
func signed(r *http.Request) bool {
	fields := map[string]string{}
	for part := range strings.SplitSeq(strings.TrimPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 "), ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		fields[name] = value
	}
	id, scope, _ := strings.Cut(fields["Credential"], "/")
	names := strings.Split(fields["SignedHeaders"], ";")
	for name := range r.Header {
		name = strings.ToLower(name)
		if (strings.HasPrefix(name, "x-") || name == "content-md5") && !slices.Contains(names, name) {
			return false
		}
	}
	canonical := []string{r.Method, r.URL.EscapedPath(), strings.ReplaceAll(r.URL.Query().Encode(), "+", "%20")}
	for _, name := range names {
		value := r.Header.Get(name)
		switch name {
		case "host":
			value = r.Host
		case "content-length":
			value = strconv.FormatInt(r.ContentLength, 10)
		}
		canonical = append(canonical, name+":"+strings.TrimSpace(value))
	}
	canonical = append(canonical, "", fields["SignedHeaders"], r.Header.Get("X-Amz-Content-Sha256"))
	sum := sha256.Sum256([]byte(strings.Join(canonical, "\n")))
	key := []byte("AWS4" + secretKey)
	for part := range strings.SplitSeq(scope, "/") {
		key = mac(key, part)
	}
	text := strings.Join([]string{"AWS4-HMAC-SHA256", r.Header.Get("X-Amz-Date"), scope, hex.EncodeToString(sum[:])}, "\n")
	return id == accessKey && strings.Contains(scope, "/cn-test/") && fields["Signature"] == hex.EncodeToString(mac(key, text))
}

func mac(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}
