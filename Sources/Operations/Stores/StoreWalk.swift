import Console
import StateStores
import StreamCore

/// The options that cut a part out of a store.
enum StoreRange {
    static let from = Parameter.option("from", ValueFormat<String>.anyText.named("KEY"), help: "keys from this one on")
    static let to = Parameter.option("to", ValueFormat<String>.anyText.named("KEY"), help: "keys up to this one")
    static let prefix = Parameter.option("prefix", ValueFormat<String>.text, help: "keys that start so (text)")
}

/// A walk over the entries of a store that a command line names.
struct StoreWalk {
    let entry: CatalogEntry
    let views: [TaskStoreView]
    private let invocation: Invocation
    private let keyFormat: RecordFormat

    init(_ invocation: Invocation) throws {
        self.invocation = invocation
        let catalog = try StoreCatalog(invocation)
        entry = try catalog.entry(try invocation[StoreCommands.store])
        keyFormat = try invocation[StoreCommands.keyFormat] ?? RecordFormat.known(entry.specification.keySerde)
        var tasks = entry.tasks
        if let task = try invocation[StoreCommands.task] {
            guard tasks.contains(task) else {
                throw CommandError(
                    .notFound, "'\(entry.name)' has no task \(task)",
                    hint: "it has \(tasks.map(\.description).joined(separator: ", "))", kind: "unknownTask")
            }
            tasks = [task]
        }
        let progress = invocation.progress("reading", unit: "tasks")
        let (entry, count) = (entry, tasks.count)
        views = try tasks.enumerated().map { index, task in
            progress.report(Int64(index), of: Int64(count))
            return try TaskStoreView(entry, task, in: catalog.folder, log: catalog.log)
        }
        progress.finish()
        for caveat in Set(views.compactMap(\.caveat)).sorted() { invocation.warn(caveat) }
    }

    func printer(withTimestamps: Bool) throws -> StorePrinter {
        try StorePrinter(entry.specification, invocation, withTimestamps: withTimestamps)
    }

    /// The bytes of a key as it is written on the command line.
    func encode(_ text: String) throws(CommandError) -> Bytes {
        do {
            return try keyFormat.encode(text: text)
        } catch {
            throw .usage("the key '\(text)' is no \(keyFormat.name): \(error.reason)", hint: "'stores scan' shows keys")
        }
    }

    /// Visits the entries that the command line asks for, in key order; `body` returns whether to go on.
    func visit(_ body: (TaskStoreView.Entry) throws -> Bool) throws {
        let prefix = try invocation[StoreRange.prefix].map { Bytes($0) }
        let from = try invocation[StoreRange.from].map(encode)
        let to = try invocation[StoreRange.to].map(encode)
        let isWindow = entry.specification.window != nil
        let first = [prefix, from].compactMap { $0 }.max()
        var scan = try MergedScan(views, from: first)
        while let (found, _) = try scan.next() {
            let key = isWindow ? found.key[0..<Swift.max(0, found.key.count - 12)] : found.key
            // With windows a later key of the changelog may be an earlier key: only then the walk must go on.
            if let prefix, !key.starts(with: prefix) {
                if isWindow, key < prefix { continue }
                return
            }
            if let from, key < from { continue }
            if let to, key > to {
                if isWindow, key.starts(with: to) { continue }
                return
            }
            guard try body(found) else { return }
        }
    }

    /// Visits the windows of the key with the bytes `key`, by start.
    func visitWindows(of key: Bytes, _ body: (TaskStoreView.Entry, Int64) throws -> Void) throws {
        var scan = try MergedScan(views, from: key)
        while let (found, _) = try scan.next(), found.key.starts(with: key) {
            // Keys that this one is the start of lie between its windows.
            guard found.key.count == key.count + 12 else { continue }
            var reader = ByteReader(found.key[key.count..<found.key.count])
            try body(found, reader.integer(Int64.self) ?? 0)
        }
    }

    /// Refuses an empty answer.
    func requireSome(_ printer: StorePrinter, _ key: String) throws(CommandError) {
        guard printer.rows.count == 0 else { return }
        throw CommandError(.notFound, "'\(entry.name)' has nothing for the key '\(key)'", kind: "unknownKey")
    }
}

extension Bytes {
    /// Whether these bytes start with `prefix`.
    fileprivate func starts(with prefix: Bytes) -> Bool { count >= prefix.count && self[0..<prefix.count] == prefix }
}
