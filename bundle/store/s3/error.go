package s3

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"strings"

	"github.com/minio/minio-go/v7"

	"github.com/chandlery-go/chandlery/bundle"
)

// ServiceError is a service's answer that is no success. It wraps fs.ErrNotExist, fs.ErrPermission or bundle.ErrConflict where it says so.
type ServiceError struct {
	Op     string // "put", "read", "list", …
	Key    string // the object, with the Prefix; or the prefix of a listing
	Status int    // HTTP
	Code   string // the service's: AccessDenied; "" where it gave none
}

// Error reads "put sha256/ab/….zip: 403 AccessDenied: check the credentials and what they may do in the bucket".
func (e *ServiceError) Error() string {
	text := fmt.Sprintf("%s %s: %d %s", e.Op, e.Key, e.Status, e.Code)
	if e.Code == "" {
		text += http.StatusText(e.Status)
	}
	if advice := e.advice(); advice != "" {
		text += ": " + advice
	}
	return text
}

func (e *ServiceError) advice() string {
	switch {
	case e.Code == "NoSuchBucket":
		return "check Endpoint and Bucket, or make the bucket"
	case e.Code == "SignatureDoesNotMatch" || e.Code == "InvalidAccessKeyId":
		return "check the credentials"
	case e.Code == "RequestTimeTooSkewed":
		return "set this machine's clock"
	case e.Code == "SecondLevelDomainForbidden":
		return "set StyleVirtual"
	case e.Status == http.StatusNotImplemented:
		return "the service lacks what is needed: conditional writes, or checksums (set ReadBack)"
	case e.Status == http.StatusForbidden || e.Status == http.StatusUnauthorized:
		return "check the credentials and what they may do in the bucket"
	case e.Status/100 == 3:
		return "the bucket has another address, and no redirect is followed: check Endpoint and Style"
	}
	return ""
}

// Unwrap gives what the answer means.
func (e *ServiceError) Unwrap() error {
	switch {
	case e.Code == "NoSuchBucket":
		return nil
	case e.Status == http.StatusNotFound:
		return fs.ErrNotExist
	case e.Status == http.StatusForbidden || e.Status == http.StatusUnauthorized:
		return fs.ErrPermission
	case e.taken():
		return bundle.ErrConflict
	}
	return nil
}

// taken says that a condition did not hold: RFC 9110's status, or that of Alibaba OSS.
func (e *ServiceError) taken() bool {
	return e.Status == http.StatusPreconditionFailed || e.Status == http.StatusConflict && e.Code == "FileAlreadyExists"
}

// temporary says that the same request may succeed later.
func (e *ServiceError) temporary() bool {
	switch e.Code {
	case "RequestTimeout", "SlowDown", "OperationAborted", "ConditionalRequestConflict": // the last: AWS, "Conditional writes"
		return true
	case "XAmzContentSHA256Mismatch", "BadDigest", "IncompleteBody": // it was damaged on its way
		return true
	}
	switch e.Status {
	case http.StatusNotImplemented, http.StatusHTTPVersionNotSupported:
		return false
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests:
		return true
	}
	return e.Status/100 == 5
}

// fault is err without addresses and without the service's own words.
func fault(ctx context.Context, op, key string, err error) error {
	if err == nil {
		return nil
	}
	if ended := ctx.Err(); ended != nil {
		return fmt.Errorf("%s %s: %w", op, key, ended)
	}
	var answer minio.ErrorResponse
	if errors.As(err, &answer) && answer.StatusCode != 0 {
		return answered(op, key, answer)
	}
	var at *url.Error
	if errors.As(err, &at) {
		return &bundle.Error{Kind: bundle.KindNetwork, Err: fmt.Errorf("%s %s: %w", op, key, at.Err)}
	}
	return fmt.Errorf("%s %s: %w", op, key, err)
}

func answered(op, key string, answer minio.ErrorResponse) error {
	e := &ServiceError{Op: op, Key: key, Status: answer.StatusCode, Code: answer.Code}
	// What does not look like a code is not repeated.
	if !isShort(e.Code, "") || strings.EqualFold(e.Code, http.StatusText(e.Status)) {
		e.Code = ""
	}
	if e.Unwrap() == nil {
		return &bundle.Error{Kind: bundle.KindNetwork, Err: e}
	}
	return e
}
