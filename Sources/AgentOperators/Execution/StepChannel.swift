package import StreamCore
import Synchronization

/// What a run of a handler asks the ledger of its task.
package enum StepAsk: Sendable {
    /// Begins a step.
    case begin(String, StepPolicyKind)
    /// A step's body returned; waits for the commit unless told otherwise.
    case finish(Int32, Bytes, waits: Bool)
    /// A step's body threw.
    case abandon(Int32)
    case now
    case random
    case sleep(Duration)
    case external(kind: String, name: String, payload: Bytes, limit: StepLimit)
    case note(kind: String, name: String, payload: Bytes)
    /// Whoever waited for the answer to this ask does not any more.
    case left(UInt64)
}

/// How long a question to the outside stands.
package enum StepLimit: Sendable {
    /// So long from the moment it is asked.
    case duration(Duration)
    case moment(Timestamp)
    /// As long as the request.
    case deadline
}

/// A ``StepPolicy`` without its closures.
package enum StepPolicyKind: UInt8, Sendable {
    case pure, idempotent, reconcile, atMostOnce
}

/// What the ledger answers.
package enum StepReply: Sendable {
    /// The journal has it.
    case recorded(Bytes)
    /// The body may start; `hasIntent` when a former run may have started it.
    case go(index: Int32, StepContext, hasIntent: Bool)
    /// It is committed, or it is over.
    case done
    /// A question's answer.
    case answered(Result<Bytes, AgentFailure>)
    /// Nobody answered in time.
    case expired
}

/// Takes a reply, once, on whatever thread.
package typealias StepReceiver = @Sendable (Result<StepReply, any Error>) -> Void

/// An ask on its way.
struct StepMessage: Sendable {
    let sequence: Int64
    let call: UInt64
    let ticket: UInt64
    let ask: StepAsk
    let receive: StepReceiver
}

/// Where the handlers of one task leave what they ask, from whatever thread.
final class StepMailbox: Sendable {
    private let messages = Mutex<[StepMessage]>([])
    private let wake: @Sendable () -> Void
    /// The largest entry that the journal takes, in bytes.
    let limit: Int
    /// Whether there is somebody who carries out questions and notes.
    let isConnected: Bool

    init(limit: Int, isConnected: Bool, wake: @escaping @Sendable () -> Void) {
        self.limit = limit
        self.isConnected = isConnected
        self.wake = wake
    }

    func post(_ message: StepMessage) {
        messages.withLock { $0.append(message) }
        wake()
    }

    func take() -> [StepMessage] {
        messages.withLock { messages in
            guard !messages.isEmpty else { return [] }
            defer { messages.removeAll() }
            return messages
        }
    }
}

/// The way from one run of a handler to the ledger of its task.
package final class StepChannel: Sendable {
    private let sequence: Int64
    private let call: UInt64
    private let mailbox: StepMailbox
    private let tickets = Atomic<UInt64>(0)
    private let moment: Atomic<Int64>

    init(_ mailbox: StepMailbox, sequence: Int64, call: UInt64, deadline: Timestamp) {
        self.mailbox = mailbox
        self.sequence = sequence
        self.call = call
        moment = Atomic(deadline.milliseconds)
    }

    /// When the request is given up; moves on while its handler waits for something that may take longer.
    var deadline: Timestamp {
        get { Timestamp(milliseconds: moment.load(ordering: .relaxed)) }
        set { moment.store(newValue.milliseconds, ordering: .relaxed) }
    }

    /// The largest entry that the journal takes, in bytes.
    var limit: Int { mailbox.limit }
    /// Whether there is somebody who carries out questions and notes.
    var isConnected: Bool { mailbox.isConnected }

    /// Asks without waiting; `receive` is called on the task's thread, or never when the run counts for nothing any more.
    @discardableResult
    package func post(_ ask: StepAsk, _ receive: @escaping StepReceiver = { _ in }) -> UInt64 {
        let ticket = tickets.wrappingAdd(1, ordering: .relaxed).newValue
        mailbox.post(StepMessage(sequence: sequence, call: call, ticket: ticket, ask: ask, receive: receive))
        return ticket
    }

    /// Asks and waits.
    ///
    /// - Throws: what the ledger says; `CancellationError`.
    func ask(_ ask: StepAsk) async throws -> StepReply {
        let waiter = StepWaiter()
        let ticket = post(ask) { waiter.receive($0) }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { waiter.wait($0) }
        } onCancel: {
            if waiter.receive(.failure(CancellationError())) { post(.left(ticket)) }
        }
    }
}

/// Brings a reply and whoever waits for it together, whichever is first.
private final class StepWaiter: Sendable {
    private enum State {
        case empty
        case waiting(CheckedContinuation<StepReply, any Error>)
        case received(Result<StepReply, any Error>)
    }

    private let state = Mutex(State.empty)

    /// Takes the reply; returns whether it is the first.
    @discardableResult
    func receive(_ result: Result<StepReply, any Error>) -> Bool {
        let (continuation, isFirst): (CheckedContinuation<StepReply, any Error>?, Bool) = state.withLock { state in
            switch state {
            case .empty:
                state = .received(result)
                return (nil, true)
            case .waiting(let continuation):
                state = .received(result)
                return (continuation, true)
            case .received: return (nil, false)
            }
        }
        continuation?.resume(with: result)
        return isFirst
    }

    func wait(_ continuation: CheckedContinuation<StepReply, any Error>) {
        let result: Result<StepReply, any Error>? = state.withLock { state in
            if case .received(let result) = state { return result }
            state = .waiting(continuation)
            return nil
        }
        if let result { continuation.resume(with: result) }
    }
}
