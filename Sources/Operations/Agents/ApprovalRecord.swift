package import StreamCore
import Topology

/// A question to a person, as it is on the topic `<application>-approvals`: the latest record of each id counts.
///
/// JSON, so that people and other languages read it. Only the task that asked writes it, in its transactions.
package struct ApprovalRecord: Sendable, Hashable, Codable {
    /// How far it is.
    package enum Status: String, Sendable, Hashable, Codable {
        /// Nobody has decided.
        case pending
        case approved
        case rejected
        /// Nobody decided in time.
        case expired
        /// The request that asked is over.
        case cancelled
    }

    /// The version of this format: 1.
    package var format = 1
    /// Names it, short enough to type: see ``id(of:)``.
    package var id: String
    /// Names it for ever, in decisions: the operation's idempotency key.
    package var operation: String
    package var application: String
    /// The step whose handler asks.
    package var step: String
    /// The name of the question in that handler.
    package var name: String
    /// The key of the request that the handler works on; empty when it has none that is text.
    package var key: String
    package var prompt: String
    /// What it is about, as JSON text.
    package var details: String
    /// Moments are milliseconds since 1970.
    package var requestedAt: Int64
    /// When nobody waits any more.
    package var expiresAt: Int64
    package var status: Status
    /// Where a decision is to be written.
    package var answerTopic: String
    package var answerPartition: Int32
    package var decidedAt: Int64?
    package var by: String?
    package var reason: String?
    /// The details as whoever decided edited them, JSON text.
    package var edited: String?

    package init(
        operation: String, application: String, step: String, name: String, key: String, prompt: String,
        details: String, requestedAt: Timestamp, expiresAt: Timestamp, answer: TopicPartition
    ) {
        id = Self.id(of: operation)
        self.operation = operation
        self.application = application
        self.step = step
        self.name = name
        self.key = key
        self.prompt = prompt
        self.details = details
        self.requestedAt = requestedAt.milliseconds
        self.expiresAt = expiresAt.milliseconds
        status = .pending
        answerTopic = answer.topic
        answerPartition = answer.partition
    }

    /// The short id of `operation`: 16 hexadecimal digits.
    package static func id(of operation: String) -> String {
        var hash = FNV1a()
        hash.add(operation)
        return hash.hex
    }

    /// The topic of `application`.
    package static func topic(of application: String) -> String { "\(application)-\(topicName)" }
    /// What the topic is called besides the application's name.
    package static let topicName = "approvals"
    package static let serde = Serde<ApprovalRecord>.json()
}

/// What a person decided, as it is on the topic that ``ApprovalRecord/answerTopic`` names.
///
/// The value is JSON; two headers say what it is and which question it answers. The first one counts.
package struct ApprovalVote: Sendable, Hashable, Codable {
    /// `approved` or `rejected`.
    package var verdict: String
    package var by: String?
    package var reason: String?
    /// The details as edited, JSON text; absent when they stay.
    package var edited: String?

    package init(verdict: String, by: String?, reason: String?, edited: String?) {
        self.verdict = verdict
        self.by = by
        self.reason = reason
        self.edited = edited
    }

    package static let serde = Serde<ApprovalVote>.json()

    /// The headers of a decision about `operation`; the names are those of all messages between agents.
    package static func headers(_ operation: String) -> Headers {
        Headers([
            .init(name: kindHeader, value: Bytes("decision")), .init(name: idHeader, value: Bytes(operation)),
        ])
    }
    package static let kindHeader = "tributary.kind"
    package static let idHeader = "tributary.id"
}
