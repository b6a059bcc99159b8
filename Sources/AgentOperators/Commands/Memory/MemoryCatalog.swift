import Console
import EventLog
import Operations
import StateStores
import StreamCore

/// The memories of applications, read from outside by their stores.
struct MemoryCatalog {
    /// A memory.
    struct Place {
        let application: String
        let memory: String
        let sessions: CatalogEntry
        let items: CatalogEntry

        var name: String { "\(application)/\(memory)" }
    }

    let places: [Place]
    let stores: OperatorStores
    let unreadable = Unreadable()

    /// The memories of `name`, `MEMORY` or `APPLICATION/MEMORY`; all when that is nil.
    ///
    /// - Throws: ``CommandError`` when there is none of that name.
    init(_ stores: OperatorStores, named name: String?) throws {
        self.stores = stores
        let all = stores.all(of: MemorySession.serde.description, application: nil).compactMap { sessions -> Place? in
            let memory = sessions.specification.name.withoutSuffix("-sessions")
            guard let items = stores.store(sessions.application, "\(memory)-items") else { return nil }
            return Place(application: sessions.application, memory: memory, sessions: sessions, items: items)
        }
        places = all.filter { name == nil || $0.memory == name || $0.name == name }
        guard places.isEmpty, let name else { return }
        throw CommandError(
            .notFound, "there is no memory '\(name)' in \(stores.log?.location ?? stores.folder.path)",
            hint: Suggestions.hint(for: name, among: all.map(\.name) + all.map(\.memory))
                ?? (all.isEmpty
                    ? "no application with a memory has run here"
                    : "there are: \(all.map(\.name).joined(separator: ", "))"),
            kind: "unknownMemory")
    }

    /// The sessions of a memory; `body` returns whether to go on.
    func forEachSession(of place: Place, _ body: (String, MemorySession) throws -> Bool) throws {
        try stores.visit(place.sessions) { entry, _ in
            guard let name = unreadable.read(place.sessions, { try Serde<String>.string.decode(entry.key) }),
                let session = unreadable.read(place.sessions, { try MemorySession.serde.decode(entry.value) })
            else { return true }
            return try body(name, session)
        }
    }

    /// The one memory that has a session called `name`.
    ///
    /// - Throws: ``CommandError`` when none has it, or several have.
    func session(_ name: String) throws -> (place: Place, session: MemorySession) {
        var found: [(place: Place, session: MemorySession)] = []
        for place in places {
            guard let entry = try stores.get(Bytes(name), in: place.sessions),
                let session = unreadable.read(place.sessions, { try MemorySession.serde.decode(entry.value) })
            else { continue }
            found.append((place, session))
        }
        guard found.count < 2 else {
            throw CommandError.usage(
                "several memories have a session '\(name)': \(found.map(\.place.name).joined(separator: ", "))",
                hint: "name one with --memory")
        }
        if let one = found.first { return one }
        try unreadable.complain()
        throw CommandError(
            .notFound,
            places.isEmpty ? "no application with a memory has run here" : "no memory has a session '\(name)'",
            hint: places.isEmpty
                ? "name the data folder with --data-dir" : "see those that there are with 'memory list'",
            kind: "unknownSession")
    }

    /// The living items of a session, oldest first; `body` returns whether to go on.
    func forEachItem(
        of name: String, _ session: MemorySession, in place: Place, _ body: (MemoryItem) throws -> Bool
    ) throws {
        let now = SystemWallClock().now()
        try stores.visit(place.items, prefix: MemoryRowKey.prefix(ofItemsOf: name)) { entry, _ in
            guard let row = unreadable.read(place.items, { try MemoryRow.serde.decode(entry.value) }),
                case .item(let item) = row, item.epoch >= session.epoch, !item.isExpired(at: now)
            else { return true }
            return try body(item)
        }
    }
}

extension MemoryItem {
    /// The item as a row.
    ///
    /// - Parameters:
    ///   - isShort: whether long content is cut, for people.
    ///   - score: how well it fits what was searched.
    /// - Returns: the row.
    func row(isShort: Bool, score: Double? = nil) -> JSONValue {
        var members: [JSONMember] = []
        if let score { members.append(JSONMember("score", .double((score * 10_000).rounded() / 10_000))) }
        members += [
            JSONMember("sequence", .integer(sequence)), JSONMember("id", .string(id)),
            JSONMember("timestamp", .moment(timestamp)), JSONMember("expiry", .moment(expiry)),
            JSONMember("version", .integer(Int64(version))), JSONMember("mime", .string(content.mime)),
        ]
        if isShort {
            members.append(JSONMember("content", .string(Abbreviation.of(content.summary, 80))))
        } else if let text = content.text {
            members.append(JSONMember("content", .string(text)))
        } else {
            members.append(JSONMember("content", RecordFormat.base64.show(content.bytes)))
        }
        members.append(JSONMember("metadata", metadata.isEmpty ? .null : MemoryJSON.object(metadata)))
        return .object(members)
    }
}
