package openstack

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/upgrade/openstack/oslo"
)

const oldCatalogue = `{"options": {
	"DEFAULT": {"opts": [
		{"name": "iet_conf", "dest": "iet_conf", "default": "/etc/iet.conf"},
		{"name": "quota-consistencygroups", "dest": "quota_consistencygroups", "default": 10},
		{"name": "use_compression", "dest": "use_compression", "default": false},
		{"name": "old_name", "dest": "old_name", "default": null},
		{"name": "unset_password", "dest": "unset_password", "default": "a"},
		{"name": "hidden", "dest": "hidden", "default": null, "secret": true}
	]},
	"backend_defaults": {"opts": [
		{"name": "hitachi_pool", "dest": "hitachi_pool", "default": null},
		{"name": "vx_port", "dest": "vx_port", "default": null},
		{"name": "chunk", "dest": "chunk", "default": 4}
	]}}, "deprecated_options": {"DEFAULT": [{"name": "older_name", "replacement_group": "DEFAULT", "replacement_name": "old_name"}]}}`

const newCatalogue = `{"options": {
	"DEFAULT": {"opts": [
		{"name": "use_compression", "dest": "use_compression", "default": true},
		{"name": "unset_password", "dest": "unset_password", "default": "b"},
		{"name": "api_paste_config", "dest": "api_paste_config", "default": "x", "deprecated_for_removal": true, "deprecated_reason": "goes\n away"},
		{"name": "hidden", "dest": "hidden", "default": null, "secret": true, "deprecated_for_removal": true}
	]},
	"names": {"opts": [{"name": "new_name", "dest": "new_name", "default": null, "deprecated_opts": [{"group": "DEFAULT", "name": "old_name"}]}]},
	"backend_defaults": {"opts": [
		{"name": "pf_port", "dest": "pf_port", "default": null, "deprecated_opts": [{"group": null, "name": "vx_port"}]},
		{"name": "chunk", "dest": "chunk", "default": 8}
	]}}, "deprecated_options": {}}`

func TestCompareOptions(t *testing.T) {
	const conf = `[DEFAULT]
enabled_backends = one, two
iet_conf = /x
quota-consistencygroups = 3
old_name = rabbit://u:s3cret@h/
hidden = s3cret
api_paste_config = y
vendor_own = 1
[ONE]
hitachi_pool = p
vx_port = 1
chunk = 16
[two]
own_password = s3cret
[elsewhere]
hitachi_pool = not a backend
`
	d, err := Lookup("cinder")
	require.NoError(t, err)
	old, err := ParseCatalogue([]byte(oldCatalogue))
	require.NoError(t, err)
	fresh, err := ParseCatalogue([]byte(newCatalogue))
	require.NoError(t, err)
	assert.Equal(t, 9, old.Len())
	live := oslo.Stack{parse(t, conf)}
	assert.Equal(t, []OptionChange{
		{Kind: OptionDeprecated, Section: "DEFAULT", Option: "api_paste_config", Value: "y", Reason: "goes away"},
		{Kind: OptionDeprecated, Section: "DEFAULT", Option: "hidden", Value: "***", Reason: "no reason is given"},
		{Kind: OptionRemoved, Section: "DEFAULT", Option: "iet_conf", Value: "/x"},
		{Kind: OptionRenamed, Section: "DEFAULT", Option: "old_name", Value: "rabbit://u:***@h/", To: "[names] new_name"},
		{Kind: OptionRemoved, Section: "DEFAULT", Option: "quota-consistencygroups", Value: "3"},
		{Kind: OptionDefault, Section: "DEFAULT", Option: "unset_password", Was: "***", Now: "***"},
		{Kind: OptionDefault, Section: "DEFAULT", Option: "use_compression", Was: "false", Now: "true"},
		{Kind: OptionRemoved, Section: "one", Option: "hitachi_pool", Value: "p"},
		{Kind: OptionRenamed, Section: "one", Option: "vx_port", Value: "1", To: "[one] pf_port"},
		{Kind: OptionDefault, Section: "two", Option: "chunk", Was: "4", Now: "8"},
	}, CompareOptions(d, old, fresh, live))

	for _, c := range CompareOptions(d, nil, fresh, live) {
		assert.Contains(t, []OptionKind{OptionDeprecated, OptionRenamed}, c.Kind, "without the old catalogue nothing is known to be removed")
		assert.NotContains(t, c.Value, "s3cret")
	}
}

func TestCompareOptions_pairs(t *testing.T) {
	assert.Equal(t, []string{"fast", "slow"}, backends(Backends{Section: "DEFAULT", Option: "enabled_backends", Pairs: true}, oslo.Stack{parse(t, "[DEFAULT]\nenabled_backends = Fast:file, slow:rbd\n")}))
	assert.Empty(t, backends(Backends{}, nil))
}

func TestParseCatalogue(t *testing.T) {
	for name, text := range map[string]string{
		"empty":      ``,
		"no options": `{}`,
		"two":        oldCatalogue + oldCatalogue,
		"cut":        oldCatalogue[:100],
		"other type": `{"options": []}`,
		"a warning":  "WARNING:stevedore\n" + oldCatalogue,
	} {
		_, err := ParseCatalogue([]byte(text))
		assert.Error(t, err, name)
	}
	_, err := ParseCatalogue(make([]byte, MaxCatalogue+1))
	require.ErrorContains(t, err, "bytes")
}

func FuzzParseCatalogue(f *testing.F) {
	f.Add([]byte(oldCatalogue), "[DEFAULT]\niet_conf = 1\nenabled_backends = x\n[x]\nhitachi_pool = 1\n")
	f.Add([]byte(newCatalogue), "[DEFAULT]\nold_name = a://b:c@d\n")
	d, err := Lookup("cinder")
	require.NoError(f, err)
	old, err := ParseCatalogue([]byte(oldCatalogue))
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, b []byte, conf string) {
		c, err := ParseCatalogue(b)
		if err != nil {
			return
		}
		file, err := oslo.Parse([]byte(conf))
		if err != nil {
			return
		}
		for _, change := range CompareOptions(d, old, c, oslo.Stack{file}) {
			require.NotEmpty(t, change.Kind)
		}
		for _, change := range CompareOptions(d, c, c, oslo.Stack{file}) {
			require.Contains(t, []OptionKind{OptionDeprecated, OptionRenamed}, change.Kind, "nothing is removed between equal catalogues")
		}
	})
}

func TestCatalogueCommand(t *testing.T) {
	d, err := Lookup("cinder")
	require.NoError(t, err)
	c := CatalogueCommand(d, "/x/options.json")
	assert.True(t, strings.HasPrefix(strings.Join(c.Argv, " "), "{python} -m oslo_config.generator --format json --output-file /x/options.json --namespace cinder --namespace "))
	assert.Equal(t, "cinder", c.User)
}
