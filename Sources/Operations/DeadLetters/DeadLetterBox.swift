import Console
import EventLog
import StreamCore
import Topology

/// The dead letters of one topic.
struct DeadLetterBox {
    let topic: TopicDescription
    let log: any EventLog
    let marks: DeadLetterMarks

    init(_ topic: TopicDescription, _ log: any EventLog) throws {
        self.topic = topic
        self.log = log
        marks = try DeadLetterMarks(of: topic.name, log)
    }

    /// Visits the letters, partition by partition, oldest first; `body` returns whether to go on.
    func forEach(_ body: (DeadLetter) throws -> Bool) throws {
        try LogScan(topic, log).forEach { record, place in
            let number = "\(place.partition)@\(record.offset)"
            return try body(DeadLetter(place: place, record: record, mark: marks[number]))
        }
    }

    /// The letter at an offset; nil when there is none.
    func letter(_ partition: Int32, _ offset: Int64) throws -> DeadLetter? {
        guard partition >= 0, partition < topic.partitions, offset >= 0 else { return nil }
        var found: DeadLetter?
        try LogScan(topic, log, partition: partition, from: offset).forEach { record, place in
            if record.offset == offset {
                found = DeadLetter(place: place, record: record, mark: marks["\(partition)@\(offset)"])
            }
            return false
        }
        return found
    }
}

extension DeadLetterBox {
    private static let suffix = "-dead-letters"

    /// The dead-letter topics that the command line is about: of one application, or all that there are.
    ///
    /// - Throws: ``CommandError`` when the application has none; ``EventLogError``.
    static func all(_ invocation: Invocation, _ log: any EventLog, application: String?) throws -> [DeadLetterBox] {
        let folder = try DataFolder(invocation)
        var names: [String: String] = [:]
        for name in ApplicationManifest.applications(in: folder.applications) {
            // A manifest that cannot be read says nothing; the topic's name still may.
            guard let plan = try? ApplicationManifest.read(name, in: folder.applications)?.plan else { continue }
            names[KnownApplication(plan).deadLetters] = name
        }
        let topics = try log.topics()
        let known = topics.filter { names[$0.name] != nil || $0.name.hasSuffix(suffix) }
        guard let application else { return try known.map { try DeadLetterBox($0, log) } }
        let own = known.filter {
            names[$0.name] == application || $0.name == application || $0.name == application + suffix
        }
        guard own.isEmpty else { return try own.map { try DeadLetterBox($0, log) } }
        let others = known.map { names[$0.name] ?? String($0.name.dropLast(suffix.count)) }
        throw CommandError(
            .notFound, "application '\(application)' has no dead letters in \(log.location)",
            hint: Suggestions.hint(for: application, among: others)
                ?? (others.isEmpty
                    ? "no application has run here" : "there are those of: \(others.joined(separator: ", "))"),
            kind: "unknownApplication")
    }

    /// The letter called `id`: `topic-partition@offset`, or `partition@offset` when there is one topic only.
    ///
    /// - Throws: ``CommandError`` when there is none; ``EventLogError``.
    static func find(_ id: String, in boxes: [DeadLetterBox]) throws -> (DeadLetterBox, DeadLetter) {
        guard let at = id.lastIndex(of: "@"), let offset = Int64(id[id.index(after: at)...]) else {
            throw CommandError.usage(
                "'\(id)' is no dead letter's id", hint: "write it as 'dlq list' does: topic-partition@offset")
        }
        let front = id[..<at]
        let digits = front.suffix(while: { $0.isASCII && $0.isNumber })
        guard let partition = Int32(digits) else {
            throw CommandError.usage(
                "'\(id)' is no dead letter's id", hint: "write it as 'dlq list' does: topic-partition@offset")
        }
        let topic = front.dropLast(digits.count)
        let candidates = boxes.filter { topic.isEmpty || topic == $0.topic.name + "-" }
        guard !topic.isEmpty || candidates.count < 2 else {
            throw CommandError.usage(
                "which application's '\(id)'? there are \(candidates.map(\.topic.name).joined(separator: ", "))",
                hint: "write the whole id, such as \(candidates[0].topic.name)-\(id), or name --application")
        }
        for box in candidates {
            if let letter = try box.letter(partition, offset) { return (box, letter) }
        }
        throw CommandError(
            .notFound, "there is no dead letter '\(id)'",
            hint: boxes.isEmpty
                ? "no application has run here" : "see them with 'dlq list --all'; old ones may have been deleted",
            kind: "unknownDeadLetter")
    }
}

extension Substring {
    /// The longest end whose characters all satisfy `condition`.
    fileprivate func suffix(while condition: (Character) -> Bool) -> Substring {
        var start = endIndex
        while start > startIndex, condition(self[index(before: start)]) { start = index(before: start) }
        return self[start...]
    }
}
