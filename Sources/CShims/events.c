#include "CShims.h"

#include <errno.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>

int tributary_event_descriptor(void) {
    int descriptor = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    return descriptor >= 0 ? descriptor : -errno;
}

int tributary_watch_descriptor(void) {
    int descriptor = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    return descriptor >= 0 ? descriptor : -errno;
}

int tributary_watch_next_write(int watch_descriptor, const char *path) {
    return inotify_add_watch(watch_descriptor, path, IN_MODIFY | IN_ONESHOT) >= 0 ? 0 : -errno;
}
