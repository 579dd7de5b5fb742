package main

import (
	"errors"

	"github.com/chandlery-go/chandlery/bundle"
	"github.com/chandlery-go/chandlery/bundle/trust"
	"github.com/chandlery-go/chandlery/bundle/trust/keys"
)

const (
	kindSignature kind = "signature"
	kindExpired   kind = "expired"
	kindKeys      kind = "keys"
	kindUnseen    kind = "unseen"
)

// trustCodes are the exit codes of what is signed, beside exitCodes.
var trustCodes = []struct {
	kind    kind
	code    int
	meaning string
}{
	{kindSignature, 34, "what was fetched is not what the trusted keys signed"},
	{kindExpired, 35, "the newest signatures have expired: the publisher must renew them, or somebody withholds them"},
	{kindKeys, 36, "a key that must sign is not at hand, or its passphrase is wrong"},
	{kindUnseen, 43, "the release is live in the store, but clients do not see it yet"},
}

// trustKind looks for what errors of signed stores are; "" for others.
func trustKind(err error) kind {
	for _, s := range []struct {
		err  error
		kind kind
	}{
		{trust.ErrUnseen, kindUnseen},
		{trust.ErrSigners, kindKeys},
		{keys.ErrPassphrase, kindKeys},
		{trust.ErrRollback, kind(bundle.KindTrust.String())},
		{trust.ErrFrozen, kindExpired},
		{trust.ErrVerify, kindSignature},
		{trust.ErrFormat, kindSignature},
		{trust.ErrTooLarge, kindSignature},
	} {
		if errors.Is(err, s.err) {
			return s.kind
		}
	}
	return ""
}
