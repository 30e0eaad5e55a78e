package nats

import (
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// CreateConsumerOperation is the request that CreateConsumer sends.
func CreateConsumerOperation(stream string, config ConsumerConfig) Operation {
	request, server := "CONSUMER.CREATE."+stream+"."+config.Name, config.toServer()
	if server.FilterSubject != "" {
		request += "." + server.FilterSubject // for permissions to decide on
	}
	return apiOperation(request, struct {
		Stream string                   `json:"stream_name"`
		Config jetstream.ConsumerConfig `json:"config"`
		Action string                   `json:"action"`
	}{stream, server, "create"})
}

// ConsumerOperation is the request for what a consumer is and does.
func ConsumerOperation(stream, name string) Operation {
	return bareOperation("CONSUMER.INFO." + stream + "." + name)
}

// DeleteConsumerOperation is the request that DeleteConsumer sends.
func DeleteConsumerOperation(stream, name string) Operation {
	return bareOperation("CONSUMER.DELETE." + stream + "." + name)
}

// PauseConsumerOperation is the request that PauseConsumer sends.
func PauseConsumerOperation(stream, name string, until time.Time) Operation {
	return apiOperation("CONSUMER.PAUSE."+stream+"."+name, map[string]time.Time{"pause_until": until})
}

// ResumeConsumerOperation is the request that ResumeConsumer sends.
func ResumeConsumerOperation(stream, name string) Operation {
	return bareOperation("CONSUMER.PAUSE." + stream + "." + name)
}

// ResetConsumerOperation is the request that ResetConsumer sends.
func ResetConsumerOperation(stream, name string, seq uint64) Operation {
	if seq == 0 {
		return bareOperation("CONSUMER.RESET." + stream + "." + name)
	}
	return apiOperation("CONSUMER.RESET."+stream+"."+name, map[string]uint64{"seq": seq})
}

// NextOperation is the request that Next sends.
func NextOperation(stream, consumer string) Operation {
	return bareOperation("CONSUMER.MSG.NEXT." + stream + "." + consumer)
}

// bareOperation is a request of the JetStream API without a body.
func bareOperation(request string) Operation {
	return Operation{Verb: "REQ", Subject: jetstream.DefaultAPIPrefix + request}
}
