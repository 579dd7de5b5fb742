package s3

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/minio/minio-go/v7/pkg/credentials"
)

const (
	ramAddress = "http://100.100.100.200/latest/"
	// maxRole bounds what a metadata service answers, in bytes.
	maxRole = 64 << 10
)

// ramRole asks for the role of an ECS instance (Alibaba Cloud ECS, "Instance RAM roles", "Instance metadata": in security hardening mode, with a token).
type ramRole struct {
	credentials.Expiry
}

func (r *ramRole) RetrieveWithCredContext(cc *credentials.CredContext) (credentials.Value, error) {
	token, err := ramAsk(cc, http.MethodPut, "api/token", "X-aliyun-ecs-metadata-token-ttl-seconds", "21600")
	if err != nil {
		return credentials.Value{}, err
	}
	name, err := ramAsk(cc, http.MethodGet, "meta-data/ram/security-credentials/", ramToken, string(token))
	if err != nil {
		return credentials.Value{}, err
	}
	role := strings.TrimSpace(string(name))
	if !isShort(role, "._-") {
		return credentials.Value{}, errNoRole
	}
	b, err := ramAsk(cc, http.MethodGet, "meta-data/ram/security-credentials/"+url.PathEscape(role), ramToken, string(token))
	if err != nil {
		return credentials.Value{}, err
	}
	return r.keep(b)
}

func (r *ramRole) keep(b []byte) (credentials.Value, error) {
	var answer struct {
		Code, AccessKeyId, AccessKeySecret, SecurityToken string
		Expiration                                        time.Time
	}
	if err := json.Unmarshal(b, &answer); err != nil || answer.Code != "Success" {
		return credentials.Value{}, errNoRole
	}
	r.SetExpiration(answer.Expiration, credentials.DefaultExpiryWindow)
	return credentials.Value{AccessKeyID: answer.AccessKeyId, SecretAccessKey: answer.AccessKeySecret, SessionToken: answer.SecurityToken,
		Expiration: answer.Expiration, SignerType: credentials.SignatureV4}, nil
}

func (r *ramRole) Retrieve() (credentials.Value, error) {
	return r.RetrieveWithCredContext(&credentials.CredContext{Client: http.DefaultClient, Context: context.Background()})
}

const ramToken = "X-aliyun-ecs-metadata-token"

var errNoRole = errors.New("the machine has no role")

func ramAsk(cc *credentials.CredContext, method, path, header, value string) ([]byte, error) {
	r, err := http.NewRequestWithContext(cc.Context, method, ramAddress+path, nil)
	if err != nil {
		return nil, err
	}
	r.Header.Set(header, value)
	w, err := cc.Client.Do(r)
	if err != nil {
		return nil, err
	}
	defer w.Body.Close()
	if w.StatusCode != http.StatusOK {
		return nil, errNoRole
	}
	return io.ReadAll(io.LimitReader(w.Body, maxRole))
}
