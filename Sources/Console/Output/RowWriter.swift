import StreamCore

/// Writes rows one by one in the form that was asked for; belongs to one thread.
///
/// A row is an object; the columns say which members a table shows. The widths of a table's columns come from the rows
/// that were there when it was first flushed; later, wider ones push their line to the right.
public final class RowWriter {
    private let columns: [Column]
    private let style: OutputStyle
    private let sink: TextSink
    private var widths: [Int]?
    private var waiting: [[String]] = []
    private var writer = ByteWriter()
    /// How many rows were written.
    public private(set) var count = 0

    /// How many rows a table looks at before it settles its columns.
    private static let sample = 200

    /// A writer of rows with these columns.
    public init(_ columns: [Column], style: OutputStyle, to sink: TextSink) {
        self.columns = style == .table ? columns.filter { !$0.isWide } : columns
        self.style = style
        self.sink = sink
    }

    /// Writes a row; readers may see it only after ``flush()``.
    ///
    /// - Throws: ``OutputClosed`` when nobody reads any more.
    public func write(_ row: JSONValue) throws(OutputClosed) {
        count += 1
        switch style {
        case .jsonl:
            row.write(into: &writer)
            writer.append(0x0a)
            if writer.count > 16_384 { try handOver() }
        case .json:
            writer.append(count == 1 ? "[\n  " : ",\n  ")
            row.write(into: &writer)
            if writer.count > 16_384 { try handOver() }
        case .yaml:
            writer.append(YAMLText.item(row))
            if writer.count > 16_384 { try handOver() }
        case .csv:
            if count == 1 { writer.append(CSVText.line(columns.map { .string($0.name) })) }
            writer.append(CSVText.line(columns.map { row[$0.name] ?? .null }))
            if writer.count > 16_384 { try handOver() }
        case .name:
            guard let first = columns.first else { return }
            try sink.write((row[first.name]?.cell ?? "-") + "\n")
        case .table, .wide:
            let cells = columns.map { row[$0.name]?.cell ?? "-" }
            if let widths {
                try sink.write(line(cells, widths))
            } else {
                waiting.append(cells)
                if waiting.count >= Self.sample { try settle() }
            }
        }
    }

    /// Shows readers all rows so far: call it before waiting for more.
    ///
    /// - Throws: ``OutputClosed`` when nobody reads any more.
    public func flush() throws(OutputClosed) {
        if style.isTable, widths == nil, !waiting.isEmpty { try settle() }
        try handOver()
        try sink.flush()
    }

    /// Ends the rows: closes a JSON document, prints the header of a table without rows.
    ///
    /// - Throws: ``OutputClosed`` when nobody reads any more.
    public func finish() throws(OutputClosed) {
        if style == .json { writer.append(count == 0 ? "[]\n" : "\n]\n") }
        if style == .yaml, count == 0 { writer.append("[]\n") }
        if style == .csv, count == 0 { writer.append(CSVText.line(columns.map { .string($0.name) })) }
        if style.isTable, widths == nil { try settle() }
        try flush()
    }

    private func handOver() throws(OutputClosed) {
        guard writer.count > 0 else { return }
        try sink.write(writer.bytes)
        writer.removeAll()
    }

    private func settle() throws(OutputClosed) {
        let headers = columns.map(\.header)
        let settled = headers.indices.map { index in
            ([headers] + waiting).map { $0[index].count }.max() ?? 0
        }
        widths = settled
        try sink.write(line(headers, settled))
        for cells in waiting { try sink.write(line(cells, settled)) }
        waiting = []
    }

    private func line(_ cells: [String], _ widths: [Int]) -> String {
        var line = ""
        for (index, cell) in cells.enumerated() {
            let padding = String(repeating: " ", count: max(0, widths[index] - cell.count))
            let isLast = index == cells.count - 1
            line += columns[index].alignment == .right ? padding + cell : cell + (isLast ? "" : padding)
            line += isLast ? "\n" : "  "
        }
        return line
    }
}
