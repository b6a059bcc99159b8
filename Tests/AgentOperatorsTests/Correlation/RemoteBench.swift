import AgentOperators
import StreamCore
import StreamDSL
import Topology

/// A task bench whose agent is behind topics: the test is the service.
final class RemoteBench {
    static let numbers = RequestTopic<Int, Int>("requests")
    let bench: TaskBench

    /// Asks about every number and writes outcomes as text.
    init(
        _ options: RemoteAskOptions = RemoteAskOptions(), remote: RequestTopic<Int, Int> = RemoteBench.numbers
    ) throws {
        bench = try TaskBench(
            try StreamTopology("app") {
                TaskBench.input.stream().ask(remote, named: "score", options: options).details().to(TaskBench.output)
            })
    }

    init(streaming options: RemoteAskOptions) throws {
        bench = try TaskBench(
            try StreamTopology("app") {
                TaskBench.input.stream()
                    .askStreaming(Self.numbers, named: "score", part: .string, options: options)
                    .mapValues(named: "as-text") { reply in
                        switch reply {
                        case .part(let part, let index, let attempt): "\(attempt).\(index)=\(part)"
                        case .outcome(.success(let value)): "\(value)"
                        case .outcome(.failure(let failure)): failure.code.rawValue
                        }
                    }
                    .to(TaskBench.output)
            })
    }

    /// The committed requests since the last call.
    func requests() throws -> [AgentMessage] {
        try bench.take("requests").map { try NativeMessageCodec().read(MessageRecord($0), as: .request) }
    }

    /// Answers `request` as a native server does, without settling.
    func reply(to request: AgentMessage, _ change: (inout AgentMessage) -> Void) {
        var message = AgentMessage(.reply, id: request.id)
        message.key = request.key
        change(&message)
        let record = NativeMessageCodec().write(message)
        bench.feed("app-score-replies", key: record.key, value: record.value, headers: record.headers)
    }

    /// Answers with a number.
    func reply(to request: AgentMessage, _ value: Int) {
        reply(to: request) { $0.payload = Bytes("\(value)") }
    }

    /// Answers with an error.
    func refuse(_ request: AgentMessage, _ error: MessageError) {
        reply(to: request) {
            $0.kind = .error
            $0.error = error
        }
    }

    func part(of request: AgentMessage, _ text: String, _ index: Int, attempt: Int = 1) {
        reply(to: request) {
            $0.kind = .partial
            $0.payload = Bytes(text)
            $0.sequence = index
            $0.attempt = attempt
        }
    }

    func dropped(_ reason: String) -> Int { bench.count("asks_dropped", reason: reason) }
}

extension KStream where Value == Result<Int, AgentFailure> {
    /// Outcomes as text: the reply, or everything that the failure says.
    func details() -> KStream<Key, String> {
        mapValues(named: "as-details") { outcome in
            switch outcome {
            case .success(let reply): return "\(reply)"
            case .failure(let failure):
                let remote = failure.remoteCode.map { " \($0)" } ?? ""
                let details = failure.details.map { " \($0)" } ?? ""
                return "\(failure.code.rawValue)\(remote) \(failure.isRetryable ? "retryable" : "final")\(details)"
            }
        }
    }
}
