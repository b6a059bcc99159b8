import JSON
import StreamCore

extension AvroSchema {
    /// The parsing canonical form of Avro's specification: schemas with the same one write the same bytes and resolve alike.
    public var canonicalText: String {
        var writer = ByteWriter()
        var seen: Set<Int> = []
        write(root, into: &writer, seen: &seen)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    /// The 64-bit Rabin fingerprint (CRC-64-AVRO) of the canonical form.
    public var fingerprint: UInt64 {
        var fingerprint = Self.emptyFingerprint
        for byte in canonicalText.utf8 {
            let index = Int((fingerprint ^ UInt64(byte)) & 0xff)
            fingerprint = (fingerprint >> 8) ^ Self.fingerprintTable[index]
        }
        return fingerprint
    }

    private static let emptyFingerprint: UInt64 = 0xc15d_213a_a4d7_a795

    private static let fingerprintTable: [UInt64] = (0..<256).map { index in
        (0..<8).reduce(UInt64(index)) { rest, _ in (rest >> 1) ^ (rest & 1 == 0 ? 0 : emptyFingerprint) }
    }

    private func write(_ index: Int, into writer: inout ByteWriter, seen: inout Set<Int>) {
        let node = types[index]
        if let name = node.name, !seen.insert(index).inserted { return JSONValue.write(name.full, into: &writer) }
        switch node {
        case .primitive(let kind): JSONValue.write(kind.rawValue, into: &writer)
        case .record(let name, let fields):
            begin(name, "record", into: &writer)
            writer.append(",\"fields\":[")
            for (position, field) in fields.enumerated() {
                writer.append(
                    position > 0 ? ",{\"name\":\"\(field.name)\",\"type\":" : "{\"name\":\"\(field.name)\",\"type\":")
                write(field.type, into: &writer, seen: &seen)
                writer.append("}")
            }
            writer.append("]}")
        case .enumeration(let name, let symbols, _):
            begin(name, "enum", into: &writer)
            writer.append(",\"symbols\":[\(symbols.map { "\"\($0)\"" }.joined(separator: ","))]}")
        case .fixed(let name, let size):
            begin(name, "fixed", into: &writer)
            writer.append(",\"size\":\(size)}")
        case .array(let item):
            writer.append("{\"type\":\"array\",\"items\":")
            write(item, into: &writer, seen: &seen)
            writer.append("}")
        case .map(let item):
            writer.append("{\"type\":\"map\",\"values\":")
            write(item, into: &writer, seen: &seen)
            writer.append("}")
        case .union(let branches):
            for (position, branch) in branches.enumerated() {
                writer.append(position > 0 ? "," : "[")
                write(branch, into: &writer, seen: &seen)
            }
            writer.append("]")
        }
    }

    private func begin(_ name: AvroName, _ kind: String, into writer: inout ByteWriter) {
        writer.append("{\"name\":\"\(name.full)\",\"type\":\"\(kind)\"")
    }
}
