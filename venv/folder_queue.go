package venv

import "sync"

// folderQueue hands out folders whose outer one is done.
type folderQueue struct {
	mu    sync.Mutex
	wake  sync.Cond
	ready []*stagedFolder // the last is the next
	busy  int             // that were handed out and are not done
	whole bool            // no more will be added
	ended bool
}

// add adds folders whose outer ones are there, light ones first.
func (q *folderQueue) add(folders []*stagedFolder) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.ready = append(q.ready, folders...)
	q.wake.Broadcast()
}

// end says that no more will be added.
func (q *folderQueue) end() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.whole = true
	q.wake.Broadcast()
}

// next waits for a folder; nil where none will come.
func (q *folderQueue) next() *stagedFolder {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.ready) == 0 && (q.busy > 0 || !q.whole) && !q.ended {
		q.wake.Wait()
	}
	if len(q.ready) == 0 || q.ended {
		return nil
	}
	f := q.ready[len(q.ready)-1]
	q.ready = q.ready[:len(q.ready)-1]
	q.busy++
	return f
}

func (q *folderQueue) done(f *stagedFolder) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.ready = append(q.ready, f.below...)
	q.busy--
	if len(f.below) > 1 || q.busy == 0 { // one folder is for who asks next, which is the caller
		q.wake.Broadcast()
	}
}

// goHome makes all that wait go home.
func (q *folderQueue) goHome() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.ended = true
	q.wake.Broadcast()
}
