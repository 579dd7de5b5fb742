package environment

// NoteKind is what a Note is about.
type NoteKind string

const (
	MissingBinding  NoteKind = "missing-binding"  // the host has no such module: a driver that needs it will not start
	OtherBinding    NoteKind = "other-binding"    // the host has it for another Python only
	ShadowedBinding NoteKind = "shadowed-binding" // a wheel brings it: the host's is not linked
	Unreadable      NoteKind = "unreadable"       // the users that services run as cannot enter a folder
	Remade          NoteKind = "remade"           // what stood at the root was not whole, or not as wanted
)

// Note is something that the operator should know, and no error.
type Note struct {
	Kind NoteKind
	Name string // the binding, or the folder
	Text string // a sentence
}

func (p *Provisioner) note(notes ...Note) {
	if p.Observer == nil {
		return
	}
	for _, n := range notes {
		p.Observer(n)
	}
}
