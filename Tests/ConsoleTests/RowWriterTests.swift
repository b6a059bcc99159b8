import Foundation
import StreamCore
import Testing

@testable import Console

@Suite struct RowWriterTests {
    private let sink = TextSink.memory()
    private let columns = [Column("name"), Column("count", .right), Column("note")]
    private let rows: [JSONValue] = [
        ["name": "a", "count": 5, "note": "x"], ["name": "longer", "count": 1_000],
        ["name": "b", "count": 7, "note": .null],
    ]

    private func write(_ style: OutputStyle, _ rows: [JSONValue]) throws -> String {
        let writer = RowWriter(columns, style: style, to: sink)
        for row in rows { try writer.write(row) }
        try writer.finish()
        #expect(writer.count == rows.count)
        return sink.text
    }

    @Test func `a table has capitals, text left, numbers right and no boxes`() throws {
        #expect(
            try write(.table, rows) == """
                NAME    COUNT  NOTE
                a           5  x
                longer   1000  -
                b           7  -

                """)
    }

    @Test func `a table without rows has its header`() throws {
        #expect(try write(.table, []) == "NAME  COUNT  NOTE\n")
    }

    @Test func `JSON is one document`() throws {
        let document = try JSONValue(parsing: try write(.json, rows))
        #expect(document.elements == rows)
    }

    @Test func `JSON without rows is an empty array`() throws {
        #expect(try write(.json, []) == "[]\n")
    }

    @Test func `lines of JSON are objects`() throws {
        let lines = try write(.jsonl, rows).split(separator: "\n").map { try JSONValue(parsing: String($0)) }
        #expect(lines == rows)
    }

    @Test func `lines are there after a flush and not torn`() throws {
        let writer = RowWriter(columns, style: .jsonl, to: sink)
        try writer.write(["a": 1])
        try writer.flush()
        #expect(sink.text == "{\"a\":1}\n")
    }

    @Test func `a table settles its columns at the first flush`() throws {
        let writer = RowWriter(columns, style: .table, to: sink)
        try writer.write(rows[0])
        try writer.flush()
        try writer.write(rows[1])
        try writer.finish()
        #expect(sink.text == "NAME  COUNT  NOTE\na         5  x\nlonger   1000  -\n")
    }
}

@Suite struct TextSinkTests {
    @Test func `a closed pipe is told once it is found out, and ever after`() throws {
        Signals.ignoreBrokenPipes()
        let pipe = Pipe()
        try pipe.fileHandleForReading.close()
        let sink = TextSink(descriptor: pipe.fileHandleForWriting.fileDescriptor)
        try sink.write("waits\n")
        #expect(throws: OutputClosed()) { try sink.flush() }
        #expect(throws: OutputClosed()) { try sink.write(String(repeating: "x", count: 100_000)) }
    }

    @Test func `a full disk is told with its reason`() throws {
        let file = try #require(FileHandle(forWritingAtPath: "/dev/full"))
        let sink = TextSink(descriptor: file.fileDescriptor)
        try sink.write("x")
        #expect(throws: OutputClosed(cause: "no space left on the device")) { try sink.flush() }
    }

    @Test func `large writes arrive whole`() throws {
        let path = NSTemporaryDirectory() + "tributary-sink-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: path) }
        #expect(FileManager.default.createFile(atPath: path, contents: nil))
        let file = try #require(FileHandle(forWritingAtPath: path))
        let sink = TextSink(descriptor: file.fileDescriptor)
        var expected = ""
        for index in 0..<20_000 {
            expected += "line \(index)\n"
            try sink.write("line \(index)\n")
        }
        try sink.flush()
        #expect(try String(contentsOfFile: path, encoding: .utf8) == expected)
    }
}

@Suite struct LineReaderTests {
    private func lines(_ content: [UInt8]) throws -> [Bytes] {
        let path = NSTemporaryDirectory() + "tributary-lines-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Data(content).write(to: URL(fileURLWithPath: path))
        let reader = try LineReader(path)
        var found: [Bytes] = []
        while let line = try reader.next() { found.append(line) }
        #expect(reader.lineNumber == found.count)
        return found
    }

    @Test func `lines end at line feeds and the last needs none`() throws {
        #expect(try lines([]) == [])
        #expect(try lines(Array("a\n\nb".utf8)) == ["a", "", "b"])
        #expect(try lines(Array("a\r\nb\n".utf8)) == ["a\r", "b"])
        #expect(try lines([0xff, 0x0a, 0x00]) == [[0xff], [0x00]])
    }

    @Test func `a line may be longer than any buffer`() throws {
        let long = [UInt8](repeating: 0x61, count: 1_000_000)
        #expect(try lines([0x62, 0x0a] + long + [0x0a, 0x63]) == [[0x62], Bytes(long), [0x63]])
    }

    @Test func `a missing file and a folder are told apart`() {
        #expect(throws: LineReader.Failure(path: "/no/such", reason: "no such file or folder", isMissing: true)) {
            try LineReader("/no/such")
        }
        #expect(throws: LineReader.Failure(path: "/tmp", reason: "it is a folder", isMissing: false)) {
            try LineReader("/tmp").next()
        }
    }
}

@Suite struct ColourChoiceTests {
    @Test(
        arguments: [
            (ColourChoice.auto, [:], true, true), (.auto, [:], false, false), (.auto, ["NO_COLOR": "1"], true, false),
            (.auto, ["NO_COLOR": ""], true, true), (.auto, ["TERM": "dumb"], true, false),
            (.auto, ["CLICOLOR_FORCE": "1"], false, true), (.always, ["NO_COLOR": "1"], false, true),
            (.never, [:], true, false),
        ] as [(ColourChoice, [String: String], Bool, Bool)])
    func `colour follows the rules`(
        _ choice: ColourChoice, _ environment: [String: String], _ isTerminal: Bool, _ expected: Bool
    ) {
        #expect(choice.allows(environment: environment, isTerminal: isTerminal) == expected)
    }
}
