import Console
import StreamCore
import Topology

/// A record that an application gave up, with its story.
struct DeadLetter {
    /// Where it lies: its place on the dead-letter topic.
    let place: TopicPartition
    let record: LogRecord
    /// What people did about it; nil while nobody did anything.
    let mark: DeadLetterMark?

    /// Names it among the letters of its topic: `partition@offset`.
    var number: String { "\(place.partition)@\(record.offset)" }
    /// Names it: `topic-partition@offset`.
    var id: String { "\(place.topic)-\(number)" }

    var application: String? { header(DeadLetterHeader.application) }
    var stage: String? { header(DeadLetterHeader.stage) }
    var step: String? { header(DeadLetterHeader.step) }
    var message: String? { header(DeadLetterHeader.message) }

    /// Where it was read from; nil when its headers do not say.
    var source: (place: TopicPartition, offset: Int64)? {
        guard let topic = header(DeadLetterHeader.topic), !topic.isEmpty,
            let partition = header(DeadLetterHeader.partition).flatMap({ Int32($0) }), partition >= 0,
            let offset = header(DeadLetterHeader.offset).flatMap({ Int64($0) })
        else { return nil }
        return (TopicPartition(topic, partition), offset)
    }

    /// How many bytes its value had before it was cut; nil when it is whole.
    var truncatedFrom: Int? { header(DeadLetterHeader.truncated).flatMap { Int($0) } }

    /// How often it had been sent again when it failed this time.
    var retries: Int { header(Self.retryCount).flatMap { Int($0) } ?? 0 }

    /// Its headers as the record came with them: without the story.
    var originalHeaders: Headers {
        Headers(record.headers.entries.filter { !$0.name.hasPrefix("tributary.error.") })
    }

    private func header(_ name: String) -> String? { record.headers[name] }

    /// The header of a record that was sent again: the id of the letter.
    static let retryOf = "tributary.retry-of"
    /// The header of a record that was sent again: how often by now.
    static let retryCount = "tributary.retry-count"
    /// The header of a record that was sent again: which attempt sent it.
    static let retryAttempt = "tributary.retry-attempt"
}

extension DeadLetter {
    /// How far it is: `open`, or what its mark says.
    var status: String { mark?.status.rawValue ?? "open" }

    /// The letter as a row of a list.
    ///
    /// - Parameters:
    ///   - formats: how topics' records are read.
    ///   - isShort: whether long text is cut, for people.
    /// - Returns: the row.
    func row(_ formats: TopicFormats, isShort: Bool) -> JSONValue {
        let source = source
        let format = formats[source?.place.topic ?? ""]
        let key = format.key.show(record.key)
        return [
            "id": .string(id), "status": .string(status), "application": text(application), "step": text(step),
            "stage": text(stage), "source": source.map { .string("\($0.place)@\($0.offset)") } ?? .null,
            "key": isShort ? .string(Abbreviation.of(key.cell, 24)) : key,
            "error": isShort ? .string(Abbreviation.of(message ?? "-", 60)) : text(message),
            "timestamp": moment, "bytes": .integer(Int64(record.value?.count ?? 0)),
            "retries": .integer(Int64(retries)),
        ]
    }

    /// All of it.
    func details(_ formats: TopicFormats) -> JSONValue {
        let format = formats[source?.place.topic ?? ""]
        var members: [JSONMember] = [
            JSONMember("id", .string(id)), JSONMember("status", .string(status)),
            JSONMember("application", text(application)), JSONMember("step", text(step)),
            JSONMember("stage", text(stage)), JSONMember("task", text(record.headers[DeadLetterHeader.task])),
            JSONMember("topic", text(source?.place.topic)),
            JSONMember("partition", source.map { .integer(Int64($0.place.partition)) } ?? .null),
            JSONMember("offset", source.map { .integer($0.offset) } ?? .null), JSONMember("error", text(message)),
            JSONMember("timestamp", moment), JSONMember("key", format.key.show(record.key)),
            JSONMember("value", format.value.show(record.value)),
            JSONMember("bytes", .integer(Int64(record.value?.count ?? 0))),
            JSONMember("headers", RecordPrinter.show(originalHeaders)),
            JSONMember("retries", .integer(Int64(retries))),
        ]
        if let truncatedFrom { members.append(JSONMember("truncatedFrom", .integer(Int64(truncatedFrom)))) }
        if let mark { members.append(JSONMember("handled", mark.json)) }
        return .object(members)
    }

    private var moment: JSONValue {
        record.timestamp == .unknown ? .null : .string(record.timestamp.rfc3339)
    }

    private func text(_ text: String?) -> JSONValue { text.map { .string($0) } ?? .null }
}

/// Text for a cell of a table.
package enum Abbreviation {
    /// At most `limit` characters of `text`, an ellipsis where it was cut.
    package static func of(_ text: String, _ limit: Int) -> String {
        text.count <= limit ? text : text.prefix(limit - 1) + "…"
    }
}
