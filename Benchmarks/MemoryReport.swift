import AgentOperators
import EventLog
import Dispatch
import Foundation
import MemoryIndex
import Observability
import StreamCore
import StreamDSL
import Synchronization

/// Prints what a memory costs: `swift run -c release Benchmarks memory [items]`, on 4 tasks and 2 workers.
struct MemoryReport {
    let items: Int

    func print() throws {
        Swift.print(
            "Memory: \(items) items of 60 to 100 bytes, vectors of 128 numbers, 4 tasks, 2 workers, embedded log.")
        try recall()
        for sessions in [max(4, items / 100), 4] {
            Swift.print("\n\(sessions) sessions of \(items / sessions) items")
            try Benchmarks.inFolder { folder in
                try MemoryRun(folder: folder, items: items, sessions: sessions).print()
            }
        }
    }
}

extension MemoryReport {
    /// The graph by itself, against the scan: 25,000 vectors, one thread.
    fileprivate func recall() throws {
        var random = SeededRandom(seed: 3)
        func vector() -> [Float] {
            // Around 500 centres: vectors of texts lie in heaps, and that is what a search is for.
            let centre = Int.random(in: 0..<500, using: &random)
            var around = SeededRandom(seed: UInt64(centre))
            return (0..<128).map { _ in
                Float.random(in: -1...1, using: &around) + Float.random(in: -0.5...0.5, using: &random)
            }
        }
        let (graph, scan) = (VectorSearch(dimension: 128), VectorSearch(dimension: 128, graphThreshold: .max))
        for number in 0..<25_000 as Range<Int64> {
            let entry = IndexedEntry(number: number, vector: vector())
            try graph.add(entry)
            try scan.add(entry)
        }
        let building = try Measurement.of {
            while try graph.improve(upTo: 1_000) {}
            return graph.countInGraph
        }
        let questions = (0..<500).map { _ in SearchQuestion(vector: vector(), limit: 10) }
        var (found, truth): ([Set<Int64>], [Set<Int64>]) = ([], [])
        let fast = try Measurement.of {
            found = try questions.map { Set(try graph.search($0).map(\.number)) }
            return questions.count
        }
        let exact = try Measurement.of {
            truth = try questions.map { Set(try scan.search($0).map(\.number)) }
            return questions.count
        }
        let shared = zip(found, truth).reduce(0) { $0 + $1.0.intersection($1.1).count }
        let recall = Double(shared) / Double(truth.reduce(0) { $0 + $1.count })
        Swift.print(
            """
              25,000 vectors: graph grown in \(Benchmarks.format(building.seconds)) s \
            (\(Benchmarks.format(building.microsecondsPerRecord)) CPU µs each), \
            search \(Benchmarks.format(fast.microsecondsPerRecord)) µs, \
            exact scan \(Benchmarks.format(exact.microsecondsPerRecord)) µs, recall at 10: \(Benchmarks.format(recall))
            """)
    }
}

/// One shape of memory: filled, restarted, restored, asked.
private struct MemoryRun {
    let folder: String
    let items: Int
    let sessions: Int

    /// As many on each partition: what is measured is not the luck of the hash.
    private var names: [String] {
        var left = [Int](repeating: sessions / 4, count: 4)
        var names: [String] = []
        var number = -1
        while names.count < sessions / 4 * 4 {
            number += 1
            let partition = Int(Murmur2.partition(Bytes("session-\(number)"), of: 4))
            guard left[partition] > 0 else { continue }
            left[partition] -= 1
            names.append("session-\(number)")
        }
        return names
    }

    private static let commands = Topic("notes", key: .string, value: MemoryCommand.serde)
    private static let questions = Topic("questions", key: .string, value: .string)
    private static let source = HashingEmbeddings(dimension: 128)
    private static let words = (0..<5_000).map { "word\($0)" }

    func print() throws {
        let log = try EmbeddedEventLog(dataDirectory: folder)
        for topic in ["notes", "questions"] { try log.createTopic(TopicSpecification(topic, partitions: 4)) }
        try fill(log)
        let times = QueryTimes()
        try step("add by command") { try run(log, times)["memory_added", step: "notes"] }
        try step("restart of the 4 tasks, nothing to do") {
            _ = try run(log, times)
            return 4
        }
        try FileManager.default.removeItem(atPath: folder + "/state")
        try step("restore a lost state folder") { try run(log, times)["records_restored"] }
        try ask(log, count: max(400, sessions * 2))
        try step("questions, all methods") { try run(log, times)["records_processed"] }
        for (what, values) in times.taken() {
            let sorted = values.sorted()
            let line =
                "  \(what): \(values.count) times, median \(sorted[sorted.count / 2]) µs, "
                + "p99 \(sorted[sorted.count * 99 / 100]) µs, longest \(sorted[sorted.count - 1]) µs"
            Swift.print(line)
        }
        try follow(log)
    }

    /// Runs `body`, which says how many things it did, and prints what it cost.
    private func step(_ name: String, _ body: () throws -> Int) throws {
        // Linux: the high-water mark starts anew.
        try? "5".write(toFile: "/proc/self/clear_refs", atomically: false, encoding: .utf8)
        let before = Self.memory("VmRSS")
        let measured = try Measurement.of(body)
        let peak = (Self.memory("VmHWM") - before) >> 20
        let rate = Int(measured.recordsPerSecond)
        let line =
            "  \(name): \(measured.records) in \(Benchmarks.format(measured.seconds)) s, \(rate)/s, "
            + "\(Benchmarks.format(measured.microsecondsPerRecord)) CPU µs each, memory +\(peak) MB at the peak"
        Swift.print(line)
    }

    private func run(_ log: EmbeddedEventLog, _ times: QueryTimes) throws -> Counters {
        let limits = MemoryLimits(maxItems: 200_000, maxBytes: 1 << 30)
        let memory = Memory("notes", limits: limits, embedding: Self.source)
        let topology = try StreamTopology("remembering") {
            Self.questions.stream().using(memory, named: "ask", formats: Formats(key: .string, value: Serde<Int>.int)) {
                record, store, forward in
                var found = 0
                for method in MemoryQuery.Method.allCases {
                    let start = ContinuousClock.now
                    found += try store.query(MemoryQuery(method, text: record.value), in: record.key).count
                    times.note(method.rawValue, record.key, ContinuousClock.now - start)
                }
                try forward(record.with(value: found))
            }.forEach(named: "end") { _ in }
        }
        var options = RuntimeOptions(stateDirectory: folder + "/state", workers: 2)
        options.untilIdle = true
        let runtime = StreamRuntime(topology, on: log, options: options, journal: .silent)
        try runtime.run()
        return runtime.counters
    }

    private func fill(_ log: EmbeddedEventLog) throws {
        var random = SeededRandom(seed: 1)
        let names = names
        var buffer = RecordBuffer()
        for number in 0..<items {
            let draft = MemoryDraft(id: "item-\(number)", text: Self.text(&random))
            try append(Self.commands, names[number % names.count], .add(draft), to: &buffer, log)
        }
        try log.append(buffer)
    }

    private func ask(_ log: EmbeddedEventLog, count: Int) throws {
        var random = SeededRandom(seed: 2)
        let names = names
        var buffer = RecordBuffer()
        for number in 0..<count {
            let words = (0..<3).map { _ in Self.words.randomElement(using: &random) ?? "" }
            try append(
                Self.questions, names[number % names.count], words.joined(separator: " "), to: &buffer, log)
        }
        try log.append(buffer)
    }

    private func append<Value>(
        _ topic: Topic<String, Value>, _ session: String, _ value: Value, to buffer: inout RecordBuffer,
        _ log: EmbeddedEventLog
    ) throws {
        let key = Bytes(session)
        buffer.append(
            to: TopicPartition(topic.name, Murmur2.partition(key, of: 4)), key: key,
            value: try topic.value.encode(value), timestamp: SystemWallClock().now())
        guard buffer.count >= 20_000 else { return }
        try log.append(buffer)
        buffer.removeAll()
    }

    /// How long a client takes from nothing to a copy of one session.
    private func follow(_ log: EmbeddedEventLog) throws {
        let client = MemoryClient(of: "notes", application: "remembering", on: log, embedding: Self.source)
        defer { client.close() }
        let memory = try client.session(names[0])
        let done = DispatchSemaphore(value: 0)
        let start = ContinuousClock.now
        Task {
            let found = try? await memory.query(.recent(.max)).count
            Swift.print("  a client's copy of one session: \(found ?? 0) items after \(ContinuousClock.now - start)")
            done.signal()
        }
        done.wait()
    }

    private static func text(_ random: inout SeededRandom) -> String {
        (0..<Int.random(in: 7...11, using: &random)).map { _ in words.randomElement(using: &random) ?? "" }
            .joined(separator: " ")
    }

    private static func memory(_ field: String) -> Int {
        let text = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix(field + ":") }
        return (line?.split { !$0.isNumber }.first.flatMap { Int($0) } ?? 0) << 10
    }
}

/// How long queries took, the first of each session apart: it makes the index.
private final class QueryTimes: Sendable {
    private let times = Mutex<[String: [Int64]]>([:])
    private let seen = Mutex<Set<String>>([])

    func note(_ method: String, _ session: String, _ duration: Duration) {
        let isFirst = seen.withLock { $0.insert("\(method) \(session)").inserted }
        let (seconds, attoseconds) = duration.components
        let microseconds = seconds * 1_000_000 + attoseconds / 1_000_000_000_000
        times.withLock { $0[isFirst ? "\(method), first of a session" : method, default: []].append(microseconds) }
    }

    func taken() -> [(String, [Int64])] { times.withLock { $0 }.sorted { $0.key < $1.key } }
}
