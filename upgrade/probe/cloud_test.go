package probe

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/upgrade"
)

const (
	project = "11111111111111111111111111111111"
	gib     = 1 << 30
)

// cloud is a Block Storage and an Image API in memory, with faults. The zero cloud has none.
type cloud struct {
	mu       sync.Mutex
	n        int
	volumes  map[string]*fakeThing
	images   map[string]*fakeThing
	snaps    map[string]*fakeThing
	attached map[string]string // volumes by attachments
	services string            // answers, as JSON
	pools    string
	requests []string
	tokens   map[string]bool

	fault func(op string) string // "", "error" (the resource ends in error), "refuse", "corrupt", "stuck", "quota"
	hook  func(op string)        // called at each operation
	host  string                 // where volumes are made
}

type fakeThing struct {
	status  string
	size    int
	content []byte
	of      string // of a snapshot: its volume
}

func newCloud(t *testing.T) (*cloud, API) {
	t.Helper()
	c := &cloud{volumes: map[string]*fakeThing{}, images: map[string]*fakeThing{}, snaps: map[string]*fakeThing{}, attached: map[string]string{}, tokens: map[string]bool{}, host: "testbed@ceph#ceph"}
	srv := httptest.NewServer(c)
	t.Cleanup(srv.Close)
	return c, API{Volume: srv.URL + "/v3/" + project, Image: srv.URL, Auth: NoAuth("admin", project)}
}

func (c *cloud) id() string { c.n++; return fmt.Sprintf("%08d-0000-4000-8000-000000000000", c.n) }

func (c *cloud) faultOf(op string) string {
	if c.hook != nil {
		c.hook(op)
	}
	if c.fault == nil {
		return ""
	}
	return c.fault(op)
}

func (c *cloud) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.requests = append(c.requests, r.Method+" "+r.URL.Path)
	c.tokens[r.Header.Get("X-Auth-Token")] = true
	path, isVolume := strings.CutPrefix(r.URL.Path, "/v3/"+project)
	parts := strings.Split(strings.Trim(path, "/"), "/")
	if isVolume {
		c.volume(w, r, parts, body)
		return
	}
	if parts = parts[1:]; c.faultOf("glance") == "refuse" {
		answer(w, 503, map[string]any{"x": map[string]any{"message": "no store"}})
		return
	}
	c.image(w, r, parts, body)
}

func answer(w http.ResponseWriter, code int, v any) {
	w.WriteHeader(code)
	if v != nil {
		json.NewEncoder(w).Encode(v)
	}
}

func (c *cloud) volume(w http.ResponseWriter, r *http.Request, parts []string, body []byte) {
	if r.Header.Get("OpenStack-API-Version") == "" {
		answer(w, 400, nil)
		return
	}
	var in map[string]map[string]any
	json.Unmarshal(body, &in)
	things := map[string]map[string]*fakeThing{"volumes": c.volumes, "snapshots": c.snaps}[parts[0]]
	switch op := r.Method + " " + parts[0]; {
	case op == "GET os-services":
		io.WriteString(w, c.services)
	case op == "GET scheduler-stats":
		io.WriteString(w, c.pools)
	case op == "GET messages":
		answer(w, 200, map[string]any{"messages": []any{}})
	case parts[0] == "attachments":
		c.attachment(w, r, parts, in)
	case op == "POST volumes" && len(parts) == 1:
		c.create(w, in["volume"])
	case op == "POST snapshots" && len(parts) == 1:
		id, of := c.id(), in["snapshot"]["volume_id"].(string)
		c.snaps[id] = &fakeThing{status: c.statusAfter("snapshot"), content: c.volumes[of].content, of: of}
		answer(w, 202, map[string]any{"snapshot": map[string]any{"id": id, "status": "creating"}})
	case things == nil || things[parts[1]] == nil:
		answer(w, 404, map[string]any{"itemNotFound": map[string]any{"message": "could not be found"}})
	case len(parts) == 3:
		c.action(w, things[parts[1]], in)
	case r.Method == "DELETE" && c.bound(parts[1]):
		answer(w, 400, map[string]any{"badRequest": map[string]any{"message": "Invalid volume: it has snapshots, or its status is not one to delete it"}})
	case r.Method == "DELETE":
		switch c.faultOf("delete " + strings.TrimSuffix(parts[0], "s")) {
		case "error":
			things[parts[1]].status = "error_deleting"
		case "stuck":
			things[parts[1]].status = "deleting"
		default:
			delete(things, parts[1])
		}
		answer(w, 202, nil)
	default:
		v := things[parts[1]]
		answer(w, 200, map[string]any{strings.TrimSuffix(parts[0], "s"): map[string]any{"id": parts[1], "status": v.status, "size": v.size, "os-vol-host-attr:host": c.host}})
	}
}

// bound tells a volume that cinder does not delete.
func (c *cloud) bound(id string) bool {
	for _, s := range c.snaps {
		if s.of == id {
			return true
		}
	}
	v := c.volumes[id]
	return v != nil && v.status != "available" && v.status != "error"
}

// attachment marks the volume before anything can fail, as cinder does, and takes none that is marked.
func (c *cloud) attachment(w http.ResponseWriter, r *http.Request, parts []string, in map[string]map[string]any) {
	if r.Method == "GET" {
		all := []any{}
		for id, a := range c.attached {
			if a == r.URL.Query().Get("volume_id") {
				all = append(all, map[string]any{"id": id})
			}
		}
		answer(w, 200, map[string]any{"attachments": all})
		return
	}
	if r.Method == "DELETE" {
		if c.faultOf("detach") == "refuse" {
			answer(w, 500, nil)
			return
		}
		c.volumes[c.attached[parts[1]]].status = "available"
		delete(c.attached, parts[1])
		answer(w, 200, map[string]any{"attachments": []any{}})
		return
	}
	volume, fault := in["attachment"]["volume_uuid"].(string), c.faultOf("attach")
	if fault == "none" {
		answer(w, 404, nil)
		return
	}
	v := c.volumes[volume]
	if v.status != "available" {
		answer(w, 400, map[string]any{"badRequest": map[string]any{"message": "Invalid volume: status must be available or downloading to reserve, but the current status is " + v.status}})
		return
	}
	v.status = "reserved"
	if fault == "error" {
		answer(w, 500, nil)
		return
	}
	id := c.id()
	c.attached[id] = volume
	if fault == "refuse" {
		answer(w, 500, map[string]any{"computeFault": map[string]any{"message": "Unable to fetch connection information from backend"}})
		return
	}
	v.status = "attaching"
	answer(w, 200, map[string]any{"attachment": map[string]any{"id": id, "connection_info": map[string]any{"driver_volume_type": "rbd"}}})
}

func (c *cloud) statusAfter(op string) string { return statusOf(c.faultOf(op)) }

func statusOf(fault string) string {
	switch fault {
	case "error":
		return "error"
	case "stuck":
		return "creating"
	}
	return "available"
}

func (c *cloud) create(w http.ResponseWriter, in map[string]any) {
	v := &fakeThing{size: int(in["size"].(float64)), content: []byte{}}
	op := "create"
	for key, from := range map[string]map[string]*fakeThing{"snapshot_id": c.snaps, "source_volid": c.volumes, "imageRef": c.images} {
		if id, ok := in[key].(string); ok {
			op, v.content = "create from "+key, from[id].content
		}
	}
	fault := c.faultOf(op)
	if fault == "quota" {
		answer(w, 413, map[string]any{"overLimit": map[string]any{"message": "VolumeLimitExceeded"}})
		return
	}
	v.status = statusOf(fault)
	id := c.id()
	c.volumes[id] = v
	answer(w, 202, map[string]any{"volume": map[string]any{"id": id, "status": "creating"}})
}

func (c *cloud) action(w http.ResponseWriter, v *fakeThing, in map[string]map[string]any) {
	switch {
	case in["os-extend"] != nil:
		v.size, v.status = int(in["os-extend"]["new_size"].(float64)), c.statusAfter("extend")
	case in["os-reset_status"] != nil:
		v.status = in["os-reset_status"]["status"].(string)
	case in["os-volume_upload_image"] != nil:
		id := c.id()
		img := &fakeThing{status: "active", content: bytes.Clone(v.content)}
		switch c.faultOf("upload") {
		case "error":
			img.status = "queued"
		case "corrupt":
			img.content = append(img.content[:len(img.content)/2], bytes.Repeat([]byte{7}, len(img.content))...)
		case "short":
			img.content = img.content[:len(img.content)/2]
		}
		c.images[id] = img
		answer(w, 202, map[string]any{"os-volume_upload_image": map[string]any{"image_id": id}})
		return
	}
	answer(w, 202, nil)
}

func (c *cloud) image(w http.ResponseWriter, r *http.Request, parts []string, body []byte) {
	if r.Method == "POST" {
		id := c.id()
		c.images[id] = &fakeThing{status: "queued"}
		answer(w, 201, map[string]any{"id": id})
		return
	}
	img := c.images[parts[1]]
	switch {
	case img == nil:
		answer(w, 404, nil)
	case r.Method == "PUT":
		img.content, img.status = body, "active"
		answer(w, 204, nil)
	case r.Method == "DELETE":
		delete(c.images, parts[1])
		answer(w, 204, nil)
	case len(parts) == 3:
		w.Write(img.content)
		if len(img.content) < gib { // a volume is longer than what was written to it
			w.Write(make([]byte, 1<<16))
		}
	default:
		answer(w, 200, map[string]any{"id": parts[1], "status": img.status, "size": len(img.content)})
	}
}

func (c *cloud) empty(t *testing.T) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	assert.Empty(t, c.volumes)
	assert.Empty(t, c.snaps)
	assert.Empty(t, c.images)
	assert.Empty(t, c.attached)
}

// runner is an upgrade.Runner of services that are known by their logs. Services without an entry do not run.
type runner struct {
	services map[string]*fakeProcess
	output   string // of every command
	runErr   error
}

func (r *runner) Run(context.Context, upgrade.Subject, upgrade.Command) (upgrade.Result, error) {
	return upgrade.Result{Output: []byte(r.output)}, r.runErr
}

func (r *runner) Start(context.Context, upgrade.Subject, upgrade.Service) (upgrade.Process, error) {
	return nil, errors.New("a verifier starts nothing")
}

func (r *runner) Attach(_ context.Context, _ upgrade.Subject, svc upgrade.Service) (upgrade.Process, error) {
	p := r.services[svc.Name]
	switch {
	case p == nil:
		return nil, upgrade.ErrNotRunning
	case p.attachErr != nil:
		return nil, p.attachErr
	case p.dead:
		return p, fmt.Errorf("%s: %w", svc.Name, upgrade.ErrNotRunning)
	}
	return p, nil
}

type fakeProcess struct {
	mu        sync.Mutex
	log       string
	logErr    error
	lives     time.Duration // 0: for ever
	dead      bool
	attachErr error
	start     time.Time
}

func (p *fakeProcess) say(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.log += text
}

func (p *fakeProcess) Log(context.Context) (io.ReadCloser, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return io.NopCloser(strings.NewReader(p.log)), p.logErr
}

func (p *fakeProcess) Wait(ctx context.Context) error {
	if p.lives == 0 {
		<-ctx.Done()
		return ctx.Err()
	}
	return sleep(ctx, p.lives)
}

func (p *fakeProcess) Stop(context.Context) error { return errors.New("a verifier stops nothing") }
func (p *fakeProcess) Started() time.Time         { return p.start }

// subject is cinder on host testbed.
func subject(trial bool) upgrade.Subject {
	return upgrade.Subject{
		Component: upgrade.Component{Name: "cinder", Services: []upgrade.Service{
			{Name: "cinder-scheduler"}, {Name: "cinder-api", WSGI: "cinder.wsgi.api:application"}, {Name: "cinder-volume", Driver: true},
		}},
		Config: upgrade.Config{Host: "testbed"}, Trial: trial,
	}
}

// verdicts are a report's checks in short.
func verdicts(r upgrade.Report) map[string]string {
	m := map[string]string{}
	for _, c := range r.Checks {
		m[c.Name] = c.Verdict.String()
	}
	return m
}

func check(t *testing.T, r upgrade.Report, name string) upgrade.Check {
	t.Helper()
	for _, c := range r.Checks {
		if c.Name == name {
			return c
		}
	}
	require.Fail(t, "no such check", "%s in %+v", name, r)
	return upgrade.Check{}
}

func classes(c upgrade.Check) (all []upgrade.Class) {
	for _, e := range c.Evidence {
		all = append(all, e.Class)
	}
	return all
}
