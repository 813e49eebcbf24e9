// The same header in a third translation unit, which reports failures by Expected.
#define DIFFPOOL_NO_EXCEPTIONS
#include <diffpool.hpp>

#include "second_unit.hpp"

namespace second {

std::size_t classes_without_exceptions(const std::string &path) {
    const diffpool::Expected<diffpool::Model> model = diffpool::Model::load(path);
    return model ? model->class_count() : 0;
}

}  // namespace second
