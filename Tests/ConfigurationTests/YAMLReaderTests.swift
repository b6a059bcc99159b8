import Configuration
import JSON
import Testing

@Suite("YAML of configurations") struct YAMLReaderTests {
    private func json(_ text: String) throws -> JSONValue {
        try ConfigurationFile.parse(Array(text.utf8), path: "t.yaml").json
    }

    /// What is said about a text that must be refused.
    private func refusal(_ text: String) -> String {
        do {
            let tree = try json(text)
            return "accepted: \(tree)"
        } catch {
            return "\(error)"
        }
    }

    @Test("plain scalars are what YAML 1.2's core schema makes of them: no, on and 012 are not YAML 1.1's")
    func coreSchema() throws {
        let cases: [(String, JSONValue)] = [
            ("no", "no"), ("on", "on"), ("y", "y"), ("true", true), ("False", false), ("TRUE", true), ("tRUE", "tRUE"),
            ("~", .null), ("null", .null), ("Null", .null), ("", .null), ("12", 12), ("012", 12), ("0o14", 12),
            ("0x1F", 31), ("-7", -7), ("+7", 7), ("1_000", "1_000"), ("1.5", .double(1.5)), (".5", .double(0.5)),
            ("1e3", .double(1000)), ("1.", .double(1)), ("12:30", "12:30"), ("2001-12-14", "2001-12-14"),
            (".inf", .double(.infinity)), ("-.INF", .double(-.infinity)), ("'12'", "12"), ("\"true\"", "true"),
            ("!!str 12", "12"), ("!!int 12", 12), ("18446744073709551615", .unsigned(.max)), ("0x", "0x"),
            ("0o9", "0o9"), ("e3", "e3"), (".", "."), ("+", "+"), ("-0", 0), ("--1", "--1"),
        ]
        for (text, value) in cases {
            let found = try json("k: \(text)\n")["k"]
            #expect(found == value, "\(text)")
        }
    }

    @Test("block and flow, literal and folded, comments and anchors make one tree")
    func structure() throws {
        let text = """
            # a comment
            base: &base {a: 1, b: [x, 'y z', "q\\n"]}
            copy: *base
            merged:
              <<: *base
              b: own
            literal: |
              line 1
                line 2
            folded: >-
              one
              two
            """
        let tree = try json(text)
        #expect(tree["base"] == tree["copy"])
        #expect(tree["base"] == ["a": 1, "b": ["x", "y z", "q\n"]])
        #expect(tree["merged"] == ["b": "own", "a": 1])
        #expect(tree["literal"] == "line 1\n  line 2\n")
        #expect(tree["folded"] == "one two")
    }

    @Test(
        "what is wrong is refused with line and column",
        arguments: [
            ("a: 1\nb: 2\na: 3\n", "t.yaml:3:1: 'a' is here twice: it is in line 1 already"),
            ("a:\n\tb: 1\n", "t.yaml:2:1: a tab cannot indent in YAML"),
            ("a: *nothing\n", "t.yaml:1:4: there is no '&nothing' before this '*nothing'"),
            ("a: &x [1, *x]\n", "t.yaml:1:11: '*x' stands inside of what it stands for"),
            ("a: &x {b: *x}\n", "t.yaml:1:11: '*x' stands inside of what it stands for"),
            ("a: 1\n---\nb: 2\n", "t.yaml:2:1: a configuration is one document"),
            ("[1]: 2\n", "t.yaml:1:1: a name must be a single value, not a list, a section or an alias"),
            ("? {a: 1}\n: 2\n", "t.yaml:1:3: a name must be a single value, not a list, a section or an alias"),
            ("a: !!binary aGVsbG8=\n", "t.yaml:1:4: the tag '!!binary' does not fit here"),
            ("a: !ruby/object:Kernel x\n", "t.yaml:1:4: the tag '!ruby/object:Kernel' does not fit here"),
            ("a: !!int x\n", "t.yaml:1:4: the tag '!!int' does not fit here"),
            ("- 1\n- 2\n", "t.yaml:1:1: a configuration is named values, not a list"),
            ("just text", "t.yaml:1:1: a configuration is named values, not a single value"),
            (
                "a: [1, 2\n",
                "t.yaml:2:1: this is no YAML: did not find expected ',' or ']' while parsing a flow sequence"
            ),
            ("a: 'x\n", "t.yaml:2:1: this is no YAML: found unexpected end of stream while scanning a quoted scalar"),
            ("a: b: c\n", "t.yaml:1:5: this is no YAML: mapping values are not allowed in this context"),
            ("<<: 3\n", "t.yaml:1:1: '<<' takes sections only"),
        ])
    func refused(text: String, message: String) {
        let said = refusal(text)
        #expect(said == message)
    }

    @Test("an alias bomb is refused before it grows")
    func aliasBomb() {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1...20 {
            let list = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
            text += "a\(level): &a\(level) [\(list)]\n"
        }
        let said = refusal(text)
        #expect(said.contains("there are more than 100000 values, with aliases expanded"))
    }

    @Test("deep nesting is refused, in blocks, in brackets and in JSON")
    func deepNesting() throws {
        let flow = refusal("a: " + String(repeating: "[", count: 100_000))
        #expect(flow.contains("nested deeper than 64 levels"))
        let block = (0..<100).map { String(repeating: " ", count: $0) + "a:\n" }.joined()
        let said = refusal(block)
        #expect(said.contains("nested deeper than 64 levels"))
        let json = "{\"a\": " + String(repeating: "[", count: 100) + String(repeating: "]", count: 100) + "}"
        var message = ""
        do { _ = try ConfigurationFile.parse(Array(json.utf8), path: "t.json") } catch { message = "\(error)" }
        #expect(message.contains("nested deeper than 64 levels"))
    }

    @Test("positions count characters, and survive carriage returns and a byte order mark")
    func positions() throws {
        let text = "\u{feff}ä: 1\r\nsection:\r\n  größe: {b: x}\r\n"
        let root = try ConfigurationFile.parse(Array(text.utf8), path: "t.yaml")
        let origin = root["section"]?["größe"]?["b"]?.origin
        #expect(origin == .file("t.yaml", line: 3, column: 14))
        #expect(root["ä"]?.scalar?.text == "1")
        let json = try ConfigurationFile.parse(Array("\u{feff}{\r\n \"ä\": {\"b\": 1}}".utf8), path: "t.json")
        let place = json["ä"]?["b"]?.origin
        #expect(place == .file("t.json", line: 2, column: 13))
    }

    @Test("random bytes and cut or mangled texts never trap", .timeLimit(.minutes(15)))
    func fuzz() {
        let seed = UInt64.random(in: .min ... .max)
        var random = SeededGenerator(seed)
        let pieces = [
            "a", ":", " ", "\n", "- ", "[", "]", "{", "}", "'", "\"", "&x", "*x", "|", ">", "#", "!", "!!int", "<<",
            ",",
            "\t", "---", "...", "%", "?", "\\", "0x1", "~", "ä", "\u{0}", "\u{7f}", "${", "\r",
        ]
        var refused = 0
        for _ in 0..<20_000 {
            let text = (0..<Int.random(in: 0...30, using: &random)).map { _ in
                pieces[Int.random(in: 0..<pieces.count, using: &random)]
            }.joined()
            for path in ["f.yaml", "f.json", "f"] {
                do { _ = try ConfigurationFile.parse(Array(text.utf8), path: path) } catch { refused += 1 }
            }
            let bytes = (0..<20).map { _ in UInt8.random(in: .min ... .max, using: &random) }
            if (try? ConfigurationFile.parse(bytes, path: "f.yaml")) == nil { refused += 1 }
        }
        #expect(refused > 1000, "seed \(seed)")
    }
}

/// A generator of repeatable randomness (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
