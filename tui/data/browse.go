package data

// Browse asks the screen of messages to show those of a stream.
type Browse struct {
	Stream string
	Seq    uint64 // where to begin. Zero: at the end
}

// Consume asks the screen of consumers to show those of a stream.
type Consume struct{ Stream string }
