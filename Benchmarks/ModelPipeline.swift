import AgentOperators
import ChatModels
import EventLog
import Foundation
import Observability
import StreamCore
import StreamDSL

/// A pipeline that asks a slow model about every record: one partition of the embedded log, exactly once, 64 calls at once.
struct ModelPipeline {
    let folder: String
    let requests: Int

    /// Measures `agent`, which gets the record's number.
    func measure(_ agent: @escaping @Sendable (Int, AskContext) async throws -> String) throws -> Measurement {
        let log = try EmbeddedEventLog(dataDirectory: folder)
        let input = Topic("questions", key: .int, value: .int)
        let topology = try StreamTopology("models") {
            input.stream().mapAsync(named: "answer", options: AskOptions(inFlight: 64, capacity: 2_000), agent)
                .answers().to(Topic("answers", key: .int, value: .string))
        }
        for topic in topology.externalSources { try log.createTopic(TopicSpecification(topic, partitions: 1)) }
        var buffer = RecordBuffer()
        for number in 0..<requests {
            let bytes = try Serde<Int>.int.encode(number)
            buffer.append(
                to: TopicPartition("questions", 0), key: bytes, value: bytes,
                timestamp: Timestamp(milliseconds: Int64(number)))
        }
        try log.append(buffer)
        var options = RuntimeOptions(stateDirectory: folder + "/state", workers: 1)
        options.untilIdle = true
        let runtime = StreamRuntime(topology, on: log, options: options, journal: .silent)
        return try Measurement.of {
            try runtime.run()
            return runtime.counters["asks_concluded", step: "answer", reason: "answered"]
        }
    }
}
