import CRocksDB
import CShims
import Foundation

/// A file of keys in ascending order on its way into a column family: the cheap way in for many.
final class SortedFile {
    let path: String
    private let writer: OpaquePointer
    private let environment: OpaquePointer
    private let options: DatabaseOptions
    private var isIngested = false

    init(path: String, options: DatabaseOptions) throws(StateStoreError) {
        self.path = path
        self.options = options
        environment = rocksdb_envoptions_create()
        writer = rocksdb_sstfilewriter_create(environment, options.pointer)
        try rocks("cannot create '\(path)'") { rocksdb_sstfilewriter_open(writer, path, $0) }
    }

    deinit {
        rocksdb_sstfilewriter_destroy(writer)
        rocksdb_envoptions_destroy(environment)
        if !isIngested { unlink(path) }
    }

    /// Puts a key, which must follow the one before, and its value; both lie in `arena`.
    func put(_ arena: [UInt8], _ key: Range<Int>, _ value: Range<Int>) throws(StateStoreError) {
        try rocks("cannot write '\(path)'") { failure in
            arena.withUnsafeBytes { arena in
                let key = UnsafeRawBufferPointer(rebasing: arena[key])
                let value = UnsafeRawBufferPointer(rebasing: arena[value])
                rocksdb_sstfilewriter_put(writer, key.chars, key.count, value.chars, value.count, failure)
            }
        }
    }

    /// Deletes a key, which must follow the one before.
    func delete(_ arena: [UInt8], _ key: Range<Int>) throws(StateStoreError) {
        try rocks("cannot write '\(path)'") { failure in
            arena[key].withUnsafeBytes { rocksdb_sstfilewriter_delete(writer, $0.chars, $0.count, failure) }
        }
    }

    /// Finishes the file and moves it into the column family, where it is seen as a whole or not at all.
    ///
    /// RocksDB syncs file and directory before it takes the file.
    func ingest(into family: OpaquePointer, of database: OpaquePointer) throws(StateStoreError) {
        try rocks("cannot finish '\(path)'") { rocksdb_sstfilewriter_finish(writer, $0) }
        let options = rocksdb_ingestexternalfileoptions_create()
        defer { rocksdb_ingestexternalfileoptions_destroy(options) }
        rocksdb_ingestexternalfileoptions_set_move_files(options, 1)
        tributary_ingest_options_leave_file(UnsafeMutableRawPointer(options))
        try rocks("cannot take '\(path)' into the store") { failure in
            path.withCString { name in
                var names: [UnsafePointer<CChar>?] = [name]
                rocksdb_ingest_external_file_cf(database, family, &names, 1, options, failure)
            }
        }
        isIngested = true
    }
}
