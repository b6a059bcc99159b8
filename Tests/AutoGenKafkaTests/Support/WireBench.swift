import AgentOperators
import AutoGenKafka
import Foundation
import JSON
import Observability
import Schemas
import StreamCore
import StreamDSL
import StreamTesting
import Testing
import Topology

/// A topology on a Python runtime's topics in the test driver, spoken to as Python would.
final class WireBench {
    let driver: TopologyTestDriver
    let wire: AutoGenWire

    static let partitions: [String: Int32] = [
        "runtime_requests": 3, "runtime_responses": 3, "agent_publishes": 3, "agent_registry": 3,
        "agent_subscriptions": 3,
    ]

    init(_ wire: AutoGenWire, clock: ManualWallClock = ManualWallClock(), _ terminals: [Terminal]) throws {
        self.wire = wire
        driver = try TopologyTestDriver(
            StreamTopology("app", terminals: terminals), partitions: Self.partitions, clock: clock)
    }

    /// Python's request of a JSON message.
    func request(
        _ recipient: String, id: String, _ json: String = #"{"text": "hi"}"#, type: String = "Text",
        from sender: String = "unknown/unknown", metadata: [JSONMember] = [], headers: Headers = .none
    ) throws {
        let event = RequestEvent(
            messageID: "m-\(id)", topic: TopicID("unknown", source: "unknown"),
            sender: try AgentID(parsing: sender), requestID: id, recipient: try AgentID(parsing: recipient),
            payload: Bytes(json), payloadType: type, payloadFormat: "application/json", metadata: metadata)
        try driver.pipe(
            wire.requests, Bytes(recipient), event, at: driver.clock.now().milliseconds, headers: headers)
    }

    /// Python's response.
    func respond(_ event: ResponseEvent) throws {
        try driver.pipe(
            wire.responses, event.requestID.map { Bytes($0) }, event, at: driver.clock.now().milliseconds)
    }

    /// Python's publication.
    func publish(_ event: CloudEvent, headers: Headers = .none) throws {
        try driver.pipe(
            wire.publishes, Bytes("\(event.type)/\(event.source)"), event, at: driver.clock.now().milliseconds,
            headers: headers)
    }

    /// Waits, in real time, until agents have answered; then what Python got, by request.
    func responses() throws -> [String: ResponseEvent] {
        try #require(try driver.awaitAnswers(upTo: .seconds(120)))
        var found: [String: ResponseEvent] = [:]
        for record in try driver.take(wire.responses) {
            let id = try #require(record.value.requestID)
            #expect(record.key == Bytes(id))
            found[id] = record.value
        }
        return found
    }

    /// Lets handlers and the driver go on until `find` finds something; nil after two minutes.
    func until<Found>(_ find: () throws -> Found?) throws -> Found? {
        let limit = ContinuousClock.now + .seconds(120)
        while ContinuousClock.now < limit {
            try driver.advance(by: .zero)
            if let found = try find() { return found }
            Thread.sleep(forTimeInterval: 0.002)
        }
        return nil
    }

    func total(_ name: String, _ step: String, _ reason: String = "") -> Int {
        driver.counters[name, step: step, reason: reason]
    }
}

struct Text: Codable, Sendable, Hashable {
    var text: String
}

struct Count: Codable, Sendable {
    var count = 0
}
