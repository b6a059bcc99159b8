import Console
import EventLog
import StreamCore

/// What topics an application needs, which are there and as they should be, and the making of those that are not.
struct ApplicationTopics {
    private enum Finding: Equatable {
        case fine
        case missing
        /// It has fewer partitions and may be given more.
        case small
        /// Only a reset, or somebody who knows, can mend it.
        case wrong(String)

        var text: String {
            switch self {
            case .fine: "ok"
            case .missing: "missing"
            case .small: "too few partitions"
            case .wrong(let why): why
            }
        }
    }

    private let application: KnownApplication
    private let invocation: Invocation
    private let log: any EventLog

    init(_ application: KnownApplication, _ invocation: Invocation) throws {
        self.application = application
        self.invocation = invocation
        log = try LogOptions.open(invocation, mustExist: true)
    }

    /// Shows what is needed and what is there; ends with 8 when something is wrong that `apply` cannot mend.
    func show() throws {
        let needed = try needed()
        let findings = try needed.topics.map { try (topic: $0, found: look($0)) }
        let rows = invocation.rows([
            Column("topic"), Column("kind"), Column("partitions", .right), Column("cleanup"), Column("retention"),
            Column("state"),
        ])
        for (topic, found) in findings {
            let wanted = topic.specification
            try rows.write([
                "topic": .string(topic.name), "kind": .string(topic.kind.rawValue),
                "partitions": .integer(Int64(wanted.partitions)), "cleanup": .string(wanted.cleanup.rawValue),
                "retention": wanted.retention.map { .string("\($0.milliseconds)ms") } ?? .null,
                "state": .string(found.text),
            ])
        }
        try rows.finish()
        let missing = findings.count { $0.found == .missing || $0.found == .small }
        if missing > 0 { invocation.note("\(missing) to make: 'topics apply' does it, and so does the application") }
        try complain(findings)
    }

    /// Makes what is missing and grows what may grow; changes nothing else.
    func apply() throws {
        let needed = try needed()
        let findings = try needed.topics.map { try (topic: $0, found: look($0)) }
        // Before anything is made: half of an application's topics help nobody.
        try complain(findings)
        let rows = invocation.rows([Column("action"), Column("topic"), Column("partitions", .right)])
        for (topic, found) in findings {
            switch found {
            case .missing: try make(topic.specification)
            case .small: try log.growTopic(topic.name, to: topic.specification.partitions)
            case .fine, .wrong: continue
            }
            try rows.write([
                "action": found == .small ? "grew" : "made", "topic": .string(topic.name),
                "partitions": .integer(Int64(topic.specification.partitions)),
            ])
        }
        try rows.finish()
    }

    /// Makes the topics that the application has for itself, where they are missing.
    func makeInternal() throws {
        let own = Set(application.internalTopics)
        for topic in try needed().topics where own.contains(topic.name) {
            if try look(topic) == .missing { try make(topic.specification) }
        }
    }

    private func needed() throws -> NeededTopics {
        let needed = try NeededTopics(application, log)
        guard needed.missingInputs.isEmpty else {
            throw CommandError(
                .notFound,
                "what '\(application.name)' needs depends on inputs that do not exist: \(needed.missingInputs.joined(separator: ", "))",
                hint: "make them first: topics create \(needed.missingInputs[0]) --partitions N", kind: "unknownTopic")
        }
        return needed
    }

    private func look(_ topic: NeededTopic) throws(EventLogError) -> Finding {
        guard let found = try log.topic(topic.name) else { return .missing }
        let wanted = topic.specification
        switch topic.kind {
        case .output, .deadLetters: return .fine
        case .tasks: if found.partitions < wanted.partitions { return .small }
        case .repartition, .changelog:
            guard found.partitions == wanted.partitions else {
                return .wrong("has \(found.partitions) partitions instead of \(wanted.partitions)")
            }
        }
        if let cleanup = found.cleanup, cleanup != wanted.cleanup, topic.kind != .tasks || cleanup == .delete {
            return .wrong("has cleanup \(cleanup.rawValue) instead of \(wanted.cleanup.rawValue)")
        }
        return .fine
    }

    private func make(_ specification: TopicSpecification) throws {
        do {
            try log.createTopic(specification)
        } catch {
            // An instance that starts at the same time makes them, too.
            guard error.code == .topicExists else { throw error }
        }
    }

    private func complain(_ findings: [(topic: NeededTopic, found: Finding)]) throws {
        let wrong = findings.compactMap { topic, found -> String? in
            guard case .wrong(let why) = found else { return nil }
            return "'\(topic.name)' \(why)"
        }
        guard !wrong.isEmpty else { return }
        throw CommandError(
            .unhealthy, "topics are not what '\(application.name)' needs: \(wrong.joined(separator: "; "))",
            hint: "reset the application, which deletes them, or set them right with your cluster's own tools",
            kind: "wrongTopics")
    }
}
