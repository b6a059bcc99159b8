import StreamCore
import Synchronization

/// Where the calls of one task leave their answers, from whatever thread.
final class AskMailbox<Reply: Sendable>: Sendable {
    struct Answer: Sendable {
        let sequence: Int64
        let call: UInt64
        let result: Result<Reply, any Error>
    }

    private let answers = Mutex<[Answer]>([])
    private let wake: @Sendable () -> Void

    init(wake: @escaping @Sendable () -> Void) { self.wake = wake }

    func deliver(_ answer: Answer) {
        answers.withLock { $0.append(answer) }
        wake()
    }

    func take() -> [Answer] {
        answers.withLock { answers in
            defer { answers.removeAll() }
            return answers
        }
    }
}
