import StreamCore
import Testing

@Suite("Bytes")
struct BytesTests {
    @Test func `order is that of unsigned bytes, shorter first`() {
        let ordered: [Bytes] = [[], [0], [0, 0], [0, 255], [1], [127], [128], [255], [255, 0]]
        #expect(ordered.reversed().sorted() == ordered)
    }

    @Test func `slices of slices count from their own start and are clamped`() {
        let slice = Bytes([0, 1, 2, 3, 4, 5])[1..<5]
        #expect(slice.array == [1, 2, 3, 4])
        #expect(slice[1..<3].array == [2, 3])
        #expect(slice[2..<100].array == [3, 4])
        #expect(slice[50..<100].isEmpty)
        #expect(slice.compact == slice)
        #expect(slice.hashValue == Bytes([1, 2, 3, 4]).hashValue)
    }

    @Test func `a reader never passes the end, wherever it is cut`() {
        var writer = ByteWriter()
        writer.append(bigEndian: Int64.min)
        writer.append(varint: .max)
        writer.append(zigzag: .min)
        writer.append([7, 8, 9])
        let whole = writer.bytes
        for length in 0...whole.count {
            var reader = ByteReader(Bytes(whole)[0..<length])
            let number = reader.integer(Int64.self)
            let unsigned = number == nil ? nil : reader.varint()
            let signed = unsigned == nil ? nil : reader.zigzag()
            let run = signed == nil ? nil : reader.run(3)
            #expect((run != nil) == (length == whole.count))
            #expect(reader.position <= length)
            if let number { #expect(number == .min) }
            if let unsigned { #expect(unsigned == .max) }
            if let signed { #expect(signed == .min) }
        }
    }

    @Test func `runs of impossible lengths are nil`() {
        var reader = ByteReader([1, 2])
        #expect(reader.run(-1) == nil)
        #expect(reader.run(.max) == nil)
        #expect(reader.run(2) == [1, 2])
        #expect(reader.run(0) == .empty)
    }

    @Test func `a number that never ends is nil`() {
        var reader = ByteReader(Bytes([UInt8](repeating: 0x80, count: 20)))
        #expect(reader.varint() == nil)
    }
}
