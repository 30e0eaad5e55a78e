// Guarded is a program with Bubble Tea in it that starts at once.
package main

import (
	"fmt"

	_ "aidbox-nats/tui/term/background"

	tea "github.com/charmbracelet/bubbletea"
)

func main() {
	_ = tea.Quit
	fmt.Println("started")
}
