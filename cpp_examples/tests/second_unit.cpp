// The same header in a second translation unit.
#include <diffpool.hpp>

#include "second_unit.hpp"

namespace second {

std::size_t classes_of(const std::string &path) { return diffpool::Model::load(path).class_count(); }

}  // namespace second
