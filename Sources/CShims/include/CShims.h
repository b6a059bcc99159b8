#ifndef TRIBUTARY_CSHIMS_H
#define TRIBUTARY_CSHIMS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Tries to lock the whole file for this open file description (F_OFD_SETLK).
/// Returns 0 when locked, or errno (EAGAIN or EACCES when another description holds it).
int tributary_try_lock(int file_descriptor);

/// Tells without taking it whether another open file description holds the file's lock (F_OFD_GETLK).
/// Returns 1 when one does, 0 when none does, or -errno.
int tributary_is_locked(int file_descriptor);

/// The type of the file system that holds the path (statfs's f_type, see linux/magic.h), or -errno.
int64_t tributary_file_system_type(const char *path);
/// RocksDB's WriteBufferManager, which its C interface lacks: one limit on the memtables of several databases.
typedef struct tributary_write_buffers tributary_write_buffers;

/// A limit of `limit` bytes, charged to `cache` (a rocksdb_cache_t).
tributary_write_buffers *tributary_write_buffers_create(size_t limit, void *cache);

/// How many bytes all memtables take now.
size_t tributary_write_buffers_usage(const tributary_write_buffers *buffers);

/// Lets go of the limit; databases that were opened with it keep it.
void tributary_write_buffers_destroy(tributary_write_buffers *buffers);

/// Puts databases opened with `options` (a rocksdb_options_t) under the limit.
/// Returns 0, or -1 when the library's options are not laid out as this code knows them; nothing is changed then.
int tributary_options_set_write_buffers(void *options, const tributary_write_buffers *buffers);

/// Makes ingestion leave the file as it is (write_global_seqno = false), which saves a write and an fsync.
void tributary_ingest_options_leave_file(void *options);

/// A descriptor that becomes readable when 8 bytes are written to it (eventfd, not blocking), or -errno.
int tributary_event_descriptor(void);

/// A descriptor that becomes readable when a watched file is written (inotify, not blocking), or -errno.
int tributary_watch_descriptor(void);

/// Watches for the next write to the file, that one only. Returns 0 or -errno.
int tributary_watch_next_write(int watch_descriptor, const char *path);

#ifdef __cplusplus
}
#endif

#endif
