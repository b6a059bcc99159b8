import CRocksDB
import StreamCore

/// Walks the keys of a column family in order, over the state at the moment it was made.
final class Cursor {
    private let database: Database
    private let iterator: OpaquePointer
    private let options: OpaquePointer
    private let store: String
    // RocksDB keeps the address of the bound for as long as the iterator lives.
    private let end: UnsafeMutableRawBufferPointer

    init(database: Database, _ pointer: OpaquePointer, _ family: OpaquePointer, store: String, end: Bytes) {
        self.database = database
        self.store = store
        let bound = UnsafeMutableRawBufferPointer.allocate(byteCount: end.count, alignment: 1)
        end.withUnsafeBytes { bound.copyMemory(from: $0) }
        self.end = bound
        options = rocksdb_readoptions_create()
        rocksdb_readoptions_set_iterate_upper_bound(options, UnsafeRawBufferPointer(bound).chars, bound.count)
        iterator = rocksdb_create_iterator_cf(pointer, options, family)
        database.cursorOpened()
    }

    deinit {
        rocksdb_iter_destroy(iterator)
        rocksdb_readoptions_destroy(options)
        end.deallocate()
        database.cursorClosed()
    }

    func seek(_ key: Bytes) {
        key.withUnsafeBytes { rocksdb_iter_seek(iterator, $0.chars, $0.count) }
    }

    func advance() { rocksdb_iter_next(iterator) }

    /// Whether there is a key here; false at the end.
    ///
    /// - Throws: when the end came early.
    func isAtKey() throws(StateStoreError) -> Bool {
        if rocksdb_iter_valid(iterator) != 0 { return true }
        try rocks("cannot read on", store: store) { rocksdb_iter_get_error(iterator, $0) }
        return false
    }

    /// The key here, copied; only where ``isAtKey()``.
    var key: Bytes {
        var length = 0
        let start = rocksdb_iter_key(iterator, &length)
        return Bytes(Array(UnsafeRawBufferPointer(start: start, count: length)))
    }

    /// The value here, copied; only where ``isAtKey()``.
    var value: Bytes {
        var length = 0
        let start = rocksdb_iter_value(iterator, &length)
        return Bytes(Array(UnsafeRawBufferPointer(start: start, count: length)))
    }
}
