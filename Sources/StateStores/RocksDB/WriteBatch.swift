import CRocksDB

/// Puts and deletes that happen together, through RocksDB's write-ahead log.
final class WriteBatch {
    let pointer: OpaquePointer

    init() { pointer = rocksdb_writebatch_create() }

    deinit { rocksdb_writebatch_destroy(pointer) }

    var isEmpty: Bool { rocksdb_writebatch_count(pointer) == 0 }

    /// Puts a key and its value, which both lie in `arena`.
    func put(_ arena: [UInt8], _ key: Range<Int>, _ value: Range<Int>, in family: OpaquePointer) {
        arena.withUnsafeBytes { arena in
            let key = UnsafeRawBufferPointer(rebasing: arena[key])
            let value = UnsafeRawBufferPointer(rebasing: arena[value])
            rocksdb_writebatch_put_cf(pointer, family, key.chars, key.count, value.chars, value.count)
        }
    }

    /// Deletes the key in `arena[key]`.
    func delete(_ arena: [UInt8], _ key: Range<Int>, in family: OpaquePointer) {
        arena[key].withUnsafeBytes { rocksdb_writebatch_delete_cf(pointer, family, $0.chars, $0.count) }
    }

    /// Deletes from `first` up to but not including `end`.
    func delete(from first: UnsafeRawBufferPointer, upTo end: UnsafeRawBufferPointer, in family: OpaquePointer) {
        rocksdb_writebatch_delete_range_cf(pointer, family, first.chars, first.count, end.chars, end.count)
    }
}

extension UnsafeRawBufferPointer {
    /// As C wants it; RocksDB does not look at the address of an empty run.
    var chars: UnsafePointer<CChar>? { baseAddress?.assumingMemoryBound(to: CChar.self) }
}
