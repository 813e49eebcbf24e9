package diffpool

// #include <diffpool.h>
import "C"

import (
	"encoding/json"
	"fmt"
	"unsafe"
)

// Config says what a model looks like and how it is trained. The keys are those that [Config.JSON] shows.
type Config struct {
	handle *handle
}

func adoptConfig(raw *C.diffpool_config) *Config {
	return &Config{newHandle("config", unsafe.Pointer(raw), func(pointer unsafe.Pointer) {
		C.diffpool_config_free((*C.diffpool_config)(pointer))
	})}
}

func (c *Config) raw() *handle {
	if c == nil {
		return nil
	}
	return c.handle
}

// NewConfig returns a preset: "default", "tuned" for the training of docs/results.md, "paper" for the settings of the
// paper, or "authors", "pyg", "errica" and "ogb-code2" for those of other implementations; see diffpool_config_new in
// diffpool.h.
func NewConfig(preset string) (*Config, error) {
	name, err := newCString("the preset", preset)
	if err != nil {
		return nil, err
	}
	defer freeCString(name)
	var raw *C.diffpool_config
	var failure *C.diffpool_error
	if err := check(C.diffpool_config_new(name, &raw, &failure), failure); err != nil {
		return nil, err
	}
	return adoptConfig(raw), nil
}

// ParseConfig reads a config from JSON, as [Config.JSON] writes it.
func ParseConfig(text string) (*Config, error) {
	source, err := newCString("the JSON text", text)
	if err != nil {
		return nil, err
	}
	defer freeCString(source)
	var raw *C.diffpool_config
	var failure *C.diffpool_error
	if err := check(C.diffpool_config_from_json(source, &raw, &failure), failure); err != nil {
		return nil, err
	}
	return adoptConfig(raw), nil
}

// Close frees the config.
func (c *Config) Close() error {
	c.raw().close()
	return nil
}

// Clone returns a copy.
func (c *Config) Clone() (*Config, error) {
	pointer, err := c.raw().read("config")
	if err != nil {
		return nil, err
	}
	defer c.handle.doneReading()
	var raw *C.diffpool_config
	var failure *C.diffpool_error
	if err := check(C.diffpool_config_clone((*C.diffpool_config)(pointer), &raw, &failure), failure); err != nil {
		return nil, err
	}
	return adoptConfig(raw), nil
}

// JSON returns all keys and values.
func (c *Config) JSON() (string, error) {
	pointer, err := c.raw().read("config")
	if err != nil {
		return "", err
	}
	defer c.handle.doneReading()
	return readText(func(out **C.char, failure **C.diffpool_error) C.diffpool_status {
		return C.diffpool_config_to_json((*C.diffpool_config)(pointer), out, failure)
	})
}

// Get stores the value of a key in what into points to, as json.Unmarshal does.
func (c *Config) Get(key string, into any) error {
	pointer, err := c.raw().read("config")
	if err != nil {
		return err
	}
	defer c.handle.doneReading()
	name, err := newCString("the key", key)
	if err != nil {
		return err
	}
	defer freeCString(name)
	text, err := readText(func(out **C.char, failure **C.diffpool_error) C.diffpool_status {
		return C.diffpool_config_get_json((*C.diffpool_config)(pointer), name, out, failure)
	})
	if err != nil {
		return err
	}
	return json.Unmarshal([]byte(text), into)
}

// Set changes one key. The value is an int, int64, float64, bool, string, []int, []int64 or []float64.
func (c *Config) Set(key string, value any) error {
	pointer, err := c.raw().write("config")
	if err != nil {
		return err
	}
	defer c.handle.doneWriting()
	name, err := newCString("the key", key)
	if err != nil {
		return err
	}
	defer freeCString(name)
	return setValue((*C.diffpool_config)(pointer), name, key, value)
}

func setValue(config *C.diffpool_config, name *C.char, key string, value any) error {
	var status C.diffpool_status
	var failure *C.diffpool_error
	switch value := value.(type) {
	case int:
		status = C.diffpool_config_set_int(config, name, C.int64_t(value), &failure)
	case int64:
		status = C.diffpool_config_set_int(config, name, C.int64_t(value), &failure)
	case float64:
		status = C.diffpool_config_set_float(config, name, C.double(value), &failure)
	case bool:
		var flag C.int
		if value {
			flag = 1
		}
		status = C.diffpool_config_set_bool(config, name, flag, &failure)
	case string:
		text, err := newCString("the value", value)
		if err != nil {
			return err
		}
		defer freeCString(text)
		status = C.diffpool_config_set_string(config, name, text, &failure)
	case []int:
		numbers := make([]int64, len(value))
		for i, number := range value {
			numbers[i] = int64(number)
		}
		return setValue(config, name, key, numbers)
	case []int64:
		status = C.diffpool_config_set_ints(config, name, int64Pointer(value), C.size_t(len(value)), &failure)
	case []float64:
		var values *C.double
		if len(value) > 0 {
			values = (*C.double)(unsafe.Pointer(&value[0]))
		}
		status = C.diffpool_config_set_floats(config, name, values, C.size_t(len(value)), &failure)
	default:
		return &Error{InvalidArgument, fmt.Sprintf("the key %q cannot be set to a value of type %T", key, value)}
	}
	return check(status, failure)
}

// Check reports whether the values fit together. Training checks this too.
func (c *Config) Check() error {
	pointer, err := c.raw().read("config")
	if err != nil {
		return err
	}
	defer c.handle.doneReading()
	var failure *C.diffpool_error
	return check(C.diffpool_config_check((*C.diffpool_config)(pointer), &failure), failure)
}
