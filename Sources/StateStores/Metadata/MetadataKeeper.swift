import Foundation
import StreamCore

/// Reads and writes the list of stores: in RocksDB's default column family, and as `stores.json` for tools.
struct MetadataKeeper {
    let database: Database
    private static let key: [UInt8] = [StoreLayout.Area.header]

    init(_ database: Database) { self.database = database }

    /// The list on disk; nil in a new directory.
    func read() throws(StateStoreError) -> StoreDirectoryMetadata? {
        var key = ByteWriter()
        key.append(Self.key)
        guard let bytes = try database.family("default").get(key) else { return nil }
        return try StoreDirectoryMetadata(json: bytes.array, directory: database.directory)
    }

    /// Writes the list to both places; the file by renaming, so that a tool sees the old or the new one.
    func write(_ metadata: StoreDirectoryMetadata) throws(StateStoreError) {
        let json = try metadata.json()
        let batch = WriteBatch()
        batch.put(
            Self.key + json, 0..<Self.key.count, Self.key.count..<(Self.key.count + json.count),
            in: try database.handle(of: "default"))
        try database.write(batch)
        do {
            let path = "\(database.directory)/\(StoreDirectoryMetadata.fileName)"
            try Data(json).write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch {
            throw StateStoreError(
                .io, "cannot write the list of stores in '\(database.directory)': \(error.localizedDescription)")
        }
    }
}
