package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"time"
)

// VolumeMicroversion is the oldest that answers all that is asked here: backend_state in os-services came with 3.49.
const VolumeMicroversion = "volume 3.49"

// Volumes is the Block Storage API v3.
type Volumes struct{ Client }

// Volume is one as far as it is looked at. A NewVolume has what is asked for.
type Volume struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Status string `json:"status"`
	Size   int    `json:"size"`                  // GiB
	Host   string `json:"os-vol-host-attr:host"` // "testbed@ceph#ceph"; for administrators only
}

// NewVolume is a Volume to make, empty or from one of the sources.
type NewVolume struct {
	Name     string `json:"name"`
	Size     int    `json:"size"` // GiB
	Type     string `json:"volume_type,omitempty"`
	Snapshot string `json:"snapshot_id,omitempty"`
	Source   string `json:"source_volid,omitempty"`
	Image    string `json:"imageRef,omitempty"`
}

// Snapshot is one as far as it is looked at.
type Snapshot struct {
	ID     string `json:"id"`
	Status string `json:"status"`
}

// Create asks for a volume.
func (c *Volumes) Create(ctx context.Context, v NewVolume) (Volume, error) {
	var out struct{ Volume Volume }
	err := c.call(ctx, http.MethodPost, "/volumes", map[string]any{"volume": v}, &out)
	return identified(out.Volume, out.Volume.ID, err)
}

// identified is an error where an answer has no identifier.
func identified[T any](v T, id string, err error) (T, error) {
	if err == nil && id == "" {
		err = errors.New("the answer has no id")
	}
	return v, err
}

// Get reads a volume.
func (c *Volumes) Get(ctx context.Context, id string) (Volume, error) {
	var out struct{ Volume Volume }
	err := c.call(ctx, http.MethodGet, "/volumes/"+escape(id), nil, &out)
	return out.Volume, err
}

// Delete asks for a volume's end.
func (c *Volumes) Delete(ctx context.Context, id string) error {
	return c.call(ctx, http.MethodDelete, "/volumes/"+escape(id), nil, nil)
}

// Extend asks for another size.
func (c *Volumes) Extend(ctx context.Context, id string, size int) error {
	return c.action(ctx, "volumes", id, map[string]any{"os-extend": map[string]any{"new_size": size}}, nil)
}

// Upload asks for an image of a volume, and gives the image's id.
func (c *Volumes) Upload(ctx context.Context, id, name string) (string, error) {
	var out struct {
		Answer struct {
			Image string `json:"image_id"`
		} `json:"os-volume_upload_image"`
	}
	in := map[string]any{"image_name": name, "disk_format": "raw", "container_format": "bare"}
	err := c.action(ctx, "volumes", id, map[string]any{"os-volume_upload_image": in}, &out)
	return identified(out.Answer.Image, out.Answer.Image, err)
}

// Snapshot asks for a snapshot of a volume.
func (c *Volumes) Snapshot(ctx context.Context, volume, name string) (Snapshot, error) {
	var out struct{ Snapshot Snapshot }
	err := c.call(ctx, http.MethodPost, "/snapshots", map[string]any{"snapshot": map[string]any{"volume_id": volume, "name": name}}, &out)
	return identified(out.Snapshot, out.Snapshot.ID, err)
}

// GetSnapshot reads a snapshot.
func (c *Volumes) GetSnapshot(ctx context.Context, id string) (Snapshot, error) {
	var out struct{ Snapshot Snapshot }
	err := c.call(ctx, http.MethodGet, "/snapshots/"+escape(id), nil, &out)
	return out.Snapshot, err
}

// DeleteSnapshot asks for a snapshot's end.
func (c *Volumes) DeleteSnapshot(ctx context.Context, id string) error {
	return c.call(ctx, http.MethodDelete, "/snapshots/"+escape(id), nil, nil)
}

// Reset gives a volume or snapshot ("volumes", "snapshots") a status, whatever an operation left it as: of "error" it can be deleted, of "available" it can be used. It changes no content.
func (c *Volumes) Reset(ctx context.Context, kind, id, status string) error {
	return c.action(ctx, kind, id, map[string]any{"os-reset_status": map[string]any{"status": status}}, nil)
}

func (c *Volumes) action(ctx context.Context, kind, id string, in, out any) error {
	return c.call(ctx, http.MethodPost, "/"+kind+"/"+escape(id)+"/action", in, out)
}

// Attachment is a record that says how a host reaches a volume.
type Attachment struct {
	ID         string         `json:"id"`
	Connection map[string]any `json:"connection_info"`
}

// Attach records an attachment for a connector.
func (c *Volumes) Attach(ctx context.Context, volume string, connector map[string]any) (Attachment, error) {
	var out struct{ Attachment Attachment }
	in := map[string]any{"attachment": map[string]any{"volume_uuid": volume, "connector": connector}}
	err := c.call(ctx, http.MethodPost, "/attachments", in, &out)
	return identified(out.Attachment, out.Attachment.ID, err)
}

// Attachments lists those of a volume.
func (c *Volumes) Attachments(ctx context.Context, volume string) ([]Attachment, error) {
	var out struct{ Attachments []Attachment }
	err := c.call(ctx, http.MethodGet, "/attachments?volume_id="+url.QueryEscape(volume), nil, &out)
	return out.Attachments, err
}

// Detach removes an attachment.
func (c *Volumes) Detach(ctx context.Context, id string) error {
	return c.call(ctx, http.MethodDelete, "/attachments/"+escape(id), nil, nil)
}

// Service is a row of os-services.
type Service struct {
	Binary       string `json:"binary"`
	Host         string `json:"host"`
	Status       string `json:"status"` // enabled, disabled
	State        string `json:"state"`  // up, down
	Updated      Time   `json:"updated_at"`
	BackendState string `json:"backend_state"` // of cinder-volume alone
}

// Services lists os-services.
func (c *Volumes) Services(ctx context.Context) ([]Service, error) {
	var out struct{ Services []Service }
	err := c.call(ctx, http.MethodGet, "/os-services", nil, &out)
	return out.Services, err
}

// Pool is a backend's pool as the scheduler knows it.
type Pool struct {
	Name         string `json:"name"` // "testbed@ceph#ceph"
	Capabilities struct {
		Free          any    `json:"free_capacity_gb"` // number, or "unknown" or "infinite"
		Total         any    `json:"total_capacity_gb"`
		BackendState  string `json:"backend_state"`
		DriverVersion string `json:"driver_version"`
		Timestamp     Time   `json:"timestamp"`
	} `json:"capabilities"`
}

// Pools lists what the scheduler knows.
func (c *Volumes) Pools(ctx context.Context) ([]Pool, error) {
	var out struct{ Pools []Pool }
	err := c.call(ctx, http.MethodGet, "/scheduler-stats/get_pools?detail=true", nil, &out)
	return out.Pools, err
}

// Messages gives what the API tells its users about a resource.
func (c *Volumes) Messages(ctx context.Context, resource string) ([]string, error) {
	var out struct {
		Messages []struct {
			Resource string `json:"resource_uuid"`
			Text     string `json:"user_message"`
		}
	}
	err := c.call(ctx, http.MethodGet, "/messages", nil, &out)
	var all []string
	for _, m := range out.Messages {
		if m.Resource == resource {
			all = append(all, m.Text)
		}
	}
	return all, err
}

// Time is a time as the API writes it: UTC without saying so. One that cannot be read is zero.
type Time struct{ time.Time }

// UnmarshalJSON reads a time; that of the embedded type would refuse one without a zone.
func (t *Time) UnmarshalJSON(b []byte) error {
	var s string
	if json.Unmarshal(b, &s) == nil {
		t.Time = ParseTime(s)
	}
	return nil
}

// ParseTime reads a time of the API or of a command's table; zero where it is none.
func ParseTime(s string) time.Time {
	for _, layout := range []string{"2006-01-02T15:04:05", time.RFC3339, "2006-01-02 15:04:05"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t
		}
	}
	return time.Time{}
}
