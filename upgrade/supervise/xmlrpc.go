package supervise

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
)

// Limits of what is read of a supervisord: bytes of an answer, and how deep its values may be nested.
const (
	MaxAnswer = 8 << 20
	maxDepth  = 16
)

// FaultError is an error that supervisord answered with.
type FaultError struct {
	Code int
	Text string
}

func (e *FaultError) Error() string { return fmt.Sprintf("supervisord: %s (%d)", e.Text, e.Code) }

// Faults of supervisord (its documentation, "XML-RPC API": supervisor.xmlrpc.Faults).
const (
	faultAlreadyStarted = 60
	faultNotRunning     = 70
	faultAlreadyAdded   = 90
)

// isFault reports whether err is one of the faults.
func isFault(err error, codes ...int) bool {
	var fault *FaultError
	if errors.As(err, &fault) {
		for _, c := range codes {
			if fault.Code == c {
				return true
			}
		}
	}
	return false
}

// call calls a method over the socket. Arguments are strings, ints and bools.
func (s *Supervisor) call(ctx context.Context, method string, args ...any) (any, error) {
	body, err := encodeCall(method, args...)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://supervisord/RPC2", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "text/xml")
	if s.Username != "" {
		req.SetBasicAuth(s.Username, s.Password)
	}
	transport := &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "unix", s.Socket)
	}}
	resp, err := transport.RoundTrip(req)
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, fmt.Errorf("supervisord does not answer at %s: %w", s.Socket, err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("supervisord at %s answers %s", s.Socket, resp.Status)
	}
	v, err := decodeAnswer(resp.Body)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", method, err)
	}
	return v, nil
}

func encodeCall(method string, args ...any) ([]byte, error) {
	var b bytes.Buffer
	b.WriteString("<?xml version='1.0'?>\n<methodCall><methodName>" + method + "</methodName><params>")
	for _, arg := range args {
		b.WriteString("<param><value>")
		switch arg := arg.(type) {
		case string:
			b.WriteString("<string>")
			if err := xml.EscapeText(&b, []byte(arg)); err != nil {
				return nil, err
			}
			b.WriteString("</string>")
		case bool:
			b.WriteString("<boolean>" + map[bool]string{true: "1", false: "0"}[arg] + "</boolean>")
		case int:
			b.WriteString("<int>" + strconv.Itoa(arg) + "</int>")
		default:
			return nil, fmt.Errorf("%T cannot be sent", arg)
		}
		b.WriteString("</value></param>")
	}
	b.WriteString("</params></methodCall>")
	return b.Bytes(), nil
}

// decodeAnswer reads a methodResponse: string, int, bool, float64, nil, []any and map[string]any. A fault is a *FaultError.
func decodeAnswer(r io.Reader) (any, error) {
	limited := &io.LimitedReader{R: r, N: MaxAnswer}
	d := &decoder{xml.NewDecoder(limited)}
	v, err := d.answer()
	switch {
	case err == nil:
		return v, nil
	case limited.N == 0:
		return nil, fmt.Errorf("the answer is longer than %d bytes", MaxAnswer)
	}
	return nil, err
}

type decoder struct{ *xml.Decoder }

func (d *decoder) answer() (any, error) {
	if err := d.enter("methodResponse"); err != nil {
		return nil, err
	}
	kind, err := d.start()
	if err != nil {
		return nil, err
	}
	switch kind {
	case "params":
		if err := d.enter("param"); err != nil {
			return nil, err
		}
		return d.inValue(maxDepth)
	case "fault":
		v, err := d.inValue(maxDepth)
		if err != nil {
			return nil, err
		}
		m, _ := v.(map[string]any)
		code, ok := m["faultCode"].(int)
		text, _ := m["faultString"].(string)
		if !ok {
			return nil, errors.New("a fault without a code")
		}
		return nil, &FaultError{code, text}
	}
	return nil, fmt.Errorf("<%s> in a methodResponse", kind)
}

// start gives the name of the next element; "" at the end of the one that surrounds it.
func (d *decoder) start() (string, error) {
	for {
		t, err := d.Token()
		if err != nil {
			return "", err
		}
		switch t := t.(type) {
		case xml.StartElement:
			return t.Name.Local, nil
		case xml.EndElement:
			return "", nil
		case xml.CharData:
			if strings.TrimSpace(string(t)) != "" {
				return "", errors.New("text between elements")
			}
		}
	}
}

func (d *decoder) enter(name string) error {
	got, err := d.start()
	if err == nil && got != name {
		err = fmt.Errorf("<%s> in place of <%s>", got, name)
	}
	return err
}

// inValue enters <value> and reads it.
func (d *decoder) inValue(depth int) (any, error) {
	if err := d.enter("value"); err != nil {
		return nil, err
	}
	return d.value(depth)
}

// value reads what is in a <value> up to its end; bare text is a string.
func (d *decoder) value(depth int) (any, error) {
	if depth == 0 {
		return nil, errors.New("values are nested too deep")
	}
	var bare strings.Builder
	for {
		t, err := d.Token()
		if err != nil {
			return nil, err
		}
		switch t := t.(type) {
		case xml.CharData:
			bare.Write(t)
		case xml.EndElement:
			return bare.String(), nil
		case xml.StartElement:
			v, err := d.typed(t.Name.Local, depth)
			if err != nil {
				return nil, err
			}
			return v, d.enter("")
		}
	}
}

// typed reads the element of a type up to its end.
func (d *decoder) typed(kind string, depth int) (any, error) {
	switch kind {
	case "array":
		return d.array(depth)
	case "struct":
		return d.structure(depth)
	}
	text, err := d.text()
	if err != nil {
		return nil, err
	}
	switch kind {
	case "string", "base64", "dateTime.iso8601":
		return text, nil
	case "int", "i4", "i8":
		return strconv.Atoi(strings.TrimSpace(text))
	case "boolean":
		return strings.TrimSpace(text) == "1", nil
	case "double":
		return strconv.ParseFloat(strings.TrimSpace(text), 64)
	case "nil":
		return nil, nil
	}
	return nil, fmt.Errorf("<%s> is no type of a value", kind)
}

// text reads up to the end of an element that holds no other.
func (d *decoder) text() (string, error) {
	var b strings.Builder
	for {
		t, err := d.Token()
		if err != nil {
			return "", err
		}
		switch t := t.(type) {
		case xml.CharData:
			b.Write(t)
		case xml.EndElement:
			return b.String(), nil
		case xml.StartElement:
			return "", fmt.Errorf("<%s> within a simple value", t.Name.Local)
		}
	}
}

func (d *decoder) array(depth int) (any, error) {
	if err := d.enter("data"); err != nil {
		return nil, err
	}
	all := []any{}
	for {
		name, err := d.start()
		if err != nil {
			return nil, err
		}
		if name == "" {
			return all, d.enter("")
		}
		if name != "value" {
			return nil, fmt.Errorf("<%s> in an array", name)
		}
		v, err := d.value(depth - 1)
		if err != nil {
			return nil, err
		}
		all = append(all, v)
	}
}

func (d *decoder) structure(depth int) (any, error) {
	all := map[string]any{}
	for {
		member, err := d.start()
		if err != nil || member == "" {
			return all, err
		}
		if member != "member" {
			return nil, fmt.Errorf("<%s> in a struct", member)
		}
		if err := d.enter("name"); err != nil {
			return nil, err
		}
		name, err := d.text()
		if err != nil {
			return nil, err
		}
		if all[name], err = d.inValue(depth - 1); err != nil {
			return nil, err
		}
		if err := d.enter(""); err != nil {
			return nil, err
		}
	}
}
