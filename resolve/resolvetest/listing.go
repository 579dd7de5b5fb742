package resolvetest

import (
	"context"
	"errors"
	"reflect"
	"testing"

	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// CheckListing holds a resolve.Lister to what it promises of a project: the listing of its Project, or the same error. An Index that is no Lister fails.
func CheckListing(t testing.TB, ix resolve.Index, name pep508.Name) {
	t.Helper()
	l, ok := ix.(resolve.Lister)
	if !ok {
		t.Errorf("%T is no resolve.Lister", ix)
		return
	}
	got, err := l.Listing(context.Background(), name)
	p, projectErr := ix.Project(context.Background(), name)
	if err != nil || projectErr != nil {
		if err == nil || projectErr == nil || errors.Is(err, dist.ErrNotFound) != errors.Is(projectErr, dist.ErrNotFound) {
			t.Errorf("the listing of %s: %v, the project: %v", name, err, projectErr)
		}
		return
	}
	want := dist.NewListing(p)
	if got.Len() != want.Len() {
		t.Errorf("the listing of %s has %d files, the project %d", name, got.Len(), want.Len())
		return
	}
	for i := range want.Len() {
		if a, b := lineOf(got, i), lineOf(want, i); !reflect.DeepEqual(a, b) {
			t.Errorf("file %d of %s is\n%+v\nin the listing, and\n%+v\nin the project", i, name, a, b)
		}
	}
}

// lineOf is all that a listing says of a file.
func lineOf(l *dist.Listing, i int) []any {
	return []any{l.Kind(i), *l.Version(i), l.Tags(i), *l.Build(i), *l.RequiresPython(i), l.Yanked(i), l.Uploaded(i), *l.File(i)}
}
