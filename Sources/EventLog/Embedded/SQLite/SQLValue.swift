import CSQLite

/// A value of a statement's parameter.
enum SQLValue {
    case integer(Int64)
    case text(String)
    case null

    /// A number, or null.
    static func optional(_ integer: Int64?) -> SQLValue { integer.map(SQLValue.integer) ?? .null }

    /// Gives the value to parameter `index`, which starts at 1.
    func bind(to statement: OpaquePointer, at index: Int32) {
        switch self {
        case .integer(let integer): sqlite3_bind_int64(statement, index, integer)
        case .text(let text): tributary_bind_text(statement, index, text, Int32(clamping: text.utf8.count))
        case .null: sqlite3_bind_null(statement, index)
        }
    }
}

/// A row of a query; valid until the query goes on.
struct SQLRow {
    fileprivate let statement: OpaquePointer

    init(statement: OpaquePointer) { self.statement = statement }

    /// Whether column `index` is null.
    func isNull(_ index: Int32) -> Bool { sqlite3_column_type(statement, index) == SQLITE_NULL }

    /// The number in column `index`; 0 when null.
    func integer(_ index: Int32) -> Int64 { sqlite3_column_int64(statement, index) }

    /// The number in column `index`; nil when null.
    func optionalInteger(_ index: Int32) -> Int64? { isNull(index) ? nil : integer(index) }

    /// The text in column `index`; nil when null.
    func optionalText(_ index: Int32) -> String? {
        guard let start = sqlite3_column_text(statement, index) else { return nil }
        let count = Int(sqlite3_column_bytes(statement, index))
        return String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
    }

    /// The text in column `index`; empty when null.
    func text(_ index: Int32) -> String { optionalText(index) ?? "" }

    /// The bytes in column `index`, copied once.
    func bytes(_ index: Int32) -> [UInt8] {
        guard let start = sqlite3_column_blob(statement, index) else { return [] }
        return [UInt8](UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(statement, index))))
    }
}
