package api

import (
	"strings"

	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// Distribution is the distribution that has a top-level module: of the same name, but for those that are known to differ.
func Distribution(module string) pep508.Name {
	if name, differs := distributions[module]; differs {
		return name
	}
	return pep508.NormalizeName(module)
}

// distributions are well-known modules whose distribution has another name.
var distributions = map[string]pep508.Name{
	"Crypto":            "pycryptodome",
	"MySQLdb":           "mysqlclient",
	"OpenSSL":           "pyopenssl",
	"attr":              "attrs",
	"barbicanclient":    "python-barbicanclient",
	"bs4":               "beautifulsoup4",
	"cinderclient":      "python-cinderclient",
	"concurrent":        "futures",
	"dateutil":          "python-dateutil",
	"dns":               "dnspython",
	"enum":              "enum34",
	"glanceclient":      "python-glanceclient",
	"googleapiclient":   "google-api-python-client",
	"heatclient":        "python-heatclient",
	"hpe3parclient":     "python-3parclient",
	"hpelefthandclient": "python-lefthandclient",
	"jwt":               "pyjwt",
	"keystoneclient":    "python-keystoneclient",
	"ldap":              "python-ldap",
	"manilaclient":      "python-manilaclient",
	"memcache":          "python-memcached",
	"neutronclient":     "python-neutronclient",
	"novaclient":        "python-novaclient",
	"openstack":         "openstacksdk",
	"pkg_resources":     "setuptools",
	"psycopg2":          "psycopg2-binary",
	"pypureclient":      "py-pure-client",
	"serial":            "pyserial",
	"socks":             "pysocks",
	"swiftclient":       "python-swiftclient",
	"yaml":              "pyyaml",
	"zmq":               "pyzmq",
}

// judgeDistribution looks for the module's distribution among what is required.
func (l *lookup) judgeDistribution(symbol string) Verdict {
	top, _, _ := strings.Cut(symbol, ".")
	v := Verdict{Answer: Satisfied, Distribution: Distribution(top)}
	if l.withDriver(top, v.Distribution) {
		v.Supply = WithDriver
		return v
	}
	req, there := l.required()[v.Distribution]
	switch {
	case there && req.extra:
		v.Answer, v.Supply, v.Requirement = Unknown, ByExtra, req.text
	case there:
		v.Supply, v.Requirement = Required, req.text
	case l.view.index != nil && !l.view.index.known().distributions[v.Distribution]:
		v.Answer = Unknown
	default:
		v.Answer, v.Lacks = Missing, string(v.Distribution)
	}
	return v
}

func (l *lookup) withDriver(top string, name pep508.Name) bool {
	d := l.view.Driver
	if d == nil {
		return false
	}
	for _, sdk := range d.SDK {
		if sdk == name {
			return true
		}
	}
	ys := l.layers[top]
	return len(ys) > 0 && ys[0].own
}

// requirement is one Requires-Dist, no further read than is needed here.
type requirement struct {
	text  string
	extra bool // asked for under an extra alone
}

// required is what the release and its libraries require, by name. What one of them requires without an extra is required.
func (l *lookup) required() map[pep508.Name]requirement {
	if l.requires != nil {
		return l.requires
	}
	l.requires = map[pep508.Name]requirement{}
	if l.view.Release != nil {
		l.addRequires(l.view.Release.Requires)
	}
	for _, r := range l.view.Libraries {
		for _, text := range r.Requires {
			if req := (requirement{text, usesExtra(text)}); !req.extra { // a library's extras are not the component's
				l.addRequirement(req)
			}
		}
	}
	return l.requires
}

func (l *lookup) addRequires(texts []string) {
	for _, text := range texts {
		l.addRequirement(requirement{text, usesExtra(text)})
	}
}

func (l *lookup) addRequirement(req requirement) {
	name := requiredName(req.text)
	if is, there := l.requires[name]; !there || is.extra && !req.extra {
		l.requires[name] = req
	}
}

// requiredName is the name that a requirement begins with (PEP 508, "Names").
func requiredName(text string) pep508.Name {
	text = strings.TrimLeft(text, " \t")
	end := strings.IndexFunc(text, func(r rune) bool {
		return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '-' || r == '_' || r == '.')
	})
	if end >= 0 {
		text = text[:end]
	}
	return pep508.NormalizeName(text)
}

// usesExtra reports whether the requirement's marker asks for an extra.
func usesExtra(text string) bool {
	if !strings.Contains(text, "extra") {
		return false
	}
	r, err := pep508.Parse(text)
	return err == nil && r.Marker.UsesExtra()
}
