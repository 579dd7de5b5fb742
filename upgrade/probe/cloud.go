package probe

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/chandlery-go/chandlery/upgrade"
	"github.com/chandlery-go/chandlery/upgrade/probe/internal/api"
)

// AuthFunc gives the token for requests to a host, with its port where that is not the scheme's own. It is asked for every request, so it
// should keep its token while that is good.
type AuthFunc func(ctx context.Context, host string) (string, error)

// NoAuth is the AuthFunc of services with auth_strategy = noauth.
func NoAuth(user, project string) AuthFunc {
	return func(context.Context, string) (string, error) { return user + ":" + project, nil }
}

// API says where the APIs are, and how they are asked.
type API struct {
	Volume       string            // Block Storage v3, with the project where the deployment's addresses have it: "http://192.0.2.1:8776/v3/<project>"
	Image        string            // Image v2, without the version: "http://192.0.2.1:9292"; "": what needs images is not judged
	Auth         AuthFunc          // an administrator's; nil: no token is sent
	RoundTripper http.RoundTripper // nil: one of its own, which uses no proxy
	Trial        bool              // the addresses are of a trial's own services, not of production's
}

// ErrUnreachable says that an API, or for data to be written the backend or message queue behind it, gave no answer, so that nothing could be judged.
var ErrUnreachable = errors.New("the API, or what is behind it, does not answer")

func (a API) volumes() *api.Volumes {
	return &api.Volumes{Client: api.Client{
		Service: "block storage", Base: strings.TrimRight(a.Volume, "/"), Microversion: api.VolumeMicroversion, Auth: a.Auth, RoundTripper: a.RoundTripper,
	}}
}

func (a API) images() *api.Images {
	return &api.Images{Client: api.Client{Service: "image", Base: strings.TrimRight(a.Image, "/"), Auth: a.Auth, RoundTripper: a.RoundTripper}}
}

// applies tells whether the API knows the subject; if not, the level's one check says why.
func (a API) applies(s upgrade.Subject, level, name string) (upgrade.Report, bool) {
	switch {
	case s.Trial && !a.Trial:
		return notApplicable(level, name, "production's API does not know the trial"), false
	case !s.Trial && a.Trial:
		return notApplicable(level, name, "the trial's API does not know this subject"), false
	case a.Volume == "":
		return notApplicable(level, name, "no Block Storage API is given"), false
	}
	return upgrade.Report{}, true
}

func notApplicable(level, name, why string) upgrade.Report {
	return report(upgrade.Check{Level: level, Name: name, Verdict: upgrade.NotApplicable, Detail: why})
}

func isUnreachable(err error) bool {
	var u *api.UnreachableError
	return errors.As(err, &u)
}

// cannotJudge marks the error of an API that does not answer.
func cannotJudge(err error) error {
	if isUnreachable(err) {
		return errors.Join(ErrUnreachable, err)
	}
	return err
}

// started is optional on an upgrade.Process.
type started interface{ Started() time.Time }

// startOf is the moment after which the platform must have heard of the subject: the latest start of its services where the Runner's
// processes know it, else now, which is later and so as safe.
func startOf(ctx context.Context, r upgrade.Runner, s upgrade.Subject, now time.Time) time.Time {
	if r == nil {
		return now
	}
	var latest time.Time
	for _, svc := range s.Component.Services {
		p, err := r.Attach(ctx, s, svc)
		if errors.Is(err, upgrade.ErrNotRunning) {
			continue
		}
		if err != nil {
			return now
		}
		st, ok := p.(started)
		if !ok || st.Started().IsZero() {
			return now
		}
		if t := st.Started(); t.After(latest) {
			latest = t
		}
	}
	if latest.IsZero() {
		return now
	}
	return latest
}

// ofHost tells whether "host@backend#pool" is on a host; any where no host is named.
func ofHost(full, host string) bool {
	own, _, _ := strings.Cut(full, "@")
	own, _, _ = strings.Cut(own, "#")
	return host == "" || own == host
}

// sleep waits, or gives the error of ctx.
func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
