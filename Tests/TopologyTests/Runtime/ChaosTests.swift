import EventLog
import Foundation
import Observability
import LogWrappers
import StreamCore
import Synchronization
import Testing

@testable import Topology

/// Instances come, go and crash, state folders are lost, everything that asks the log fails now and then: counts stay exact.
@Suite("Instances in bad weather", .timeLimit(.minutes(15)))
struct ChaosTests {
    @Test(arguments: (0..<6).map { _ in UInt64.random(in: 0 ... .max) })
    func `no record is lost and none is counted twice`(seed: UInt64) throws {
        let weather = Weather(seed)
        let bench = try RuntimeBench(partitions: 3)
        bench.log.change { flaws in
            flaws.takeOver = { () throws(EventLogError) in try weather.fail(0.2, [.busy, .unavailable]) }
            flaws.read = { _ throws(EventLogError) in try weather.fail(0.05, [.unavailable]) }
            flaws.commit = { _ throws(EventLogError) in
                try weather.fail(0.15, [.busy, .diskFull, .unavailable, .outcomeUnknown])
            }
            flaws.committed = { () throws(EventLogError) in try weather.fail(0.1, [.outcomeUnknown]) }
        }
        var instances: [Int: SteppedInstance] = [:]
        var produced = [Int](repeating: 0, count: 3)
        for _ in 0..<600 {
            let slot = weather.roll(3)
            switch weather.roll(20) {
            case 0: try start(slot, &instances, bench)
            case 1: instances.removeValue(forKey: slot)?.stop()
            case 2: crash(instances.removeValue(forKey: slot))
            case 3 where instances[slot] == nil:
                try? FileManager.default.removeItem(atPath: bench.folder + "/state-\(slot)")
            case 4: placeStandbys(instances[slot], weather)
            case 5...8: produced[slot] += try produce(weather.roll(40) + 1, Int32(slot), bench)
            default: try instances[slot]?.step(1, pause: .milliseconds(weather.roll(400)))
            }
            for instance in instances.values {
                try #require(
                    instance.shared.failure == nil, "seed \(seed): \(String(describing: instance.shared.failure))")
            }
        }
        weather.clear()
        if instances.isEmpty { try start(0, &instances, bench) }
        try settle(Array(instances.values), produced, bench)
        for (key, values) in try bench.results() {
            #expect(values == Array(1...values.count), "seed \(seed), key \(key)")
        }
        let counted = try bench.results().values.reduce(0) { $0 + $1.count }
        #expect(counted == produced.reduce(0, +), "seed \(seed)")
    }

    private func start(_ slot: Int, _ instances: inout [Int: SteppedInstance], _ bench: RuntimeBench) throws {
        guard instances[slot] == nil else { return }
        instances[slot] = try SteppedInstance(bench) { options in
            options.stateDirectory = bench.folder + "/state-\(slot)"
            options.checkpointInterval = .seconds(1)
        }
    }

    private func crash(_ instance: SteppedInstance?) {
        guard let instance else { return }
        instance.release(instance.worker.tasks.map(\.id), isLost: true)
        instance.worker.restorer.place(standbys: [])
        instance.worker.step()
        instance.member.leave()
    }

    private func placeStandbys(_ instance: SteppedInstance?, _ weather: Weather) {
        guard let instance else { return }
        let mine = Set(instance.worker.tasks.map(\.id))
        let wanted = (0..<3).map { TaskID(0, Int32($0)) }.filter { _ in weather.roll(2) == 0 }
        instance.worker.restorer.place(standbys: Set(wanted).subtracting(mine))
    }

    private func produce(_ count: Int, _ partition: Int32, _ bench: RuntimeBench) throws -> Int {
        var buffer = RecordBuffer()
        for number in 0..<count {
            buffer.append(
                to: TopicPartition("words", partition),
                key: try RuntimeBench.words.key.encode("p\(partition)-\(number % 7)"),
                value: try RuntimeBench.words.value.encode(number), timestamp: Timestamp(milliseconds: Int64(number)))
        }
        try bench.log.log.append(buffer)
        return count
    }

    private func settle(_ instances: [SteppedInstance], _ produced: [Int], _ bench: RuntimeBench) throws {
        let inputs = (0..<3).map { TopicPartition("words", Int32($0)) }
        for _ in 0..<2_000 {
            for instance in instances { try instance.step(1, pause: .milliseconds(500)) }
            let positions = try bench.log.committedPositions(group: "counting", inputs)
            if zip(inputs, produced).allSatisfy({ positions[$0]?.offset ?? 0 == Int64($1) }) { return }
        }
        Issue.record("not everything was consumed")
    }

    /// What goes wrong when, from one seed.
    private final class Weather: Sendable {
        private let state: Mutex<(random: SeededRandom, isClear: Bool)>

        init(_ seed: UInt64) { state = Mutex((SeededRandom(seed: seed), false)) }

        func clear() { state.withLock { $0.isClear = true } }

        /// A number below `count`.
        func roll(_ count: Int) -> Int { state.withLock { $0.random.below(count) } }

        func fail(_ share: Double, _ codes: [EventLogError.Code]) throws(EventLogError) {
            guard !state.withLock({ $0.isClear }), Double(roll(1_000)) < share * 1_000 else { return }
            throw EventLogError(codes[roll(codes.count)], "says the weather")
        }
    }
}
