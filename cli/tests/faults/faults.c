/*
 * Makes the n-th call that changes files fail, in a program that it is loaded into: FAULT_AT=n, and FAULT is the number
 * of an error, "short" for a write of half of the bytes, or "kill" for the end of the process right before the call.
 * Standard output and error are left alone. Where FAULT_AT was reached the file FAULT_REACHED is made.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int calls;

static void *next(const char *name)
{
    return dlsym(RTLD_NEXT, name);
}

/* Whether this call is to fail: the number of the error, or -1 for a short write. */
static int fault(void)
{
    const char *at = getenv("FAULT_AT"), *what = getenv("FAULT");
    int (*make)(const char *, int, ...) = (int (*)(const char *, int, ...))next("open");
    if (at == NULL || what == NULL || __atomic_add_fetch(&calls, 1, __ATOMIC_SEQ_CST) != atoi(at))
        return 0;
    make(getenv("FAULT_REACHED"), O_CREAT | O_WRONLY, 0600);
    if (strcmp(what, "kill") == 0) {
        kill(getpid(), SIGKILL);
        pause();
    }
    return strcmp(what, "short") == 0 ? -1 : atoi(what);
}

#define FAIL_IF_TOLD()                                                                                                 \
    do {                                                                                                               \
        int number = fault();                                                                                          \
        if (number > 0) {                                                                                              \
            errno = number;                                                                                            \
            return -1;                                                                                                 \
        }                                                                                                              \
    } while (0)

static int is_standard(int fd)
{
    struct stat found;
    return fd <= 2 || fstat(fd, &found) != 0 || !(S_ISREG(found.st_mode) || S_ISDIR(found.st_mode));
}

ssize_t write(int fd, const void *bytes, size_t count)
{
    ssize_t (*real)(int, const void *, size_t) = (ssize_t (*)(int, const void *, size_t))next("write");
    if (!is_standard(fd)) {
        int number = fault();
        if (number > 0) {
            errno = number;
            return -1;
        }
        if (number < 0)
            count = (count + 1) / 2;
    }
    return real(fd, bytes, count);
}

int fsync(int fd)
{
    int (*real)(int) = (int (*)(int))next("fsync");
    FAIL_IF_TOLD();
    return real(fd);
}

int rename(const char *from, const char *to)
{
    int (*real)(const char *, const char *) = (int (*)(const char *, const char *))next("rename");
    FAIL_IF_TOLD();
    return real(from, to);
}

int fchmod(int fd, mode_t mode)
{
    int (*real)(int, mode_t) = (int (*)(int, mode_t))next("fchmod");
    FAIL_IF_TOLD();
    return real(fd, mode);
}

static int open_or_fail(const char *name, const char *path, int flags, mode_t mode)
{
    int (*real)(const char *, int, ...) = (int (*)(const char *, int, ...))next(name);
    if (flags & (O_CREAT | O_WRONLY | O_RDWR))
        FAIL_IF_TOLD();
    return real(path, flags, mode);
}

int open(const char *path, int flags, ...)
{
    va_list more;
    mode_t mode;
    va_start(more, flags);
    mode = va_arg(more, mode_t);
    va_end(more);
    return open_or_fail("open", path, flags, mode);
}

int open64(const char *path, int flags, ...)
{
    va_list more;
    mode_t mode;
    va_start(more, flags);
    mode = va_arg(more, mode_t);
    va_end(more);
    return open_or_fail("open64", path, flags, mode);
}
