import Foundation
public import StreamCore

/// What a task's directory says about its stores, for tools: the content of `stores.json`.
public struct StoreDirectoryMetadata: Sendable, Hashable {
    /// The format that this version writes and reads.
    public static let currentFormat = 1
    /// The file beside RocksDB's own.
    public static let fileName = "stores.json"

    /// The format of the directory.
    public let formatVersion: Int
    /// The application's name, when it gave one.
    public let application: String?
    /// The task.
    public let task: TaskID
    /// The stores, also those that the present plan no longer has.
    public let stores: [StoreSpecification]
    /// The length of a segment of each window store in ms: what it was made with, whatever its retention is now.
    let segments: [String: Int64]
}

extension StoreDirectoryMetadata {
    /// Reads the content of `stores.json`.
    init(json: [UInt8], directory: String) throws(StateStoreError) {
        let file: StoresFile
        do {
            let version = try JSONDecoder().decode(StoresFile.Version.self, from: Data(json))
            guard version.formatVersion == Self.currentFormat else {
                throw StateStoreError(
                    .incompatibleVersion,
                    "'\(directory)' has format \(version.formatVersion), this version reads \(Self.currentFormat): run "
                        + "the version that wrote it, or destroy the directory, which is rebuilt from the changelogs")
            }
            file = try JSONDecoder().decode(StoresFile.self, from: Data(json))
        } catch let error as StateStoreError {
            throw error
        } catch {
            throw StateStoreError(.corrupt, "the list of stores in '\(directory)' cannot be read: \(error)")
        }
        guard let task = TaskID(file.task) else {
            throw StateStoreError(.corrupt, "'\(directory)' names the task '\(file.task)', which is none")
        }
        formatVersion = file.formatVersion
        application = file.application
        self.task = task
        stores = try file.stores.map { store throws(StateStoreError) in try store.specification(directory) }
        segments = Dictionary(
            file.stores.compactMap { store in store.segmentMs.map { (store.name, $0) } }, uniquingKeysWith: { $1 })
    }

    /// The content of `stores.json`.
    func json() throws(StateStoreError) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        let file = StoresFile(
            formatVersion: formatVersion, application: application, task: task.description,
            stores: stores.map { StoresFile.Store($0, segment: segments[$0.name]) })
        do {
            return Array(try encoder.encode(file))
        } catch {
            throw StateStoreError(.io, "the list of stores cannot be written: \(error)")
        }
    }
}
