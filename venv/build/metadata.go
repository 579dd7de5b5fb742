package build

import (
	"context"
	"errors"

	"github.com/chandlery-go/chandlery/internal/digest"
	"github.com/chandlery-go/chandlery/resolve/dist"
)

// Metadata gives an sdist's from PKG-INFO where that is final (PEP 643), else from its backend, or from the built wheel where the backend cannot tell without
// building. Of a wheel it is the Index's word. The error of an sdist that cannot be built is a *BuildError.
func (b *Builder) Metadata(ctx context.Context, f dist.File) (*dist.Metadata, error) {
	return b.metadata(ctx, f, nil)
}

// metadata is Metadata, where refused (nil: not) says why nothing may be built.
func (b *Builder) metadata(ctx context.Context, f dist.File, refused error) (*dist.Metadata, error) {
	if err := b.open(); err != nil {
		return nil, err
	}
	if f.Kind != dist.Sdist {
		return b.Index.Metadata(ctx, f)
	}
	if m := b.offered(ctx, f); m != nil {
		return m, nil
	}
	s, err := b.sdist(ctx, f)
	if err != nil {
		return nil, err
	}
	if m := stated(s, f); m != nil {
		return m, nil
	}
	if refused != nil {
		return nil, fault(f.File, StepBackend, refused)
	}
	return fly(ctx, &b.flights, "metadata "+s.sha256, f.File, func(ctx context.Context) (*dist.Metadata, error) { return b.buildMetadata(ctx, f, s) })
}

// offered is what the Index says of an sdist; nil where it does not, or not for good: then the sdist itself is asked.
func (b *Builder) offered(ctx context.Context, f dist.File) *dist.Metadata {
	if f.MetadataHash == "" {
		return nil
	}
	m, err := b.Index.Metadata(ctx, f)
	if err != nil || !final(m) || m.Matches(f.Filename) != nil {
		return nil
	}
	return m
}

// sdist is what is read of an sdist: what the Cache knows of it, else the archive, once.
func (b *Builder) sdist(ctx context.Context, f dist.File) (*sdist, error) {
	return fly(ctx, &b.flights, "sdist "+id(f), f.File, func(ctx context.Context) (*sdist, error) {
		if s := b.recall(f); s != nil {
			return s, nil
		}
		blob, err := b.Fetcher.Fetch(ctx, f.Artifact)
		if err != nil {
			return nil, err
		}
		defer blob.Close()
		s, err := inspect(ctx, blob, f)
		if err != nil {
			return nil, fault(f.File, StepRead, err)
		}
		b.remember(ctx, f, s, blob)
		return s, nil
	})
}

// id names an sdist's bytes, before they were seen.
func id(f dist.File) string {
	if sha256 := f.Hashes["sha256"]; digest.IsSHA256(sha256) {
		return sha256
	}
	return f.File + " " + f.URL
}

// stated is the metadata in PKG-INFO; nil where it is not final, or of no use, so that a build must tell.
func stated(s *sdist, f dist.File) *dist.Metadata {
	m, err := dist.ParseMetadata(s.pkgInfo)
	if err != nil || !final(m) || m.Matches(f.Filename) != nil {
		return nil
	}
	return m
}

// final reports whether a wheel built of an sdist has the same in all fields that resolving needs (PEP 643).
func final(m *dist.Metadata) bool {
	return !m.IsDynamic("Requires-Dist") && !m.IsDynamic("Requires-Python") && !m.IsDynamic("Provides-Extra")
}

func (b *Builder) buildMetadata(ctx context.Context, f dist.File, s *sdist) (*dist.Metadata, error) {
	j, err := b.newJob(ctx, f, s)
	if err != nil {
		return nil, err
	}
	defer j.end()
	if w := j.kept(ctx); w != nil {
		return w.metadata, nil
	}
	text, ok := j.shelf.metadata()
	if !ok {
		text, err = j.prepare(ctx)
		if errors.Is(err, errAbsent) {
			w, err := b.wheel(ctx, f)
			if err != nil {
				return nil, err
			}
			return w.metadata, nil
		}
		if err != nil {
			return nil, err
		}
	}
	m, err := dist.ParseMetadata(text)
	if err == nil {
		err = m.Matches(f.Filename)
	}
	if err == nil && !ok {
		err = j.shelf.keepMetadata(text)
	}
	if err != nil {
		return nil, fault(f.File, StepCheck, err)
	}
	return m, nil
}
