"""What a call from Python costs through ctypes.

    python3 calls.py LIBRARY TINY_MODEL
"""

import ctypes
import json
import statistics
import sys
import time
from ctypes import POINTER, byref, c_char_p, c_float, c_int, c_size_t, c_uint32, c_void_p

BATCHES = 301


def declare(library, name, result, *arguments):
    function = getattr(library, name)
    function.restype, function.argtypes = result, arguments
    return function


def measure(what, calls, call):
    """Nanoseconds of a call, as the median over batches. The loop itself is part of what Python pays."""
    batches = []
    for _ in range(BATCHES):
        begin = time.perf_counter_ns()
        for _ in range(calls):
            call()
        batches.append((time.perf_counter_ns() - begin) / calls)
    figure = round(statistics.median(batches), 1)
    print(json.dumps({"language": "Python", "call": what, "nanoseconds": figure}), flush=True)


def main():
    path, model_path = sys.argv[1:]
    library = ctypes.CDLL(path)
    handle, error = c_void_p(), c_void_p()
    version = declare(library, "diffpool_version", c_uint32)
    load = declare(library, "diffpool_model_load", c_int, c_char_p, POINTER(c_void_p), POINTER(c_void_p))
    new_session = declare(library, "diffpool_session_new", c_int, c_void_p, POINTER(c_void_p), POINTER(c_void_p))
    classes = declare(library, "diffpool_model_class_count", c_size_t, c_void_p)
    free_error = declare(library, "diffpool_error_free", None, c_void_p)
    message = declare(library, "diffpool_error_message", c_char_p, c_void_p)
    places = POINTER(c_void_p), POINTER(c_void_p)
    new_graph = declare(library, "diffpool_graph_new", c_int, *places)
    sizes = c_size_t, c_void_p, c_void_p, c_size_t
    set_edges = declare(library, "diffpool_graph_set_edges", c_int, c_void_p, *sizes, POINTER(c_void_p))
    matrix = POINTER(c_float), c_size_t, c_size_t
    set_x = declare(library, "diffpool_graph_set_x", c_int, c_void_p, *matrix, POINTER(c_void_p))
    predict = declare(library, "diffpool_session_predict", c_int, c_void_p, c_void_p, c_void_p, POINTER(c_void_p))
    class_of = declare(library, "diffpool_session_class", c_int, c_void_p, POINTER(c_size_t), POINTER(c_void_p))

    def check(status):
        if status != 0:
            raise RuntimeError(message(error).decode())

    check(load(model_path.encode(), byref(handle), byref(error)))
    model, session, node = handle, c_void_p(), c_void_p()
    check(new_session(model, byref(session), byref(error)))
    check(new_graph(byref(node), byref(error)))
    number, x = c_size_t(), (c_float * 1)(0.5)
    # Made once, as a program that counts nanoseconds would.
    number_place, error_place = byref(number), byref(error)

    def refused():
        class_of(None, number_place, error_place)
        free_error(error)
        error.value = None

    def predict_node():
        check(set_edges(node, 1, None, None, 0, error_place))
        check(set_x(node, x, 1, 1, error_place))
        check(predict(session, node, None, error_place))

    measure("getter that cannot fail", 2000, version)
    measure("getter of a handle", 2000, lambda: classes(model))
    measure("failure, no message wanted", 1000, lambda: class_of(None, number_place, None))
    measure("failure with a message", 1000, refused)
    measure("prediction of one node", 500, predict_node)
    measure("class of the prediction", 2000, lambda: check(class_of(session, number_place, error_place)))


if __name__ == "__main__":
    main()
