# Makes a program of the examples in diffpool.hpp: blocks of comments that are indented by four, after `///`, are the body
# of a function each, in which the objects are there that the header's introduction names; those after `//` that begin
# with an #include are programs, which run first.
function begin_line(text) {
    if (count == 0) first = FNR
    lines[++count] = text
}

function flush_block(  i, is_program) {
    is_program = lines[1] ~ /^#include/
    if (count > 0 && (is_documentation || is_program)) {
        if (!is_program) {
            print "void example_" first "([[maybe_unused]] There &there) {"
            for (i in objects) print "    [[maybe_unused]] auto &" objects[i] " = there." objects[i] ";"
        }
        print "#line " first " \"diffpool.hpp\""
        for (i = 1; i <= count; ++i) {
            sub(/^#include.*$/, "", lines[i])
            sub(/^int main\(\) \{$/, "void program_" first "() {", lines[i])
            print lines[i]
        }
        if (!is_program) print "}"
        calls = calls (is_program ? "    program_" first "();\n" : "    run(example_" first ");\n")
    }
    count = 0
    blanks = 0
    split("", lines)
}

BEGIN {
    split("dataset split config trainer model session predictor graph", objects)
    print "#include \"header_examples.hpp\"\nnamespace {"
}

match($0, /^ *\/\/\/?     /) {
    while (blanks > 0) {
        begin_line("")
        --blanks
    }
    is_documentation = $0 ~ /^ *\/\/\//
    begin_line(substr($0, RLENGTH + 1))
    next
}
/^ *\/\/\/?$/ && count > 0 { ++blanks; next }
{ flush_block() }

END {
    flush_block()
    if (calls == "") exit 1
    print "}  // namespace\nint main() {\n" calls "}"
}
