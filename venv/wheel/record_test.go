package wheel

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestParseRecord(t *testing.T) {
	tests := []struct {
		text string
		want []RecordEntry
	}{
		{"", []RecordEntry{}},
		{"\n\r\n", []RecordEntry{}},
		{"a,sha256=x,1\nb,,\n", []RecordEntry{{"a", "sha256=x", 1}, {"b", "", -1}}},
		{"a,h,0\r\n\"b,c\",h,2\r\n\"d\"\"e\",,3", []RecordEntry{{"a", "h", 0}, {"b,c", "h", 2}, {`d"e`, "", 3}}},
		{`.\a\b,,` + "\n", []RecordEntry{{`.\a\b`, "", -1}}},
		{"é,,9223372036854775807\n", []RecordEntry{{"é", "", 9223372036854775807}}},
		{"a,,\na,,\n", []RecordEntry{{"a", "", -1}, {"a", "", -1}}},
		{" a ,,\n", []RecordEntry{{" a ", "", -1}}},
	}
	for _, tt := range tests {
		got, err := ParseRecord([]byte(tt.text))
		require.NoError(t, err, "%q", tt.text)
		assert.Equal(t, tt.want, got, "%q", tt.text)
	}
}

func TestParseRecordErrors(t *testing.T) {
	for text, want := range map[string]string{
		"a\n":                         "line 1: 1 fields",
		"a,,\nb,,,\n":                 "line 2: 4 fields",
		"a,,\n,,\n":                   "line 2: path \"\"",
		"a,,-1\n":                     `size "-1"`,
		"a,,1.0\n":                    `size "1.0"`,
		"a,,9223372036854775808\n":    "size",
		"a,, 1\n":                     "size",
		"\"a,,\n":                     "line 1",
		"a\"b,,\n":                    "line 1",
		"\"a\nb\",,\n":                "control characters",
		"a\x00,,\n":                   "control characters",
		"\xff,,\n":                    "not UTF-8",
		strings.Repeat("a", 1<<25+1):  "at most",
		"a,sha256=\"x\"y,1\n":         "line 1",
		"a,\"sha\x1b[2J\",1\nb,c,d\n": "control characters",
	} {
		_, err := ParseRecord([]byte(text))
		var record *RecordError
		require.ErrorAs(t, err, &record, "%.40q", text)
		assert.ErrorContains(t, err, want)
	}
}

func TestFormatRecord(t *testing.T) {
	entries := []RecordEntry{{"b", "sha256=x", 0}, {"a,b", "", -1}, {`a"`, "", 5}, {" a", "h", 1}}
	assert.Equal(t, " a,h,1\n\"a\"\"\",,5\n\"a,b\",,\nb,sha256=x,0\n", string(FormatRecord(entries)))
	assert.Equal(t, "b", entries[0].Path, "the caller's list stays as it was")
	assert.Empty(t, FormatRecord(nil))
}
