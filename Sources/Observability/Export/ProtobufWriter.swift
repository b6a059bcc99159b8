/// Writes Protocol Buffers: fields with their numbers, messages within messages.
struct ProtobufWriter {
    private(set) var bytes: [UInt8] = []

    mutating func text(_ field: Int, _ text: String) { run(field, Array(text.utf8)) }

    mutating func run(_ field: Int, _ run: [UInt8]) {
        tag(field, 2)
        varint(UInt64(run.count))
        bytes += run
    }

    mutating func message(_ field: Int, _ write: (inout ProtobufWriter) -> Void) {
        var inner = ProtobufWriter()
        write(&inner)
        run(field, inner.bytes)
    }

    mutating func number(_ field: Int, _ number: UInt64) {
        tag(field, 0)
        varint(number)
    }

    mutating func fixed(_ field: Int, _ number: UInt64) {
        tag(field, 1)
        for shift in stride(from: UInt64(0), to: 64, by: 8) { bytes.append(UInt8(truncatingIfNeeded: number >> shift)) }
    }

    mutating func fixed(_ field: Int, _ number: UInt32) {
        tag(field, 5)
        for shift in stride(from: UInt32(0), to: 32, by: 8) { bytes.append(UInt8(truncatingIfNeeded: number >> shift)) }
    }

    private mutating func tag(_ field: Int, _ wire: UInt64) { varint(UInt64(field) << 3 | wire) }

    private mutating func varint(_ number: UInt64) {
        var rest = number
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }
}
