/* What a call from C costs.
 *
 *     calls_c TINY_MODEL */
#define _POSIX_C_SOURCE 200809L
#include "calls.h"

static void refused(void) {
    size_t classes;
    if (diffpool_model_classes(NULL, &classes, NULL) != DIFFPOOL_STATUS_NULL_POINTER) {
        exit(1);
    }
}

static void refused_with_message(void) {
    size_t classes;
    diffpool_error *error = NULL;
    if (diffpool_model_classes(NULL, &classes, &error) != DIFFPOOL_STATUS_NULL_POINTER) {
        exit(1);
    }
    diffpool_error_free(error);
}

int main(int argc, char **argv) {
    static const float x[] = {0.5f};
    diffpool_model *model = NULL;
    diffpool_session *session = NULL;
    volatile uint32_t version = 0;
    size_t classes = 0, predicted = 0;
    if (argc != 2) {
        fputs("usage: calls_c TINY_MODEL\n", stderr);
        return 1;
    }
    check(diffpool_model_load(argv[1], &model, &failure));
    check(diffpool_session_new(model, &session, &failure));

    MEASURE("C", "getter that cannot fail", 20000, version = diffpool_version());
    MEASURE("C", "getter of a handle", 20000, check(diffpool_model_classes(model, &classes, &failure)));
    MEASURE("C", "failure, no message wanted", 5000, refused());
    MEASURE("C", "failure with a message", 2000, refused_with_message());
    MEASURE("C", "prediction of one node", 1000,
            check(diffpool_session_predict_edges(session, 1, 0, NULL, NULL, NULL, NULL, x, NULL, NULL, &failure)));
    MEASURE("C", "class of the prediction", 20000, check(diffpool_session_class(session, &predicted, &failure)));

    (void)version;
    diffpool_session_free(session);
    diffpool_model_free(model);
    return 0;
}
