import CRocksDB
import CShims

/// How this project opens RocksDB: small write buffers under one limit, one block cache, few threads, bloom filters.
final class DatabaseOptions {
    let pointer: OpaquePointer

    /// Options for the owner (`memory` given) or for a secondary reader (nil), which must keep every file open.
    init(memory: StateMemory?) {
        pointer = rocksdb_options_create()
        setFiles(isReader: memory == nil)
        setTables(memory)
        if let memory {
            tributary_options_set_write_buffers(UnsafeMutableRawPointer(pointer), memory.writeBuffers)
        }
    }

    deinit { rocksdb_options_destroy(pointer) }

    private func setFiles(isReader: Bool) {
        rocksdb_options_set_create_if_missing(pointer, isReader ? 0 : 1)
        rocksdb_options_set_create_missing_column_families(pointer, isReader ? 0 : 1)
        rocksdb_options_set_max_open_files(pointer, isReader ? -1 : 64)
        rocksdb_options_set_info_log_level(pointer, 3)
        rocksdb_options_set_keep_log_file_num(pointer, 2)
        rocksdb_options_set_max_log_file_size(pointer, 1 << 20)
        rocksdb_options_set_stats_dump_period_sec(pointer, 0)
        rocksdb_options_set_stats_persist_period_sec(pointer, 0)
        rocksdb_options_set_skip_stats_update_on_db_open(pointer, 1)
        rocksdb_options_set_max_manifest_file_size(pointer, 4 << 20)
        rocksdb_options_set_max_total_wal_size(pointer, 16 << 20)
        rocksdb_options_set_write_buffer_size(pointer, 4 << 20)
        rocksdb_options_set_max_background_jobs(pointer, 2)
        // Each checkpoint is one file in level 0 over the whole key range: merge a few at a time.
        rocksdb_options_set_level0_file_num_compaction_trigger(pointer, 6)
        rocksdb_options_set_level0_slowdown_writes_trigger(pointer, 40)
        rocksdb_options_set_level0_stop_writes_trigger(pointer, 60)
        rocksdb_options_set_compression(pointer, Int32(rocksdb_no_compression))
        rocksdb_options_set_bottommost_compression(pointer, Int32(rocksdb_lz4_compression))
    }

    private func setTables(_ memory: StateMemory?) {
        let tables = rocksdb_block_based_options_create()
        defer { rocksdb_block_based_options_destroy(tables) }
        if let memory {
            rocksdb_block_based_options_set_block_cache(tables, memory.cache)
            rocksdb_block_based_options_set_cache_index_and_filter_blocks(tables, 1)
            rocksdb_block_based_options_set_pin_l0_filter_and_index_blocks_in_cache(tables, 1)
        }
        rocksdb_block_based_options_set_format_version(tables, 5)
        // The options own the filter from here on.
        rocksdb_block_based_options_set_filter_policy(tables, rocksdb_filterpolicy_create_bloom_full(10))
        rocksdb_options_set_block_based_table_factory(pointer, tables)
    }
}
