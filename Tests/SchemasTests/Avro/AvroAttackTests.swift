import Schemas
import StreamCore
import Testing

@Suite("Avro under attack")
struct AvroAttackTests {
    private func codec(_ schema: String, readAs reader: String? = nil) throws -> AvroCodec {
        try AvroCodec(AvroSchema(parsing: schema), readAs: try reader.map { try AvroSchema(parsing: $0) })
    }

    private let everything = """
        {"type": "record", "name": "n.All", "fields": [
          {"name": "i", "type": "int"}, {"name": "l", "type": "long"}, {"name": "b", "type": "boolean"},
          {"name": "f", "type": "float"}, {"name": "d", "type": "double"}, {"name": "s", "type": "string"},
          {"name": "y", "type": "bytes"}, {"name": "e", "type": {"type": "enum", "name": "E", "symbols": ["A", "B"]}},
          {"name": "x", "type": {"type": "fixed", "name": "X", "size": 3}},
          {"name": "a", "type": {"type": "array", "items": "E"}}, {"name": "m", "type": {"type": "map", "values": "X"}},
          {"name": "u", "type": ["null", "string", "E", {"type": "array", "items": "int"}, {"type": "map", "values": "n.All"}]}]}
        """

    private var value: AvroValue {
        .record([
            "i": .int(-5), "l": .long(.min), "b": .boolean(true), "f": .float(1.5), "d": .double(-0.0),
            "s": .string("a\0ü"), "y": .bytes([0, 255]), "e": .symbol("B"), "x": .fixed([1, 2, 3]),
            "a": .array([.symbol("A"), .symbol("B")]),
            "m": .map(["k\0a": .fixed([0, 0, 0]), "k\0b": .fixed([1, 1, 1])]),
            "u": .array([.int(1)]),
        ])
    }

    @Test("every kind comes back, text and keys with zero bytes in them too, which libavro alone would cut")
    func roundTrip() throws {
        let codec = try codec(everything)
        #expect(try codec.decode(codec.encode(value)) == value)
    }

    @Test("bytes changed by chance are read or refused, never more", .timeLimit(.minutes(15)))
    func fuzz() throws {
        let codec = try codec(everything)
        let reader = try self.codec(
            everything,
            readAs:
                #"{"type": "record", "name": "All", "fields": [{"name": "z", "type": "int", "default": 4}, {"name": "u", "type": ["string", "null"]}]}"#
        )
        let whole = try codec.encode(value).array
        let seed = UInt64(20_261_121)
        var state = seed
        func next(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(bound))
        }
        for _ in 0..<20_000 {
            var bytes = whole
            for _ in 0...next(4) { bytes[next(bytes.count)] = UInt8(next(256)) }
            if next(4) == 0 { bytes.removeLast(next(bytes.count)) }
            if let value = try? codec.decode(Bytes(bytes)) {
                #expect(try codec.decode(codec.encode(value)) == value || "\(value)".contains("nan"), "seed \(seed)")
            }
            _ = try? reader.decode(Bytes(bytes))
        }
    }

    @Test(
        "lengths and counts of petabytes are refused at once",
        arguments: [
            ("\"string\"", [0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01] as [UInt8]),
            ("\"bytes\"", [0x01]), ("\"bytes\"", [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]),
            (#"{"type": "array", "items": "null"}"#, [0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]),
            (
                #"{"type": "array", "items": "null"}"#,
                [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01, 0, 0]
            ),
            (#"{"type": "array", "items": "int"}"#, [0xfe, 0xff, 0xff, 0xff, 0x0f, 0, 0]),
            (#"{"type": "map", "values": "null"}"#, [0xfe, 0xff, 0xff, 0xff, 0x0f, 0, 0]),
            (#"["null", "int"]"#, [4]), (#"["null", "int"]"#, [1]),
            (#"{"type": "enum", "name": "E", "symbols": ["A"]}"#, [2]), ("\"boolean\"", [2]),
            ("\"int\"", [0xfe, 0xff, 0xff, 0xff, 0x7f]), ("\"string\"", [4, 0xff, 0xfe]), ("\"null\"", [0]),
            ("\"int\"", []),
        ])
    func lengths(_ schema: String, _ bytes: [UInt8]) throws {
        let error = #expect(throws: AvroError.self) { try codec(schema).decode(Bytes(bytes)) }
        #expect(error?.code == .malformed)
    }

    @Test("a list that contains lists is followed 256 levels deep and no further", .timeLimit(.minutes(15)))
    func depth() throws {
        let codec = try codec(#"{"type": "record", "name": "L", "fields": [{"name": "n", "type": ["null", "L"]}]}"#)
        var value = AvroValue.record(["n": .null])
        for _ in 0..<100 { value = .record(["n": value]) }
        #expect(try codec.decode(codec.encode(value)) == value)
        #expect(throws: AvroError.self) { try codec.decode(Bytes([UInt8](repeating: 2, count: 1_000_000))) }
        for _ in 0..<200 { value = .record(["n": value]) }
        #expect(throws: AvroError.self) { try codec.encode(value) }
    }

    @Test(
        "schemas without a finite value, or whose values are absurd, are refused", .timeLimit(.minutes(15)))
    func endless() throws {
        #expect(throws: AvroSchemaError.self) {
            try AvroSchema(parsing: #"{"type": "record", "name": "A", "fields": [{"name": "u", "type": ["A"]}]}"#)
        }
        var doubling = #"{"type": "record", "name": "R0", "fields": []}"#
        for level in 1..<60 {
            doubling =
                #"{"type": "record", "name": "R\#(level)", "fields": [{"name": "a", "type": \#(doubling)}, {"name": "b", "type": "R\#(level - 1)"}]}"#
        }
        #expect(throws: AvroSchemaError.self) { try AvroSchema(parsing: doubling) }
        let deep =
            String(repeating: #"{"type": "array", "items": "#, count: 400) + "\"int\""
            + String(repeating: "}", count: 400)
        let codec = try codec(deep)
        #expect(try codec.decode([0]) == .array([]))
    }

    @Test("errors name the field")
    func places() throws {
        let codec = try codec(
            #"{"type": "record", "name": "O", "fields": [{"name": "items", "type": {"type": "array", "items": {"type": "record", "name": "I", "fields": [{"name": "price", "type": "double"}]}}}]}"#
        )
        let good = AvroValue.record(["price": .double(1)])
        let bad = AvroValue.record(["items": .array([good, .record(["price": .string("x")])])])
        let wrong = #expect(throws: AvroError.self) { try codec.encode(bad) }
        #expect(wrong?.description == "items[1].price: expected double, found text")
        let missing = #expect(throws: AvroError.self) { try codec.encode(.record(["items": .array([.record([:])])])) }
        #expect(missing?.path == "items[0].price")
        let extra = #expect(throws: AvroError.self) { try codec.encode(.record(["items": .array([]), "more": .null])) }
        #expect(extra?.description == "'O' has no field more; known are items")
    }

    @Test("branches of one kind keep their names")
    func branches() throws {
        let codec = try codec(
            #"[{"type": "record", "name": "Made", "fields": [{"name": "id", "type": "int"}]}, {"type": "record", "name": "Gone", "fields": [{"name": "id", "type": "int"}]}, "null"]"#
        )
        let gone = AvroValue.branch("Gone", .record(["id": .int(1)]))
        #expect(try codec.encode(gone) == [2, 2])
        #expect(try codec.decode([2, 2]) == gone)
        #expect(try codec.encode(.record(["id": .int(1)])) == [0, 2], "the first that fits")
        #expect(throws: AvroError.self) { try codec.encode(.branch("Lost", .null)) }
    }

    @Test("100,000 values of an array come and go", .timeLimit(.minutes(15)))
    func large() throws {
        let codec = try codec(
            #"{"type": "array", "items": {"type": "record", "name": "P", "fields": [{"name": "x", "type": "long"}, {"name": "s", "type": "string"}]}}"#
        )
        let value = AvroValue.array((0..<100_000).map { .record(["x": .long(Int64($0)), "s": .string("v\($0)")]) })
        let clock = ContinuousClock()
        var bytes = Bytes.empty
        let write = try clock.measure { bytes = try codec.encode(value) }
        var read = AvroValue.null
        let reading = try clock.measure { read = try codec.decode(bytes) }
        #expect(read == value)
        print("Avro, 100,000 records of two fields, \(bytes.count) bytes: written in \(write), read in \(reading)")
    }

    @Test("canonical form and fingerprint are the specification's")
    func fingerprints() throws {
        let schema = try AvroSchema(
            parsing:
                #"{"doc": "d", "fields": [{"type": {"type": "int"}, "name": "a", "default": 1}], "name": "R", "namespace": "x.y", "type": "record"}"#
        )
        #expect(schema.canonicalText == #"{"name":"x.y.R","type":"record","fields":[{"name":"a","type":"int"}]}"#)
        #expect(try AvroSchema(parsing: "\"null\"").fingerprint == 0x63dd_24e7_cc25_8f8a)
        #expect(try AvroSchema(parsing: "\"int\"").fingerprint == 0x7275_d51a_3f39_5c8f)
        #expect(try AvroSchema(parsing: "\"string\"").fingerprint == 0x8f01_4872_6345_03c7)
    }
}
