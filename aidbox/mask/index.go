package mask

import (
	"bytes"
	"encoding/json"
)

type kind uint8

const (
	objectNode kind = iota
	arrayNode
	stringNode
	numberNode
	literalNode // true, false, null
)

// node is a JSON value where it stands in the text. The members of an object and the items of an array follow it, so that its end is the place of the next.
type node struct {
	kind             kind
	start, end       int32 // in the text
	next             int32 // the node after this one and all that is inside it
	keyStart, keyEnd int32 // the member's name with its quotes; equal: none
}

// index finds the values of a valid JSON text in order. It is false when there are more than maxNodes.
func index(text []byte) ([]node, bool) {
	nodes := make([]node, 0, len(text)/32+1)
	var open []int32 // the objects and arrays that the scan is inside of
	var keyStart, keyEnd int32
	for i := 0; i < len(text); {
		n := node{start: int32(i), keyStart: keyStart, keyEnd: keyEnd}
		switch text[i] {
		case ' ', '\t', '\r', '\n', ',', ':':
			i++
			continue
		case '}', ']':
			i++
			last := open[len(open)-1]
			open = open[:len(open)-1]
			nodes[last].end, nodes[last].next = int32(i), int32(len(nodes))
			continue
		case '{':
			n.kind = objectNode
			i++
		case '[':
			n.kind = arrayNode
			i++
		case '"':
			n.kind = stringNode
			i = stringEnd(text, i)
			if keyStart == keyEnd && len(open) > 0 && nodes[open[len(open)-1]].kind == objectNode {
				keyStart, keyEnd = n.start, int32(i)
				continue
			}
		case 't', 'f', 'n':
			n.kind = literalNode
			i = scalarEnd(text, i)
		default:
			n.kind = numberNode
			i = scalarEnd(text, i)
		}
		if len(nodes) == maxNodes {
			return nil, false
		}
		keyStart, keyEnd = 0, 0
		n.end, n.next = int32(i), int32(len(nodes)+1)
		if n.kind <= arrayNode {
			open = append(open, int32(len(nodes)))
		}
		nodes = append(nodes, n)
	}
	return nodes, true
}

func stringEnd(text []byte, i int) int {
	for i++; ; i++ {
		i += bytes.IndexAny(text[i:], `"\`)
		if text[i] == '"' {
			return i + 1
		}
		i++
	}
}

func scalarEnd(text []byte, i int) int {
	for ; i < len(text); i++ {
		switch text[i] {
		case ' ', '\t', '\r', '\n', ',', '}', ']':
			return i
		}
	}
	return i
}

// unquoted is the text of a JSON string.
func unquoted(quoted []byte) string {
	inner := quoted[1 : len(quoted)-1]
	if bytes.IndexByte(inner, '\\') < 0 {
		return string(inner)
	}
	var s string
	if json.Unmarshal(quoted, &s) != nil {
		return Hidden
	}
	return s
}
