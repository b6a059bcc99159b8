import Foundation
public import StreamCore

/// Reads the stores of a task from another process, while their owner runs, after it stopped or after it was killed.
///
/// Shows what the last checkpoint wrote, in changelog form, so that a caller can lay the changelog's tail from
/// ``mark(of:)`` over it. A reader shows one moment; make another for a later one. Never disturbs the owner. Belongs to one
/// thread.
public final class StoreReader {
    /// One entry, as the changelog has it.
    public struct Entry: Sendable, Hashable {
        /// The changelog key: the key's bytes; for a window store followed by start and sequence number.
        public let key: Bytes
        /// The value's bytes.
        public let value: Bytes
        /// The value's timestamp; ``Timestamp/unknown`` in stores that keep none on disk.
        public let timestamp: Timestamp
    }

    /// What the directory says about itself.
    public let metadata: StoreDirectoryMetadata
    private let database: Database
    private let families: Set<String>
    private let scratch: String
    /// How often a directory that changes under the reader is tried.
    private static let attempts = 20

    /// Opens the stores in `directory`.
    ///
    /// - Throws: ``StateStoreError`` with code `unknownStore` when the directory holds no stores, `incompatibleVersion`,
    ///   `corrupt`, `io`.
    public init(directory: String) throws(StateStoreError) {
        guard FileManager.default.fileExists(atPath: "\(directory)/CURRENT") else {
            throw StateStoreError(.unknownStore, "'\(directory)' holds no stores")
        }
        scratch = "\(NSTemporaryDirectory())/tributary-reader-\(UUID().uuidString)"
        do {
            try FileManager.default.createDirectory(atPath: scratch, withIntermediateDirectories: true)
        } catch {
            throw StateStoreError(.io, "cannot make '\(scratch)': \(error.localizedDescription)")
        }
        let opened = try Self.open(directory, scratch)
        database = opened.database
        metadata = opened.metadata
        families = opened.families
    }

    deinit {
        database.close()
        try? FileManager.default.removeItem(atPath: scratch)
    }

    /// Which prefix of its changelog the store holds; nil when nothing was checkpointed or it is not on disk.
    ///
    /// - Throws: ``StateStoreError`` with code `unknownStore`.
    public func mark(of store: String) throws(StateStoreError) -> ChangelogMark? { try header(of: store)?.mark }

    /// Visits the entries of `store` from the changelog key `first` on, in unsigned byte order of the changelog keys.
    ///
    /// - Parameters:
    ///   - store: the store's name.
    ///   - first: where to start; nil at the first key.
    ///   - body: returns whether to go on.
    /// - Throws: ``StateStoreError``, or what `body` throws.
    public func entries(of store: String, from first: Bytes? = nil, _ body: (Entry) throws -> Bool) throws {
        let layout = try layout(of: store)
        guard families.contains(store) else { return }
        let horizon = try header(of: store)?.horizon ?? .min
        let cursor = try StoredCursor(database.family(store), layout, from: first ?? .empty)
        while let entry = try cursor.entry() {
            if layout.segment == 0 || (StoreLayout.windowStart(ofChangelog: entry.key) ?? .min) >= horizon {
                guard try body(Entry(key: entry.key, value: entry.value, timestamp: entry.timestamp)) else { return }
            }
            try cursor.advance()
        }
    }

    /// The entry of one changelog key; nil when there is none.
    ///
    /// - Throws: ``StateStoreError``.
    public func entry(_ key: Bytes, of store: String) throws(StateStoreError) -> Entry? {
        let layout = try layout(of: store)
        var writer = ByteWriter()
        guard families.contains(store), layout.appendKey(fromChangelog: key, to: &writer) else { return nil }
        if layout.segment > 0, let horizon = try header(of: store)?.horizon,
            (StoreLayout.windowStart(ofChangelog: key) ?? .min) < horizon
        {
            return nil
        }
        guard let stored = try database.family(store).get(writer) else { return nil }
        guard let (timestamp, value) = layout.split(stored) else {
            throw StateStoreError(.corrupt, "the value of key \(key) is cut off", store: store)
        }
        return Entry(key: key, value: value, timestamp: timestamp)
    }
}

extension StoreReader {
    private typealias Opened = (database: Database, metadata: StoreDirectoryMetadata, families: Set<String>)

    /// Opens a directory that its owner may be changing: files vanish between listing and opening, so it tries again.
    private static func open(_ directory: String, _ scratch: String) throws(StateStoreError) -> Opened {
        var failure = StateStoreError(.io, "'\(directory)' could not be read")
        for attempt in 0..<attempts {
            do throws(StateStoreError) {
                let database = try Database(reading: directory, scratch: "\(scratch)/\(attempt)")
                guard let metadata = try MetadataKeeper(database).read() else {
                    throw StateStoreError(.unknownStore, "'\(directory)' has no list of stores yet")
                }
                return (database, metadata, database.familyNames)
            } catch {
                guard error.code != .incompatibleVersion else {
                    try? FileManager.default.removeItem(atPath: scratch)
                    throw error
                }
                failure = error
                Thread.sleep(forTimeInterval: 0.005 * Double(attempt))
            }
        }
        try? FileManager.default.removeItem(atPath: scratch)
        throw failure
    }

    private func layout(of store: String) throws(StateStoreError) -> StoreLayout {
        guard let specification = metadata.stores.first(where: { $0.name == store }) else {
            let known = metadata.stores.map { $0.name }.joined(separator: ", ")
            throw StateStoreError(.unknownStore, "'\(database.directory)' has \(known)", store: store)
        }
        return StoreLayout(specification, segment: metadata.segments[store])
    }

    private func header(of store: String) throws(StateStoreError) -> StoreHeader? {
        _ = try layout(of: store)
        guard families.contains(store) else { return nil }
        var key = ByteWriter()
        key.append(StoreHeader.key)
        guard let bytes = try database.family(store).get(key) else { return nil }
        return try StoreHeader(bytes, store: store)
    }
}
