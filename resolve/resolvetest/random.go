package resolvetest

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// RandomUniverse makes the text of a small universe, with all that may trip a Resolver and no expectation: conflicts and cycles, extras, markers, several variants, wheels for
// other machines, sdists, yanked and pre-releases, constraints, overrides and policies. About one in four has a solution. The same state of rng makes the same text.
func RandomUniverse(rng *rand.Rand) string {
	m := maker{rng, &strings.Builder{}, 3 + rng.IntN(4)}
	m.line(m.one("platform linux 3.9.18 manylinux_2_17_x86_64", "platform windows 3.9.18 win32 win_amd64"))
	m.sometimes(5, "policy before=2024-06-01T00:00:00Z")
	m.sometimes(6, m.one("policy forbid", "policy allow", "policy sdists"))
	m.sometimes(6, "policy-of p1 sdists\npolicy-of p2 before=2024-03-01T00:00:00Z allow")
	for p := range m.projects {
		m.line(fmt.Sprintf("project p%d", p))
		for v := 1; v <= 3; v++ {
			if m.IntN(6) > 0 {
				m.release(fmt.Sprintf("release p%d %d", p, v))
			}
		}
	}
	for range 1 + m.IntN(3) {
		m.line("request " + m.name() + m.one("", "", "[x]") + m.specifiers())
	}
	for range max(0, m.IntN(6)-3) {
		m.line("constraint " + m.name() + m.specifiers())
	}
	m.sometimes(5, "override "+m.name()+m.specifiers())
	return m.text.String()
}

type maker struct {
	*rand.Rand
	text     *strings.Builder
	projects int
}

func (m maker) line(s string) { m.text.WriteString(s + "\n") }

func (m maker) one(of ...string) string { return of[m.IntN(len(of))] }

// sometimes writes a line once in n times.
func (m maker) sometimes(n int, s string) {
	if m.IntN(n) == 0 {
		m.line(s)
	}
}

func (m maker) name() string { return fmt.Sprintf("p%d", m.IntN(m.projects)) }

func (m maker) specifiers() string {
	v := m.IntN(3) + 1
	return m.one("", "", "", fmt.Sprintf(">=%d", v), fmt.Sprintf("<%d", v+1), fmt.Sprintf("==%d", v), fmt.Sprintf(">=%d,<%d", v, v+1), fmt.Sprintf("!=%d,>1", v))
}

func (m maker) release(statement string) {
	m.line(statement + m.one("", "", "", "", "", "", "", "rc1"))
	m.line("extra x")
	m.line(fmt.Sprintf("uploaded 2024-%02d-01T12:00:00Z", 1+m.IntN(8)))
	m.sometimes(10, "yanked")
	m.sometimes(8, m.one("python >=3.10", "python <3.9", "metadata-python !=3.9.18"))
	for range m.IntN(3) {
		m.line("requires " + m.name() + m.specifiers() + m.one("", "", "", " ; platform_machine == 'x86'"))
	}
	m.sometimes(3, "requires "+m.name()+m.specifiers()+" ; extra == 'x'")
	m.line(m.one("", "", "", "", "", "", "file sdist", "file cp39-cp39-manylinux_2_28_x86_64\nfile cp39-cp39-win32"))
}
