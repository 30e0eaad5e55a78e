// Package sandbox is a stand-in for Aidbox, a FHIR server, made so that its
// topic-based subscriptions and their NATS destinations can be tried and tested
// without a licence, a container or a network. It is not Aidbox and has none of
// its code.
//
// What it answers, it answers as Aidbox is documented to. What it does not do,
// it says with 501 and an OperationOutcome, never with a wrong answer.
//
// # What it does
//
//   - HTTP Basic authentication of one client.
//   - Resources of all FHIR R4 types under /fhir, from JSON and YAML, checked
//     against the shape of their type: create, read, update, JSON Patch and merge
//     patch, delete, conditional ones too, versions and history. References of the
//     form Type/id must lead somewhere, unless the header aidbox-validation-skip
//     lists "reference".
//   - Search by _id and by _lastUpdated, with the prefixes eq, ne, gt, ge, lt, le,
//     sa and eb and dates of every precision; _sort by _lastUpdated and _id; pages
//     with _count and _page.
//   - Answers in JSON and in YAML, errors too, as Accept or _format asks for. YAML
//     keeps the order of members and the digits of numbers.
//   - AidboxSubscriptionTopic (search by url) with FHIRPath criteria, and
//     AidboxTopicDestination (search by topic) of the kinds nats-core-best-effort
//     and nats-jetstream-at-least-once, with $status. Elements and profiles depend
//     on the version that is emulated.
//   - The profiles of the NATS destinations as StructureDefinitions (search by
//     url); /health, /$version and /fhir/metadata.
//
// # What it answers with 501
//
// Batches and transactions, every other search parameter and prefix, _sort by
// anything else, compartments, search by POST, FHIRPath patches, XML, operations,
// the Aidbox format outside /fhir, destinations of other kinds, filterBy,
// destinations with a status other than active, topics and destinations of one
// organisation, and the built-in topic of audit events.
//
// # What is documented, and what is a choice
//
// Documented, or seen in published samples: paths, verbs and status codes;
// Location; one version counter for all resources; meta.lastUpdated in
// microseconds; a deletion as a version with the full resource; history entries
// whose url is the type alone and whose PATCH shows as PUT; the Bundles'
// elements; OperationOutcomes of 404 and 422; the rules and texts of topics and
// destinations; the notification's bytes and NATS headers; that a topic's PUT
// takes effect at once; that a destination is immutable; when a destination has
// no sender.
//
// Choices, where nothing is published: ETag as W/"17"; the bodies of 401, 405,
// 406, 409, 410, 412 and 413; search results ordered by id, as are those that no
// key of _sort tells apart; a date without a time zone is UTC; a date that cannot
// be read is 400; text/yaml as the content type of every YAML answer, and of two
// formats that Accept likes the same the first; /health without a secret;
// If-Match on a resource that is not there is 412; a destination's GET gives the
// password back; both families of profile URL are accepted (StrictProfiles
// refuses the wrong one); the extension created-at has Aidbox's development url;
// $status counts as decimals, with messagesDelivered, messagesInProcess and
// messagesLost for best-effort, and messagesDelivered, messagesDeliveryAttempts
// (failed attempts), messagesInProcess and messagesQueued for at-least-once; the
// place and value of AidboxSubscriptionStatus.id (from 2604 a UUID, unique for
// each message); every notification's request is POST of the type; a deletion's
// notification carries the resource with the deletion's version; deleting a
// destination drops what it had queued; a destination whose broker or credentials
// do not work when its sender starts has none until it is made again or the
// sandbox starts again, and its at-least-once events wait in the outbox
// meanwhile.
//
// # At-least-once
//
// An event is stored in the same transaction as its change and leaves the outbox
// when JetStream has acknowledged it, so nothing is lost when the broker or the
// sandbox stops in between. Changes that come at once share a transaction of the
// data file, and so do acknowledgements.
//
// Two deviations from Aidbox, on purpose, both headers. Nats-Msg-Id is unique for
// each message and the same for every attempt, so that a stream does not store a
// retry twice within its duplicate window. A message that is sent before the one
// before it is acknowledged also carries that one's id in
// Nats-Expected-Last-Msg-Id, so that a stream does not take it when it has refused
// the one before: many are on their way at once, and one that a full stream
// refuses must not be overtaken by what finds room a moment later. When somebody
// else's message comes in between, the rest is sent again; $status does not count
// that as a failed attempt. A consumer need not look at either header. Whoever
// copies messages into another stream has to leave them out.
//
// After a failure nothing new is sent until the outcome of everything on its way
// is known; then what failed is sent again, in order, one message at first and one
// more with each acknowledgement. The pause before it doubles from 100 ms to 5 s,
// and ends at once when the connection is lost or is back. To a cluster messages go
// one at a time and without the second header, which a stream with replicas does
// not judge as a stream on one server does.
//
// A queue is sent in order, and a message is tried for ever, because nothing
// published says that Aidbox gives up. So one that is larger than the server's
// max_payload holds up everything behind it: $status counts the attempts and what
// is queued, and its lastErrorDetail says that the message is too large. It goes
// on by itself once max_payload has been raised; or the destination is deleted,
// which drops its queue, and made again with the content id-only. A user who may
// publish and not subscribe to its inbox never gets an acknowledgement: the first
// message is stored, once within the duplicate window, and holds up the rest.
//
// Best-effort messages are sent once, after the commit. A failure that Aidbox
// would see (no connection, a message larger than max_payload) is counted as lost;
// a publish that the broker denies is not seen and counts as delivered.
//
// # Names inside Aidbox's container
//
// In a destination's url host.docker.internal means this machine, and a
// credentialsFilePath under /creds is looked up in Options.CredsDir, so requests
// written for Aidbox in Docker work unchanged.
package sandbox
