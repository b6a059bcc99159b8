import Console
import EventLog
import Foundation
import Operations
import StreamCore

/// Takes a request back from outside, and waits until its application has ended it.
struct RequestCancellation {
    private let invocation: Invocation
    private let log: any EventLog
    private let table: RequestTable

    init(_ invocation: Invocation) throws {
        self.invocation = invocation
        log = try LogOptions.open(invocation, mustExist: true)
        table = try RequestTable(OperatorStores(invocation))
    }

    func perform(_ id: String, wait: Duration) throws {
        guard let request = try table.find(id) else {
            guard let ended = try table.findEnded(id) else { throw RequestTable.unknown(id) }
            throw CommandError(
                .conflict, "request '\(id)' has ended: it was \(ended.status)",
                hint: "see it with 'requests show \(ended.id)'", kind: "ended")
        }
        try send(for: request)
        try confirm(request, wait)
    }

    private func send(for request: StoredRequest) throws {
        guard let message = request.message else { throw unsupported(request) }
        var cancel = AgentMessage(.cancel, id: message)
        let place: TopicPartition
        if let agent = request.agent {
            cancel.key = Bytes(agent.key)
            cancel.agent = agent.type
            let host = try AgentCatalog(log, system: request.step).hosts
                .first { $0.application == request.application }
            let topic = try log.existingTopic(host?.control ?? "\(request.application)-\(request.step)-control")
            place = TopicPartition(topic.name, Murmur2.partition(Bytes(agent.key), of: max(1, topic.partitions)))
        } else {
            // A step that answers requests reads cancellations where it reads requests.
            guard table.stores.store(request.application, "\(request.step)-served") != nil else {
                throw unsupported(request)
            }
            cancel.key = request.entry.record.key
            place = request.entry.source
        }
        let record = NativeMessageCodec().write(cancel)
        var buffer = RecordBuffer()
        buffer.append(
            to: place, key: record.key, value: record.value, timestamp: SystemWallClock().now(),
            headers: record.headers)
        try log.append(buffer)
    }

    private func unsupported(_ request: StoredRequest) -> CommandError {
        CommandError(
            .unsupported,
            "step '\(request.step)' of '\(request.application)' made request '\(request.id)' itself: nobody outside can take it back",
            hint: "it ends by its deadline, \(request.entry.deadline.rfc3339), or when the application is reset")
    }

    private func confirm(_ request: StoredRequest, _ limit: Duration) throws {
        guard limit > .zero else {
            return invocation.note("written; '\(request.application)' takes it when it runs")
        }
        let end = ContinuousClock.now + limit
        var pause = Duration.milliseconds(20)
        while true {
            if try table.find(request.entry.idempotencyKey) == nil {
                return try invocation.show([
                    "id": .string(request.id), "status": "ended", "application": .string(request.application),
                    "step": .string(request.step), "operation": .string(request.entry.idempotencyKey),
                ])
            }
            guard ContinuousClock.now < end else { break }
            Thread.sleep(forTimeInterval: Double(pause.milliseconds) / 1_000)
            pause = min(pause * 2, .milliseconds(500))
        }
        throw CommandError(
            .unreachable, "the request is taken back, but '\(request.application)' has not ended it within \(limit)",
            hint: "it counts as soon as the application runs; see 'requests show \(request.id)'", kind: "notTakenYet")
    }
}
