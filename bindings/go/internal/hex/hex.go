// Package hex writes numbers with all their bits, in the same way as C.
package hex

import (
	"math"
	"strconv"
	"strings"
)

// Float writes a value as printf's %a does. Go writes the exponent with at least two digits, C with as few as possible.
func Float(value float32) string {
	number := float64(value)
	if math.IsNaN(number) || math.IsInf(number, 0) {
		return strings.TrimPrefix(strings.ToLower(strconv.FormatFloat(number, 'g', -1, 64)), "+")
	}
	text := strconv.FormatFloat(number, 'x', -1, 64)
	exponent := strings.LastIndexByte(text, 'p') + 2
	if digits := text[exponent:]; len(digits) == 2 && digits[0] == '0' {
		return text[:exponent] + digits[1:]
	}
	return text
}
