// Package criteria decides whether a trigger's FHIRPath criterion lets a change
// through, and explains why not.
package criteria
