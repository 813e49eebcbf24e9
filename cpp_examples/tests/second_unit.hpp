// What the second translation unit of the tests has: diffpool.hpp is included there, too, and in another mode.
#pragma once

#include <cstddef>
#include <string>

namespace second {

// The class counts of a file, read by the classes with exceptions in another unit, and by those without.
std::size_t classes_of(const std::string &path);
std::size_t classes_without_exceptions(const std::string &path);

}  // namespace second
