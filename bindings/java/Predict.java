import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.Arrays;
import static java.lang.foreign.ValueLayout.*;

/** Classifies rings and stars with a saved model: java --enable-native-access=ALL-UNNAMED Predict LIBRARY MODEL. */
public class Predict {
    static Arena arena = Arena.ofConfined();
    static SymbolLookup library;
    static MemorySegment error = arena.allocate(ADDRESS), out = arena.allocate(ADDRESS), count = arena.allocate(JAVA_LONG);

    static Object call(String name, MemoryLayout result, MemoryLayout[] types, Object... arguments) throws Throwable {
        var kind = result == null ? FunctionDescriptor.ofVoid(types) : FunctionDescriptor.of(result, types);
        MethodHandle function = Linker.nativeLinker().downcallHandle(library.findOrThrow("diffpool_" + name), kind);
        return function.invokeWithArguments(arguments);
    }

    static MemoryLayout[] types(Object[] arguments) {
        return Arrays.stream(arguments).map(of -> of instanceof Long ? JAVA_LONG : ADDRESS).toArray(MemoryLayout[]::new);
    }

    /** A function that returns a status and takes the error last: what is no OK becomes an exception with its message. */
    static void check(String name, Object... arguments) throws Throwable {
        var all = Arrays.copyOf(arguments, arguments.length + 1);
        all[arguments.length] = error;
        if ((int) call(name, JAVA_INT, types(all), all) == 0) return;
        var raw = error.get(ADDRESS, 0);
        var message = (MemorySegment) call("error_message", ADDRESS, new MemoryLayout[] {ADDRESS}, raw);
        var text = message.reinterpret(Long.MAX_VALUE).getString(0);
        free("error", raw);
        throw new IllegalStateException(text);
    }

    static void free(String handle, MemorySegment it) throws Throwable {
        call(handle + "_free", null, new MemoryLayout[] {ADDRESS}, it);
    }

    public static void main(String[] arguments) throws Throwable {
        library = SymbolLookup.libraryLookup(Path.of(arguments[0]), arena);
        check("model_load", arena.allocateFrom(arguments[1]), out);
        var model = out.get(ADDRESS, 0);
        check("session_new", model, out);
        var session = out.get(ADDRESS, 0);
        check("graph_new", out);
        var graph = out.get(ADDRESS, 0);
        var outputs = (long) call("model_output_count", JAVA_LONG, new MemoryLayout[] {ADDRESS}, model);
        var logits = arena.allocate(JAVA_FLOAT, outputs);
        for (int number = 0; number < 12; number++) {
            int nodes = 5 + 2 * number;
            boolean ring = number % 2 == 0;
            var from = arena.allocate(JAVA_INT, nodes);
            var to = arena.allocate(JAVA_INT, nodes);
            for (int i = 0; i < nodes; i++) {
                from.setAtIndex(JAVA_INT, i, ring ? i : 0);
                to.setAtIndex(JAVA_INT, i, (i + 1) % nodes);
            }
            check("graph_set_edges", graph, (long) nodes, from, to, (long) (ring ? nodes : nodes - 1));
            check("session_predict", session, graph, MemorySegment.NULL);
            check("session_copy_logits", session, logits, outputs, count);
            var row = new StringBuilder();
            for (float logit : logits.toArray(JAVA_FLOAT)) row.append(row.isEmpty() ? "" : " ").append(Float.toHexString(logit));
            System.out.println(row);
        }
        free("graph", graph);
        free("session", session);
        free("model", model);
        try {
            check("model_load", arena.allocateFrom("absent.safetensors"), out);
        } catch (IllegalStateException expected) {
            System.err.println(expected.getMessage());
        }
    }
}
