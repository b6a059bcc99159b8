import Console
import EventLog
import StreamCore

/// What was done about a dead letter, as it is on the topic `<dead-letter topic>-handled`: JSON, compacted.
///
/// A record with the letter's number as its key says how it ended. One whose key is `number/attempt` says that somebody is
/// about to send it again; a null value takes that back. So a crash between sending and saying so is seen afterwards.
struct DeadLetterMark: Sendable, Hashable, Codable {
    enum Status: String, Sendable, Hashable, Codable {
        /// Somebody is about to send it, or ended while doing so.
        case retrying
        /// It was sent again.
        case retried
        /// Nobody wants it.
        case dropped
    }

    /// The version of this format: 1.
    var format = 1
    /// The letter: `partition@offset` on its topic.
    var letter: String
    var status: Status
    /// Who did it: a random name of one run of the tool.
    var attempt: String
    /// When, in milliseconds since 1970.
    var at: Int64
    /// Who says so.
    var by: String?
    /// Where it was sent.
    var topic: String?
    var partition: Int32?
    /// Its offset there.
    var offset: Int64?
    /// Of `retrying`: no offset of that partition before this one can be the letter's.
    var from: Int64?

    /// The key of its record.
    var key: String { status == .retrying ? "\(letter)/\(attempt)" : letter }

    static let serde = Serde<DeadLetterMark>.json()

    /// The topic of the marks of the letters of `topic`.
    static func topic(of topic: String) -> String { "\(topic)-handled" }

    var json: JSONValue {
        var members: [JSONMember] = [
            JSONMember("status", .string(status.rawValue)),
            JSONMember("at", .string(Timestamp(milliseconds: at).rfc3339)),
            JSONMember("by", by.map { .string($0) } ?? .null),
        ]
        if let topic, let partition {
            members.append(JSONMember("sentTo", .string("\(topic)-\(partition)\(offset.map { "@\($0)" } ?? "")")))
        }
        return .object(members)
    }

    /// What happened to the letter, in words.
    var words: String {
        let who = by.map { " by \($0)" } ?? ""
        let when = Timestamp(milliseconds: at).rfc3339
        switch status {
        case .retrying: return "is being sent again\(who) since \(when)"
        case .retried: return "was sent again\(who) at \(when)"
        case .dropped: return "was dropped\(who) at \(when)"
        }
    }
}

/// The marks of a dead-letter topic, as its topic of marks has them now.
struct DeadLetterMarks {
    /// How each letter ended, by number.
    private(set) var outcomes: [String: DeadLetterMark] = [:]
    /// Who was about to send each letter, in the order in which they said so.
    private(set) var intents: [String: [DeadLetterMark]] = [:]
    /// How many records could not be read.
    private(set) var unreadable = 0
    private let place: TopicPartition

    /// Reads the marks of the letters of `topic`; there are none while nobody has done anything.
    ///
    /// - Throws: ``EventLogError``.
    init(of topic: String, _ log: any EventLog) throws {
        place = TopicPartition(DeadLetterMark.topic(of: topic), 0)
        guard let known = try log.topic(place.topic) else { return }
        try LogScan(known, log, partition: 0).forEach { record, _ in
            take(record)
            return true
        }
    }

    /// The mark that a list shows.
    subscript(letter: String) -> DeadLetterMark? { outcomes[letter] ?? intents[letter]?.first }

    private mutating func take(_ record: LogRecord) {
        guard let key = record.key?.utf8 else { return unreadable += 1 }
        let letter = String(key.prefix { $0 != "/" })
        guard let value = record.value else {
            intents[letter]?.removeAll { $0.key == key }
            if key == letter { outcomes[letter] = nil }
            return
        }
        guard let mark = try? DeadLetterMark.serde.decode(value), mark.format == 1, mark.key == key else {
            return unreadable += 1
        }
        if mark.status == .retrying {
            intents[letter, default: []].removeAll { $0.key == key }
            intents[letter, default: []].append(mark)
        } else {
            outcomes[letter] = mark
        }
    }

    /// Makes the topic of the marks of `topic`, when it is not there.
    ///
    /// - Throws: ``EventLogError``.
    static func make(for topic: String, _ log: any EventLog) throws(EventLogError) {
        let name = DeadLetterMark.topic(of: topic)
        guard try log.topic(name) == nil else { return }
        do {
            try log.createTopic(TopicSpecification(name, partitions: 1, cleanup: .compact))
        } catch {
            // Somebody else was faster.
            guard error.code == .topicExists else { throw error }
        }
    }
}

extension RecordBuffer {
    /// Appends `mark`, of a letter of `topic`.
    mutating func append(_ mark: DeadLetterMark, of topic: String) throws {
        append(
            to: TopicPartition(DeadLetterMark.topic(of: topic), 0), key: Bytes(mark.key),
            value: try DeadLetterMark.serde.encode(mark), timestamp: Timestamp(milliseconds: mark.at))
    }

    /// Takes `mark` back.
    mutating func retract(_ mark: DeadLetterMark, of topic: String, at now: Timestamp) {
        append(
            to: TopicPartition(DeadLetterMark.topic(of: topic), 0), key: Bytes(mark.key), value: nil, timestamp: now)
    }
}
