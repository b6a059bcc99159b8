#include "CShims.h"

#include <errno.h>
#include <sys/vfs.h>

int64_t tributary_file_system_type(const char *path) {
    struct statfs information;
    if (statfs(path, &information) != 0) return -errno;
    return (int64_t)(uint32_t)information.f_type;
}
