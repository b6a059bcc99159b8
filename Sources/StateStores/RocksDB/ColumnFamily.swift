import CRocksDB
public import StreamCore

/// The bytes of one store in a ``Database``: read, iterate, ingest.
@usableFromInline final class ColumnFamily {
    let name: String
    let database: Database

    init(name: String, database: Database) {
        self.name = name
        self.database = database
    }

    /// The value of a key, copied; nil when there is none.
    @usableFromInline func get(_ key: borrowing ByteWriter) throws(StateStoreError) -> Bytes? {
        let (pointer, handle) = try opened()
        let bytes = key.bytes
        let slice = try rocks("cannot read", store: name) { failure in
            bytes.withUnsafeBytes {
                rocksdb_get_pinned_cf(pointer, database.readOptions, handle, $0.chars, $0.count, failure)
            }
        }
        guard let slice else { return nil }
        defer { rocksdb_pinnableslice_destroy(slice) }
        var length = 0
        let start = rocksdb_pinnableslice_value(slice, &length)
        return Bytes(Array(UnsafeRawBufferPointer(start: start, count: length)))
    }

    /// A cursor before the first key that is not less than `first`, ending before `end`.
    func cursor(from first: Bytes, upTo end: Bytes) throws(StateStoreError) -> Cursor {
        let (pointer, handle) = try opened()
        let cursor = Cursor(database: database, pointer, handle, store: name, end: end)
        cursor.seek(first)
        return cursor
    }

    /// About how many keys there are, as RocksDB estimates.
    var estimatedKeys: Int {
        guard let (pointer, handle) = try? opened() else { return 0 }
        var keys: UInt64 = 0
        return rocksdb_property_int_cf(pointer, handle, "rocksdb.estimate-num-keys", &keys) == 0
            ? Int(clamping: keys) : 0
    }

    /// Removes the files that lie wholly within the range at once, and what else is in it by and by.
    func drop(from first: Bytes, upTo end: Bytes) throws(StateStoreError) {
        let (pointer, handle) = try opened()
        try rocks("cannot drop old segments", store: name) { failure in
            first.withUnsafeBytes { first in
                end.withUnsafeBytes { end in
                    rocksdb_delete_file_in_range_cf(
                        pointer, handle, first.chars, first.count, end.chars, end.count, failure)
                }
            }
        }
        let batch = WriteBatch()
        first.withUnsafeBytes { first in end.withUnsafeBytes { batch.delete(from: first, upTo: $0, in: handle) } }
        try database.write(batch)
    }

    func opened() throws(StateStoreError) -> (database: OpaquePointer, family: OpaquePointer) {
        (try database.opened(), try database.handle(of: name))
    }
}
