//go:build cgo

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

// Set changes one key to a value that json.Marshal writes as the key wants it: a number, a bool, a string, or a slice of
// numbers.
func (c *Config) Set(key string, value any) error {
	name, err := toText("the key", key)
	if err != nil {
		return err
	}
	object, err := json.Marshal(value)
	if err != nil {
		return &Error{ErrInvalidArgument, fmt.Sprintf("the key %q cannot be set to %v of type %T: %v", key, value, value,
			err)}
	}
	text, err := toText("the value", string(object))
	if err != nil {
		return err
	}
	return change(c, func(config *C.diffpool_config, failure *cError) cStatus {
		return C.diffpool_config_set_json(config, name, text, failure)
	})
}

// Merge sets all the keys of a JSON object. Where one of them fails, none is set.
func (c *Config) Merge(object string) error {
	text, err := toText("the JSON text", object)
	if err != nil {
		return err
	}
	return change(c, func(config *C.diffpool_config, failure *cError) cStatus {
		return C.diffpool_config_merge_json(config, text, failure)
	})
}

// Difference returns what the config has in place of the values of a preset, as JSON that [ParseConfig] reads to the
// same values.
func (c *Config) Difference(preset string) (string, error) {
	name, err := toText("the preset", preset)
	if err != nil {
		return "", err
	}
	return readText(c, func(config *C.diffpool_config, out **C.char, failure *cError) cStatus {
		return C.diffpool_config_difference_json(config, name, out, failure)
	})
}

// ConfigKeys describes every key, for programs that show or check settings: a JSON array of objects with name, type,
// default, range, words, meaning, when the key may change, and what the presets set.
func ConfigKeys() (string, error) {
	return textOf(func(out **C.char, failure *cError) cStatus { return C.diffpool_config_keys_json(out, failure) })
}

// Check reports whether the values fit together. Training checks this too.
func (c *Config) Check() error {
	return read(c, func(config *C.diffpool_config, failure *cError) cStatus {
		return C.diffpool_config_check(config, failure)
	})
}
