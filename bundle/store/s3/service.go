package s3

import (
	"net/url"
	"strings"

	"github.com/minio/minio-go/v7"
)

// Service is a way in which services differ beyond what they answer.
type Service int8

const (
	// Detect takes AlibabaOSS for endpoints below aliyuncs.com, and Standard for all others.
	Detect Service = iota
	// Standard has "If-None-Match: *" and "If-Match" for writes.
	Standard
	// AlibabaOSS has x-oss-forbid-overwrite instead, and answers to virtual-host style only (Alibaba Cloud OSS, "Compatibility with Amazon S3").
	AlibabaOSS
)

// Style says where in an address the bucket stands.
type Style int8

const (
	// StyleAuto is StyleVirtual for endpoints of Alibaba and Amazon, and StylePath for all others.
	StyleAuto Style = iota
	// StyleVirtual is https://bucket.endpoint/key.
	StyleVirtual
	// StylePath is https://endpoint/bucket/key.
	StylePath
)

func within(host, domain string) bool {
	return host == domain || strings.HasSuffix(host, "."+domain)
}

func (s *Store) service(endpoint *url.URL) Service {
	if s.Service == Detect && within(endpoint.Hostname(), "aliyuncs.com") {
		return AlibabaOSS
	}
	return max(s.Service, Standard)
}

func (s *Store) virtual(endpoint *url.URL) bool {
	if s.Style != StyleAuto {
		return s.Style == StyleVirtual
	}
	host := endpoint.Hostname()
	return s.service(endpoint) == AlibabaOSS || within(host, "amazonaws.com") || within(host, "amazonaws.com.cn")
}

func lookup(virtual bool) minio.BucketLookupType {
	if virtual {
		return minio.BucketLookupDNS
	}
	return minio.BucketLookupPath
}
