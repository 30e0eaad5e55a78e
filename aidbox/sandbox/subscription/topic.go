// Package subscription is the rules of the two resource types that Aidbox adds
// to FHIR for its topic-based subscriptions, AidboxSubscriptionTopic and
// AidboxTopicDestination: what a valid one looks like in which Aidbox version.
// What they say is read by package aidbox.
//
// Aidbox publishes no machine-readable definition of them. The elements are
// those of its documentation; the metadata of a topic (title, publisher,
// useContext, ...) is that of FHIR R5's SubscriptionTopic, checked with the same
// elements of R4's ActivityDefinition. Where the documentation is silent this
// package is strict: a parameter of a NATS destination that is not documented is
// refused, and so is one that occurs twice.
package subscription

import "aidbox-nats/aidbox"

// The resource types.
const (
	TopicType       = "AidboxSubscriptionTopic"
	DestinationType = "AidboxTopicDestination"
)

// Is says whether a resource type is one of this package's.
func Is(resourceType string) bool {
	return resourceType == TopicType || resourceType == DestinationType
}

// The parameters of a NATS destination.
const (
	ParamURL             = "url"
	ParamSubject         = "subject"
	ParamConnectionName  = "connectionName"
	ParamUsername        = "username"
	ParamPassword        = "password"
	ParamCredentialsFile = "credentialsFilePath" // inside Aidbox's container
	ParamSSLContext      = "sslContext"          // "none" or missing: no TLS
)

// Queue is the name of a destination's outbox. It holds the version, so that a
// destination that was deleted and made again under its old id starts empty.
func Queue(d aidbox.Destination) string {
	return d.ID + "@" + d.VersionID
}
