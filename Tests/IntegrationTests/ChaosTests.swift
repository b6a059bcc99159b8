import EventLog
import Foundation
import StreamCore
import Synchronization
import TestPrograms
import Testing
import Topology

/// Several instances as processes under load, killed, stopped, continued, restarted, more and fewer of them.
///
/// `TRIBUTARY_CHAOS_ROUNDS` makes it longer, `TRIBUTARY_SEED` repeats what is done to whom.
@Suite("Chaos", .serialized, .timeLimit(.minutes(60)))
struct ChaosTests {
    static let program = BuiltProgram("ChaosPipeline")
    static let environment = ProcessInfo.processInfo.environment
    static let partitions: Int32 = 12
    static let keys = 60

    @Test(.enabled(if: program.exists, "the program 'ChaosPipeline' is not built"), arguments: ChaosPlace.all)
    func `every record counts once, whatever happens to the instances`(place: ChaosPlace) async throws {
        try await OwnThread.run(named: "chaos") {
            defer { place.clean() }
            let rounds =
                Self.environment["TRIBUTARY_CHAOS_ROUNDS"].flatMap { Int($0) } ?? (place.servers == nil ? 8 : 20)
            let seed = Self.environment["TRIBUTARY_SEED"].flatMap { UInt64($0) } ?? UInt64.random(in: 1...999_999)
            print("chaos on \(place.testDescription): seed \(seed), \(rounds) rounds, application \(place.name)")
            let log = try place.log()
            try FileManager.default.createDirectory(atPath: place.folder, withIntermediateDirectories: true)
            try log.createTopic(TopicSpecification("\(place.name)-words", partitions: Self.partitions))
            let load = ChaosLoad(log, topic: "\(place.name)-words", partitions: Self.partitions, keys: Self.keys)
            var crew = ChaosCrew(place, seed: seed)
            for _ in 0..<rounds { try crew.hurt() }
            let produced = try load.finish()
            try crew.stopAll()

            let last = try Self.program.start(
                place.arguments(0) + ["--until-idle"], environment: place.environment, in: place.folder)
            #expect(last.wait() == 0, "\(last.errorText)")
            try check(place, produced)
        }
    }

    /// Compares everything that came out with what went in: `produced` numbers for each key, from 1.
    private func check(_ place: ChaosPlace, _ produced: [Int]) throws {
        var counts: [String: [Int64]] = [:]
        for record in try place.read("\(place.name)-counts").joined() {
            counts[Self.text(record.key), default: []].append(Self.number(record.value))
        }
        var answers: [String: [Int64]] = [:]
        for record in try place.read("\(place.name)-answers").joined() {
            answers[Self.text(record.key), default: []].append(Self.number(record.value))
        }
        for (key, total) in produced.enumerated() where total > 0 {
            let numbers = (1...Int64(total)).map { $0 }
            let isCounted = counts["k\(key)"] == numbers
            #expect(isCounted, "k\(key): \(Self.difference(counts["k\(key)"] ?? [], numbers))")
            let doubled = numbers.map { $0 * 2 }
            let isAnswered = answers["k\(key)"] == doubled
            #expect(isAnswered, "k\(key): \(Self.difference(answers["k\(key)"] ?? [], doubled))")
        }
        try checkAgents(place, produced)
        var rests: [Int64: [Int64]] = [:]
        for record in try place.read("\(place.name)-rests").joined() {
            rests[Self.number(record.key), default: []].append(Self.number(record.value))
        }
        for rest in 0..<Int64(20) {
            let total = produced.reduce(0) { sum, count in
                sum + (1...max(1, count)).count { $0 <= count && Int64($0) % 20 == rest }
            }
            let isRight = rests[rest] ?? [] == (0..<Int64(total)).map { $0 + 1 }
            #expect(isRight, "rest \(rest): \(Self.difference(rests[rest] ?? [], (0..<Int64(total)).map { $0 + 1 }))")
        }
        print(
            "\(produced.reduce(0, +)) records, every one counted, answered and regrouped once, every tenth by an agent")
    }

    /// Every tenth number was told to an agent, which remembers how many it had: a wrong count comes out negative.
    private func checkAgents(_ place: ChaosPlace, _ produced: [Int]) throws {
        var done: [String: [Int64]] = [:]
        for record in try place.read("\(place.name)-done").joined() {
            done[Self.text(record.key), default: []].append(Self.number(record.value))
        }
        for (key, total) in produced.enumerated() where total > 0 {
            let expected = stride(from: 1, through: Int64(total), by: 10).map { $0 }
            let isDone = done["k\(key)"] == expected
            #expect(isDone, "agent k\(key): \(Self.difference(done["k\(key)"] ?? [], expected))")
        }
    }

    private static func text(_ bytes: Bytes?) -> String { bytes?.utf8 ?? "" }

    private static func number(_ bytes: Bytes?) -> Int64 {
        (bytes?.array ?? []).reduce(0) { $0 << 8 | Int64($1) }
    }

    /// The first place where two sequences part.
    private static func difference(_ found: [Int64], _ expected: [Int64]) -> String {
        let index = zip(found, expected).enumerated().first { $1.0 != $1.1 }?.offset ?? min(found.count, expected.count)
        return "\(found.count) instead of \(expected.count), first difference at \(index): "
            + "\(found.dropFirst(max(0, index - 2)).prefix(6)) instead of \(expected.dropFirst(max(0, index - 2)).prefix(6))"
    }
}

/// Writes numbered records, about a thousand a second, until told to end.
final class ChaosLoad: Sendable {
    private let isEnding = Mutex(false)
    private let outcome = Mutex<(counts: [Int], failure: (any Error)?)>(([], nil))
    private let ended = DispatchSemaphore(value: 0)

    init(_ log: any EventLog, topic: String, partitions: Int32, keys: Int) {
        Thread.detachNewThread { [self] in
            var counts = [Int](repeating: 0, count: keys)
            var next = 0
            do {
                while !isEnding.withLock({ $0 }) {
                    var buffer = RecordBuffer()
                    for _ in 0..<50 {
                        let key = next % keys
                        counts[key] += 1
                        let name = Bytes("k\(key)")
                        let value = withUnsafeBytes(of: Int64(counts[key]).bigEndian) { Bytes(Array($0)) }
                        buffer.append(
                            to: TopicPartition(topic, Murmur2.partition(name, of: partitions)), key: name, value: value,
                            timestamp: Timestamp(milliseconds: Int64(1_000 + next)))
                        next += 1
                    }
                    try log.append(buffer)
                    Thread.sleep(forTimeInterval: 0.05)
                }
                outcome.withLock { $0.counts = counts }
            } catch {
                outcome.withLock { $0.failure = error }
            }
            ended.signal()
        }
    }

    /// Ends the load; returns how many records each key got.
    func finish() throws -> [Int] {
        isEnding.withLock { $0 = true }
        ended.wait()
        let (counts, failure) = outcome.withLock { $0 }
        if let failure { throw failure }
        return counts
    }
}

/// The instances, and what is done to them.
struct ChaosCrew {
    private let place: ChaosPlace
    private var random: SeededRandom
    private var running: [Int: RunningProgram] = [:]
    private static let most = 3

    init(_ place: ChaosPlace, seed: UInt64) {
        self.place = place
        random = SeededRandom(seed: seed)
    }

    /// Does something to the instances, and lets them work for a moment.
    mutating func hurt() throws {
        let numbers = running.keys.sorted()
        let pick = numbers.isEmpty ? nil : numbers[Int(random.next() % UInt64(numbers.count))]
        switch random.next() % 6 {
        case 0, 1: try start()
        case 2: if let pick { running.removeValue(forKey: pick)?.kill() }
        case 3: if let pick { try stop(pick) }
        case 4:
            if let pick, let program = running[pick] {
                // Longer than the session on Kafka, now and then: others take over while it sleeps.
                Foundation.kill(program.process.processIdentifier, SIGSTOP)
                Thread.sleep(forTimeInterval: random.next() % 3 == 0 && place.servers != nil ? 8 : 1)
                Foundation.kill(program.process.processIdentifier, SIGCONT)
            }
        default:
            if let pick {
                running.removeValue(forKey: pick)?.kill()
                try start(pick)
            }
        }
        if running.isEmpty { try start() }
        Thread.sleep(forTimeInterval: 0.2 + Double(random.next() % 1_500) / 1_000)
        for (number, program) in running where !program.process.isRunning {
            Issue.record("instance \(number) ended by itself: \(program.errorText.suffix(2_000))")
            running[number] = nil
        }
    }

    private mutating func start(_ wanted: Int? = nil) throws {
        let free = wanted ?? (0..<Self.most).first { running[$0] == nil }
        guard let free else { return }
        running[free] = try ChaosTests.program.start(
            place.arguments(free), environment: place.environment, in: place.folder)
    }

    private mutating func stop(_ number: Int) throws {
        guard let program = running.removeValue(forKey: number) else { return }
        program.process.terminate()
        let code = program.wait()
        if code != 0 { Issue.record("instance \(number) ended with \(code): \(program.errorText.suffix(2_000))") }
    }

    /// Ends all of them in order.
    mutating func stopAll() throws { for number in running.keys.sorted() { try stop(number) } }
}
