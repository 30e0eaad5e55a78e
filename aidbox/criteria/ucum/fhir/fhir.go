// Package fhir is empty. A test of github.com/gofhir/fhirpath imports a package
// of this path, and "go mod tidy" in a module that requires fhirpath follows the
// imports of its tests: without this package it fails.
package fhir
