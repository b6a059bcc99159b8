import StreamCore
import Testing

@testable import JSON

@Suite struct JSONValueTests {
    @Test(
        arguments: [
            "null", "true", "false", "0", "-1", "9223372036854775807", "-9223372036854775808", "18446744073709551615",
            "0.1",
            "-0.0", "1e+20", "\"\"", "\"a\"", "\"\\\"\\\\\"", "\"\\n\\r\\t\\u0000\\u001f\\u007f\"", "\"ä€😀\"", "[]",
            "{}",
            "[1,[2,[]],{}]", "{\"a\":1,\"b\":{\"c\":[null]}}", "{\"b\":1,\"a\":2}", "123456789012345678901234567890",
            "1e999",
        ])
    func `what was read is written the same`(_ text: String) throws {
        #expect(try JSONValue(parsing: text).text == text)
    }

    @Test(
        arguments: [
            ("\"\\u00e4\\ud83d\\ude00\\/\\b\\f\"", JSONValue.string("ä😀/\u{8}\u{c}")), ("1.0", .double(1)),
            ("-0", .double(-0.0)),
            (" [ 1 , 2 ] ", .array([1, 2])), ("\t{ \"a\" : true }\n", .object([JSONMember("a", true)])),
            ("1E2", .double(100)),
        ])
    func `other spellings are understood`(_ text: String, _ value: JSONValue) throws {
        #expect(try JSONValue(parsing: text) == value)
    }

    @Test(
        arguments: [
            "", " ", "nul", "tru", "True", "NaN", "01", "1.", ".5", "-", "+1", "1e", "1e+", "0x1", "\"", "\"a",
            "\"\\x\"", "\"\\u12\"",
            "\"\\ud800\"", "\"\\ud800x\"", "\"\\ud800\\u0041\"", "\"\\udc00\"", "\"a\nb\"", "[", "[1", "[1,", "[1,]",
            "[,1]", "[1 2]", "{",
            "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,}", "{a:1}", "{1:2}", "{\"a\" 1}", "1 2", "[]]", "{}x", "'a'",
            "\"\u{1}\"",
        ])
    func `what is not JSON is refused everywhere`(_ text: String) {
        #expect(throws: JSONError.self) { try JSONValue(parsing: text) }
        #expect(throws: JSONError.self) { try JSONText(validating: Bytes(text)) }
    }

    @Test func `bytes that are not text are refused`() {
        for bytes in [
            [0x22, 0xff, 0x22], [0x22, 0xc3, 0x22], [0x22, 0xed, 0xa0, 0x80, 0x22], [0xef, 0xbb, 0xbf, 0x31],
            [0x31, 0x00],
        ] {
            #expect(throws: JSONError.self) { try JSONValue(parsing: Bytes(bytes.map(UInt8.init))) }
        }
    }

    @Test func `an error says where`() {
        #expect(throws: JSONError(message: "expected ',' or '}'", offset: 7)) { try JSONValue(parsing: #"{"a":1 x}"#) }
        #expect(throws: JSONError(message: "unexpected end of text", offset: 5)) { try JSONValue(parsing: #"{"a":"#) }
    }

    @Test func `nesting has a limit`() throws {
        let fits = String(repeating: "[", count: 512) + String(repeating: "]", count: 512)
        #expect(try JSONValue(parsing: fits).text == fits)
        for deep in [String(repeating: "[", count: 100_000), String(repeating: "{\"a\":", count: 100_000)] {
            #expect(throws: JSONError.self) { try JSONValue(parsing: deep) }
            #expect(throws: JSONError.self) { try JSONText(validating: Bytes(deep)) }
            #expect(throws: JSONError.self) { try JSONText.fields(["a"], of: Bytes(deep)) }
        }
    }

    @Test func `fields of an object are found as they were written`() throws {
        let line = Bytes(#" {"id": 7, "pro\u0064uct" : "a\"b", "at":-1, "x":{"id":9}, "id": 8e0 } "#)
        let found = try JSONText.fields(["product", "at", "missing", "id"], of: line)
        #expect(found.map { $0?.bytes.utf8 } == [#""a\"b""#, "-1", nil, "8e0"])
        #expect(found[0]?.value == .string("a\"b"))
        for text in ["[]", "1", "", "{\"a\":1", "{\"a\":1} x"] {
            #expect(throws: JSONError.self) { try JSONText.fields(["a"], of: Bytes(text)) }
        }
    }

    @Test func `JSON passed on as written stays on one line`() throws {
        let text = try JSONText(validating: Bytes("\r\n{ \"a\" :\n 1.10 }\n"))
        #expect(JSONValue.object([JSONMember("value", .verbatim(text))]).text == "{\"value\":{ \"a\" :  1.10 }}")
        #expect(text.bytes.utf8 == "{ \"a\" :\n 1.10 }")
    }

    @Test func `numbers that JSON does not have become text`() {
        #expect(
            JSONValue.array([.double(.nan), .double(.infinity), .double(-.infinity)]).text
                == #"["NaN","Infinity","-Infinity"]"#)
    }

    @Test func `the last of several members with one name counts`() throws {
        #expect(try JSONValue(parsing: #"{"a":1,"a":2}"#)["a"] == 2)
    }

    @Test func `pretty text has a line for each member`() throws {
        #expect(
            try JSONValue(parsing: #"{"a":[1,{}],"b":[]}"#).prettyText == """
                {
                  "a": [
                    1,
                    {}
                  ],
                  "b": []
                }
                """)
    }

    @Test func `a cell of a table cannot move the cursor`() {
        #expect(JSONValue.string("a\u{1b}[31m\nb\u{9b}").cell == #"a\u{1b}[31m\nb\u{9b}"#)
        #expect(JSONValue.null.cell == "-")
    }

    @Test func `random values survive writing and reading`() throws {
        var random = SystemRandomNumberGenerator()
        let seed = random.next()
        var generator = SeededRandom(seed: seed)
        for _ in 0..<2_000 {
            let value = generator.value(depth: 0)
            #expect(try JSONValue(parsing: value.text) == value, "seed \(seed)")
            #expect(try JSONValue(parsing: value.prettyText) == value, "seed \(seed)")
            #expect(try JSONText(validating: Bytes(value.text)).bytes.utf8 == value.text, "seed \(seed)")
        }
    }

    @Test func `random damage never traps`() throws {
        var random = SystemRandomNumberGenerator()
        let seed = random.next()
        var generator = SeededRandom(seed: seed)
        for _ in 0..<5_000 {
            var bytes = Array(generator.value(depth: 0).text.utf8)
            for _ in 0..<(1 + generator.next() % 3) where !bytes.isEmpty {
                bytes[Int(generator.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: generator.next())
            }
            let damaged = Bytes(bytes)
            let parsed = try? JSONValue(parsing: damaged)
            let validated = try? JSONText(validating: damaged)
            #expect((parsed == nil) == (validated == nil), "seed \(seed): \(damaged.hex)")
        }
    }
}

extension SeededRandom {
    /// A value of any kind.
    fileprivate mutating func value(depth: Int) -> JSONValue {
        switch next() % (depth > 4 ? 6 : 8) {
        case 0: return .null
        case 1: return .bool(next() % 2 == 0)
        case 2: return .integer(Int64(bitPattern: next()))
        case 3:
            let double = Double(bitPattern: next())
            return .double(double.isFinite ? double : 0.5)
        case 4, 5: return .string(text())
        case 6: return .array((0..<(next() % 5)).map { _ in value(depth: depth + 1) })
        default: return .object((0..<(next() % 5)).map { _ in JSONMember(text(), value(depth: depth + 1)) })
        }
    }

    private mutating func text() -> String {
        var text = ""
        for _ in 0..<(next() % 8) {
            text.unicodeScalars.append(Unicode.Scalar(UInt32(next() % 0x1_2000)) ?? "\u{0}")
        }
        return text
    }
}
