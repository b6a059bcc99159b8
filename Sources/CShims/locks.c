#define _GNU_SOURCE
#include "CShims.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

int tributary_try_lock(int file_descriptor) {
    // Open-file-description locks, not POSIX ones: those vanish when any descriptor of the file is closed.
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0, .l_len = 0};
    return fcntl(file_descriptor, F_OFD_SETLK, &lock) == 0 ? 0 : errno;
}

int tributary_is_locked(int file_descriptor) {
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0, .l_len = 0};
    if (fcntl(file_descriptor, F_OFD_GETLK, &lock) != 0) return -errno;
    return lock.l_type == F_UNLCK ? 0 : 1;
}
