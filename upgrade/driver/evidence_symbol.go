package driver

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/chandlery-go/chandlery/internal/lazy"
	"github.com/chandlery-go/chandlery/upgrade/driver/api"
)

// logSymbol is a symbol of a log, taken apart: "upload_volume(volume_fd=)" is the name upload_volume and the argument volume_fd=.
type logSymbol struct {
	name   string
	called bool
	call   *api.Call // of a call that can be made up: the keyword, or the number by position; nil: only the driver's text can tell
	key    string    // the keyword that is not taken
}

var (
	revisionID = lazy.Regexp{Expr: `^[0-9a-f]{12}$`}
	callShape  = lazy.Regexp{Expr: `^([A-Za-z_][\w.]*)(?:\((?:(\w+)=|(\d{1,3}) by position|without \w+|\w+= twice)?\))?$`}
)

// parseSymbol takes a symbol apart as probe.Classify writes it. What is no such symbol is refused.
func parseSymbol(symbol string) (m logSymbol, ok bool) {
	at := callShape.FindStringSubmatch(symbol)
	if at == nil {
		return m, false
	}
	m = logSymbol{name: at[1], called: strings.HasSuffix(symbol, ")"), key: at[2]}
	if slices.Contains(strings.Split(m.name, "."), "") {
		return m, false
	}
	switch {
	case at[2] != "":
		m.call = &api.Call{Keywords: []string{at[2]}, Star: true, StarStar: true}
	case at[3] != "":
		n, _ := strconv.Atoi(at[3])
		m.call = &api.Call{Positional: n, StarStar: true}
	}
	return m, true
}

// without is the call of a method as its caller writes it: Python counts self among the arguments by position.
func (m logSymbol) without() *api.Call {
	c := *m.call
	c.Positional = max(0, c.Positional-1)
	return &c
}

// argument is what was wrong with the call, in the form of api.Verdict.Lacks.
func (m logSymbol) argument() string {
	switch {
	case m.call == nil:
		return ""
	case m.key != "":
		return "(" + m.key + "=)"
	}
	return fmt.Sprintf("(%d by position)", m.call.Positional)
}
