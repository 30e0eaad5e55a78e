// Package mask hides personal data in what leaves the program: what it draws, finds, copies and exports.
//
// A [Masker] walks JSON with the types of FHIR R4 and hides every text that is not known to be technical. Where the type of an element says nothing, because
// the element or the whole document is unknown, its texts are hidden. The result has the same members in the same order, arrays of the same length, scalars of
// the same kind, and the same white space.
//
// # What is hidden
//
// A text becomes [Hidden], four characters whatever its length. So do dates: a date that looks valid would be taken for one, and a year alone can identify.
//
//   - Every string, markdown, xhtml and base64Binary that is not in the list below: names, addresses, telecom, values of identifiers, narratives, annotations,
//     comments, descriptions, titles, the text of a CodeableConcept, the display of a Reference, photos, attachments and where they lead.
//   - birthDate, Patient.deceased[x], born[x] and deceased[x] of a FamilyMemberHistory, with their extensions, and every date inside a name, an address, a contact
//     point or an identifier, whose periods begin with a birth often enough.
//   - Texts, dates, times, URIs, ids, oids and uuids in value[x], answer[x], defaultValue[x], fixed[x] and pattern[x], which may be anything: extensions, answers of
//     a QuestionnaireResponse, values of an Observation, parameters.
//   - What was written in a form that its element does not have: text in place of an object, of a number or of a date, a code with blanks (but for those of a
//     Coding or a unit).
//   - Numbers become 0 where a hidden text is due (a postal code without quotes, also where its type is not known), as the values of extensions of what is
//     personal (the geolocation of an address), as Location.position, and in unknown elements when they have five digits or more, as telephone numbers have.
//   - Names of members that are neither in the type nor a plain word of letters, digits, _ and -.
//   - Parameters of queries in URLs, but for those that control a search (_count, page, _sort) and _id.
//
// # What stays
//
// Booleans, null, numbers but for those above, and, as long as they have the form of their type:
//
//   - resourceType, id, all of meta, status and every other code and Coding, with its display, its version and its system;
//   - references (Patient/5e78), canonicals and URIs of the schemes http, https, urn, nats, tls, ws, wss and ex, without an @;
//   - dates that say when something was done or recorded; quantities with their unit;
//   - link relations, ETags and statuses of a Bundle, names of Parameters, versions of definitions, link ids of questionnaires;
//   - the expressions of an OperationOutcome, and its sentences, but for what they quote (see [Masker.Failure]);
//   - in Parameters, status and the timestamps of a destination's $status;
//   - createdAt, entry action and entry version, Aidbox's own extensions, and any extension of meta that holds no text;
//   - the subject of an Aidbox notification, the answers of /health and $version, op and path of a JSON Patch;
//   - AidboxSubscriptionTopic, AidboxTopicDestination and AidboxSubscriptionStatus, which are not about persons, except for resources inside them.
//
// So an id that is made of a name stays, a name in the display of a Coding does, and a member that is called smith. Ages given as a quantity stay.
//
// Masking is not the protection of secrets: passwords and tokens are hidden where they enter the program, whether a mask is on or not.
package mask
