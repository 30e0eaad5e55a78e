// Bare is a program with Bubble Tea in it and nothing that keeps it from
// asking the terminal.
package main

import (
	"fmt"

	tea "github.com/charmbracelet/bubbletea"
)

func main() {
	_ = tea.Quit
	fmt.Println("started")
}
