// Package nats is one connection to a NATS server as a console needs it: it keeps trying for ever and says
// why it is not connected, reports every asynchronous error as a typed value, shows live messages from a
// bounded buffer, and refuses every change when it is read-only.
//
// It is built on nats.go and closes these traps of it:
//   - MaxReconnects(-1) is not for ever: after two equal authorisation errors nats.go closes the connection
//     for good, unless IgnoreAuthErrorAbort is set; and some errors of a server (a payload or a protocol
//     line that is too long for it) close it for good in any case. Conn then connects anew, with all its
//     subscriptions.
//   - Without an error handler nats.go prints to the standard error output, across a screen.
//   - With a reconnect buffer, messages published through a dying connection change their order and a
//     publish succeeds that nobody received. Conn has no such buffer: a publish without a connection fails.
//   - Dialing happens under the connection's lock, so every question to it waits for a dial to a host that
//     does not answer. Conn keeps its own state; asking it never waits.
//
// Of JetStream it stores messages with their acknowledgement (PublishStored, AsyncPublisher), manages streams and
// consumers, reads and searches streams (Reader, Find) and tells what happens in them (Advisories). Reading leaves
// nothing behind on the server: it never makes a consumer, so work queues are read as well.
package nats
