import Configuration
import Foundation
import JSON
import TestPrograms
import Testing

@Suite("Files of configuration") struct ConfigurationFileTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func file(_ name: String, _ bytes: [UInt8]) throws -> String {
        let path = "\(folder.path)/\(name)"
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        return path
    }

    private func file(_ name: String, _ text: String) throws -> String { try file(name, Array(text.utf8)) }

    private func refusal(_ path: String) -> String {
        do {
            let tree = try ConfigurationFile.read(path)
            return "accepted: \(tree.json)"
        } catch {
            return error.description.replacing(folder.path, with: ".")
        }
    }

    @Test("AK-C12: an ending says the form, else the text does; an empty file is an empty configuration")
    func forms() throws {
        let tree: JSONValue = ["a": ["b": 1]]
        for (name, text) in [
            ("a.json", "{\"a\": {\"b\": 1}}"), ("a.yml", "a: {b: 1}"), ("a.yaml", "a:\n  b: 1"),
            ("a.conf", "{\"a\": {\"b\": 1}}"), ("b.conf", "a:\n  b: 1\n"), ("c.conf", "{a: {b: 1}}"),
            ("d.YAML", "a: {b: 1}"),
        ] {
            let found = try ConfigurationFile.read(try file(name, text)).json
            #expect(found == tree, "\(name)")
        }
        for (name, text) in [
            ("e.yaml", ""), ("e.json", " \n"), ("e.conf", ""), ("f.yaml", "# nothing\n"), ("g.yaml", "---\n"),
            ("n.json", "null"),
        ] {
            let found = try ConfigurationFile.read(try file(name, text)).json
            #expect(found == .object([]), "\(name)")
        }
    }

    @Test("a file that is no configuration is refused in words")
    func attacks() throws {
        let missing = refusal("\(folder.path)/nothing.yaml")
        #expect(missing == "there is no configuration file './nothing.yaml'")
        let directory = refusal(folder.path)
        #expect(directory == "'.' is a folder, not a configuration file")
        let binary = refusal(try file("b.yaml", [0x7f, 0x45, 0x4c, 0x46, 0x0a, 0x02, 0x00]))
        #expect(binary == "./b.yaml:2:2: './b.yaml' is no text: there is a zero byte")
        let latin = refusal(try file("l.yaml", Array("a: ".utf8) + [0xe4]))
        #expect(latin == "'./l.yaml' is no UTF-8 text")
        let wide = refusal(try file("w.yaml", [0xff, 0xfe, 0x61, 0x00]))
        #expect(wide == "./w.yaml:1:1: './w.yaml' is in UTF-16")
        let json = refusal(try file("j.json", "{\"a\": 1,\n  \"b\": }"))
        #expect(json.hasPrefix("./j.json:2:8: this is no JSON"))
        let twice = refusal(try file("t.json", "{\"a\": 1,\n \"a\": 2}"))
        #expect(twice == "./t.json:2:2: 'a' is here twice")
        let control = refusal(try file("c.yaml", "a: \u{1}"))
        #expect(control.contains("control characters are not allowed"))
    }

    @Test("a file of 100 MB is refused without being read, and so is an endless device")
    func hugeFile() throws {
        let path = "\(folder.path)/huge.yaml"
        _ = FileManager.default.createFile(atPath: path, contents: nil)
        let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        try handle.truncate(atOffset: 100 << 20)
        try handle.close()
        let said = refusal(path)
        #expect(said == "'./huge.yaml' is larger than 4 MiB")
        let endless = refusal("/dev/zero")
        #expect(endless == "'/dev/zero' is larger than 4 MiB")
    }

    @Test("a file of the largest size is read or refused in bounded time", .timeLimit(.minutes(15)))
    func largestFile() throws {
        var text = ""
        var number = 0
        while text.utf8.count < (4 << 20) - 100 {
            text += "name\(number): value\n"
            number += 1
        }
        let said = refusal(try file("large.yaml", text))
        #expect(said.contains("there are more than 100000 values"))
        let line = "{" + (0..<40_000).map { "\"n\($0)\": \($0)" }.joined(separator: ",") + "}"
        let tree = try ConfigurationFile.read(try file("line.json", line))
        #expect(tree.entries?.count == 40_000)
    }

    @Test("JSON is the same tree as YAML, whatever the ending says")
    func equivalence() throws {
        let seed = UInt64.random(in: .min ... .max)
        var random = SeededGenerator(seed)
        for _ in 0..<300 {
            let value = RandomTree.object(&random, depth: 0)
            let bytes = Array(value.prettyText.utf8)
            let json = try ConfigurationFile.parse(bytes, path: "t.json").json
            let yaml = try ConfigurationFile.parse(bytes, path: "t.yaml").json
            #expect(json == value, "seed \(seed)")
            #expect(yaml == value, "seed \(seed)")
        }
    }
}

/// Random trees of what configurations hold.
enum RandomTree {
    private static let texts = [
        "", "a", "no", "true", "0012", "12", "1e3", "~", "null", "x: y", "# x", "- a", "'", "\"", "a b", "ä", "<<",
        "*a",
        "&a", "!x", "%", "[", "{", "line\nline", "\\", "\t", "1_000", "0x1F", ".inf", " x ", "::", "?", "|", ">",
    ]

    static func object(_ random: inout SeededGenerator, depth: Int) -> JSONValue {
        let count = Int.random(in: 0...4, using: &random)
        return .object(
            (0..<count).map { number in
                JSONMember("k\(number)" + (Bool.random(using: &random) ? " x" : ""), value(&random, depth: depth + 1))
            })
    }

    static func value(_ random: inout SeededGenerator, depth: Int) -> JSONValue {
        switch Int.random(in: 0...(depth < 4 ? 9 : 6), using: &random) {
        case 0: .null
        case 1: .bool(Bool.random(using: &random))
        case 2: .integer(Int64.random(in: -1000...1_000_000_000_000, using: &random))
        case 3: .double(Double(Int.random(in: -1000...1000, using: &random)) + 0.5)
        case 4, 5, 6: .string(texts[Int.random(in: 0..<texts.count, using: &random)])
        case 7: .array((0..<Int.random(in: 0...3, using: &random)).map { _ in value(&random, depth: depth + 1) })
        default: object(&random, depth: depth)
        }
    }
}
