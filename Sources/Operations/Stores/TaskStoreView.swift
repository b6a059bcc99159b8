import Console
package import EventLog
import Foundation
import StateStores
package import StreamCore

/// What one task's part of a store holds by its last commit: what is on disk, under the changelog's tail.
///
/// A view shows one moment: disk and tail are read together and belong together.
package final class TaskStoreView {
    /// One entry; the key is the changelog's.
    package struct Entry {
        package let key: Bytes
        package let value: Bytes
        package let timestamp: Timestamp
    }

    package let task: TaskID
    private let store: String
    private let reader: StoreReader?
    private let tail: [Bytes: LogRecord]
    private let sortedTail: [LogRecord]
    /// What makes the view less than exact, in words; nil when nothing does.
    package let caveat: String?

    /// How often a view is tried while the owner moves what is on disk under it.
    private static let attempts = 10

    package init(_ entry: CatalogEntry, _ task: TaskID, in folder: DataFolder, log: (any EventLog)?) throws {
        self.task = task
        store = entry.specification.name
        let directory = folder.state(of: entry.application, task)
        var found: [Bytes: LogRecord] = [:]
        var disk: StoreReader?
        var caveat: String?
        if let log, let changelog = entry.changelog, try log.topic(changelog) != nil {
            let partition = TopicPartition(changelog, task.partition)
            do throws(StateStoreError) {
                disk = try Self.open(directory, entry)
            } catch {
                guard error.code == .corrupt || error.code == .io else { throw error }
                caveat = "the folder of task \(task) cannot be read, its changelog is shown instead: \(error.message)"
            }
            for attempt in 1...Self.attempts {
                if let tail = try Self.tail(of: partition, after: disk?.mark(of: entry.specification.name), log) {
                    found = tail
                    break
                }
                // The owner compacted past what was read, or is rebuilding: look again, at last at the changelog alone.
                disk = attempt < Self.attempts - 1 && caveat == nil ? try Self.open(directory, entry) : nil
                found = [:]
            }
        } else {
            disk = try Self.open(directory, entry)
            let reason =
                entry.specification.isLogged
                ? "the changelog of '\(entry.name)' is not there" : "'\(entry.name)' is not logged"
            caveat = "\(reason): what is shown is the last checkpoint"
        }
        reader = disk
        tail = found
        sortedTail = found.sorted { $0.key < $1.key }.map(\.value)
        self.caveat = caveat
    }

    /// The reader of a task's folder when the store has something on disk there.
    private static func open(_ directory: String, _ entry: CatalogEntry) throws(StateStoreError) -> StoreReader? {
        let name = entry.specification.name
        guard entry.specification.isPersistent, FileManager.default.fileExists(atPath: "\(directory)/CURRENT") else {
            return nil
        }
        do throws(StateStoreError) {
            let reader = try StoreReader(directory: directory)
            guard reader.metadata.stores.contains(where: { $0.name == name }) else { return nil }
            return entry.changelog == nil ? reader : try reader.mark(of: name) == nil ? nil : reader
        } catch {
            // Just made, or just removed: the changelog has it all.
            guard error.code == .unknownStore else { throw error }
            return nil
        }
    }

    /// The last change of each key after `mark`; nil when what `mark` stands for is not a prefix of the changelog.
    private static func tail(
        of changelog: TopicPartition, after mark: ChangelogMark?, _ log: any EventLog
    ) throws -> [Bytes: LogRecord]? {
        let offsets = try log.offsets(of: changelog, isolation: .committed)
        let reader = try log.makeReader(isolation: .committed)
        var next = mark?.position ?? offsets.start
        var changes: [Bytes: LogRecord] = [:]
        do throws(EventLogError) {
            try reader.open(changelog, at: next)
            while next < offsets.end {
                let batch = try reader.read(changelog, maxRecords: 10_000, maxBytes: 8 << 20)
                for record in batch.records where record.offset < offsets.end {
                    // Compact: a small record must not hold a large batch.
                    if let key = record.key { changes[key.compact] = record }
                }
                if batch.nextOffset == next { reader.wait(upTo: .milliseconds(50)) }
                next = batch.nextOffset
            }
            // Asked after reading: what was compacted away meanwhile shows now.
            if let mark { return try log.verify(mark, of: changelog) == .prefix ? changes : nil }
            return changes
        } catch {
            guard error.code == .offsetOutOfRange else { throw error }
            return nil
        }
    }
}

extension TaskStoreView {
    /// The entry of a changelog key; nil when there is none.
    package func entry(_ key: Bytes) throws -> Entry? {
        if let change = tail[key] {
            return change.value.map { Entry(key: key, value: $0, timestamp: change.timestamp) }
        }
        return try reader?.entry(key, of: store).map { Entry(key: $0.key, value: $0.value, timestamp: $0.timestamp) }
    }

    /// Up to `limit` entries from the changelog key `first` on, in unsigned byte order, and where to go on; nil at the end.
    package func page(from first: Bytes?, limit: Int) throws -> (entries: [Entry], next: Bytes?) {
        var entries: [Entry] = []
        var index = first.map { first in sortedTail.partition(where: { ($0.key ?? .empty) >= first }) } ?? 0
        var next: Bytes?
        func takeTail() {
            let change = sortedTail[index]
            if let key = change.key, let value = change.value {
                entries.append(Entry(key: key, value: value, timestamp: change.timestamp))
            }
            index += 1
        }
        try reader?.entries(of: store, from: first) { stored in
            while index < sortedTail.count, entries.count < limit, (sortedTail[index].key ?? .empty) < stored.key {
                takeTail()
            }
            guard entries.count < limit else {
                next = min(stored.key, index < sortedTail.count ? sortedTail[index].key ?? .empty : stored.key)
                return false
            }
            if index < sortedTail.count, sortedTail[index].key == stored.key {
                takeTail()
            } else {
                entries.append(Entry(key: stored.key, value: stored.value, timestamp: stored.timestamp))
            }
            return true
        }
        while next == nil, index < sortedTail.count {
            guard entries.count < limit else {
                next = sortedTail[index].key
                break
            }
            takeTail()
        }
        return (entries, next)
    }
}

extension [LogRecord] {
    /// The index of the first element for which `belongs` is true, in an array where all of those come last.
    fileprivate func partition(where belongs: (LogRecord) -> Bool) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if belongs(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
