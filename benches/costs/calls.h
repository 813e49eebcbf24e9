/* How long a call takes: nanoseconds, as the median over batches. A line of JSON for each. */
#ifndef CALLS_H
#define CALLS_H

#include "costs.h"

enum { BATCHES = 301 };

static void tell(const char *language, const char *what, double *batches) {
    printf("{\"language\": \"%s\", \"call\": \"%s\", \"nanoseconds\": %.1f}\n", language, what,
           median(batches, BATCHES));
    fflush(stdout);
}

/* A batch has `calls` calls; the first batch warms up and is measured like the others, which the median forgives. */
#define MEASURE(language, what, calls, call)                             \
    do {                                                                 \
        static double batches_[BATCHES];                                 \
        size_t batch_, call_;                                            \
        for (batch_ = 0; batch_ < BATCHES; ++batch_) {                   \
            const double begin_ = seconds();                             \
            for (call_ = 0; call_ < (calls); ++call_) {                  \
                call;                                                    \
            }                                                            \
            batches_[batch_] = 1e9 * (seconds() - begin_) / (calls);     \
        }                                                                \
        tell(language, what, batches_);                                  \
    } while (0)

#endif
