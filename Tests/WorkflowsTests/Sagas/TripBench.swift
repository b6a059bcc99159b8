import AgentOperators
import StreamCore
import StreamDSL
import Topology

@testable import Workflows

/// What the steps of the tests' saga know.
struct Trip: Codable, Sendable, Hashable {
    var traveller: String
    var notes: [String] = []
}

/// A command to a participant of the tests' saga.
struct TripCommand: Codable, Sendable, Hashable {
    var action: String
    var key: String
    var isUncertain = false
}

/// A saga of three steps behind topics; the test is the participants.
final class TripBench {
    static let trips = Topic("trips", key: .string, value: Serde<Trip>.json())
    static let changes = Topic("trip-changes", key: .string, value: Serde<SagaRecord<Trip>>.json())
    static let decisions = Topic("trip-decisions", key: .string, value: Serde<SagaResolution>.json())
    static let names = ["flight", "hotel", "car"]

    static func topic(_ name: String) -> RequestTopic<TripCommand, String> { RequestTopic("\(name)-requests") }

    let bench: WorkflowBench

    init(
        _ options: SagaOptions<Trip> = SagaOptions(), pivot: String? = nil, timeout: Duration = .seconds(30)
    ) throws {
        bench = try WorkflowBench(Self.topology(options, pivot: pivot, timeout: timeout))
    }

    static func topology(
        _ options: SagaOptions<Trip>, pivot: String? = nil, timeout: Duration = .seconds(30)
    ) throws -> StreamTopology {
        try StreamTopology("travel") {
            let flow = trips.stream().saga(named: "trip", options: options, resolutions: decisions.stream()) {
                for name in names {
                    if name == pivot {
                        booking(name, timeout).pointOfNoReturn()
                    } else {
                        booking(name, timeout)
                    }
                }
            }
            flow
            flow.changes.to(changes)
        }
    }

    private static func booking(_ name: String, _ timeout: Duration) -> SagaStep<Trip> {
        step(
            name, via: topic(name), timeout: timeout,
            command: { trip, saga in
                if trip.traveller == "bad-\(name)" { throw SagaRefusal("cannot be said") }
                return TripCommand(action: "book", key: saga.idempotencyKey)
            },
            reply: { trip, reply in
                if reply == "full" { throw SagaRefusal("no \(name) left") }
                trip.notes.append("+\(name)")
            },
            compensate: { _, saga in
                TripCommand(action: "cancel", key: saga.idempotencyKey, isUncertain: saga.isUncertain)
            },
            compensated: { trip, _ in trip.notes.append("-\(name)") })
    }

    /// The committed requests to a participant since the last call.
    func requests(_ name: String) throws -> [AgentMessage] {
        try bench.take("\(name)-requests").map { try NativeMessageCodec().read(MessageRecord($0), as: .request) }
    }

    static func command(_ request: AgentMessage) throws -> TripCommand {
        try Serde<TripCommand>.json().decode(request.payload)
    }

    /// Answers a request as a participant does, without settling.
    func reply(_ name: String, to request: AgentMessage, _ text: String = "ok") throws {
        var message = AgentMessage(.reply, id: request.id)
        message.key = request.key
        message.payload = try Serde<String>.json().encode(text)
        send(message, name)
    }

    func refuse(_ name: String, _ request: AgentMessage, _ error: MessageError) {
        var message = AgentMessage(.error, id: request.id)
        message.key = request.key
        message.error = error
        send(message, name)
    }

    private func send(_ message: AgentMessage, _ name: String) {
        let record = NativeMessageCodec().write(message)
        bench.feed("travel-trip-\(name)-replies", key: record.key, value: record.value, headers: record.headers)
    }

    /// Answers the one request that waits at `name`.
    @discardableResult func serve(_ name: String, _ text: String = "ok") throws -> TripCommand? {
        guard let request = try requests(name).first else { return nil }
        try reply(name, to: request, text)
        try bench.settle()
        return try Self.command(request)
    }

    func saga(_ id: String) throws -> SagaRecord<Trip>? {
        try bench.stored("trip", as: Serde<SagaRecord<Trip>>.json())[id]
    }

    func begin(_ id: String, traveller: String = "ann") throws {
        try bench.feed(Self.trips, id, Trip(traveller: traveller))
        try bench.settle()
    }
}
