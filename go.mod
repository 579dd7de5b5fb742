module github.com/chandlery-go/chandlery

go 1.25.0

require (
	github.com/Masterminds/semver/v3 v3.5.0
	github.com/hashicorp/go-retryablehttp v0.7.8
	github.com/pelletier/go-toml/v2 v2.4.3
	github.com/stretchr/testify v1.12.1
	go.yaml.in/yaml/v3 v3.0.5
	golang.org/x/sync v0.20.0
	golang.org/x/sys v0.42.0
	golang.org/x/text v0.34.0
)

require github.com/hashicorp/go-cleanhttp v0.5.2 // indirect
