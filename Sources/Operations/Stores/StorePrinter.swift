import Console
import StateStores
import StreamCore

/// Prints a store's entries, decoded by the serdes that the store was made with.
final class StorePrinter {
    private let specification: StoreSpecification
    private let key: RecordFormat
    private let value: RecordFormat
    private let invocation: Invocation
    private let withTimestamps: Bool
    let rows: RowWriter

    init(_ specification: StoreSpecification, _ invocation: Invocation, withTimestamps: Bool) throws {
        self.specification = specification
        self.invocation = invocation
        self.withTimestamps = withTimestamps
        key = try invocation[StoreCommands.keyFormat] ?? RecordFormat.known(specification.keySerde)
        value = try invocation[StoreCommands.valueFormat] ?? RecordFormat.known(specification.valueSerde)
        var columns = [Column("key")]
        if specification.window != nil { columns += [Column("start"), Column("end")] }
        if withTimestamps { columns.append(Column("timestamp")) }
        rows = invocation.rows(columns + [Column("value")])
    }

    func print(_ entry: TaskStoreView.Entry) throws(OutputClosed) {
        let isTable = invocation.style.hasColumns
        var members: [JSONMember] = []
        if let size = specification.window {
            let windowed = RecordFormat.storedWindow(key, size: size).show(entry.key)
            if isTable, let start = windowed["start"]?.integerValue {
                members.append(JSONMember("key", windowed["key"] ?? .null))
                members.append(JSONMember("start", .string(Timestamp(milliseconds: start).rfc3339)))
                let end = windowed["end"]?.integerValue.map { JSONValue.string(Timestamp(milliseconds: $0).rfc3339) }
                members.append(JSONMember("end", end ?? .null))
            } else {
                members.append(JSONMember("key", windowed))
            }
        } else {
            members.append(JSONMember("key", key.show(entry.key)))
        }
        if withTimestamps { members.append(JSONMember("timestamp", time(entry.timestamp, isTable))) }
        members.append(JSONMember("value", value.show(entry.value)))
        try rows.write(.object(members))
    }

    private func time(_ timestamp: Timestamp, _ isTable: Bool) -> JSONValue {
        guard timestamp != .unknown else { return .null }
        return isTable ? .string(timestamp.rfc3339) : .integer(timestamp.milliseconds)
    }
}

extension StoreSpecification {
    /// How long its windows are in ms; nil when it has none.
    var window: Int64? {
        guard case .window(let size, _) = kind else { return nil }
        return size
    }

    /// What it is, in a word.
    var kindName: String {
        switch kind {
        case .keyValue: "keyValue"
        case .timestampedKeyValue: "timestampedKeyValue"
        case .window: "window"
        }
    }
}
