import AgentOperators
import EventLog
import Foundation
import Observability
import StreamCore
import StreamDSL
import Synchronization
import Topology

/// What asking costs: agents in the process and behind topics, on the embedded log.
struct AskReport {
    private static let input = Topic("in", key: .string, value: .int)
    private static let output = Topic("out", key: .string, value: .int)
    private static let remote = RequestTopic<Int, Int>("requests")

    func print() throws {
        Swift.print("Asking on the embedded log (synchronous=FULL), one partition, asker and server in one process.\n")
        try latency()
        try clientLatency()
        for (name, topology) in [
            ("50 ms model, 64 in flight, in process", try Self.inProcess(.milliseconds(50))),
            ("50 ms model, 64 in flight, over topics", try Self.overTopics()),
        ] {
            let servers = name.hasSuffix("topics") ? [try Self.server(.milliseconds(50), inFlight: 64)] : []
            try throughput(name, topology, servers, count: 6_000)
        }
        try throughput("no pause, 64 in flight, in process", try Self.inProcess(.zero), [], count: 60_000)
        try throughput(
            "no pause, over topics", try Self.overTopics(), [try Self.server(.zero, inFlight: 64)], count: 30_000)
    }

    private static func inProcess(_ pause: Duration) throws -> StreamTopology {
        try StreamTopology("asker") {
            input.stream().mapAsync(named: "ask", timeout: .seconds(300), inFlight: 64) { value, _ in
                if pause > .zero { try await Task.sleep(for: pause) }
                return value
            }.answers().to(output)
        }
    }

    private static func overTopics() throws -> StreamTopology {
        try StreamTopology("asker") {
            input.stream().ask(remote, named: "ask", timeout: .seconds(300)).answers().to(output)
        }
    }

    private static func server(_ pause: Duration, inFlight: Int) throws -> StreamTopology {
        try StreamTopology("server") {
            remote.reply(named: "answer", timeout: .seconds(300), inFlight: inFlight) { value, _ in
                if pause > .zero { try await Task.sleep(for: pause) }
                return value
            }
        }
    }

    // MARK: Measurements

    /// One request at a time: from the record's arrival in the log to its outcome in the asker.
    private func latency() throws {
        let place = try Place()
        defer { place.finish() }
        let arrived = DispatchSemaphore(value: 0)
        let topology = try StreamTopology("asker") {
            Self.input.stream().ask(Self.remote, named: "ask", timeout: .seconds(300)).answers()
                .forEach(named: "arrived") { _ in arrived.signal() }
        }
        place.start(topology)
        place.start(try Self.server(.zero, inFlight: 64))
        var times: [Double] = []
        for value in 0..<1_200 {
            try place.append([(key: "k\(value % 10)", value: value)])
            let start = ContinuousClock.now
            arrived.wait()
            if value >= 200 { times.append((ContinuousClock.now - start) / .milliseconds(1)) }
        }
        Self.report("ask over two topics", times)
    }

    private func clientLatency() throws {
        let place = try Place()
        defer { place.finish() }
        place.start(try Self.server(.zero, inFlight: 64))
        let client = try RequestClient(on: place.log)
        var times: [Double] = []
        for value in 0..<1_200 {
            let start = ContinuousClock.now
            let arrived = DispatchSemaphore(value: 0)
            Task {
                _ = try await client.ask(Self.remote, key: Bytes("k\(value % 10)"), value, timeout: .seconds(300))
                arrived.signal()
            }
            arrived.wait()
            if value >= 200 { times.append((ContinuousClock.now - start) / .milliseconds(1)) }
        }
        client.close()
        Self.report("client.ask", times)
    }

    private func throughput(
        _ name: String, _ topology: StreamTopology, _ servers: [StreamTopology], count: Int
    ) throws {
        let place = try Place()
        defer { place.finish() }
        for server in servers { place.start(server) }
        // Many keys, so that order by key is no limit, and still several requests of each.
        let keys = 1_000
        try place.append((0..<count).map { ("k\($0 % keys)", $0) })
        place.start(topology)
        try place.awaitRecords(200)
        let measured = try Measurement.of {
            let before = try place.outputs()
            try place.awaitRecords(count)
            return count - before
        }
        let isOrdered = try place.isOrdered(keys: keys, count: count)
        Swift.print(
            Benchmarks.column(name, 42, left: true)
                + Benchmarks.column("\(Int(measured.recordsPerSecond)) answers/s", 20)
                + Benchmarks.column("\(Benchmarks.format(measured.microsecondsPerRecord)) CPU µs each", 24)
                + "   order by key \(isOrdered ? "kept" : "BROKEN")")
    }

    private static func report(_ name: String, _ times: [Double]) {
        let sorted = times.sorted()
        let at = { (part: Double) in Benchmarks.format(sorted[Int(Double(sorted.count - 1) * part)]) }
        Swift.print(
            Benchmarks.column(name, 42, left: true)
                + "median \(at(0.5)) ms, 90 % \(at(0.9)) ms, 99 % \(at(0.99)) ms, \(sorted.count) requests")
    }
}

/// A log of its own with instances on it.
private final class Place: Sendable {
    let log: EmbeddedEventLog
    private let folder = NSTemporaryDirectory() + "tributary-benchmark-" + UUID().uuidString
    private let running = Mutex<[(StreamRuntime, DispatchSemaphore)]>([])

    init() throws {
        log = try EmbeddedEventLog(dataDirectory: folder + "/log")
        for name in ["in", "out", "requests"] { try log.createTopic(TopicSpecification(name, partitions: 1)) }
    }

    func start(_ topology: StreamTopology) {
        let options = RuntimeOptions(stateDirectory: "\(folder)/\(topology.name)", workers: 1)
        let runtime = StreamRuntime(topology, on: log, options: options, journal: .silent)
        let end = DispatchSemaphore(value: 0)
        running.withLock { $0.append((runtime, end)) }
        Thread {
            do { try runtime.run() } catch { print("stopped: \(error)") }
            end.signal()
        }.start()
    }

    func finish() {
        for (runtime, end) in running.withLock({ $0 }) {
            runtime.stop()
            end.wait()
        }
        try? FileManager.default.removeItem(atPath: folder)
    }

    func append(_ records: [(key: String, value: Int)]) throws {
        var buffer = RecordBuffer()
        for record in records {
            buffer.append(
                to: TopicPartition("in", 0), key: Bytes(record.key), value: try Serde<Int>.int.encode(record.value),
                timestamp: SystemWallClock().now())
        }
        try log.append(buffer)
    }

    func outputs() throws -> Int { Int(try log.offsets(of: TopicPartition("out", 0), isolation: .committed).end) }

    func awaitRecords(_ count: Int) throws { while try outputs() < count { usleep(1_000) } }

    /// Whether the values of each key came out in the order in which they went in.
    func isOrdered(keys: Int, count: Int) throws -> Bool {
        let reader = try log.makeReader(isolation: .committed)
        try reader.open(TopicPartition("out", 0), at: 0)
        var (read, last, isOrdered) = (0, [Int](repeating: -1, count: keys), true)
        while read < count {
            for record in try reader.read(TopicPartition("out", 0), maxRecords: 10_000, maxBytes: 1 << 24).records {
                let value = try Serde<Int>.int.decode(record.value)
                if value <= last[value % keys] { isOrdered = false }
                last[value % keys] = value
                read += 1
            }
        }
        return isOrdered
    }
}
