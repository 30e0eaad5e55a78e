// Package aidbox talks to an Aidbox FHIR server over its REST interface: subscription topics, topic destinations and
// their $status, and ordinary resources. It also decodes the notifications that Aidbox sends to NATS, and records the
// HTTP exchanges for a person to read.
//
// # What the server sends
//
// Everything goes through the FHIR interface under [base]/fhir; only GET /health and GET /$version stand beside it. The
// documentation of Aidbox leaves several forms open, so this package accepts each of them and depends on none:
//
//   - Versions read 2602 (year and month of the release), 2409.1 or edge; [Version] compares the leading integer.
//   - A Bundle without matches has no entry element at all, and total may be absent. Links that lead on carry page or
//     _page, and fullUrl may lack /fhir, so identities are taken from the resource itself and links are followed as
//     they stand.
//   - meta.versionId counts all resources of the server with one counter, so versions of one resource have gaps. It
//     appears as 17, "17" and, in an ETag, as W/"17".
//   - An OperationOutcome may lack everything but issue; an issue's diagnostics are a text or an object {type, path}.
//   - $status of a destination counts in one of two families, as valueDecimal or valueInteger, and lives in the memory
//     of the replica that answers.
//   - DELETE answers 200 with the deleted resource, or 204 when there was nothing to delete.
//   - An Aidbox that is not activated answers with a redirect to a page for people. Redirects are never followed.
//
// Destinations are immutable on the server (PUT and PATCH answer 405): a change is a DELETE and a POST.
//
// # What this package promises
//
// A call sends one request and never repeats it; only reading all topics or all destinations follows the pages of the
// server's answer. A client that is read-only refuses POST, PUT, PATCH and DELETE before anything is sent. Credentials
// go to the configured host only. Answers are bounded in size, and errors are values of type *[Error] whose text tells
// a person what was tried, what came back and what to do.
package aidbox
