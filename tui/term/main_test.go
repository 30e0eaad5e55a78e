package term_test

import (
	"testing"

	"go.uber.org/goleak"

	_ "aidbox-nats/tui/term/background"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
