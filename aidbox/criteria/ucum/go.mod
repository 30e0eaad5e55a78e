module github.com/gofhir/ucum/v4

go 1.26

require github.com/iimos/ucum v0.0.3
