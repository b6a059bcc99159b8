import CRocksDB
import Foundation

/// One open RocksDB with its column families: a task's directory.
///
/// Closes when told, or when the last reference goes; a cursor that is still open delays that to its own end.
final class Database {
    let directory: String
    let options: DatabaseOptions
    private var handles: [String: OpaquePointer] = [:]
    private var pointer: OpaquePointer?
    private var openCursors = 0
    private var isClosing = false
    private var filesStarted = 0
    let writeOptions: OpaquePointer
    let readOptions: OpaquePointer

    /// Opens `directory` for writing, with the families it has and those in `wanted`.
    init(directory: String, wanted: [String], memory: StateMemory) throws(StateStoreError) {
        self.directory = directory
        options = DatabaseOptions(memory: memory)
        writeOptions = rocksdb_writeoptions_create()
        readOptions = rocksdb_readoptions_create()
        try Self.prepare(directory)
        let present = try Self.familyNames(in: directory, options)
        let names = ["default"] + present.filter { $0 != "default" } + wanted.filter { !present.contains($0) }
        try open(names) { count, names, options, handles, failure in
            rocksdb_open_column_families(self.options.pointer, directory, count, names, options, handles, failure)
        }
        // Only now, under RocksDB's lock: before it they may be another owner's.
        try removeUnfinished()
    }

    /// Opens `directory` as a reader beside its owner; `scratch` is a directory of the reader's own.
    init(reading directory: String, scratch: String) throws(StateStoreError) {
        self.directory = directory
        options = DatabaseOptions(memory: nil)
        writeOptions = rocksdb_writeoptions_create()
        readOptions = rocksdb_readoptions_create()
        let present = try Self.familyNames(in: directory, options)
        try open(present) { count, names, options, handles, failure in
            rocksdb_open_as_secondary_column_families(
                self.options.pointer, directory, scratch, count, names, options, handles, failure)
        }
        try rocks("cannot catch up with the owner of '\(directory)'") {
            rocksdb_try_catch_up_with_primary(pointer, $0)
        }
    }

    deinit {
        closeNow()
        rocksdb_readoptions_destroy(readOptions)
        rocksdb_writeoptions_destroy(writeOptions)
    }

    /// Lets go of the directory; column families refuse everything afterwards.
    func close() {
        isClosing = true
        if openCursors == 0 { closeNow() }
    }

    /// The database, unless it is closed.
    func opened() throws(StateStoreError) -> OpaquePointer {
        guard let pointer, !isClosing else {
            throw StateStoreError(.invalidUse, "the stores in '\(directory)' are closed")
        }
        return pointer
    }

    func write(_ batch: WriteBatch) throws(StateStoreError) {
        let database = try opened()
        try rocks("cannot write to '\(directory)'") { rocksdb_write(database, writeOptions, batch.pointer, $0) }
    }

    /// A new file to fill and ingest; left-overs of a crash go at the next open.
    func newFile() throws(StateStoreError) -> SortedFile {
        filesStarted += 1
        return try SortedFile(path: "\(directory)/\(filesStarted).\(Self.unfinished)", options: options)
    }

    /// The families that are open.
    var familyNames: Set<String> { Set(handles.keys) }

    /// The column family `name`, whether it exists or not.
    func family(_ name: String) -> ColumnFamily { ColumnFamily(name: name, database: self) }

    func handle(of family: String) throws(StateStoreError) -> OpaquePointer {
        guard let handle = handles[family] else {
            throw StateStoreError(.unknownStore, "'\(directory)' holds no such store", store: family)
        }
        return handle
    }

    /// Empties a family by dropping it and making it anew.
    func recreate(_ family: String) throws(StateStoreError) {
        let database = try opened()
        if let handle = handles[family] {
            try rocks("cannot empty", store: family) { rocksdb_drop_column_family(database, handle, $0) }
            rocksdb_column_family_handle_destroy(handle)
            handles[family] = nil
        }
        handles[family] = try rocks("cannot create", store: family) {
            rocksdb_create_column_family(database, options.pointer, family, $0)
        }
    }

    func cursorOpened() { openCursors += 1 }

    func cursorClosed() {
        openCursors -= 1
        if isClosing, openCursors == 0 { closeNow() }
    }

    private func closeNow() {
        guard let database = pointer else { return }
        pointer = nil
        for handle in handles.values { rocksdb_column_family_handle_destroy(handle) }
        handles = [:]
        rocksdb_close(database)
    }
}

extension Database {
    private static let unfinished = "ingest"

    private typealias Opener = (
        Int32, UnsafePointer<UnsafePointer<CChar>?>?, UnsafePointer<OpaquePointer?>?,
        UnsafeMutablePointer<OpaquePointer?>?, UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
    ) -> OpaquePointer?

    private func open(_ names: [String], _ opener: Opener) throws(StateStoreError) {
        let copies = names.map { strdup($0) }
        defer { for copy in copies { free(copy) } }
        let arguments = copies.map { UnsafePointer($0) }
        let settings = [OpaquePointer?](repeating: options.pointer, count: names.count)
        var opened = [OpaquePointer?](repeating: nil, count: names.count)
        pointer = try rocks("cannot open '\(directory)'") {
            opener(Int32(names.count), arguments, settings, &opened, $0)
        }
        for (name, handle) in zip(names, opened) { handles[name] = handle }
    }

    private static func prepare(_ directory: String) throws(StateStoreError) {
        do {
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        } catch {
            throw StateStoreError(.io, "cannot make '\(directory)': \(error.localizedDescription)")
        }
    }

    /// Removes files that a crash left half written.
    private func removeUnfinished() throws(StateStoreError) {
        do {
            for name in try FileManager.default.contentsOfDirectory(atPath: directory)
            where name.hasSuffix(".\(Self.unfinished)") {
                try FileManager.default.removeItem(atPath: "\(directory)/\(name)")
            }
        } catch {
            throw StateStoreError(.io, "cannot tidy '\(directory)': \(error.localizedDescription)")
        }
    }

    /// The families a directory has; none when it holds no database.
    static func familyNames(in directory: String, _ options: DatabaseOptions) throws(StateStoreError) -> [String] {
        guard FileManager.default.fileExists(atPath: "\(directory)/CURRENT") else { return [] }
        var count = 0
        let list = try rocks("cannot read '\(directory)'") {
            rocksdb_list_column_families(options.pointer, directory, &count, $0)
        }
        defer { rocksdb_list_column_families_destroy(list, count) }
        return (0..<count).compactMap { index in list?[index].map { String(cString: $0) } }
    }

    /// Removes the database and everything else in `directory`, unless somebody has it open.
    static func destroy(_ directory: String) throws(StateStoreError) {
        guard FileManager.default.fileExists(atPath: directory) else { return }
        let options = DatabaseOptions(memory: nil)
        do {
            try rocks("cannot destroy '\(directory)'") { rocksdb_destroy_db(options.pointer, directory, $0) }
        } catch  where error.code == .locked {
            throw error
        } catch {
            // Damaged beyond what RocksDB can list: the files go below.
        }
        do {
            try FileManager.default.removeItem(atPath: directory)
        } catch {
            throw StateStoreError(.io, "cannot remove '\(directory)': \(error.localizedDescription)")
        }
    }
}
