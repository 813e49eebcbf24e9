/* What the programs of the tests share: a failing call ends them. */
#include <stdio.h>
#include <stdlib.h>

static diffpool_error *error = NULL;

static void check(diffpool_status status) {
    if (status != DIFFPOOL_STATUS_OK) {
        fprintf(stderr, "%s: %s\n", diffpool_status_name(status), diffpool_error_message(error));
        exit(1);
    }
}
