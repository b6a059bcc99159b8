#include "CShims.h"

#include <rocksdb/c.h>
#include <rocksdb/cache.h>
#include <rocksdb/options.h>
#include <rocksdb/write_buffer_manager.h>

#include <memory>

// RocksDB's db/c.cc declares each handle as a struct with the C++ object as its only member; these mirror it.
namespace {
struct OptionsHandle {
    rocksdb::Options rep;
};
struct CacheHandle {
    std::shared_ptr<rocksdb::Cache> rep;
};
struct IngestOptionsHandle {
    rocksdb::IngestExternalFileOptions rep;
};
}  // namespace

struct tributary_write_buffers {
    std::shared_ptr<rocksdb::WriteBufferManager> manager;
};

tributary_write_buffers *tributary_write_buffers_create(size_t limit, void *cache) {
    auto *handle = static_cast<CacheHandle *>(cache);
    return new tributary_write_buffers{std::make_shared<rocksdb::WriteBufferManager>(limit, handle->rep)};
}

size_t tributary_write_buffers_usage(const tributary_write_buffers *buffers) {
    return buffers->manager->memory_usage();
}

void tributary_write_buffers_destroy(tributary_write_buffers *buffers) { delete buffers; }

int tributary_options_set_write_buffers(void *options, const tributary_write_buffers *buffers) {
    auto *handle = static_cast<OptionsHandle *>(options);
    auto *c_handle = static_cast<rocksdb_options_t *>(options);
    // Writes a field through the C interface and looks for it here: the layout is the library's own affair.
    const size_t before = rocksdb_options_get_db_write_buffer_size(c_handle);
    const size_t probe = before + 0x5a5a000;
    rocksdb_options_set_db_write_buffer_size(c_handle, probe);
    const bool is_known = handle->rep.db_write_buffer_size == probe;
    rocksdb_options_set_db_write_buffer_size(c_handle, before);
    if (!is_known) return -1;
    handle->rep.write_buffer_manager = buffers->manager;
    return 0;
}

void tributary_ingest_options_leave_file(void *options) {
    static_cast<IngestOptionsHandle *>(options)->rep.write_global_seqno = false;
}
