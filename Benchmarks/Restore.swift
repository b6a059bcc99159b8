import EventLog
import Foundation
import Observability
import StreamCore
import StreamDSL

/// Loses the state folder of an application and starts it again: what a restore costs, from the first look at the log to
/// the end of an idle run.
struct Restore {
    let folder: String
    let keys: Int

    private static let input = Topic("input", key: .string, value: .string)
    private static let partitions: Int32 = 2

    /// What a restore cost, and the most memory that the process had meanwhile beyond what it had before.
    func measure() throws -> (Measurement, peakBytes: Int) {
        let log = try EmbeddedEventLog(dataDirectory: folder)
        try log.createTopic(TopicSpecification(Self.input.name, partitions: Self.partitions))
        try fill(log)
        try run(log)
        try FileManager.default.removeItem(atPath: folder + "/state")
        // Linux: the high-water mark starts anew.
        try? "5".write(toFile: "/proc/self/clear_refs", atomically: false, encoding: .utf8)
        let before = Self.memory("VmRSS")
        let measured = try Measurement.of { try run(log)["records_restored"] }
        return (measured, Self.memory("VmHWM") - before)
    }

    @discardableResult
    private func run(_ log: EmbeddedEventLog) throws -> Counters {
        let topology = try StreamTopology("restoring") {
            Self.input.stream().grouped().aggregate(store: "latest", initial: "", value: .string) { state, value in
                state = value
            }
            .updates().forEach(named: "end") { _ in }
        }
        var options = RuntimeOptions(stateDirectory: folder + "/state", workers: 2)
        options.untilIdle = true
        let runtime = StreamRuntime(topology, on: log, options: options, journal: .standardError())
        try runtime.run()
        return runtime.counters
    }

    private func fill(_ log: EmbeddedEventLog) throws {
        let value = String(repeating: "v", count: 200)
        var buffer = RecordBuffer()
        for number in 0..<keys {
            let key = try Self.input.key.encode("key-\(number)")
            buffer.append(
                to: TopicPartition(Self.input.name, Int32(number) % Self.partitions), key: key,
                value: try Self.input.value.encode(value), timestamp: Timestamp(milliseconds: Int64(number)))
            guard buffer.count >= 50_000 else { continue }
            try log.append(buffer)
            buffer.removeAll()
        }
        try log.append(buffer)
    }

    private static func memory(_ field: String) -> Int {
        let text = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix(field + ":") }
        return (line?.split { !$0.isNumber }.first.flatMap { Int($0) } ?? 0) << 10
    }
}
