import StreamCore

/// Something that a handler wants done outside, once: a question, or a note that nobody answers.
struct StepOperation: Sendable {
    /// Names it for ever: request key, step name, occurrence.
    ///
    /// Answers carry it.
    let id: String
    /// Which kind, as the handler's context says.
    let kind: String
    /// The step's name.
    let name: String
    /// What is asked or told.
    let payload: Bytes
    /// When the question is over without an answer; nil for a note.
    let due: Timestamp?
    /// When it was asked or told first.
    let askedAt: Timestamp

    /// The idempotency key of an operation; names are escaped, so that no two keys are alike.
    static func id(of request: String, _ name: String, _ occurrence: Int) -> String {
        guard name.utf8.contains(where: { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "%") }) else {
            return "\(request)/\(name)/\(occurrence)"
        }
        var escaped = ""
        for character in name.unicodeScalars {
            switch character {
            case "/": escaped += "%2F"
            case "%": escaped += "%25"
            default: escaped.unicodeScalars.append(character)
            }
        }
        return "\(request)/\(escaped)/\(occurrence)"
    }
}

/// How a question to the outside ends.
enum StepAnswer: Sendable {
    /// With an answer, or a failure that stands for it; the handler gets it, at every run.
    case answered(Result<Bytes, AgentFailure>)
    /// Nobody answered in time; the handler gets that, at every run.
    case expired
    /// The request is over; nobody waits any more.
    case cancelled
}

/// Carries out what handlers want outside, on the task's thread, within ``TaskContext/resume(_:from:_:)`` for the request.
///
/// What it puts among the task's outputs is committed together with the journal entry: once, or not at all.
protocol StepDelegate: AnyObject {
    /// Sends a question that was just journalled; what it returns is the answer, when there is one at once.
    ///
    /// - Throws: what ends the task.
    func send(_ operation: StepOperation, for request: AskEntry) throws -> Result<Bytes, AgentFailure>?

    /// Sends a note that was just journalled.
    ///
    /// - Throws: what ends the task.
    func note(_ operation: StepOperation, for request: AskEntry) throws

    /// Hears how a question ended that ``send(_:for:)`` did not answer itself.
    ///
    /// - Throws: what ends the task.
    func ended(_ operation: StepOperation, _ answer: StepAnswer, for request: AskEntry) throws
}
