package import Console
package import EventLog
import Foundation
package import StreamCore

/// The approvals of some applications, as their topics have them now.
package struct ApprovalTable {
    /// The latest record of each question, oldest question first.
    package let records: [ApprovalRecord]
    /// The topics that were read.
    let topics: [String]
    /// How many records could not be read.
    package let unreadable: Int

    /// Reads the approvals of `application`, or of all when that is nil.
    ///
    /// - Throws: ``CommandError`` when the application has no approvals; ``EventLogError``.
    package init(_ log: any EventLog, application: String?) throws {
        let suffix = "-\(ApprovalRecord.topicName)"
        let known = try log.topics().filter { $0.name.hasSuffix(suffix) && $0.name.count > suffix.count }
        let wanted = application.map(ApprovalRecord.topic(of:))
        let read = known.filter { wanted == nil || $0.name == wanted }
        if let application, read.isEmpty {
            let names = known.map { String($0.name.dropLast(suffix.count)) }
            throw CommandError(
                .notFound, "'\(application)' has no approvals in \(log.location)",
                hint: Suggestions.hint(for: application, among: names)
                    ?? "its handlers ask when the step has 'takesApprovals', and the application has run",
                kind: "unknownApplication")
        }
        var latest: [String: ApprovalRecord] = [:]
        var unreadable = 0
        for topic in read {
            try Self.scan(topic, of: log) { record in
                guard let approval = try? ApprovalRecord.serde.decode(record.value), approval.format == 1 else {
                    if record.value != nil { unreadable += 1 }
                    return
                }
                latest[approval.operation] = approval
            }
        }
        records = latest.values.sorted { ($0.requestedAt, $0.operation) < ($1.requestedAt, $1.operation) }
        topics = read.map(\.name)
        self.unreadable = unreadable
    }

    private static func scan(
        _ topic: TopicDescription, of log: any EventLog, _ body: (LogRecord) -> Void
    ) throws(EventLogError) {
        let reader = try log.makeReader(isolation: .committed)
        for number in 0..<topic.partitions {
            let partition = TopicPartition(topic.name, number)
            let offsets = try log.offsets(of: partition, isolation: .committed)
            try reader.open(partition, at: offsets.start)
            var next = offsets.start
            while next < offsets.end {
                let batch = try reader.read(partition, maxRecords: 1_000, maxBytes: 4 << 20)
                for record in batch.records { body(record) }
                if batch.nextOffset == next { reader.wait(upTo: .milliseconds(100)) }
                next = batch.nextOffset
            }
            reader.close(partition)
        }
    }

    /// The one question that `id` names: its id, the start of it, or its operation.
    ///
    /// - Throws: ``CommandError`` when there is none, or several.
    func find(_ id: String) throws(CommandError) -> ApprovalRecord {
        let found = records.filter { $0.id == id || $0.operation == id }
        let candidates = found.isEmpty && id.count >= 4 ? records.filter { $0.id.hasPrefix(id) } : found
        if candidates.count > 1 {
            let names = candidates.prefix(5).map(\.id).joined(separator: ", ")
            throw CommandError(
                .usage, "\(candidates.count) approvals start with '\(id)': \(names)", hint: "write more of the id",
                kind: "ambiguousApproval")
        }
        guard let one = candidates.first else {
            throw CommandError(
                .notFound, "there is no approval '\(id)'",
                hint: topics.isEmpty
                    ? "no application here asks for approvals"
                    : "see those that wait with 'tributary agents approvals', all with --all",
                kind: "unknownApproval")
        }
        return one
    }
}

extension ApprovalRecord {
    /// Whether a decision would still count at `now`, as far as this clock can tell.
    package func isOpen(at now: Timestamp) -> Bool { status == .pending && now.milliseconds < expiresAt }

    /// Why no decision counts any more, in words.
    func closedBecause(at now: Timestamp) -> String? {
        let who = by.flatMap { $0.isEmpty ? nil : " by \($0)" } ?? ""
        let when = decidedAt.map { " at \(Timestamp(milliseconds: $0).rfc3339)" } ?? ""
        switch status {
        case .approved, .rejected: return "was \(status.rawValue)\(who)\(when)"
        case .expired: return "expired\(when)"
        case .cancelled: return "is not asked any more: its request ended\(when)"
        case .pending:
            guard !isOpen(at: now) else { return nil }
            return "expired at \(Timestamp(milliseconds: expiresAt).rfc3339)"
        }
    }

    /// The record as commands show it.
    package var json: JSONValue {
        func moment(_ milliseconds: Int64?) -> JSONValue {
            milliseconds.map { .string(Timestamp(milliseconds: $0).rfc3339) } ?? .null
        }
        func text(_ text: String?) -> JSONValue { text.map { .string($0) } ?? .null }
        return [
            "id": .string(id), "status": .string(status.rawValue), "application": .string(application),
            "step": .string(step), "name": .string(name), "key": .string(key), "prompt": .string(prompt),
            "details": (try? JSONValue(parsing: details)) ?? .string(details), "requestedAt": moment(requestedAt),
            "expiresAt": moment(expiresAt), "decidedAt": moment(decidedAt), "by": text(by), "reason": text(reason),
            "edited": edited.map { (try? JSONValue(parsing: $0)) ?? .string($0) } ?? .null,
            "operation": .string(operation), "answerTopic": .string(answerTopic),
            "answerPartition": .integer(Int64(answerPartition)),
        ]
    }
}
