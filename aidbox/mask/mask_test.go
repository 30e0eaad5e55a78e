package mask_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"sync"
	"testing"

	"aidbox-nats/aidbox/mask"
	"aidbox-nats/aidbox/r4"
)

func load(t testing.TB) (*r4.Definitions, *mask.Masker) {
	t.Helper()
	d, err := r4.Load()
	if err != nil {
		t.Fatal(err)
	}
	return d, mask.New(d)
}

// patient wraps members of a Patient.
func patient(members string) string { return `{"resourceType":"Patient",` + members + `}` }

func observation(members string) string { return `{"resourceType":"Observation",` + members + `}` }

// In want, "#" is a hidden text, "#2" and "#3" are hidden names after the first; ~ says that all stays.
var rules = []struct{ rule, in, want string }{
	{"a name", patient(`"name":[{"use":"official","family":"Smith","given":["Anna","B."],"period":{"start":"1970-03-30"}}]`),
		patient(`"name":[{"use":"official","family":"#","given":["#","#"],"period":{"start":"#"}}]`)},
	{"null in an array", patient(`"name":[{"given":["Anna",null],"_given":[null,{"extension":[{"url":"http://x.org/a","valueString":"Bea"}]}]}]`),
		patient(`"name":[{"given":["#",null],"_given":[null,{"extension":[{"url":"http://x.org/a","valueString":"#"}]}]}]`)},
	{"a birth date and its extension", patient(`"birthDate":"1970-03","_birthDate":{"extension":[{"url":"http://x.org/birthTime","valueDateTime":"1970-03-30T12:35:00+02:00"}]}`),
		patient(`"birthDate":"#","_birthDate":{"extension":[{"url":"http://x.org/birthTime","valueDateTime":"#"}]}`)},
	{"a death", patient(`"deceasedDateTime":"2020-01-01"`), patient(`"deceasedDateTime":"#"`)},
	{"a death without its date", patient(`"deceasedBoolean":true,"active":true,"multipleBirthInteger":2,"gender":"female"`), "~"},
	{"birth dates of the others", `[{"resourceType":"Person","birthDate":"1970"},{"resourceType":"Practitioner","birthDate":"1970"},{"resourceType":"RelatedPerson","birthDate":"1970"}]`,
		`[{"resourceType":"Person","birthDate":"#"},{"resourceType":"Practitioner","birthDate":"#"},{"resourceType":"RelatedPerson","birthDate":"#"}]`},
	{"a family's history", `{"resourceType":"FamilyMemberHistory","name":"Bea","bornPeriod":{"start":"1940"},"deceasedDate":"1999","date":"2020"}`,
		`{"resourceType":"FamilyMemberHistory","name":"#","bornPeriod":{"start":"#"},"deceasedDate":"#","date":"2020"}`},
	{"an age is a quantity", `{"resourceType":"FamilyMemberHistory","ageAge":{"value":47.0,"unit":"a","system":"http://unitsofmeasure.org","code":"a"}}`, "~"},
	{"an address", patient(`"address":[{"use":"home","type":"both","line":["1 High St"],"city":"York","district":"N","state":"S","postalCode":"YO1","country":"GB","text":"all","period":{"end":"2001"}}]`),
		patient(`"address":[{"use":"home","type":"both","line":["#"],"city":"#","district":"#","state":"#","postalCode":"#","country":"#","text":"#","period":{"end":"#"}}]`)},
	{"where an address lies", patient(`"address":[{"extension":[{"url":"http://x.org/geo","extension":[{"url":"latitude","valueDecimal":52.52}]}]}]`),
		patient(`"address":[{"extension":[{"url":"http://x.org/geo","extension":[{"url":"latitude","valueDecimal":0}]}]}]`)},
	{"where a location lies", `{"resourceType":"Location","position":{"longitude":13.4,"latitude":52.52}}`, `{"resourceType":"Location","position":{"longitude":0,"latitude":0}}`},
	{"a telephone", patient(`"telecom":[{"system":"phone","value":"+49 171 1","use":"mobile","rank":1}]`), patient(`"telecom":[{"system":"phone","value":"#","use":"mobile","rank":1}]`)},
	{"an identifier", patient(`"identifier":[{"use":"usual","type":{"coding":[{"system":"http://x.org/t","code":"SS","display":"Social security"}],"text":"SSN of Anna"},"system":"urn:ssn","value":"123-45","assigner":{"reference":"Organization/1","display":"Town of York"}}]`),
		patient(`"identifier":[{"use":"usual","type":{"coding":[{"system":"http://x.org/t","code":"SS","display":"Social security"}],"text":"#"},"system":"urn:ssn","value":"#","assigner":{"reference":"Organization/1","display":"#"}}]`)},
	{"a narrative", patient(`"text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">Anna</div>"}`), patient(`"text":{"status":"generated","div":"#"}`)},
	{"a photo", patient(`"photo":[{"contentType":"image/png","language":"de","data":"QW5uYQ==","url":"http://x.org/anna.png","size":5,"hash":"QW5uYQ==","title":"Anna","creation":"2020-01-01"}]`),
		patient(`"photo":[{"contentType":"image/png","language":"de","data":"#","url":"#","size":5,"hash":"#","title":"#","creation":"2020-01-01"}]`)},
	{"a binary", `{"resourceType":"Binary","contentType":"text/plain","data":"QW5uYQ=="}`, `{"resourceType":"Binary","contentType":"text/plain","data":"#"}`},
	{"a note", observation(`"note":[{"authorString":"Bea","time":"2020-01-01","text":"Anna says"}]`), observation(`"note":[{"authorString":"#","time":"2020-01-01","text":"#"}]`)},
	{"references", observation(`"subject":{"reference":"Patient/5e78/_history/3","type":"Patient","display":"Anna","identifier":{"system":"urn:ssn","value":"1"}},"focus":[{"reference":"#c"},{"reference":"urn:uuid:00000000-0000-4000-8000-000000000000"},{"reference":"Patient?identifier=urn:ssn|1"}]`),
		observation(`"subject":{"reference":"Patient/5e78/_history/3","type":"Patient","display":"#","identifier":{"system":"urn:ssn","value":"#"}},"focus":[{"reference":"#c"},{"reference":"urn:uuid:00000000-0000-4000-8000-000000000000"},{"reference":"Patient?identifier=▒▒▒▒"}]`)},
	{"an observation", observation(`"id":"o-1","status":"final","code":{"coding":[{"system":"http://loinc.org","version":"2.7","code":"8867-4","display":"Heart rate"}],"text":"pulse"},"effectiveDateTime":"2020-01-01T10:00:00.5Z","issued":"2020-01-01T10:00:00+01:00","valueQuantity":{"value":1.50,"comparator":"<","unit":"/min","code":"/min"}`),
		observation(`"id":"o-1","status":"final","code":{"coding":[{"system":"http://loinc.org","version":"2.7","code":"8867-4","display":"Heart rate"}],"text":"#"},"effectiveDateTime":"2020-01-01T10:00:00.5Z","issued":"2020-01-01T10:00:00+01:00","valueQuantity":{"value":1.50,"comparator":"<","unit":"/min","code":"/min"}`)},
	{"codes with blanks", observation(`"status":"a b","code":{"coding":[{"code":"a b"},{"code":"a  b"}]},"valueQuantity":{"code":"{P2Y12 Units}"}`),
		observation(`"status":"#","code":{"coding":[{"code":"a b"},{"code":"#"}]},"valueQuantity":{"code":"{P2Y12 Units}"}`)},
	{"values that may be anything", observation(`"valueString":"Anna","component":[{"valueDateTime":"1970"},{"valuePeriod":{"start":"1970"}},{"valueTime":"12:35:00"},{"valueCodeableConcept":{"coding":[{"code":"a b"}],"text":"t"}},{"valueInteger":12345}]`),
		observation(`"valueString":"#","component":[{"valueDateTime":"#"},{"valuePeriod":{"start":"#"}},{"valueTime":"#"},{"valueCodeableConcept":{"coding":[{"code":"a b"}],"text":"#"}},{"valueInteger":12345}]`)},
	{"answers", `{"resourceType":"QuestionnaireResponse","questionnaire":"http://x.org/q|1","item":[{"linkId":"1.2/a","text":"Born?","answer":[{"valueDate":"1970-01-01"},{"valueUri":"http://anna.org"},{"valueCoding":{"code":"y"}},{"valueAttachment":{"title":"Anna"}}]}]}`,
		`{"resourceType":"QuestionnaireResponse","questionnaire":"http://x.org/q|1","item":[{"linkId":"1.2/a","text":"#","answer":[{"valueDate":"#"},{"valueUri":"#"},{"valueCoding":{"code":"y"}},{"valueAttachment":{"title":"#"}}]}]}`},
	{"extensions", patient(`"extension":[{"url":"http://x.org/e","valueString":"Anna"},{"url":"e","valueId":"123-45-6789"},{"url":"e","valueCode":"F"},{"url":"e","valueAddress":{"city":"York"}},{"url":"e","valueDecimal":1.0},{"url":"e","valueUuid":"urn:uuid:1"}]`),
		patient(`"extension":[{"url":"http://x.org/e","valueString":"#"},{"url":"e","valueId":"#"},{"url":"e","valueCode":"F"},{"url":"e","valueAddress":{"city":"#"}},{"url":"e","valueDecimal":1.0},{"url":"e","valueUuid":"#"}]`)},
	{"meta", patient(`"meta":{"versionId":"17","lastUpdated":"2025-05-05T09:00:00.000120Z","source":"http://x.org/s","profile":["http://x.org/p|1.0"],"tag":[{"system":"http://x.org/t","code":"t","display":"T"}],"extension":[{"url":"https://aidbox.app/ex/createdAt","valueInstant":"2025-05-05T09:54:29.000000Z"},{"url":"my:created","valueInstant":"2025-05-05T09:54:29Z"},{"url":"https://x.org/e","valueString":"Anna"}]}`),
		patient(`"meta":{"versionId":"17","lastUpdated":"2025-05-05T09:00:00.000120Z","source":"http://x.org/s","profile":["http://x.org/p|1.0"],"tag":[{"system":"http://x.org/t","code":"t","display":"T"}],"extension":[{"url":"https://aidbox.app/ex/createdAt","valueInstant":"2025-05-05T09:54:29.000000Z"},{"url":"#","valueInstant":"2025-05-05T09:54:29Z"},{"url":"https://x.org/e","valueString":"#"}]}`)},
	{"contained resources", patient(`"contained":[{"resourceType":"Organization","id":"o","name":"Practice of Bea"}]`), patient(`"contained":[{"resourceType":"Organization","id":"o","name":"#"}]`)},

	{"elements that R4 does not have", patient(`"ups":"Anna","nested":{"id":"Anna","deep":[["Anna",{"x":"Anna"}]],"ok":true,"n":1.50},"phone":4917112345,"lat":52.520008`),
		patient(`"ups":"#","nested":{"id":"#","deep":[["#",{"x":"#"}]],"ok":true,"n":1.50},"phone":0,"lat":0`)},
	{"a number that no type has", `{"birthDate":1970,"postalCode":123,"value":1.5,"count":2}`, `{"birthDate":0,"postalCode":0,"value":1.5,"count":2}`},
	{"names of members that are data", `{"Anna Smith":1,"anna@x.org":{"1970-01-01":2},"Änne":3,"ok_1":4}`, `{"#":1,"#2":{"#":2},"#3":3,"ok_1":4}`},
	{"a resource of another server", `{"resourceType":"User","id":"anna-1","email":"a@x.org","meta":{"versionId":"1"},"data":{"resourceType":"Patient","gender":"male","name":[{"text":"A"}]}}`,
		`{"resourceType":"User","id":"anna-1","email":"#","meta":{"versionId":"1"},"data":{"resourceType":"Patient","gender":"male","name":[{"text":"#"}]}}`},
	{"a text in place of an object", patient(`"name":"Anna","address":["York"],"contact":{"name":"Bea"}`), patient(`"name":"#","address":["#"],"contact":{"name":"#"}`)},
	{"an object in place of a text", patient(`"birthDate":{"year":"1970"},"gender":{"is":"Anna"}`), patient(`"birthDate":{"year":"#"},"gender":{"is":"#"}`)},
	{"an object in place of an array, arrays in arrays", patient(`"name":{"family":"Smith"},"telecom":[[{"value":"1"}]]`), patient(`"name":{"family":"#"},"telecom":[[{"value":"#"}]]`)},
	{"a number in place of a text", patient(`"birthDate":1970,"name":[7,{"family":12}],"address":[{"postalCode":123}],"identifier":[{"value":-1.5e3}]`),
		patient(`"birthDate":0,"name":[0,{"family":0}],"address":[{"postalCode":0}],"identifier":[{"value":0}]`)},
	{"a text in place of a number", patient(`"multipleBirthInteger":"Anna","active":"Anna"`), patient(`"multipleBirthInteger":"#","active":"#"`)},
	{"a text in place of a code, an id, a date or a URI", `{"resourceType":"Encounter","id":"Anna Smith","status":"Anna Smith","implicitRules":"mailto:anna@x.org","period":{"start":"Anna"},"class":{"code":"Änne","system":"tel:+49171"}}`,
		`{"resourceType":"Encounter","id":"#","status":"#","implicitRules":"#","period":{"start":"#"},"class":{"code":"#","system":"#"}}`},
	{"a type in place of an element's", patient(`"name":[{"resourceType":"AidboxTopicDestination","family":"Smith"}],"ups":{"resourceType":"AidboxTopicDestination","x":"Anna"}`),
		patient(`"name":[{"resourceType":"#","family":"#"}],"ups":{"resourceType":"AidboxTopicDestination","x":"#"}`)},
	{"two types", `{"resourceType":"AidboxTopicDestination","resourceType":"Patient","gender":"a b","name":"Anna"}`, `{"resourceType":"AidboxTopicDestination","resourceType":"Patient","gender":"#","name":"#"}`},
	{"no type's name", `{"resourceType":"Anna Smith","text":{"status":"a"}}`, `{"resourceType":"#","text":{"status":"#"}}`},
	{"an escaped name", `{"resource\u0054ype":"Patient","\u0062irthDate":"1970","gender":"m\u0061le"}`, `{"resource\u0054ype":"Patient","\u0062irthDate":"#","gender":"m\u0061le"}`},
	{"empty texts and white space", " { \"resourceType\" : \"Patient\" ,\n\t\"name\" : [ { \"family\" : \"\" , \"given\":[ \"A\" ] } ] }\n", " { \"resourceType\" : \"Patient\" ,\n\t\"name\" : [ { \"family\" : \"\" , \"given\":[ \"#\" ] } ] }\n"},
	{"a byte order mark", "\ufeff" + patient(`"birthDate":"1970"`), "\ufeff" + patient(`"birthDate":"#"`)},
	{"scalars", `"Anna"`, `"#"`},
	{"a number alone", `1970123`, `0`},
	{"a literal", `null`, "~"},

	{"an Aidbox notification", `{"topic":"patients.created","value":{"resourceType":"Bundle","type":"history","timestamp":"2025-05-05T09:54:29Z","entry":[{"resource":{"resourceType":"AidboxSubscriptionStatus","status":"active","type":"event-notification","notificationEvent":[{"eventNumber":1,"focus":{"reference":"Patient/5e78"},"correlationId":"order 4711"}],"topic":"patient topic","topic-destination":{"reference":"AidboxTopicDestination/basic"}}},{"request":{"method":"POST","url":"/fhir/Patient"},"fullUrl":"http://localhost:8080/fhir/Patient/5e78","resource":{"name":[{"family":"smith"}],"id":"5e78","resourceType":"Patient"},"extension":[{"url":"http://health-samurai.io/fhir/core/StructureDefinition/bundle-entryActionCode","valueCode":"create"},{"url":"http://health-samurai.io/fhir/core/StructureDefinition/bundle-entryVersionId","valueId":"17"}]}]}}`,
		`{"topic":"patients.created","value":{"resourceType":"Bundle","type":"history","timestamp":"2025-05-05T09:54:29Z","entry":[{"resource":{"resourceType":"AidboxSubscriptionStatus","status":"active","type":"event-notification","notificationEvent":[{"eventNumber":1,"focus":{"reference":"Patient/5e78"},"correlationId":"order 4711"}],"topic":"patient topic","topic-destination":{"reference":"AidboxTopicDestination/basic"}}},{"request":{"method":"POST","url":"/fhir/Patient"},"fullUrl":"http://localhost:8080/fhir/Patient/5e78","resource":{"name":[{"family":"#"}],"id":"5e78","resourceType":"Patient"},"extension":[{"url":"http://health-samurai.io/fhir/core/StructureDefinition/bundle-entryActionCode","valueCode":"create"},{"url":"http://health-samurai.io/fhir/core/StructureDefinition/bundle-entryVersionId","valueId":"17"}]}]}}`},
	{"something else with a topic", `{"topic":"Anna","value":{"resourceType":"Patient","birthDate":"1970"}}`, `{"topic":"#","value":{"resourceType":"Patient","birthDate":"#"}}`},
	{"topics and destinations", `[{"resourceType":"X"},{"title":"x"}]`, `[{"resourceType":"X"},{"title":"#"}]`},
	{"a topic", `{"resourceType":"AidboxSubscriptionTopic","url":"patient topic","description":"free text","trigger":[{"resource":"Patient","fhirPathCriteria":"name.family = 'x'"}],"n":123456}`, "~"},
	{"a destination", `{"resourceType":"AidboxTopicDestination","kind":"nats-core-best-effort","topic":"patient topic","parameter":[{"name":"url","valueString":"nats://u@h"}],"some key":1}`, "~"},
	{"a resource in a topic", `{"resourceType":"AidboxSubscriptionTopic","title":"stays","contained":[{"resourceType":"Patient","birthDate":"1970"},{"resourceType":"Other","x":"Anna"}]}`,
		`{"resourceType":"AidboxSubscriptionTopic","title":"stays","contained":[{"resourceType":"Patient","birthDate":"#"},{"resourceType":"Other","x":"#"}]}`},
	{"a search", `{"resourceType":"Bundle","type":"searchset","meta":{"versionId":"0"},"total":123456,"link":[{"relation":"self","url":"http://h:8080/fhir/Patient?name=Smith&_count=1&birthdate=ge1970&_sort=-_id&page=2"}],"entry":[{"search":{"mode":"match","score":0.5},"link":[{"relation":"self","url":"/Patient/1"}]}]}`,
		`{"resourceType":"Bundle","type":"searchset","meta":{"versionId":"0"},"total":123456,"link":[{"relation":"self","url":"http://h:8080/fhir/Patient?name=▒▒▒▒&_count=1&birthdate=▒▒▒▒&_sort=-_id&page=2"}],"entry":[{"search":{"mode":"match","score":0.5},"link":[{"relation":"self","url":"/Patient/1"}]}]}`},
	{"a transaction and its answer", `{"resourceType":"Bundle","type":"transaction","entry":[{"request":{"method":"PUT","url":"Patient?identifier=1","ifMatch":"W/\"17\"","ifNoneMatch":"*","ifNoneExist":"name=Anna&_count=1"},"response":{"status":"201 Created","location":"Patient/1/_history/2","etag":"W/\"2\"","lastModified":"2020-01-01T00:00:00Z"}},{"response":{"status":201}},{"response":{"status":"200 Anna"}}]}`,
		`{"resourceType":"Bundle","type":"transaction","entry":[{"request":{"method":"PUT","url":"Patient?identifier=▒▒▒▒","ifMatch":"W/\"17\"","ifNoneMatch":"*","ifNoneExist":"name=▒▒▒▒&_count=1"},"response":{"status":"201 Created","location":"Patient/1/_history/2","etag":"W/\"2\"","lastModified":"2020-01-01T00:00:00Z"}},{"response":{"status":201}},{"response":{"status":"#"}}]}`},
	{"an outcome", `{"resourceType":"OperationOutcome","id":"not-found","text":{"status":"generated","div":"Invalid resource"},"issue":[{"severity":"fatal","code":"invalid","expression":["Patient.name[0].ups"],"location":["Patient.where(name='Anna')"],"details":{"coding":[{"system":"http://aidbox.app/CodeSystem/operation-outcome-type","code":"unknown-key"}],"text":"Anna"},"diagnostics":"Patient.ups: element is not allowed by the profile"},{"diagnostics":"Resource Patient/x not found"},{"diagnostics":"expected date, got Anna"},{"diagnostics":{"type":"unknown","path":["Anna"]}}]}`,
		`{"resourceType":"OperationOutcome","id":"not-found","text":{"status":"generated","div":"Invalid resource"},"issue":[{"severity":"fatal","code":"invalid","expression":["Patient.name[0].ups"],"location":["#"],"details":{"coding":[{"system":"http://aidbox.app/CodeSystem/operation-outcome-type","code":"unknown-key"}],"text":"#"},"diagnostics":"Patient.ups: element is not allowed by the profile"},{"diagnostics":"Resource Patient/x not found"},{"diagnostics":"expected date, got ▒▒▒▒"},{"diagnostics":{"type":"#","path":["#"]}}]}`},
	{"a destination's state", `{"resourceType":"Parameters","parameter":[{"name":"messagesDelivered","valueDecimal":123456},{"name":"startTimestamp","valueDateTime":"2025-05-05T09:54:29Z"},{"name":"status","valueString":"active"},{"name":"lastErrorDetail","part":[{"valueString":"no route for Anna","name":"message"},{"valueString":"2025-05-05T09:54:29Z","name":"timestamp"}]}]}`,
		`{"resourceType":"Parameters","parameter":[{"name":"messagesDelivered","valueDecimal":123456},{"name":"startTimestamp","valueDateTime":"2025-05-05T09:54:29Z"},{"name":"status","valueString":"active"},{"name":"lastErrorDetail","part":[{"valueString":"#","name":"message"},{"valueString":"2025-05-05T09:54:29Z","name":"timestamp"}]}]}`},
	{"other parameters", `{"resourceType":"Parameters","parameter":[{"name":"born","valueDate":"1970"},{"name":"status","valueString":"Anna"},{"name":"Anna Smith","valueBoolean":true},{"name":"r","resource":{"resourceType":"Patient","birthDate":"1970"}}]}`,
		`{"resourceType":"Parameters","parameter":[{"name":"born","valueDate":"#"},{"name":"status","valueString":"#"},{"name":"#","valueBoolean":true},{"name":"r","resource":{"resourceType":"Patient","birthDate":"#"}}]}`},
	{"a JSON Patch", `[{"op":"replace","path":"/name/0/family","value":"Smith"},{"op":"add","path":"/x y","value":{"family":"S"}},{"op":"move","from":"/a","path":"/b"},{"op":"Anna","path":"/"}]`,
		`[{"op":"replace","path":"/name/0/family","value":"#"},{"op":"add","path":"#","value":{"family":"#"}},{"op":"move","from":"/a","path":"/b"},{"op":"#","path":"/"}]`},
	{"a health check", `{"status":"pass","description":"ok for Anna","about":{"version":"2609.1","channel":"edge","commit":"0a1b2c","timestamp":"2025-05-05T09:54:29Z"},"checks":{"db":"Anna"}}`,
		`{"status":"pass","description":"#","about":{"version":"2609.1","channel":"edge","commit":"0a1b2c","timestamp":"2025-05-05T09:54:29Z"},"checks":{"db":"#"}}`},
	{"a version", `{"version":"2609","commit":"0a1b2c","timestamp":"2025-05-05T09:54:29Z"}`, "~"},
	{"what only looks like a version", `{"version":"Anna","commit":"Smith","timestamp":"Anna","status":"Anna"}`, `{"version":"#","commit":"#","timestamp":"#","status":"#"}`},
}

func TestJSON(t *testing.T) {
	_, m := load(t)
	for _, c := range rules {
		t.Run(c.rule, func(t *testing.T) {
			want := c.in
			if c.want != "~" {
				want = strings.NewReplacer(`"#"`, `"`+mask.Hidden+`"`, `"#2"`, `"`+mask.Hidden+`2"`, `"#3"`, `"`+mask.Hidden+`3"`).Replace(c.want)
			}
			got := string(m.JSON([]byte(c.in)))
			if got != want {
				t.Errorf("\n got %s\nwant %s", got, want)
			}
			if again := string(m.JSON([]byte(got))); again != got {
				t.Errorf("masked again it is\n%s", again)
			}
			if text := m.Text(c.in); text != got {
				t.Errorf("as a text it is\n%s", text)
			}
		})
	}
}

func TestWhatCannotBeParsedIsANote(t *testing.T) {
	_, m := load(t)
	whole := patient(`"name":[{"family":"Smith"}]`)
	deep := strings.Repeat("[", 10_001) + strings.Repeat("]", 10_001)
	for rule, c := range map[string]struct{ in, want string }{
		"cut off":         {whole[:len(whole)-4], "unreadable JSON, 50 B, masked"},
		"two values":      {`"Anna" "Bea"`, "unreadable JSON, 12 B, masked"},
		"text":            {"Anna", "unreadable JSON, 4 B, masked"},
		"binary":          {"\xff\x00Anna", "unreadable JSON, 6 B, masked"},
		"too deep":        {deep, "unreadable JSON, 20002 B, masked"},
		"too large":       {`"` + strings.Repeat("a", mask.MaxJSON) + `"`, "unreadable JSON, 33554434 B, masked"},
		"too many values": {"[" + strings.Repeat("1,", 2<<20) + "1]", "unreadable JSON, 4194307 B, masked"},
		"nothing":         {"", ""},
		"blanks":          {" \n", " \n"},
	} {
		got := string(m.JSON([]byte(c.in)))
		if got != c.want {
			t.Errorf("%s: %.200s, want %s", rule, got, c.want)
		}
		if again := string(m.JSON([]byte(got))); again != got {
			t.Errorf("%s: masked again it is %s", rule, again)
		}
	}
}

func TestDeepNesting(t *testing.T) {
	_, m := load(t)
	for rule, c := range map[string]struct{ open, middle, close string }{
		"arrays":     {"[", `"Anna"`, "]"},
		"objects":    {`{"a":`, `"Anna"`, "}"},
		"extensions": {`{"url":"e","extension":`, `{"valueString":"Anna"}`, "}"},
		"resources":  {`{"resourceType":"Bundle","entry":`, `{"resource":{"resourceType":"Patient","name":"Anna"}}`, "}"},
		"topics":     {`{"resourceType":"AidboxSubscriptionTopic","a":`, `{"resourceType":"Patient","name":"Anna"}`, "}"},
	} {
		in := strings.Repeat(c.open, 9_000) + c.middle + strings.Repeat(c.close, 9_000)
		if got := m.JSON([]byte(in)); strings.Contains(string(got), "Anna") || !json.Valid(got) {
			t.Errorf("%s: %d bytes, not masked or not valid", rule, len(got))
		}
	}
}

func TestText(t *testing.T) {
	_, m := load(t)
	for rule, c := range map[string]struct{ in, want string }{
		"free text":                    {"Anna was here.\n", "text, 15 B, masked"},
		"binary":                       {"\xff\x00", "text, 2 B, masked"},
		"a note":                       {"text, 15 B, masked", "text, 15 B, masked"},
		"almost a note":                {"text, Anna B, masked", "text, 20 B, masked"},
		"JSON":                         {`{"name":"Anna"}`, `{"name":"▒▒▒▒"}`},
		"JSON cut off":                 {`{"name":"Anna`, "text, 13 B, masked"},
		"a sentence without values":    {"Patient.name: expected array, got object", "Patient.name: expected array, got object"},
		"a sentence of the R4 check":   {"Patient.name[0].given: value has the wrong type: not in the form of FHIR's string", "Patient.name[0].given: value has the wrong type: not in the form of FHIR's string"},
		"a sentence that quotes":       {`Patient.birthDate: "Anna" is no date`, "text, 36 B, masked"},
		"a sentence and more":          {"Forbidden\nAnna", "text, 14 B, masked"},
		"a resource in YAML":           {"name:\n- family: smith # Anna\n  given: [A, B]\nbirthDate: 1970-01-02\n", "name:\n  - family: ▒▒▒▒\n    given:\n      - ▒▒▒▒\n      - ▒▒▒▒\nbirthDate: ▒▒▒▒\n"},
		"a resource with its type":     {"resourceType: Patient\ngender: male\nactive: true\naddress:\n- postalCode: 12345\n", "resourceType: Patient\ngender: male\nactive: true\naddress:\n  - postalCode: 0\n"},
		"a topic in YAML":              {"resourceType: AidboxSubscriptionTopic\nurl: patient topic\ntrigger:\n- fhirPathCriteria: name.exists()\n", "resourceType: AidboxSubscriptionTopic\nurl: patient topic\ntrigger:\n  - fhirPathCriteria: name.exists()\n"},
		"an error that has a colon":    {"Smith: not found", "text, 16 B, masked"},
		"names inside that are none":   {"name:\n  Smith: 1\n", "text, 17 B, masked"},
		"a list in YAML":               {"- Anna\n- Bea\n", "text, 13 B, masked"},
		"two documents":                {"name: Anna\n---\nname: Bea\n", "text, 25 B, masked"},
		"an alias":                     {"name: &anna [x]\ntext: *anna\n", "text, 28 B, masked"},
		"the name of a primitive's id": {"birthDate: 1970\n_birthDate: {id: a}\n", "birthDate: 0\n_birthDate:\n  id: ▒▒▒▒\n"},
	} {
		got := m.Text(c.in)
		if got != c.want {
			t.Errorf("%s:\n got %q\nwant %q", rule, got, c.want)
		}
		if again := m.Text(got); again != got {
			t.Errorf("%s: masked again it is %q", rule, again)
		}
	}
}

func TestBodyTakesTheTypeOfTheURL(t *testing.T) {
	_, m := load(t)
	for rule, c := range map[string]struct{ resourceType, in, want string }{
		"JSON":                       {"Patient", `{"gender":"male","birthDate":"1970"}`, `{"gender":"male","birthDate":"▒▒▒▒"}`},
		"YAML":                       {"Patient", "gender: male\nname:\n- text: Anna\n", "gender: male\nname:\n  - text: ▒▒▒▒\n"},
		"a destination":              {"AidboxTopicDestination", `{"topic":"a b"}`, `{"topic":"a b"}`},
		"a destination in YAML":      {"AidboxTopicDestination", "kind: x\nincludeVersionId: true\n", "kind: x\nincludeVersionId: true\n"},
		"the body's own type wins":   {"AidboxTopicDestination", `{"resourceType":"Patient","name":"Anna"}`, `{"resourceType":"Patient","name":"▒▒▒▒"}`},
		"and in YAML":                {"AidboxTopicDestination", "resourceType: Patient\nname: Anna\n", "resourceType: Patient\nname: ▒▒▒▒\n"},
		"two types of its own":       {"AidboxTopicDestination", `{"resourceType":"Patient","resourceType":"X","name":"Anna"}`, `{"resourceType":"Patient","resourceType":"X","name":"▒▒▒▒"}`},
		"a type that R4 has not":     {"User", `{"name":"Anna","status":"a"}`, `{"name":"▒▒▒▒","status":"▒▒▒▒"}`},
		"no resource but a sentence": {"Patient", "Anna: Smith", "text, 11 B, masked"},
		"a patch":                    {"Patient", `[{"op":"add","path":"/gender","value":"male"}]`, `[{"op":"add","path":"/gender","value":"▒▒▒▒"}]`},
	} {
		if got := m.Body(c.resourceType, c.in); got != c.want {
			t.Errorf("%s:\n got %q\nwant %q", rule, got, c.want)
		}
	}
}

func TestURL(t *testing.T) {
	_, m := load(t)
	for in, want := range map[string]string{
		"http://localhost:8080/fhir/Patient/5e78/_history/3":         "~",
		"/fhir/AidboxTopicDestination/basic/%24status":               "~",
		"/fhir/Patient?name=Smith&name:exact=S&_count=5&_id=a,b%2Cc": "/fhir/Patient?name=▒▒▒▒&name:exact=▒▒▒▒&_count=5&_id=a,b%2Cc",
		"/fhir/Patient?_sort=Anna+Smith!":                            "/fhir/Patient?_sort=▒▒▒▒",
		"/fhir/Patient?Anna Smith=1&Anna&x=&=y":                      "/fhir/Patient?▒▒▒▒&▒▒▒▒&x=▒▒▒▒&▒▒▒▒",
		"/fhir/Patient?%6eame=Smith&_%63ount=Anna":                   "/fhir/Patient?▒▒▒▒&▒▒▒▒",
		"/fhir/StructureDefinition?url=http%3A%2F%2Fx.org%2Fp":       "~",
		"/fhir/StructureDefinition?url=data%3AAnna":                  "/fhir/StructureDefinition?url=▒▒▒▒",
		"/fhir/Patient/1?_count=1#Anna":                              "/fhir/Patient/1?_count=▒▒▒▒",
		"/fhir/Patient/Anna%20Smith":                                 mask.Hidden,
		"http://snomed.info/sct?fhir_vs":                             "~",
		"http://snomed.info/sct?fhir_vs&Anna":                        "http://snomed.info/sct?fhir_vs&▒▒▒▒",
		"http://anna:secret@x.org/":                                  mask.Hidden,
		"mailto:anna@x.org":                                          mask.Hidden,
		"tel:+49171":                                                 mask.Hidden,
		"data:text/plain,Anna":                                       mask.Hidden,
		"+49171":                                                     mask.Hidden,
		"Anna Smith":                                                 mask.Hidden,
		"":                                                           mask.Hidden,
		"http://x.org/" + strings.Repeat("a", 4096):                  mask.Hidden,
	} {
		if want == "~" {
			want = in
		}
		got := m.URL(in)
		if got != want {
			t.Errorf("%s:\n got %s\nwant %s", in, got, want)
		}
		if again := m.URL(got); again != got {
			t.Errorf("%s: masked again it is %s", in, again)
		}
	}
}

func TestManyAtOnce(t *testing.T) {
	_, m := load(t)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for _, c := range rules {
				first := m.JSON([]byte(c.in))
				if again := m.JSON([]byte(c.in)); !bytes.Equal(first, again) {
					t.Errorf("%s: %s and then %s", c.rule, first, again)
				}
			}
		})
	}
	all.Wait()
}
