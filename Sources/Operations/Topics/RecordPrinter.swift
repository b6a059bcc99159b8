import Console
import StreamCore

/// Prints records in the form that was asked for, decoded as far as their formats are known.
final class RecordPrinter {
    let rows: RowWriter
    private let invocation: Invocation
    private let key: RecordFormat
    private let value: RecordFormat
    private let isStrict: (key: Bool, value: Bool)
    private var mismatches = 0

    init(_ topic: String, _ invocation: Invocation) throws {
        self.invocation = invocation
        let said =
            try LogOptions.brokers(invocation) == nil
            ? TopicFormats(DataFolder(invocation))[topic] : (.auto, .auto)
        let wanted = (key: try invocation[ConsumeCommand.keyFormat], value: try invocation[ConsumeCommand.valueFormat])
        key = wanted.key ?? said.key
        value = wanted.value ?? said.value
        isStrict = (wanted.key != nil, wanted.value != nil)
        rows = invocation.rows([
            Column("partition", .right), Column("offset", .right), Column("timestamp"), Column("key"), Column("value"),
        ])
    }

    func print(_ record: LogRecord, of partition: TopicPartition) throws(OutputClosed) {
        let isTable = invocation.style.hasColumns
        let time = record.timestamp
        var members = [
            JSONMember("topic", .string(partition.topic)),
            JSONMember("partition", .integer(Int64(partition.partition))),
            JSONMember("offset", .integer(record.offset)),
            JSONMember(
                "timestamp", isTable && time.milliseconds >= 0 ? .string(time.rfc3339) : .integer(time.milliseconds)),
            JSONMember("key", show(record.key, key, isStrict.key, "key", partition, record.offset)),
            JSONMember("value", show(record.value, value, isStrict.value, "value", partition, record.offset)),
        ]
        if !record.headers.isEmpty { members.append(JSONMember("headers", Self.show(record.headers))) }
        try rows.write(.object(members))
    }

    /// Says how many records were not of the format that was asked for.
    func complain() throws(CommandError) {
        guard mismatches > 0 else { return }
        throw CommandError(
            .partial,
            "\(mismatches) keys or values are not of the format that was asked for: they are shown as they look",
            hint: "leave --key-format and --value-format out, or name others", kind: "undecodable")
    }

    private func show(
        _ bytes: Bytes?, _ format: RecordFormat, _ isStrict: Bool, _ what: String, _ partition: TopicPartition,
        _ offset: Int64
    ) -> JSONValue {
        do {
            return try format.decode(bytes)
        } catch {
            if isStrict {
                if mismatches < 5 {
                    invocation.warn(
                        "\(partition) offset \(offset): the \(what), \(error.bytes) bytes, is no \(error.format)")
                }
                mismatches += 1
            }
            return format.show(bytes)
        }
    }

    /// Headers as an object; a name that occurs several times has an array.
    static func show(_ headers: Headers) -> JSONValue {
        var members: [JSONMember] = []
        for entry in headers.entries {
            let value = entry.value.map { $0.utf8.map(JSONValue.string) ?? RecordFormat.base64.show($0) } ?? .null
            if let index = members.firstIndex(where: { $0.name == entry.name }) {
                members[index].value = .array((members[index].value.elements ?? [members[index].value]) + [value])
            } else {
                members.append(JSONMember(entry.name, value))
            }
        }
        return .object(members)
    }
}
