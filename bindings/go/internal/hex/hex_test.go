package hex

import (
	"math"
	"testing"
)

func TestFloat(t *testing.T) {
	// What printf("%a") of the C library writes.
	cases := []struct {
		value float32
		want  string
	}{
		{0, "0x0p+0"},
		{float32(math.Copysign(0, -1)), "-0x0p+0"},
		{1, "0x1p+0"},
		{-0.5, "-0x1p-1"},
		{0.1, "0x1.99999ap-4"},
		{3e10, "0x1.bf08ecp+34"},
		{1e-38, "0x1.b38fb8p-127"},
		{math.SmallestNonzeroFloat32, "0x1p-149"},
		{math.MaxFloat32, "0x1.fffffep+127"},
		{float32(math.Inf(1)), "inf"},
		{float32(math.Inf(-1)), "-inf"},
		{float32(math.NaN()), "nan"},
	}
	for _, c := range cases {
		if got := Float(c.value); got != c.want {
			t.Errorf("Float(%g) is %s, want %s", c.value, got, c.want)
		}
	}
}
