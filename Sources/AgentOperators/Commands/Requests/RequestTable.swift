import Console
import EventLog
import Operations
import StateStores
import StreamCore

/// The requests of applications: those at work by their journals, those that ended by what is remembered of them.
struct RequestTable {
    let stores: OperatorStores
    let unreadable: Unreadable
    private let application: String?

    /// - Throws: ``CommandError`` when the application is not known.
    init(_ stores: OperatorStores, application: String? = nil) throws {
        self.stores = stores
        self.application = application
        unreadable = Unreadable()
        guard let application, !stores.applications.contains(application) else { return }
        throw CommandError(
            .notFound, "no application '\(application)' has stores in \(stores.log?.location ?? stores.folder.path)",
            hint: Suggestions.hint(for: application, among: stores.applications)
                ?? (stores.applications.isEmpty
                    ? "no application has run here" : "there are: \(stores.applications.joined(separator: ", "))"),
            kind: "unknownApplication")
    }

    private struct Place: Hashable {
        let task: TaskID
        let sequence: Int64
    }

    /// Visits the requests at work, oldest first in each step; `body` returns whether to go on.
    func forEach(step: String? = nil, _ body: (StoredRequest) throws -> Bool) throws {
        for journal in stores.all(of: AskEntry.serde.description, application: application) {
            let name = journal.specification.name.withoutSuffix("-journal")
            guard step == nil || step == name else { continue }
            let steps = try steps(of: journal.application, name)
            var lines: Set<Bytes> = []
            var goesOn = true
            try stores.visit(journal) { stored, task in
                guard let sequence = unreadable.read(journal, { try Serde<Int64>.int64.decode(stored.key) }),
                    let entry = unreadable.read(journal, { try AskEntry.serde.decode(stored.value) })
                else { return true }
                let isFirst = entry.key.map { lines.insert($0).inserted } ?? true
                goesOn = try body(
                    StoredRequest(
                        application: journal.application, step: name, task: task, sequence: sequence, entry: entry,
                        steps: steps[Place(task: task, sequence: sequence)] ?? [], isFirst: isFirst))
                return goesOn
            }
            guard goesOn else { return }
        }
    }

    /// The handlers' journals of a step, by request.
    private func steps(of application: String, _ name: String) throws -> [Place: [StepEntry]] {
        guard let store = stores.store(application, "\(name)-steps"),
            store.specification.valueSerde == StepEntry.serde.description
        else { return [:] }
        var found: [Place: [StepEntry]] = [:]
        try stores.visit(store) { stored, task in
            guard let key = unreadable.read(store, { try StepKey.serde.decode(stored.key) }),
                let step = unreadable.read(store, { try StepEntry.serde.decode(stored.value) })
            else { return true }
            found[Place(task: task, sequence: key.sequence), default: []].append(step)
            return true
        }
        return found
    }

    /// A request that ended, as the step remembers it for a while.
    struct Ended {
        let application: String
        let step: String
        /// The message's id; of agents with `@type/key` behind it.
        let operation: String
        /// `answered`, `failed`, or `ended` where nobody waited or the answer was not kept.
        let status: String
        let timestamp: Timestamp
        let reply: JSONValue

        var id: String { ApprovalRecord.id(of: operation) }
        var key: String { operation.split(separator: "@", maxSplits: 1).dropFirst().first.map(String.init) ?? "" }

        var row: JSONValue {
            [
                "id": .string(id), "status": .string(status), "application": .string(application),
                "step": .string(step), "key": key.isEmpty ? .null : .string(key), "timestamp": .moment(timestamp),
                "operation": .string(operation),
            ]
        }

        var details: JSONValue {
            guard case .object(let members) = row else { return row }
            return .object(members + [JSONMember("reply", reply)])
        }
    }

    /// Visits what is remembered of requests that ended; `body` returns whether to go on.
    func forEachEnded(step: String? = nil, _ body: (Ended) throws -> Bool) throws {
        var goesOn = true
        for store in stores.all(of: ServedRequest.serde.description, application: application) where goesOn {
            let name = store.specification.name.withoutSuffix("-served")
            guard step == nil || step == name else { continue }
            try stores.visit(store) { stored, _ in
                guard let served = unreadable.read(store, { try ServedRequest.serde.decode(stored.value) }),
                    served.status != .open
                else { return true }
                let failed = served.status == .released || served.answer?.error != nil
                let reply =
                    served.answer?.error.map { JSONValue.string("\($0.code): \($0.message)") }
                    ?? RecordFormat.look(at: served.answer?.payload)
                goesOn = try body(
                    Ended(
                        application: store.application, step: name, operation: stored.key.description,
                        status: failed ? "failed" : "answered", timestamp: stored.timestamp, reply: reply))
                return goesOn
            }
        }
        for store in stores.all(of: "bytes", application: application)
        where goesOn && store.specification.name.hasSuffix("-answered") {
            let name = store.specification.name.withoutSuffix("-answered")
            guard step == nil || step == name, stores.store(store.application, "\(name)-state") != nil else { continue }
            try stores.visit(store) { stored, _ in
                let reply = stored.value.isEmpty ? nil : try? AgentCoding.reply(stored.value)
                goesOn = try body(
                    Ended(
                        application: store.application, step: name, operation: stored.key.description,
                        status: stored.value.isEmpty ? "ended" : "answered", timestamp: stored.timestamp,
                        reply: RecordFormat.look(at: reply?.bytes)))
                return goesOn
            }
        }
    }
}

/// A request that a command line may name.
private protocol NamedRequest {
    /// Short enough to type.
    var id: String { get }
    /// Whether it is the one that `name` names in full.
    func isCalled(_ name: String) -> Bool
}

extension StoredRequest: NamedRequest {
    fileprivate func isCalled(_ name: String) -> Bool {
        id == name || entry.idempotencyKey == name || message == name
    }
}

extension RequestTable.Ended: NamedRequest {
    fileprivate func isCalled(_ name: String) -> Bool {
        id == name || operation == name || operation.hasPrefix(name + "@")
    }
}

extension RequestTable {
    /// The one request at work that `id` names: its id or the start of it, its idempotency key, or its message's id.
    ///
    /// - Returns: the request; nil when none is at work.
    /// - Throws: ``CommandError`` when `id` names several.
    func find(_ id: String) throws -> StoredRequest? { try pick(id) { try forEach($0) } }

    /// The one remembered request that `id` names; nil when there is none.
    ///
    /// - Throws: ``CommandError`` when `id` names several.
    func findEnded(_ id: String) throws -> Ended? { try pick(id) { try forEachEnded($0) } }

    /// The one that `id` names, else the one whose id begins so; `visit` calls its argument for each.
    private func pick<Found: NamedRequest>(
        _ id: String, from visit: ((Found) throws -> Bool) throws -> Void
    ) throws -> Found? {
        var exact: [Found] = []
        var near: [Found] = []
        try visit { request in
            if request.isCalled(id) {
                exact.append(request)
            } else if id.count >= 4, request.id.hasPrefix(id) {
                near.append(request)
            }
            return true
        }
        let found = exact.isEmpty ? near : exact
        guard found.count < 2 else { throw Self.ambiguous(id, found.map(\.id)) }
        return found.first
    }

    private static func ambiguous(_ id: String, _ found: [String]) -> CommandError {
        CommandError(
            .usage, "\(found.count) requests are called '\(id)': \(found.prefix(5).joined(separator: ", "))",
            hint: "write the whole id", kind: "ambiguousRequest")
    }

    static func unknown(_ id: String) -> CommandError {
        CommandError(
            .notFound, "there is no request '\(id)', and none that ended is remembered by that id",
            hint: "see those at work with 'requests list', those that ended with --all", kind: "unknownRequest")
    }
}

extension String {
    /// The text without `suffix` at its end.
    func withoutSuffix(_ suffix: String) -> String { hasSuffix(suffix) ? String(dropLast(suffix.count)) : self }
}
