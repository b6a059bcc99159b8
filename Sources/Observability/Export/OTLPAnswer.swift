import JSON
import StreamCore

/// What a collector says with status 200: how many spans it did not take.
enum OTLPAnswer {
    /// 0 when it says nothing that can be understood.
    static func rejected(_ body: [UInt8], isJSON: Bool) -> Int {
        guard !body.isEmpty else { return 0 }
        if isJSON {
            let count = (try? JSONValue(parsing: Bytes(body)))?["partialSuccess"]?["rejectedSpans"]
            return Int(clamping: max(0, count?.integerValue ?? count?.stringValue.flatMap { Int64($0) } ?? 0))
        }
        // partial_success = 1, and in it rejected_spans = 1.
        guard let partial = field(1, in: body[...]), case .run(let inner) = partial,
            case .number(let count)? = field(1, in: inner)
        else { return 0 }
        return Int(clamping: count)
    }

    private enum Field {
        case number(UInt64)
        case run(ArraySlice<UInt8>)
    }

    /// The first field of that number; nil when there is none or the bytes are no message.
    private static func field(_ wanted: UInt64, in bytes: ArraySlice<UInt8>) -> Field? {
        var rest = bytes
        while let tag = varint(&rest) {
            let value: Field
            switch tag & 7 {
            case 0:
                guard let number = varint(&rest) else { return nil }
                value = .number(number)
            case 2:
                guard let count = varint(&rest), count <= UInt64(rest.count) else { return nil }
                value = .run(rest.prefix(Int(count)))
                rest = rest.dropFirst(Int(count))
            case 1 where rest.count >= 8: (value, rest) = (.number(0), rest.dropFirst(8))
            case 5 where rest.count >= 4: (value, rest) = (.number(0), rest.dropFirst(4))
            default: return nil
            }
            if tag >> 3 == wanted { return value }
        }
        return nil
    }

    private static func varint(_ rest: inout ArraySlice<UInt8>) -> UInt64? {
        var number: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 64, by: 7) {
            guard let byte = rest.popFirst() else { return nil }
            number |= UInt64(byte & 0x7f) << shift
            if byte < 0x80 { return number }
        }
        return nil
    }
}
