import StreamCore
import Testing

@Suite("Serde")
struct SerdeTests {
    @Test func `numbers have Kafka's bytes`() throws {
        #expect(try Serde<Int32>.int32.encode(258)?.hex == "00000102")
        #expect(try Serde<Int64>.int64.encode(258)?.hex == "0000000000000102")
        #expect(try Serde<Int>.int.encode(258)?.hex == "0000000000000102")
        #expect(try Serde<Double>.double.encode(1.5)?.hex == "3ff8000000000000")
    }

    @Test func `a windowed key is the key and its start, as in Kafka Streams`() throws {
        let serde = Serde<Windowed<String>>.windowed(.string, size: .milliseconds(500))
        let key = Windowed(
            key: "ab", start: Timestamp(milliseconds: 1_000), end: Timestamp(milliseconds: 1_500))
        let bytes = try serde.encode(key)
        #expect(bytes?.hex == "616200000000000003e8")
        #expect(try serde.decode(bytes) == key)
    }

    @Test func `numbers refuse every other length`() {
        for length in 0..<16 {
            let bytes = Bytes([UInt8](repeating: 0, count: length))
            if length != 8 {
                #expect(throws: SerdeError.self) { try Serde<Int64>.int64.decode(bytes) }
                #expect(throws: SerdeError.self) { try Serde<Double>.double.decode(bytes) }
            }
            if length != 4 {
                #expect(throws: SerdeError.self) { try Serde<Int32>.int32.decode(bytes) }
                #expect(throws: SerdeError.self) { try Serde<Float>.float.decode(bytes) }
            }
            if length != 2 { #expect(throws: SerdeError.self) { try Serde<Int16>.int16.decode(bytes) } }
            if length != 1 { #expect(throws: SerdeError.self) { try Serde<Bool>.bool.decode(bytes) } }
        }
    }

    @Test func `malformed bytes are refused, never trapped on`() {
        #expect(throws: SerdeError.self) { try Serde<String>.string.decode(Bytes([0xff, 0xfe])) }
        #expect(throws: SerdeError.self) { try Serde<Bool>.bool.decode(Bytes([2])) }
        #expect(throws: SerdeError.self) { try Serde<[Int]>.json().decode("[1,") }
        #expect(throws: SerdeError.self) { try Serde<Windowed<String>>.windowed(.string).decode(Bytes([1, 2])) }
        #expect(throws: SerdeError.self) { try Serde<Int>.int.decode(nil) }
    }

    @Test func `an error says what was found`() {
        let error = #expect(throws: SerdeError.self) { try Serde<Int64>.int64.decode(Bytes([1, 2, 3])) }
        #expect(error?.description == "not a valid int64: 3 bytes instead of 8")
    }

    @Test(
        arguments: [
            ("a", -1_563_381_124), ("b", -1_853_091_852), ("key", -1_079_937_367), ("hello", 2_132_663_229),
            ("kafka", -798_503_068), ("", 275_646_681), ("0123456789", -631_703_640),
        ] as [(String, Int32)])
    func `murmur2 is Kafka's`(text: String, expected: Int32) {
        #expect(Bytes(text).withUnsafeBytes { Murmur2.hash($0) } == expected)
        #expect(Murmur2.partition(Bytes(text), of: 10) == (expected & 0x7fff_ffff) % 10)
    }
}
