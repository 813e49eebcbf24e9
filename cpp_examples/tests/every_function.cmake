# Whether diffpool.hpp uses every function that the library exports, and names none that is not there:
#
#     cmake -Dinclude=FOLDER -Dsymbols=FILE -P every_function.cmake
file(STRINGS "${symbols}" functions REGEX "^diffpool_")
file(READ "${include}/diffpool.hpp" text)
file(READ "${include}/diffpool.h" declared)
string(REGEX REPLACE "//[^\n]*" "" code "${text}")

set(complaints)
foreach(function ${functions})
    string(REGEX MATCH "[^a-z0-9_]${function}[^a-z0-9_]" used "${code}")
    if(NOT used)
        string(APPEND complaints "\n${function} cannot be reached")
    endif()
endforeach()

string(REGEX MATCHALL "diffpool_[a-z0-9_]+" names "${text}")
list(REMOVE_DUPLICATES names)
foreach(name ${names})
    string(REGEX MATCH "[^a-z0-9_]${name}[^a-z0-9_]" found "${declared}")
    if(NOT found)
        string(APPEND complaints "\n${name} is not in diffpool.h")
    endif()
endforeach()

list(LENGTH functions count)
if(complaints OR count LESS 200)
    message(FATAL_ERROR "of ${count} functions:${complaints}")
endif()
message("diffpool.hpp reaches all of ${count} functions")
