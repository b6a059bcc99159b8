import Console
import EventLog
import Foundation
import Operations
import StateStores
import StreamCore

/// The stores of operators, read from outside: while their application runs, when it has stopped, after it was killed.
struct OperatorStores {
    let log: (any EventLog)?
    let folder: DataFolder
    private let entries: [CatalogEntry]
    private let topics: [String: TopicDescription]

    init(_ invocation: Invocation) throws {
        let catalog = try StoreCatalog(invocation)
        folder = catalog.folder
        log = catalog.log
        let known = try catalog.entries()
        topics = Dictionary(try (log?.topics() ?? []).map { ($0.name, $0) }) { first, _ in first }
        let changelogs = Set(known.compactMap(\.changelog))
        entries = known + Self.strangers(topics.values.filter { !changelogs.contains($0.name) }, known)
    }

    /// The journals of applications that left no manifest here, as on brokers: by the names of their changelogs.
    private static func strangers(_ topics: [TopicDescription], _ known: [CatalogEntry]) -> [CatalogEntry] {
        let all = Set(topics.map(\.name))
        let forms: [(end: String, value: String)] = [
            ("-journal", AskEntry.serde.description), ("-steps", StepEntry.serde.description),
            ("-state", "json"), ("-answered", "bytes"), ("-served", ServedRequest.serde.description),
            ("-items", MemoryRow.serde.description), ("-sessions", MemorySession.serde.description),
        ]
        // An application has a tasks topic; the longest name that fits is its.
        let applications = all.filter { $0.hasSuffix("-tasks") }.map { String($0.dropLast(6)) }
        var found: [CatalogEntry] = []
        for topic in topics {
            guard topic.name.hasSuffix("-changelog"),
                let form = forms.first(where: { topic.name.hasSuffix($0.end + "-changelog") }),
                let application = applications.filter({ topic.name.hasPrefix($0 + "-") }).max(by: {
                    $0.count < $1.count
                })
            else { continue }
            let store = String(topic.name.dropLast("-changelog".count).dropFirst(application.count + 1))
            let specification = StoreSpecification(
                name: store, kind: .keyValue, keySerde: "string", valueSerde: form.value, changelog: topic.name)
            guard !known.contains(where: { $0.application == application && $0.specification.name == store }) else {
                continue
            }
            found.append(
                CatalogEntry(
                    application: application, specification: specification, changelog: topic.name,
                    tasks: (0..<topic.partitions).map { TaskID(0, $0) }))
        }
        return found.sorted { $0.name < $1.name }
    }

    /// The stores whose values have the serde that describes itself as `value`.
    func all(of value: String, application: String?) -> [CatalogEntry] {
        entries.filter {
            $0.specification.valueSerde == value && (application == nil || $0.application == application)
        }
    }

    /// A store by its application and name; nil when there is none.
    func store(_ application: String, _ name: String) -> CatalogEntry? {
        entries.first { $0.application == application && $0.specification.name == name }
    }

    /// The applications that have stores here.
    var applications: [String] { Set(entries.map(\.application)).sorted() }

    /// Visits what `store` holds by the last commit, in the order of the keys' bytes; `body` returns whether to go on.
    func visit(
        _ store: CatalogEntry, prefix: Bytes = .empty, task: TaskID? = nil,
        _ body: (TaskStoreView.Entry, TaskID) throws -> Bool
    ) throws {
        let tasks = task.map { [$0] } ?? store.tasks
        var scan = try MergedScan(
            try tasks.map { try TaskStoreView(store, $0, in: folder, log: log) }, from: prefix.isEmpty ? nil : prefix)
        while let (entry, task) = try scan.next() {
            guard entry.key.count >= prefix.count, entry.key[0..<prefix.count] == prefix else {
                if entry.key < prefix { continue }
                return
            }
            guard try body(entry, task) else { return }
        }
    }

    /// What `store` holds under `key`.
    func get(_ key: Bytes, in store: CatalogEntry) throws -> TaskStoreView.Entry? {
        var found: TaskStoreView.Entry?
        for task in store.tasks where found == nil {
            found = try TaskStoreView(store, task, in: folder, log: log).entry(key)
        }
        return found
    }
}

/// Records of stores that cannot be read: counted, told at the end.
final class Unreadable {
    private var count = 0
    private var stores: Set<String> = []

    /// What `body` makes of an entry of `store`; nil, and counted, when it cannot be read.
    func read<Value>(_ store: CatalogEntry, _ body: () throws -> Value) -> Value? {
        do { return try body() } catch {
            count += 1
            stores.insert(store.name)
            return nil
        }
    }

    /// - Throws: ``CommandError`` with exit code `partial` when there were any.
    func complain() throws(CommandError) {
        guard count > 0 else { return }
        throw CommandError(
            .partial, "\(count) entries of \(stores.sorted().joined(separator: ", ")) cannot be read",
            hint: "another version of Tributary wrote them, or they are damaged", kind: "unreadableRecords")
    }
}
