package broker

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

// lockName is the file in the store's folder that says that it is in use.
const lockName = "aidbox-nats.lock"

// LockedError says that another broker, of this process or another one, has its JetStream data in the same folder. Two servers
// on one store destroy it.
type LockedError struct {
	Dir string
	Err error
}

func (e *LockedError) Error() string {
	return fmt.Sprintf("the folder %s is in use by another NATS server of this program: stop that one or choose another folder (store_dir)", e.Dir)
}

func (e *LockedError) Unwrap() error { return e.Err }

// lockStore makes dir this broker's own until unlock. nats-server does not do so itself. The lock is bbolt's, which works on
// every system and ends with the process. It does not keep out a nats-server that somebody runs beside this program.
func lockStore(dir string) (unlock func() error, err error) {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return nil, fmt.Errorf("make the folder for JetStream's data: %w", err)
	}
	// The smallest timeout tries once; zero would wait for ever.
	db, err := bbolt.Open(filepath.Join(dir, lockName), 0o600, &bbolt.Options{Timeout: 1})
	if errors.Is(err, bolterrors.ErrTimeout) {
		return nil, &LockedError{Dir: dir, Err: err}
	}
	if err != nil {
		return nil, fmt.Errorf("lock the folder %s for JetStream's data: %w", dir, err)
	}
	return db.Close, nil
}
