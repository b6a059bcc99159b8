import EventLog
import Foundation
import StreamCore
import Testing

/// kcat, where it is installed: another program that speaks to the same topics.
struct Kcat {
    static let path = ["/usr/bin/kcat", "/usr/local/bin/kcat", "/opt/homebrew/bin/kcat"]
        .first { FileManager.default.isExecutableFile(atPath: $0) }

    /// Runs kcat against `mock`, feeds it `input` and returns what it prints.
    static func run(_ mock: MockCluster, _ arguments: [String], input: String = "") throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try #require(path))
        process.arguments = ["-q", "-b", mock.bootstrapServers] + arguments
        let (reading, writing) = (Pipe(), Pipe())
        process.standardInput = writing
        process.standardOutput = reading
        process.standardError = FileHandle.nullDevice
        try process.run()
        try writing.fileHandleForWriting.write(contentsOf: Data(input.utf8))
        try writing.fileHandleForWriting.close()
        let output = try reading.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        return String(decoding: output, as: UTF8.self)
    }
}

@Suite(.enabled(if: Kcat.path != nil, "kcat is not installed"))
struct KafkaInteropTests {
    static let place = TopicPartition("reviews", 0)

    @Test func `kcat reads what the log appended`() throws {
        let mock = try MockCluster()
        try mock.createTopic("reviews")
        let log = try mock.log(["compression.type": "zstd"])
        let headers = Headers([.init(name: "a", value: "1"), .init(name: "b", value: nil)])
        try log.append(
            RecordBuffer(
                [
                    Sample("k", "v", at: 1_700_000_000_000, headers: headers), Sample(nil, "no key", at: 5),
                    Sample("gone", nil, at: 6), Sample("", "", at: 7),
                ], to: Self.place))
        let lines = try Kcat.run(
            mock, ["-C", "-t", "reviews", "-o", "beginning", "-e", "-f", "%o|%T|%K|%k|%S|%s|%h\n"])
        #expect(
            lines.split(separator: "\n") == [
                "0|1700000000000|1|k|1|v|a=1,b=NULL", "1|5|-1||6|no key|", "2|6|4|gone|-1||", "3|7|0||0||",
            ])
    }

    @Test(arguments: ["none", "gzip", "snappy", "lz4", "zstd"])
    func `the log reads what kcat produced`(codec: String) throws {
        let mock = try MockCluster()
        try mock.createTopic("reviews")
        let log = try mock.log()
        let input = (0..<200).map { "k\($0):v\($0)\n" }.joined() + "gone:\n"
        _ = try Kcat.run(
            mock, ["-P", "-t", "reviews", "-p", "0", "-K", ":", "-Z", "-H", "h=1", "-X", "compression.type=\(codec)"],
            input: input)
        let records = try log.records(of: Self.place, count: 201)
        #expect(records.map(\.key) == (0..<200).map { Bytes("k\($0)") } + ["gone"])
        #expect(records.map(\.value) == (0..<200).map { Bytes("v\($0)") } + [nil])
        #expect(records.allSatisfy { $0.headers["h"] == "1" })
        #expect(records.map(\.offset) == Array(0..<201))
    }

    @Test func `a key has the partition that librdkafka's murmur2 gives it`() throws {
        let mock = try MockCluster()
        try mock.createTopic("reviews", partitions: 7)
        let log = try mock.log()
        let keys = (0..<300).map { "key-\($0)-ü" }
        _ = try Kcat.run(
            mock, ["-P", "-t", "reviews", "-K", ":", "-X", "partitioner=murmur2_random"],
            input: keys.map { "\($0):v\n" }.joined())
        for partition in 0..<7 as Range<Int32> {
            let place = TopicPartition("reviews", partition)
            let count = Int(try log.offsets(of: place, isolation: .committed).end)
            let found = try log.records(of: place, count: count).map(\.key)
            #expect(found == keys.map { Bytes($0) }.filter { Murmur2.partition($0, of: 7) == partition })
        }
    }
}
