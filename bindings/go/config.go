package diffpool

// #include <diffpool.h>
import "C"

import (
	"encoding/json"
	"fmt"
)

// Config says what a model looks like and how it is trained. The keys are those that [Config.JSON] shows.
type Config struct {
	configOwner
}

func newConfig(make func(out **C.diffpool_config, failure *cError) cStatus) (*Config, error) {
	owner, err := newOwner(func(config *C.diffpool_config) { C.diffpool_config_free(config) }, make)
	if err != nil {
		return nil, err
	}
	return &Config{owner}, nil
}

func (*Config) what() string {
	return "config"
}

// NewConfig returns a preset: "default", "tuned" for the training of docs/results.md, "paper" for the settings of the
// paper, or "authors", "pyg", "errica" and "ogb-code2" for those of other implementations; see diffpool_config_new in
// diffpool.h.
func NewConfig(preset string) (*Config, error) {
	name, err := toText("the preset", preset)
	if err != nil {
		return nil, err
	}
	return newConfig(func(out **C.diffpool_config, failure *cError) cStatus {
		return C.diffpool_config_new(name, out, failure)
	})
}

// ParseConfig reads a config from JSON, as [Config.JSON] writes it.
func ParseConfig(text string) (*Config, error) {
	source, err := toText("the JSON text", text)
	if err != nil {
		return nil, err
	}
	return newConfig(func(out **C.diffpool_config, failure *cError) cStatus {
		return C.diffpool_config_from_json(source, out, failure)
	})
}

// Close frees the config.
func (c *Config) Close() error {
	return closeObject[*C.diffpool_config](c)
}

// Clone returns a copy.
func (c *Config) Clone() (*Config, error) {
	return whileReading(c, func(config *C.diffpool_config) (*Config, error) {
		return newConfig(func(out **C.diffpool_config, failure *cError) cStatus {
			return C.diffpool_config_clone(config, out, failure)
		})
	})
}

// JSON returns all keys and values.
func (c *Config) JSON() (string, error) {
	return readText(c, func(config *C.diffpool_config, out **C.char, failure *cError) cStatus {
		return C.diffpool_config_to_json(config, out, failure)
	})
}

// Get stores the value of a key in what into points to, as json.Unmarshal does.
func (c *Config) Get(key string, into any) error {
	name, err := toText("the key", key)
	if err != nil {
		return err
	}
	text, err := readText(c, func(config *C.diffpool_config, out **C.char, failure *cError) cStatus {
		return C.diffpool_config_get_json(config, name, out, failure)
	})
	if err != nil {
		return err
	}
	return json.Unmarshal([]byte(text), into)
}

// Set changes one key. The value is an int, int64, float64, bool, string, []int, []int64 or []float64.
func (c *Config) Set(key string, value any) error {
	name, err := toText("the key", key)
	if err != nil {
		return err
	}
	switch value := value.(type) {
	case int:
		return c.Set(key, int64(value))
	case int64:
		return change(c, func(config *C.diffpool_config, failure *cError) cStatus {
			return C.diffpool_config_set_int(config, name, C.int64_t(value), failure)
		})
	case float64:
		return change(c, func(config *C.diffpool_config, failure *cError) cStatus {
			return C.diffpool_config_set_float(config, name, C.double(value), failure)
		})
	case bool:
		var flag C.int
		if value {
			flag = 1
		}
		return change(c, func(config *C.diffpool_config, failure *cError) cStatus {
			return C.diffpool_config_set_bool(config, name, flag, failure)
		})
	case string:
		text, err := toText("the value", value)
		if err != nil {
			return err
		}
		return change(c, func(config *C.diffpool_config, failure *cError) cStatus {
			return C.diffpool_config_set_string(config, name, text, failure)
		})
	case []int:
		numbers := make([]int64, len(value))
		for i, number := range value {
			numbers[i] = int64(number)
		}
		return c.Set(key, numbers)
	case []int64:
		return change(c, func(config *C.diffpool_config, failure *cError) cStatus {
			return C.diffpool_config_set_ints(config, name, int64Pointer(value), lengthOf(value), failure)
		})
	case []float64:
		return change(c, func(config *C.diffpool_config, failure *cError) cStatus {
			return C.diffpool_config_set_floats(config, name, doublePointer(value), lengthOf(value), failure)
		})
	}
	return &Error{InvalidArgument, fmt.Sprintf("the key %q cannot be set to a value of type %T", key, value)}
}

// Check reports whether the values fit together. Training checks this too.
func (c *Config) Check() error {
	return read(c, func(config *C.diffpool_config, failure *cError) cStatus {
		return C.diffpool_config_check(config, failure)
	})
}
