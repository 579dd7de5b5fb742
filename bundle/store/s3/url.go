package s3

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// ParseURL gives the Store that an address names:
//
//	s3://classroom/libraries?region=eu-central-1
//	s3://classroom?endpoint=https://minio.example:9000
//	s3://classroom?service=oss&region=cn-hangzhou&public=https://cdn.example
//
// The host is the Bucket, the path the Prefix. Parameters: endpoint (Endpoint; without it AWS's or, with service=oss, Alibaba's of the region), region (Region), style
// (Style: "auto", "virtual" or "path"), service (Service: "s3" or "oss"), public (BaseURL), presign (Presign: "24h"), read-back (ReadBack: "true").
//
// Credentials are the caller's to set, and have no place in an address: one with a user or a fragment, with a parameter that is unknown or stands twice, or of which
// a Store could not be opened, is refused. The Store's Service is Standard or AlibabaOSS. Errors name the field at fault, never the address.
func ParseURL(text string) (*Store, error) {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Scheme != "s3" || u.Host == "" || u.Port() != "" || u.Opaque != "":
		return nil, fmt.Errorf("the store's address must be s3://bucket/prefix?parameters")
	case u.User != nil || u.Fragment != "":
		return nil, fmt.Errorf("the store's address must have no user and no fragment")
	}
	s := &Store{Bucket: u.Host, Prefix: strings.Trim(u.Path, "/")}
	if err := s.parameters(u.RawQuery); err != nil {
		return nil, err
	}
	if s.Endpoint == "" {
		if s.Endpoint, err = usual(s.Service, s.Region); err != nil {
			return nil, err
		}
	}
	endpoint, _, err := s.addresses()
	if err != nil {
		return nil, err
	}
	s.Service = s.service(endpoint)
	return s, s.check()
}

func (s *Store) parameters(query string) error {
	values, err := url.ParseQuery(query)
	if err != nil {
		return fmt.Errorf("the store's address: its parameters are no query")
	}
	for name, all := range values {
		if len(all) != 1 {
			return fmt.Errorf("the store's address: %s stands %d times", strconv.Quote(name), len(all))
		}
		if err := s.parameter(name, all[0]); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) parameter(name, value string) error {
	known := true
	switch name {
	case "endpoint":
		s.Endpoint = value
	case "region":
		s.Region = value
	case "public":
		s.BaseURL = value
	case "style":
		s.Style, known = map[string]Style{"auto": StyleAuto, "virtual": StyleVirtual, "path": StylePath}[value], value == "auto" || value == "virtual" || value == "path"
	case "service":
		s.Service, known = map[string]Service{"s3": Standard, "oss": AlibabaOSS}[value], value == "s3" || value == "oss"
	case "presign":
		lasts, err := time.ParseDuration(value)
		s.Presign, known = lasts, err == nil && lasts > 0
	case "read-back":
		s.ReadBack, known = value == "true", value == "true" || value == "false"
	default:
		return fmt.Errorf("the store's address: no parameter is called %s; known are endpoint, region, style, service, public, presign and read-back", strconv.Quote(name))
	}
	if !known {
		return fmt.Errorf("the store's address: %s has no such value", name)
	}
	return nil
}

// usual is where a service has its regions.
func usual(service Service, region string) (string, error) {
	switch {
	case region == "":
		return "", fmt.Errorf("the store's address needs endpoint=https://… or region=…")
	case !isRegion(region):
		return "", fmt.Errorf("the store's address: region has no such value")
	case service == AlibabaOSS:
		return "https://s3.oss-" + region + ".aliyuncs.com", nil
	case strings.HasPrefix(region, "cn-"):
		return "https://s3." + region + ".amazonaws.com.cn", nil
	}
	return "https://s3." + region + ".amazonaws.com", nil
}
