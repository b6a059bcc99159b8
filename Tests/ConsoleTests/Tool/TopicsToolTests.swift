import Foundation
import StreamCore
import Testing

@testable import Console

@Suite(.enabled(if: BuiltTool.isAvailable, "the program 'tributary' is not built"), .timeLimit(.minutes(15)))
struct TopicsToolTests {
    private let tool: BuiltTool

    init() throws { tool = try BuiltTool() }

    private func consume(_ topic: String, _ more: String...) throws -> [JSONValue] {
        let result = try tool.run("tributary", ["topics", "consume", topic, "--from", "beginning", "-e", "-J"] + more)
        #expect(result.status == 0, "\(result.errors)")
        return try result.lines
    }

    @Test func `lines become records with key, time and Kafka's partition`() throws {
        let line = #"{"id": "1", "product":"kettle","at":1700000000000}"#
        let made = try tool.run(
            "topics", "produce", "reviews", "--key-field", "product", "--timestamp-field", "at", "--partitions", "8",
            input: line + "\n\n")
        #expect(made.status == 0)
        #expect(made.output == "")
        #expect(made.errors.contains("made topic 'reviews' with 8 partitions"))
        #expect(made.errors.contains("sent 1 records to 'reviews'"))
        #expect(made.errors.contains("passed over 1 empty line"))
        let partition = Murmur2.partition(Bytes("kettle"), of: 8)
        let result = try tool.run("topics", "consume", "reviews", "--from", "beginning", "--exit-at-end", "-o", "jsonl")
        #expect(
            result.output
                == #"{"topic":"reviews","partition":\#(partition),"offset":0,"timestamp":1700000000000,"key":"kettle","value":\#(line)}"#
                + "\n")
    }

    @Test func `lines without a usable key or time are sent, named, and end with 7`() throws {
        var input = Array(
            """
            {"k":"good","t":5}
            {"k":"cut
            {"t":5}
            {"k":null,"t":-1}
            {"k":7,"t":"1970-01-01T00:00:01Z"}
            {"k":{"a":1},"t":5}
            {"k":"x","t":"soon"}
            [1]

            """.utf8)
        input += Array(#"{"k":""#.utf8) + [0xff] + Array("\",\"t\":5}\n".utf8)
        let made = try tool.run(
            "tributary", ["topics", "produce", "t", "--key-field", "k", "--timestamp-field", "t", "--partitions", "1"],
            input: input)
        #expect(made.status == 7)
        for line in [2, 3, 6, 7, 8] { #expect(made.errors.contains("warning: line \(line): "), "\(made.errors)") }
        #expect(!made.errors.contains("line 9"))
        #expect(made.errors.contains("error: 6 lines were sent without a key or a time of their own"))
        let records = try consume("t")
        #expect(records.map { $0["key"] } == ["good", .null, .null, .null, "7", .null, "x", .null, .null])
        let times = records.map { $0["timestamp"]?.integerValue ?? 0 }
        #expect([times[0], times[2], times[3], times[4], times[5]] == [5, 5, -1, 1000, 5])
        #expect(times[1] > 1_700_000_000_000 && times[6] > 1_700_000_000_000)
        #expect(records[8]["value"]?["encoding"] == "base64")
    }

    @Test func `strict stops at the first unusable line and says how many were sent`() throws {
        let made = try tool.run(
            "topics", "produce", "t", "--key-field", "k", "--strict",
            input: "{\"k\":\"a\"}\n{\"k\":\"b\"}\nx\n{\"k\":\"c\"}\n")
        #expect(made.status == 7)
        #expect(made.errors.contains("error: line 3: not a JSON object at byte 0\nhint: 2 records were sent before it"))
        #expect(try consume("t").count == 2)
    }

    @Test func `a record too large for its topic is not sent, the others are`() throws {
        #expect(try tool.run("topics", "create", "t", "--max-record", "1KiB").status == 0)
        let made = try tool.run(
            "topics", "produce", "t", "--key", "k", input: "a\n" + String(repeating: "x", count: 2_000) + "\nb\n")
        #expect(made.status == 7)
        #expect(made.errors.contains("warning: line 2: 2001 bytes, topic 't' takes 1024: not sent"))
        #expect(made.errors.contains("error: 1 line was not sent"))
        #expect(try consume("t").map { $0["value"] } == ["a", "b"])
    }

    @Test func `envelopes carry tombstones, bytes, windows, headers and partitions through`() throws {
        let envelopes = [
            #"{"topic":"a","partition":2,"offset":0,"timestamp":1,"key":"k","value":null}"#,
            #"{"topic":"a","partition":2,"offset":1,"timestamp":-1,"key":null,"value":"text \"quoted\" ä"}"#,
            #"{"topic":"a","partition":2,"offset":2,"timestamp":3,"key":{"encoding":"base64","data":"AAAAAAAAAAc="},"value":{"b": [1.10, 1e400], "a":{}}}"#,
            #"{"topic":"a","partition":2,"offset":3,"timestamp":4,"key":"k","value":"","headers":{"h":["1",null,"2"],"raw":{"encoding":"base64","data":"/w=="}}}"#,
            #"{"topic":"a","partition":2,"offset":4,"timestamp":5,"key":"{","value":"{\"encoding\":\"hex\",\"data\":\"x\"}"}"#,
        ]
        let made = try tool.run(
            "topics", "produce", "a", "--format", "envelope", "--keep-partitions",
            input: envelopes.joined(separator: "\n") + "\n")
        #expect(made.status == 0, "\(made.errors)")
        let shown = try tool.run("topics", "consume", "a", "--from", "beginning", "-e", "-J").output
        #expect(shown == envelopes.joined(separator: "\n") + "\n")
        let copied = try tool.shell(
            "$TOOL topics consume a --from beginning -e -J | $TOOL topics produce b --format envelope --keep-partitions"
        )
        #expect(copied.status == 0)
        let again = try tool.run("topics", "consume", "b", "--from", "beginning", "-e", "-J").output
        #expect(again == shown.replacingOccurrences(of: #""topic":"a""#, with: #""topic":"b""#))
        let numbers = try tool.run(
            "topics", "consume", "a", "--from", "2", "--partition", "2", "-n", "1", "-J", "--key-format", "int64")
        #expect(try numbers.lines.map { $0["key"] } == [7])
    }

    @Test func `a line that is no envelope is refused`() throws {
        let made = try tool.run(
            "topics", "produce", "t", "--format", "envelope",
            input: "{\"key\":\"a\"}\nx\n{\"value\":{\"encoding\":\"base64\",\"data\":\"?\"}}\n{\"value\":1}\n")
        #expect(made.status == 7)
        #expect(made.errors.contains("error: 3 lines were not sent"))
        #expect(try consume("t").count == 1)
    }

    @Test func `windowed keys are shown and made by their format`() throws {
        let line = #"{"key":{"key":"kettle","start":60000,"end":120000},"value":1}"#
        #expect(try tool.run("topics", "produce", "t", "--format", "envelope", input: line).status == 0)
        let shown = try consume("t", "--key-format", "windowed(string,60000)")
        #expect(shown[0]["key"] == ["key": "kettle", "start": 60_000, "end": 120_000])
        let raw = try consume("t", "--key-format", "hex")
        #expect(raw[0]["key"]?["data"] == "6b6574746c65000000000000ea60")
    }

    @Test func `a format that does not fit is told, data is printed, and it ends with 7`() throws {
        #expect(try tool.run("topics", "produce", "t", "--key", "12345678", input: "x\n").status == 0)
        let result = try tool.run(
            "topics", "consume", "t", "--from", "beginning", "-e", "-J", "--key-format", "int64", "--value-format",
            "int32")
        #expect(result.status == 7)
        #expect(try result.lines.map { $0["key"] } == [3_544_952_156_018_063_160])
        #expect(try result.lines.map { $0["value"] } == ["x"])
        #expect(result.errors.contains("warning: t-"))
    }

    @Test(
        arguments: [
            ("beginning", ["a0", "a1", "a2", "a3"]), ("2", ["a2", "a3"]), ("-1", ["a3"]),
            ("-9", ["a0", "a1", "a2", "a3"]),
            ("@2000", ["a2", "a3"]), ("@1970-01-01T00:00:03Z", ["a3"]), ("@99999", []), ("end", []),
        ])
    func `reading starts where it is told`(_ from: String, _ expected: [String]) throws {
        let lines = (0..<4).map { "{\"v\":\"a\($0)\",\"t\":\($0 * 1_000)}" }.joined(separator: "\n")
        #expect(
            try tool.run("topics", "produce", "t", "--timestamp-field", "t", "--partition", "0", input: lines).status
                == 0)
        let result = try tool.run("topics", "consume", "t", "--from", from, "-e", "-J", "--partition", "0")
        #expect(try result.lines.compactMap { $0["value"]?["v"]?.stringValue } == expected)
    }

    @Test func `a follower sees a record within moments and ends on SIGINT with 130`() throws {
        #expect(try tool.run("topics", "create", "t").status == 0)
        let follower = try tool.start("tributary", ["topics", "consume", "t", "--from", "beginning", "-J"])
        defer { if follower.process.isRunning { follower.process.terminate() } }
        for index in 0..<3 {
            #expect(try tool.run("topics", "produce", "t", input: "line \(index)\n").status == 0)
            #expect(follower.prints("line \(index)"))
        }
        follower.process.interrupt()
        let result = follower.end()
        #expect(result.status == 130)
        #expect(result.errors == "")
        #expect(try result.lines.count == 3)
    }

    @Test func `lines from a slow writer are sent as they come, and SIGINT ends the wait for more`() throws {
        #expect(try tool.run("topics", "create", "t").status == 0)
        let result = try tool.shell(
            """
            mkfifo "$PLACE/pipe"
            $TOOL topics produce t --file "$PLACE/pipe" & producer=$!
            exec 3>"$PLACE/pipe"
            echo first >&3
            $TOOL topics consume t --from beginning -n 1 -J
            kill -INT $producer
            wait $producer
            echo $?
            """)
        #expect(result.output.contains(#""value":"first""#))
        #expect(result.output.hasSuffix("\n130\n"))
        #expect(result.errors.contains("sent 1 records"))
    }

    @Test func `a closed pipe ends a command quietly`() throws {
        let input = (0..<50_000).map { "line \($0)" }.joined(separator: "\n")
        #expect(try tool.run("topics", "produce", "t", "--partition", "0", input: input).status == 0)
        let result = try tool.shell(
            "$TOOL topics consume t --from beginning -e -J | head -1; echo ${PIPESTATUS[0]}")
        #expect(result.output.hasSuffix("\n0\n"))
        #expect(result.output.split(separator: "\n").count == 2)
        #expect(result.errors == "")
        let follower = try tool.shell(
            "timeout 20 $TOOL topics consume t --from beginning -J | head -1; echo ${PIPESTATUS[0]}")
        #expect(follower.output.hasSuffix("\n0\n"))
    }

    @Test func `standard output that is closed or full is an error, and the log stays whole`() throws {
        #expect(try tool.run("topics", "produce", "t", input: "x\n").status == 0)
        for target in ["/dev/full", "&-"] {
            let result = try tool.shell("$TOOL topics consume t --from beginning -e >\(target)")
            #expect(result.status == 1)
            #expect(result.errors.contains("error: cannot write to standard output: "))
        }
        #expect(try consume("t").count == 1)
    }

    @Test func `several processes produce at once and nothing is lost`() throws {
        #expect(try tool.run("topics", "create", "t", "--partitions", "2").status == 0)
        let lines = (0..<6_000).map { "{\"k\":\"\($0 % 10)\"}" }.joined(separator: "\n")
        let all = try (0..<4).map { _ in
            try tool.start("tributary", ["topics", "produce", "t", "--key-field", "k"], input: Array(lines.utf8))
        }
        for producer in all { #expect(producer.end().status == 0) }
        #expect(try consume("t").count == 24_000)
    }

    @Test(
        arguments: [
            (["topics", "describe", "nope"], 3, "error: there is no topic 'nope' in "),
            (["topics", "delete", "nope", "-y"], 3, "error: there is no topic 'nope' in "),
            (["topics", "create", "there"], 6, "error: There is a topic there already"),
            (["topics", "create", "a b"], 2, "error: The name 'a b'"),
            (["topics", "create", "x", "-p", "0"], 2, "error: option --partitions must be between 1 and 10000, not 0"),
            (
                ["topics", "consume", "there", "--partition", "4"], 3,
                "error: topic 'there' has 4 partitions, there is no 4"
            ),
            (
                ["topics", "consume", "there", "--partition", "0", "--from", "9"], 3,
                "error: offset 9 is not in there-0"
            ),
            (["topics", "consume", "there", "--from", "soon"], 2, "error: option --from must be beginning, end"),
            (
                ["topics", "consume", "there", "--key-format", "x"], 2,
                "error: option --key-format must be a format, not 'x'"
            ),
            (["topics", "consume", "ther"], 3, "hint: did you mean 'there'?"),
            (
                ["topics", "produce", "there", "--file", "/no/such"], 3,
                "error: cannot read '/no/such': no such file or folder"
            ),
            (["topics", "produce", "there", "--file", "/tmp"], 1, "error: cannot read '/tmp': it is a folder"),
            (
                ["topics", "produce", "there", "--key", "a", "--key-field", "b"], 2,
                "error: --key and --key-field exclude each other"
            ),
            (["topics", "list", "--data-dir", "/no/such"], 3, "error: there is no log in '/no/such'"),
            (["topics", "list", "-X", "a=b"], 2, "error: --set is for Kafka, and the embedded log is used"),
            (["topics", "list", "-b", "localhost:1", "-X", "enable.idempotence=maybe"], 2, "error: "),
            (["stores", "list", "--data-dir", "/no/such"], 3, "error: there are no stores in '/no/such'"),
            (["stores", "get", "nope", "k"], 3, "error: there is no store 'nope' in "),
            (["topology", "describe"], 3, "error: no application has run on "),
        ])
    func `a mistake is said with its exit code`(_ arguments: [String], _ status: Int32, _ message: String) throws {
        #expect(try tool.run("topics", "create", "there").status == 0)
        let result = try tool.run("tributary", arguments)
        #expect(result.status == status, "\(result.errors)")
        #expect(result.errors.contains(message), "\(result.errors)")
        #expect(result.output == "")
        let asJSON = try tool.run("tributary", arguments + ["--output", "jsonl"])
        #expect(asJSON.status == status)
        #expect(try JSONValue(parsing: asJSON.errors)["error"]?["code"]?.integerValue == Int64(status))
    }

    @Test func `topics are listed, described and deleted`() throws {
        #expect(try tool.run("topics", "create", "b", "--cleanup", "compact", "--partitions", "2").status == 0)
        #expect(try tool.run("topics", "create", "a", "--retention", "7d").status == 0)
        #expect(try tool.run("topics", "create", "a", "--if-missing").status == 0)
        #expect(try tool.run("topics", "produce", "b", "--key", "k", input: "1\n2\n").status == 0)
        let listed = try tool.run("topics", "list", "-J").lines
        #expect(listed.map { $0["topic"] } == ["a", "b"])
        #expect(listed.map { $0["records"] } == [0, 2])
        #expect(listed.map { $0["cleanup"] } == ["delete", "compact"])
        #expect(try tool.run("topics", "list").output.hasPrefix("TOPIC  PARTITIONS  RECORDS  CLEANUP  RETENTION\n"))
        let described = try JSONValue(parsing: try tool.run("topics", "describe", "b", "-o", "json").output)
        #expect(described["partitions"]?.elements?.count == 2)
        #expect(try tool.run("topics", "delete", "a").errors.contains("add --yes"))
        #expect(try tool.run("topics", "list", "-J").lines.count == 2)
        #expect(try tool.run("topics", "delete", "a", "--yes").status == 0)
        #expect(try tool.run("topics", "list", "-J").lines.count == 1)
    }
}
