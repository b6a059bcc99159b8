import Console
import StreamCore

/// A line understood: a record to send, and what could not be taken from it.
struct ParsedLine {
    var key: Bytes?
    var value: Bytes?
    var timestamp: Timestamp
    var headers: Headers
    /// Where it was before, when it is an envelope.
    var partition: Int32?
    /// What is wrong with the line; nil when nothing is.
    var problem: String?
    /// Whether the line cannot be sent at all.
    var isUnusable = false
}

/// Makes records of lines.
struct LineParser {
    private let format: ProduceCommand.LineFormat
    private let fields: [String]
    private let keyIndex: Int?
    private let timestampIndex: Int?
    private let key: Bytes?
    private let keyFormat: RecordFormat
    private let valueFormat: RecordFormat
    private let headers: Headers
    private let clock: any WallClock

    init(_ invocation: Invocation, clock: any WallClock = SystemWallClock()) throws {
        self.clock = clock
        format = try invocation[ProduceCommand.format]
        keyFormat = try invocation[ProduceCommand.keyFormat]
        valueFormat = try invocation[ProduceCommand.valueFormat]
        let keyField = try invocation[ProduceCommand.keyField]
        let timestampField = try invocation[ProduceCommand.timestampField]
        let keyText = try invocation[ProduceCommand.key]
        if keyField != nil, keyText != nil {
            throw CommandError.usage("--key and --key-field exclude each other", hint: "leave one of them out")
        }
        if format == .envelope, keyField != nil || timestampField != nil {
            throw CommandError.usage(
                "--key-field and --timestamp-field are for lines, not for envelopes",
                hint: "an envelope has its key and its time: leave them out")
        }
        fields = [keyField, timestampField].compactMap { $0 }
        keyIndex = keyField == nil ? nil : 0
        timestampIndex = timestampField == nil ? nil : fields.count - 1
        do {
            if let keyText { key = try keyFormat.encode(text: keyText) } else { key = nil }
        } catch {
            throw CommandError.usage("option --key: \(error.reason)")
        }
        var headers = Headers()
        for (name, value) in try invocation[ProduceCommand.headers] { headers.append(name, value) }
        self.headers = headers
    }

    /// Understands a line; nil when it is empty.
    func parse(_ line: Bytes) -> ParsedLine? {
        guard !line.isEmpty, !(line.count == 1 && line[0] == 0x0d) else { return nil }
        return format == .envelope ? envelope(line) : plain(line)
    }

    private func plain(_ line: Bytes) -> ParsedLine {
        var record = ParsedLine(key: key, value: line, timestamp: clock.now(), headers: headers)
        guard !fields.isEmpty else { return record }
        do {
            let found = try JSONText.fields(fields, of: line)
            if let keyIndex { take(found[keyIndex], asKeyOf: &record) }
            if let timestampIndex { take(found[timestampIndex], asTimeOf: &record) }
        } catch {
            record.problem = "\(error)"
        }
        return record
    }

    private func take(_ text: JSONText?, asKeyOf record: inout ParsedLine) {
        guard let text else {
            record.problem = "field '\(fields[0])' is missing"
            return
        }
        let value = text.value
        do throws(Unencodable) {
            guard !text.isContainer || keyFormat != .auto else {
                throw Unencodable(reason: "it is neither text nor a number")
            }
            // Numbers become keys as they are written: 1.10 is not 1.1.
            let isScalar = value.stringValue == nil && value != .null
            record.key = try keyFormat.encode(isScalar && keyFormat == .auto ? .verbatim(text) : value)
        } catch {
            record.problem = "field '\(fields[0])' is no key: \(error.reason)"
        }
    }

    private func take(_ text: JSONText?, asTimeOf record: inout ParsedLine) {
        let name = fields[fields.count - 1]
        guard let text else {
            record.problem = record.problem ?? "field '\(name)' is missing"
            return
        }
        let value = text.value
        if let time = value.integerValue.map(Timestamp.init(milliseconds:))
            ?? value.stringValue.flatMap(Timestamp.init(written:))
        {
            record.timestamp = time
        } else {
            record.problem = record.problem ?? "field '\(name)' is no time: \(Preview.of(text.bytes))"
        }
    }

    private func envelope(_ line: Bytes) -> ParsedLine {
        var record = ParsedLine(key: key, value: nil, timestamp: clock.now(), headers: headers)
        do {
            let names = ["key", "value", "timestamp", "headers", "partition"]
            let found = try JSONText.fields(names, of: line)
            guard let value = found[1] else { throw Unencodable(reason: "member 'value' is missing") }
            record.value = try bytes(value, valueFormat)
            if key == nil, let text = found[0] { record.key = try bytes(text, keyFormat) }
            if let time = found[2]?.value.integerValue { record.timestamp = Timestamp(milliseconds: time) }
            if let members = found[3]?.value.members { try append(members, to: &record.headers) }
            record.partition = found[4]?.value.integerValue.flatMap { Int32(exactly: $0) }
        } catch let error as Unencodable {
            (record.problem, record.isUnusable) = (error.reason, true)
        } catch {
            (record.problem, record.isUnusable) = ("\(error)", true)
        }
        return record
    }

    /// The bytes of a member: what is an object or array stays as it is written.
    private func bytes(_ text: JSONText, _ format: RecordFormat) throws -> Bytes? {
        let value = text.value
        let isWindow = value["start"] != nil && value["end"] != nil
        guard format == .auto, value.stringValue == nil, value != .null, !isWindow, !RecordFormat.isEncoded(value)
        else {
            return try format.encode(value)
        }
        return text.bytes.compact
    }

    private func append(_ members: [JSONMember], to headers: inout Headers) throws {
        for member in members {
            for value in member.value.elements ?? [member.value] {
                headers.append(member.name, try RecordFormat.auto.encode(value))
            }
        }
    }
}

/// The start of some bytes, for messages.
enum Preview {
    static func of(_ bytes: Bytes) -> String {
        let text = JSONValue.string(bytes[0..<60].utf8 ?? "0x\(bytes[0..<20].hex)").cell
        return bytes.count > 60 ? text + "…" : text
    }
}
