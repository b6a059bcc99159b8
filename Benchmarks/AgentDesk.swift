import AgentOperators
import EventLog
import Foundation
import MemoryIndex
import Observability
import StreamCore
import StreamDSL
import Topology

/// An application of living agents, seen from outside: its topics, its instances, who answers.
final class AgentDesk {
    private struct Tick: Codable, Sendable { var text: String }
    private struct Tally: Codable, Sendable { var count = 0 }

    private let folder: String
    private let names: [String]
    private let log: EmbeddedEventLog
    private let reader: any LogReader
    private var answered = 0
    private var sent = 0
    private var probes: (sent: Bool, answers: Int) = (false, 0)
    private static let replies = TopicPartition("replies", 0)

    init(folder: String, keys: Int) throws {
        self.folder = folder
        names = (0..<keys).map { "key-\($0)" }
        log = try EmbeddedEventLog(dataDirectory: folder)
        try log.createTopic(TopicSpecification("notes", partitions: 4))
        try log.createTopic(TopicSpecification("replies", partitions: 1))
        reader = try log.makeReader(isolation: .committed)
        try reader.open(Self.replies, at: 0)
    }

    private static func topology() throws -> StreamTopology {
        let memory = Memory("notes", embedding: HashingEmbeddings(dimension: 64))
        return try StreamTopology("living") {
            agents(named: "team", memory: memory) {
                AgentType("counter", initial: { _ in Tally() }) {
                    on(Tick.self) { (tick: Tick, tally: inout Tally, context: AgentContext) -> Tick in
                        tally.count += 1
                        guard tick.text.hasPrefix("ask ") else { return Tick(text: "\(tally.count)") }
                        let found = try await context.memory.query(.hybrid(String(tick.text.dropFirst(4)), limit: 3))
                        return Tick(text: "\(found.count)")
                    }
                }
            }
        }
    }

    /// An instance, as the process that the report starts: until its input ends.
    static func serve(_ arguments: [String]) throws {
        guard arguments.count == 2 else { return }
        let log = try EmbeddedEventLog(dataDirectory: arguments[0])
        let options = RuntimeOptions(
            stateDirectory: "\(arguments[0])/state-\(arguments[1])", manifestDirectory: arguments[0] + "/applications")
        let runtime = StreamRuntime(try topology(), on: log, options: options)
        let watcher = Thread {
            while readLine() != nil {}
            runtime.stop()
        }
        watcher.start()
        try runtime.run()
    }

    // MARK: What is sent

    /// Writes so many items, as commands, the same number for each key.
    func fill(items: Int) throws {
        var buffer = RecordBuffer()
        for number in 0..<items {
            let key = Bytes(names[number % names.count])
            let draft = MemoryDraft(
                id: "item-\(number)", text: "word\(number % 977) word\(number % 89) word\(number % 7)")
            buffer.append(
                to: TopicPartition("notes", Murmur2.partition(key, of: 4)), key: key,
                value: try MemoryCommand.serde.encode(.add(draft)), timestamp: SystemWallClock().now())
            guard buffer.count >= 20_000 else { continue }
            try log.append(buffer)
            buffer.removeAll()
        }
        try log.append(buffer)
    }

    private func post(_ texts: [(key: String, text: String)]) throws {
        var buffer = RecordBuffer()
        for (key, text) in texts {
            sent += 1
            var headers = Headers()
            headers.append("tributary.kind", "request")
            headers.append("tributary.id", "r\(sent)")
            headers.append("tributary.agent", "counter")
            headers.append("tributary.type", "Tick")
            headers.append("tributary.reply-topic", Self.replies.topic)
            headers.append("tributary.reply-partition", "0")
            let bytes = Bytes(key)
            buffer.append(
                to: TopicPartition("living-team-inbox", Murmur2.partition(bytes, of: 4)), key: bytes,
                value: try Serde<Tick>.json().encode(Tick(text: text)), timestamp: SystemWallClock().now(),
                headers: headers)
        }
        try log.append(buffer)
    }

    // MARK: What comes of it

    private func hear() throws {
        let batch = try reader.read(Self.replies, maxRecords: 10_000, maxBytes: 16 << 20)
        for record in batch.records {
            guard record.headers["tributary.kind"] == "reply" else {
                let words = record.headers["tributary.error-message"] ?? "no reply"
                throw AgentDeskError(description: "an agent failed: \(words)")
            }
            answered += 1
        }
        if batch.records.isEmpty { reader.wait(upTo: .milliseconds(2)) }
    }

    /// Whether the owner has applied all commands.
    func hasApplied() throws -> Bool {
        let partitions = (0..<4).map { TopicPartition("notes", $0) }
        let positions = try log.committedPositions(group: "living", partitions)
        Thread.sleep(forTimeInterval: 0.005)
        return try partitions.allSatisfy {
            try (positions[$0]?.offset ?? 0) >= log.offsets(of: $0, isolation: .committed).end
        }
    }

    /// Asks an agent of each task; returns whether all have answered.
    func everyTaskAnswers() throws -> Bool {
        guard try log.topic("living-team-inbox") != nil else { return false }
        if !probes.sent {
            var seen: Set<Int32> = []
            let keys = names.filter { seen.insert(Murmur2.partition(Bytes($0), of: 4)).inserted }
            probes = (true, answered + keys.count)
            try post(keys.map { ($0, "tick") })
        }
        try hear()
        guard answered >= probes.answers else { return false }
        probes.sent = false
        return true
    }

    // MARK: What is reported

    func start(_ name: String) throws -> AgentInstance { try AgentInstance(folder, name) }

    /// Waits until `isDone`, and prints how long that took.
    func report(
        _ what: String, _ instance: AgentInstance, count: Int = 1, until isDone: () throws -> Bool
    ) throws {
        let start = ContinuousClock.now
        while try !isDone() {
            guard instance.isRunning else { throw AgentDeskError(description: "'\(what)': the instance ended") }
        }
        line(what, ContinuousClock.now - start, count, instance)
    }

    /// Sends every agent a message, and prints how long it took until all had answered.
    func round(_ what: String, _ instance: AgentInstance) throws {
        let (start, goal) = (ContinuousClock.now, answered + names.count)
        try post(names.map { ($0, "tick") })
        while answered < goal { try hear() }
        line(what, ContinuousClock.now - start, names.count, instance)
    }

    /// Asks agents to search, one after the other, and prints the median of how long an answer takes.
    func ask(_ what: String, _ instance: AgentInstance, count: Int) throws {
        var durations: [Duration] = []
        let start = ContinuousClock.now
        for number in 0..<count {
            let (begin, goal) = (ContinuousClock.now, answered + 1)
            try post([(names[number * 37 % names.count], "ask word\(number % 977) word\(number % 7)")])
            while answered < goal { try hear() }
            durations.append(ContinuousClock.now - begin)
        }
        line(what, ContinuousClock.now - start, count, instance)
        durations.sort()
        Swift.print("  median \(durations[count / 2]), p99 \(durations[count * 99 / 100])")
    }

    func stop(_ instance: AgentInstance, _ what: String) throws {
        let start = ContinuousClock.now
        let memory = instance.memory
        instance.stop()
        line(what, ContinuousClock.now - start, 1, memory)
    }

    private func line(_ what: String, _ duration: Duration, _ count: Int, _ instance: AgentInstance) {
        line(what, duration, count, instance.memory)
    }

    private func line(_ what: String, _ duration: Duration, _ count: Int, _ memory: String) {
        let seconds = Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18
        let rate = count == 1 ? "-" : String(Int(Double(count) / seconds))
        let text =
            what.padding(toLength: 56, withPad: " ", startingAt: 0) + Benchmarks.column(Benchmarks.format(seconds), 9)
            + Benchmarks.column(rate, 9) + "   " + memory
        Swift.print(text)
    }
}

struct AgentDeskError: Error, CustomStringConvertible {
    let description: String
}

/// One instance of the application: a process of its own.
final class AgentInstance {
    private let process = Process()
    private let input = Pipe()
    private let errors: String

    init(_ folder: String, _ name: String) throws {
        errors = "\(folder)/\(name)-\(UUID().uuidString).err"
        _ = FileManager.default.createFile(atPath: errors, contents: nil)
        process.executableURL = URL(fileURLWithPath: CommandLine.arguments[0])
        process.arguments = ["agents-instance", folder, name]
        process.standardInput = input
        process.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: errors))
        try process.run()
    }

    deinit { kill() }

    var isRunning: Bool { process.isRunning }

    /// Whether its journal holds `text`.
    func says(_ text: String) -> Bool {
        Thread.sleep(forTimeInterval: 0.005)
        return ((try? String(contentsOfFile: errors, encoding: .utf8)) ?? "").contains(text)
    }

    /// Resident megabytes, and the most there were.
    var memory: String {
        let status = (try? String(contentsOfFile: "/proc/\(process.processIdentifier)/status", encoding: .utf8)) ?? ""
        func megabytes(_ field: String) -> Int {
            let line = status.split(separator: "\n").first { $0.hasPrefix(field + ":") }
            return (line?.split { !$0.isNumber }.first.flatMap { Int($0) } ?? 0) >> 10
        }
        return "\(megabytes("VmRSS")) (\(megabytes("VmHWM")))"
    }

    func stop() {
        try? input.fileHandleForWriting.close()
        process.waitUntilExit()
    }

    func kill() {
        guard process.isRunning else { return }
        Foundation.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }
}
