import AgentOperators
import JSON
import StateStores
import StreamCore
import Topology

/// A request of the protocol on its way through the desk.
struct A2ACall {
    let id: String
    let operation: A2AOperation
    let params: JSONValue
    /// The request as it came, for the case that it belongs elsewhere.
    let record: MessageRecord
    let message: AgentMessage
    let address: MessageAddress
    let now: Timestamp
}

/// A task's part of an A2A agent: takes requests from both lanes, changes the book, gives handlers their work.
///
/// Belongs to the task's thread.
final class A2ADesk: TaskParticipant {
    let context: TaskContext
    let step: String
    let plan: A2APlan
    let book: TaskBook
    let listing: GlobalTable<String, A2ATask>
    /// How many partitions the topics of requests have.
    let partitions: Int32
    /// Set once, when the engine is made.
    var engine: HandlerEngine<A2AAnswer>?

    private static let codec = NativeMessageCodec()

    init(
        _ wiring: Wiring, step: String, _ plan: A2APlan, book: TaskBook, listing: GlobalTable<String, A2ATask>
    ) {
        context = wiring.context
        self.step = step
        self.plan = plan
        self.book = book
        self.listing = listing
        partitions = wiring.partitions(of: book.endpoint.requests)
        wiring.context.schedule(every: .seconds(1), .wallClock, step: step) { [weak self] now in
            try self?.book.expire(now)
            try self?.book.forget(now)
        }
    }

    // MARK: The task's life

    func started() throws { try book.load() }
    func advance(now: Timestamp) throws -> Bool { false }
    func committed(now: Timestamp) throws {}
    var isFull: Bool { false }
    var isWaiting: Bool { false }
    var nextDue: Timestamp? { nil }
    func leaving() {}
    func ended() {}

    // MARK: Requests

    /// Takes the record at hand, of either lane.
    func take(_ record: MessageRecord) throws {
        let now = context.clock.now()
        let message: AgentMessage
        let address: MessageAddress
        do {
            message = try Self.codec.read(record, as: .request)
            guard !message.id.isEmpty else {
                throw MessageFormatError("the request has no id: set header '\(MessageHeader.id)'")
            }
            if message.kind == .cancel { return try book.withdraw(message.id, now) }
            guard message.kind == .request else {
                throw MessageFormatError("a record of kind '\(message.kind.rawValue)' is no request")
            }
            guard let found = message.replyTo else {
                throw MessageFormatError(
                    "the request says not where its reply goes: set header '\(MessageHeader.replyTopic)'")
            }
            address = found
        } catch {
            return try context.fail(error, at: step, .decode)
        }
        guard message.deadline.map({ now < $0 }) ?? true else {
            return context.count("requests_expired", step: step)
        }
        context.count("a2a_requests", step: step, reason: message.type ?? "")
        do {
            try serve(record, message, address, now)
        } catch let error as A2AError {
            try refuse(message, address, error, now)
        } catch let error as A2AFormatError {
            try refuse(message, address, A2AError(.invalidParams, error.description), now)
        }
    }

    private func serve(
        _ record: MessageRecord, _ message: AgentMessage, _ address: MessageAddress, _ now: Timestamp
    ) throws {
        try checkParameters(message.headers)
        guard let operation = message.type.flatMap({ A2AOperation(rawValue: $0) }) else {
            throw A2AError(.methodNotFound, "there is no operation '\(message.type ?? "")'")
        }
        let params: JSONValue
        do { params = try JSONValue(parsing: message.payload ?? "{}") } catch {
            throw A2AError(.parse, "the request is no JSON: \(error)")
        }
        let call = A2ACall(
            id: message.id, operation: operation, params: params, record: record, message: message, address: address,
            now: now)
        switch operation {
        case .sendMessage, .sendStreamingMessage: try sendMessage(call)
        case .getTask: try getTask(call)
        case .listTasks: try listTasks(call)
        case .cancelTask: try cancelTask(call)
        case .subscribeToTask: try subscribe(call)
        case .createPushConfig: try createPush(call)
        case .getPushConfig: try getPush(call)
        case .listPushConfigs: try listPushes(call)
        case .deletePushConfig: try deletePush(call)
        case .getExtendedCard: try extendedCard(call)
        }
    }

    /// Checks the version and the extensions that the client speaks.
    private func checkParameters(_ headers: Headers) throws(A2AError) {
        // The protocol takes the absence of a version for 0.3, which this binding never had.
        let version = (headers.value(named: A2AHeader.version) ?? "").trimmedText
        guard version == A2AHeader.spoken else {
            throw A2AError(
                .versionNotSupported,
                "version '\(version.isEmpty ? "0.3" : version)' is not spoken here, set header A2A-Version to 1.0",
                metadata: ["supportedVersions": A2AHeader.spoken])
        }
        let known = (headers.value(named: A2AHeader.extensions) ?? "").split(separator: ",").map {
            String($0).trimmedText
        }
        for wanted in plan.card.capabilities.extensions where wanted.required && !known.contains(wanted.uri) {
            throw A2AError(
                .extensionSupportRequired, "clients of this agent must know extension '\(wanted.uri)'",
                metadata: ["extension": wanted.uri])
        }
    }

    // MARK: Answers

    /// Answers a request.
    func answer(_ call: A2ACall, _ reply: JSONValue, generation: Int? = nil) throws {
        var message = AgentMessage(.reply, id: call.id)
        message.key = call.message.key
        message.payload = Bytes(reply.text)
        message.headers = book.headers(generation)
        try book.send(message, to: call.address, call.now)
    }

    private func refuse(
        _ request: AgentMessage, _ address: MessageAddress, _ error: A2AError, _ now: Timestamp
    ) throws {
        context.count("a2a_refused", step: step, reason: error.code.reason)
        var message = AgentMessage(.error, id: request.id)
        message.key = request.key
        message.error = error.messageError
        message.headers = book.headers(nil)
        try book.send(message, to: address, now)
    }

    // MARK: Places

    /// Whether what has this key belongs to this partition; passes the request on where it does not.
    ///
    /// Tasks and conversations are where the hash of their ids says; clients that cannot hash, or wrote no key, are helped.
    func isHere(_ key: String, _ call: A2ACall) throws -> Bool {
        let wanted = Murmur2.partition(Bytes(key), of: partitions)
        guard wanted != context.task.partition else { return true }
        var record = call.record
        record.key = Bytes(key)
        let topic = call.operation.isWork ? book.endpoint.requests : book.endpoint.control
        context.count("a2a_rerouted", step: step)
        try book.forward(record, to: TopicPartition(topic, wanted), call.now)
        return false
    }

    /// A new id that lies in this partition: the same for the same seed.
    func makeID(_ seed: String) throws -> String {
        var number = 0
        while true {
            let id = StableID.make("\(context.incarnation)/\(step)/\(seed)#\(number)")
            number += 1
            if Murmur2.partition(Bytes(id), of: partitions) == context.task.partition, try book.tasks.get(id) == nil {
                return id
            }
        }
    }

    /// The record of a task.
    func record(of id: String) throws -> TaskRecord {
        guard let record = try book.tasks.get(id) else {
            throw A2AError(
                .taskNotFound, "there is no task '\(id.prefix(200))', or not any more",
                metadata: ["taskId": "\(id.prefix(200))"])
        }
        return record
    }
}

/// Ids that follow from what they are for.
enum StableID {
    /// 128 bits of `seed`, written as a UUID.
    static func make(_ seed: String) -> String {
        var (high, low): (UInt64, UInt64) = (0xcbf2_9ce4_8422_2325, 0x6c62_272e_07bb_0142)
        for byte in seed.utf8 {
            high = (high ^ UInt64(byte)) &* 0x0000_0100_0000_01b3
            low = (low &+ UInt64(byte)) &* 0x9e37_79b9_7f4a_7c15
            low ^= low >> 29
        }
        let digits = hex(mixed(high ^ low.byteSwapped)) + hex(mixed(low &+ high))
        var text = ""
        for (index, digit) in digits.enumerated() {
            if [8, 12, 16, 20].contains(index) { text += "-" }
            // Version 8: made by a rule of one's own.
            text.append(index == 12 ? "8" : index == 16 ? "a" : digit)
        }
        return text
    }

    private static func mixed(_ bits: UInt64) -> UInt64 {
        var bits = bits
        bits = (bits ^ (bits >> 30)) &* 0xbf58_476d_1ce4_e5b9
        bits = (bits ^ (bits >> 27)) &* 0x94d0_49bb_1331_11eb
        return bits ^ (bits >> 31)
    }

    private static func hex(_ bits: UInt64) -> String {
        let digits = String(bits, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

extension String {
    /// The text without spaces around it.
    var trimmedText: String {
        let start = firstIndex { !$0.isWhitespace } ?? endIndex
        let end = lastIndex { !$0.isWhitespace }.map { index(after: $0) } ?? start
        return String(self[start..<end])
    }
}
